"""The value of stored energy under uncertainty, and the four SoC levels that follow from it.

Backward recursion over slots with one value function per scenario, on a grid of SoC (`sweep.py`).
Between slots the scenarios are mixed: an error goes on with some weight, else any scenario may follow.
Within a slot the net load is seen before the battery acts, as an inverter does.

With V' the slope of the mean value at the slot's end, eta the one-way efficiencies, w the wear and
p, q the prices of import and export, the levels lie where V' falls below

    p / eta_c           grid charging    q / eta_c           storing PV surplus
    eta_d (p - w)       covering load    eta_d (q - w)       selling

Only the first battery is served; what is committed besides counts as load. Minimum powers of the
battery are left to its inverter. Grid charging never goes above a soft limit or a peak cap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..forecast.bands import Scenarios
from ..optimizer.request import BatteryRequest, PlanRequest
from .commitments import Commitments
from .forced import Forced, without_demands
from .netload import expected_net, scenario_nets
from .peaks import Surcharge, peak_surcharges
from .response import Levels, Reach, aimed, battery_kwh, reach_of, soc_after, tapered
from .soc_grid import SocGrid
from .stage import Stage
from .sweep import Array, Outlook, look_back
from .thresholds import ImportCap, Policy, PolicySlot


def build(request: PlanRequest, commitments: Commitments, scenarios: Scenarios) -> Policy:
    """The thresholds of the first battery for each slot of a request.

    `scenarios` are net loads in kWh per slot, without what is committed. Without any the request's own
    expectation is the only one. A home without battery gets no slots.

    Raises:
        ValueError: scenarios or commitments do not fit the request.
    """
    if not request.batteries or not request.slots:
        return Policy(commitments.plan_id, request.created_at, len(scenarios), ())
    nets = scenario_nets(request, commitments, scenarios)
    surcharges = peak_surcharges(request, commitments.caps_kw)
    stages = [Stage.of(request, index, peaks) for index, peaks in enumerate(surcharges)]
    grid = SocGrid.of(request.batteries[0])
    outlook = look_back(request, grid, _free_stages(request, stages, surcharges), nets)
    hopes = _hopes(grid, stages, outlook, nets)
    slots = _followed(grid, stages, hopes, expected_net(request, commitments))
    return Policy(commitments.plan_id, request.created_at, len(nets), tuple(slots))


def _free_stages(
    request: PlanRequest, stages: Sequence[Stage], surcharges: Sequence[Sequence[Surcharge]]
) -> Sequence[Stage]:
    """The stages as they are without what must be bought or sold."""
    if not request.batteries[0].forced:
        return stages
    free = without_demands(request)
    return [Stage.of(free, index, peaks) for index, peaks in enumerate(surcharges)]


@dataclass(frozen=True, slots=True)
class _Hope:
    """What is hoped for in a slot: the levels wanted at its end, and the mean value there.

    `fill_to` is the level for surplus that nobody buys. `slopes` are those of `value`, made to fall.
    `lowest_net` and `highest_net` are the net loads in kWh that the scenarios think possible.
    """

    wanted: Levels
    lowest_net: float
    highest_net: float
    fill_to: float
    value: Array
    slopes: Array


def _hopes(grid: SocGrid, stages: Sequence[Stage], outlook: Outlook, nets: Array) -> list[_Hope]:
    marginals = [
        (one.store, one.charge, one.cover, one.sell, min(one.store, 0.0))
        for one in (stage.marginal for stage in stages)
    ]
    nodes = (outlook.kept[:, None, :] - np.array(marginals)[:, :, None] * grid.nodes).argmax(axis=2).tolist()
    slopes = np.minimum.accumulate(np.diff(outlook.value, axis=1), axis=1) / grid.step_kwh
    mean, lowest, highest = (each.tolist() for each in (nets.mean(axis=0), nets.min(axis=0), nets.max(axis=0)))
    hopes = []
    for index, stage in enumerate(stages):
        caps = _caps(grid, stage, outlook.kept[index])
        wanted = _wanted(grid, nodes[index], stage, caps, mean[index])
        fill_to = min(grid.kwh(nodes[index][4]), grid.top_kwh)
        hopes.append(_Hope(wanted, lowest[index], highest[index], fill_to, outlook.value[index], slopes[index]))
    return hopes


def _caps(grid: SocGrid, stage: Stage, kept: Array) -> tuple[ImportCap, ...]:
    """For each surcharge the level down to which the load above its limit is covered."""
    return tuple(
        ImportCap(
            surcharge.above_kwh / stage.slot.hours,
            max(grid.kwh(int((kept - worth * grid.nodes).argmax())), grid.floor_kwh),
            surcharge.budget,
        )
        for surcharge, worth in zip(stage.surcharges, stage.marginal.peaks, strict=True)
    )


def _wanted(
    grid: SocGrid, nodes: Sequence[int], stage: Stage, caps: tuple[ImportCap, ...], mean_net_kwh: float
) -> Levels:
    battery = grid.battery
    store, charge, cover, sell = (grid.kwh(node) for node in nodes[:4])
    if stage.forced is not None:
        return _forced(grid, stage.forced, min(store, grid.top_kwh), max(cover, grid.floor_kwh), caps)
    charge = min(charge, grid.top_kwh) if battery.charge_from_grid else 0.0
    cover = max(cover, grid.floor_kwh)
    if mean_net_kwh > stage.fuse_kwh:
        # A fuse does not wait for the next look at the load: open the battery beforehand.
        cover = min(cover, *(cap.floor_kwh for cap in caps))
        charge = min(charge, cover)
    sell = max(sell, grid.floor_kwh) if stage.may_sell else battery.capacity_kwh
    return Levels(charge, min(store, grid.top_kwh), cover, sell, caps)


def _forced(grid: SocGrid, forced: Forced, store: float, cover: float, caps: tuple[ImportCap, ...]) -> Levels:
    """The levels where somebody has said what to do: nothing else but what is free, and caps where it rests."""
    full = grid.battery.capacity_kwh
    if forced.buys_to_kwh is not None:
        return Levels(forced.buys_to_kwh, max(store, forced.buys_to_kwh), full, full)
    if forced.sells_to_kwh is not None:
        return Levels(0.0, 0.0, min(cover, forced.sells_to_kwh), forced.sells_to_kwh)
    return Levels(0.0, grid.top_kwh, full if forced.max_discharge_kw <= 0 else cover, full, caps)


def _followed(
    grid: SocGrid, stages: Sequence[Stage], hopes: Sequence[_Hope], nets: Sequence[float]
) -> Iterator[PolicySlot]:
    """The slots of the policy, made for the path of SoC that is expected."""
    battery = grid.battery
    soc = battery.start_kwh
    for stage, hope, net in zip(stages, hopes, nets, strict=True):
        above = [surcharge.above_kwh for surcharge in stage.surcharges if stage.keeps_caps]
        reach = tapered(battery, reach_of(battery, stage.limits, net, above), soc, stage.hours)
        levels = _to_follow(grid, stage, hope, soc, net, reach)
        soc = soc_after(soc, reach, levels)
        yield PolicySlot(
            stage.slot.start,
            stage.slot.hours,
            levels.grid_charge_to,
            levels.pv_charge_to,
            levels.load_floor,
            levels.export_floor,
            _value_per_kwh(grid, stage, hope, soc),
            levels.caps,
            reach.grid_charge / stage.hours if levels.buys_late else 0.0,
            reach.export / stage.hours if levels.sells_late else 0.0,
        )


def _to_follow(grid: SocGrid, stage: Stage, hope: _Hope, soc_kwh: float, net_kwh: float, reach: Reach) -> Levels:
    """The levels that lead from an expected SoC and net load to the wanted end of the slot."""
    levels = aimed(soc_kwh, reach, _late(grid.battery, stage, hope, reach), grid.battery.capacity_kwh)
    if -net_kwh <= stage.limits.export_kwh:
        return levels
    # An inverter stores all surplus or none: what cannot be sold may be worth the rest.
    if stage.forced is not None:
        return levels
    filling = replace(levels, pv_charge_to=hope.fill_to, export_floor=max(levels.export_floor, hope.fill_to))

    def gain(choice: Levels) -> float:
        after = soc_after(soc_kwh, reach, choice)
        moved = battery_kwh(grid.battery, soc_kwh, after)
        return float(np.interp(after, grid.nodes, hope.value)) - stage.cost(net_kwh, moved)

    return max(levels, filling, key=gain)


def _late(battery: BatteryRequest, stage: Stage, hope: _Hope, reach: Reach) -> Levels:
    """Purchase and sale wait for the end of the slot where the battery alone bounds their power, all the time.

    Until then PV and load show what they really are: less needs to be bought, or less can be sold. Where no
    surplus or no load is possible there is nothing to wait for.
    """
    if stage.hours < stage.slot.hours:
        return hope.wanted
    if stage.forced is not None:
        return hope.wanted
    full = reach_of(battery, stage.limits.without_grid, 0.0)
    buys = battery.charge_taper is None and reach.grid_charge >= full.grid_charge > 0
    sells = battery.discharge_taper is None and reach.export >= full.export > 0
    return replace(hope.wanted, buys_late=buys and hope.lowest_net < 0, sells_late=sells and hope.highest_net > 0)


def _value_per_kwh(grid: SocGrid, stage: Stage, hope: _Hope, soc_kwh: float) -> float:
    """Slope of the mean value, between 0 and the highest price after losses."""
    place = min(max(grid.at(soc_kwh) - 0.5, 0.0), len(hope.slopes) - 1.0)
    below = min(int(place), len(hope.slopes) - 2) if len(hope.slopes) > 1 else 0
    low, high = float(hope.slopes[below]), float(hope.slopes[min(below + 1, len(hope.slopes) - 1)])
    slope = low + (high - low) * (place - below)
    return min(max(slope, 0.0), stage.level / grid.battery.charge_efficiency)
