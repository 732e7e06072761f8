"""The value of stored energy under uncertainty, and the four SoC levels that follow from it.

Backward recursion over slots with one value function per scenario, on a grid of SoC. Between slots the
scenarios are mixed: an error goes on with the weight `PERSISTENCE`, else any scenario may follow. Within
a slot the net load is seen before the battery acts, as an inverter does.

With V' the slope of the mean value at the slot's end, eta the one-way efficiencies, w the wear and
p, q the prices of import and export, the levels lie where V' falls below

    p / eta_c           grid charging    q / eta_c           storing PV surplus
    eta_d (p - w)       covering load    eta_d (q - w)       selling

Only the first battery is served; the plan's flows of others count as load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..forecast.bands import Scenarios
from ..optimizer.plan import BatteryRequest, Plan, PlanRequest
from .netload import expected_net, scenario_nets
from .response import Levels, Values, aimed, battery_kwh, best_end, reach_of, soc_after
from .stage import Stage
from .thresholds import Policy, PolicySlot

PERSISTENCE = 0.8
"""How much a scenario stays itself from slot to slot; 1 would be perfect foresight within it."""
GRID_STEPS = 200
"""Steps of the SoC grid from empty to full."""
_SHORTEST_HOURS = 0.25
"""A rest outside the soft band counts as at least this long, as in the plan."""
_NOISE = 1e-3
"""Slopes that rise by less than this many price levels are interpolation noise."""


def build(request: PlanRequest, plan: Plan, scenarios: Scenarios) -> Policy:
    """The thresholds of the first battery for each slot of a request and its plan.

    `scenarios` are net loads without heaters, kWh per slot; the plan's heater energies are added.
    Without any the request's own expectation is the only one. A home without battery gets no slots.

    Raises:
        ValueError: plan or scenarios do not have the request's number of slots.
    """
    if not request.batteries:
        return Policy(plan.plan_id, plan.created_at, len(scenarios), ())
    battery = request.batteries[0]
    nets = scenario_nets(request, plan, scenarios)
    outlooks = _backward(request, battery, nets)
    slots = []
    soc = np.asarray(battery.start_kwh)
    for outlook, net in zip(outlooks, expected_net(request, plan), strict=True):
        levels = outlook.levels_to_follow(float(soc), np.asarray(net))
        soc = soc_after(soc, reach_of(battery, outlook.stage.limits, np.asarray(net)), levels)
        slots.append(
            PolicySlot(
                outlook.stage.slot.start,
                outlook.stage.slot.hours,
                float(levels.grid_charge_to),
                float(levels.pv_charge_to),
                float(levels.load_floor),
                float(levels.export_floor),
                outlook.value_per_kwh(float(soc)),
            )
        )
    return Policy(plan.plan_id, plan.created_at, len(nets), tuple(slots))


@dataclass(frozen=True, slots=True)
class _Outlook:
    """A slot and the mean value of what is stored at its end, on the SoC `nodes`.

    `wanted` are the levels for the slot's end, `free_storing_kwh` is the one for surplus that nobody buys.
    """

    stage: Stage
    nodes: Values
    value: Values
    wanted: Levels
    free_storing_kwh: Values

    def levels_to_follow(self, soc_kwh: float, net_kwh: Values) -> Levels:
        """The levels that lead from an expected SoC and net load to the wanted end of the slot."""
        stage = self.stage
        reach = reach_of(stage.battery, stage.limits, net_kwh)
        levels = aimed(soc_kwh, reach, self.wanted, stage.battery.capacity_kwh)
        if -net_kwh <= stage.limits.export_kwh:
            return levels
        # An inverter stores all surplus or none: what cannot be sold may be worth the rest.
        filling = replace(
            levels,
            pv_charge_to=self.free_storing_kwh,
            export_floor=np.maximum(levels.export_floor, self.free_storing_kwh),
        )
        return max(
            levels, filling, key=lambda one: self._worth(soc_kwh, net_kwh, soc_after(np.asarray(soc_kwh), reach, one))
        )

    def value_per_kwh(self, soc_kwh: float) -> float:
        """Slope of the mean value, between 0 and the highest price after losses."""
        slopes = np.minimum.accumulate(np.diff(self.value) / np.diff(self.nodes))
        slope = np.interp(soc_kwh, (self.nodes[:-1] + self.nodes[1:]) / 2, slopes)
        return float(min(max(slope, 0.0), self.stage.level / self.stage.battery.charge_efficiency))

    def _worth(self, soc_kwh: float, net_kwh: Values, after_kwh: Values) -> float:
        moved = battery_kwh(self.stage.battery, np.asarray(soc_kwh), after_kwh)
        return float(np.interp(after_kwh, self.nodes, self.value) - self.stage.cost(net_kwh, moved))


def _backward(request: PlanRequest, battery: BatteryRequest, nets: Values) -> list[_Outlook]:
    """The outlook of each slot; rows are scenarios, columns SoC nodes."""
    nodes = _nodes(battery)
    level = request.price_level
    band = np.array([battery.band_price(float(node), level) for node in nodes])
    value = np.tile(battery.end_value_per_kwh * nodes, (len(nets), 1))
    outlooks = []
    for index in range(len(request.slots) - 1, -1, -1):
        stage = Stage.of(request, battery, index, level)
        net = nets[:, index : index + 1]
        mean = value.mean(axis=0, keepdims=True)
        mixed = np.concatenate([PERSISTENCE * value + (1 - PERSISTENCE) * mean, mean])
        ahead = mixed - band * max(stage.slot.hours, _SHORTEST_HOURS)
        # The last row is the mean: its levels are the policy, the others act within their scenario.
        levels, free_storing = _levels(request, stage, nodes, ahead, np.append(net, net.mean()))
        outlooks.append(_Outlook(stage, nodes, mean[0], _row(levels, -1), free_storing[-1]))
        before = np.broadcast_to(nodes, value.shape)
        after = best_end(before, reach_of(battery, stage.limits, net), _columns(levels))
        value = _interpolate(nodes, ahead[:-1], after) - stage.cost(net, battery_kwh(battery, before, after))
    return outlooks[::-1]


def _nodes(battery: BatteryRequest) -> Values:
    """SoC from empty to the highest one that can be reached, with the corners of the soft band."""
    highest = min(max(battery.max_kwh, battery.start_kwh), battery.capacity_kwh)
    corners = [battery.min_kwh, battery.min_kwh - battery.inherited_shortage_kwh, battery.max_kwh, battery.start_kwh]
    grid = np.linspace(0.0, highest, GRID_STEPS + 1)
    # Rounded, because a corner that all but coincides with a grid point makes a cell of noise.
    return np.unique(np.clip(np.concatenate([grid, corners]), 0.0, highest).round(6))


def _levels(request: PlanRequest, stage: Stage, nodes: Values, ahead: Values, net: Values) -> tuple[Levels, Values]:
    """Per row of `ahead`: the levels wanted at the slot's end, and the one for surplus that nobody buys."""
    battery, grid = stage.battery, request.grid
    slopes = _falling_slopes(nodes, ahead, battery.max_kwh, _NOISE * stage.level)
    ends = np.append(nodes[:-1], battery.capacity_kwh)
    marginal = stage.marginal(net)
    top = min(max(battery.max_kwh, 0.0), battery.capacity_kwh)
    floor = min(max(battery.min_kwh, 0.0), battery.capacity_kwh)

    def crossing(price: Values) -> Values:
        return np.asarray(ends[(slopes >= price[:, None]).sum(axis=1)], dtype=float)

    never = np.full(len(ahead), battery.capacity_kwh)
    sells = battery.discharge_to_grid and grid.export_allowed
    levels = Levels(
        np.minimum(crossing(marginal.charge), top) if battery.charge_from_grid else np.zeros(len(ahead)),
        np.minimum(crossing(marginal.store), top),
        np.maximum(crossing(marginal.cover), floor),
        np.maximum(crossing(marginal.sell), floor) if sells else never,
    )
    return levels, np.minimum(crossing(np.minimum(marginal.store, 0.0)), top)


def _falling_slopes(nodes: Values, rows: Values, ceiling_kwh: float, noise: float) -> Values:
    """Slopes of the rows, made to fall: noise is cut off, a real dent is bridged by the concave hull.

    Real dents come from export paid better than import. Above the ceiling, where nothing is charged,
    slopes may rise as well, but nothing is to be bridged.
    """
    widths = np.diff(nodes)
    slopes = np.diff(rows, axis=1) / widths
    inside = int((nodes[1:] <= ceiling_kwh).sum())
    falling = np.minimum.accumulate(slopes, axis=1)
    for row in np.flatnonzero((slopes - falling)[:, :inside].max(axis=1, initial=0.0) > noise):
        from scipy.optimize import isotonic_regression

        bridged = isotonic_regression(slopes[row, :inside], weights=widths[:inside], increasing=False).x
        falling[row] = np.minimum.accumulate(np.concatenate([bridged, slopes[row, inside:]]))
    return np.asarray(falling, dtype=float)


def _interpolate(nodes: Values, rows: Values, at: Values) -> Values:
    cell = np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, len(nodes) - 2)
    low, high = np.take_along_axis(rows, cell, axis=1), np.take_along_axis(rows, cell + 1, axis=1)
    return np.asarray(low + (high - low) * (at - nodes[cell]) / (nodes[cell + 1] - nodes[cell]), dtype=float)


def _row(levels: Levels, row: int) -> Levels:
    return Levels(
        levels.grid_charge_to[row], levels.pv_charge_to[row], levels.load_floor[row], levels.export_floor[row]
    )


def _columns(levels: Levels) -> Levels:
    """All scenarios' levels as columns, without the mean's."""
    return Levels(
        levels.grid_charge_to[:-1, None],
        levels.pv_charge_to[:-1, None],
        levels.load_floor[:-1, None],
        levels.export_floor[:-1, None],
    )
