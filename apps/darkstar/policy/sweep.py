"""The backward recursion itself: value functions on the SoC grid, one row per scenario, slot by slot.

Within a slot four flows follow each other, each at its own price: storing PV surplus and buying move
upwards, covering load and selling downwards. Each goes on until its level is reached or its reach ends,
so the best answer is four clamps, and its cost is linear in them. Places are in steps of the grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..optimizer.request import PlanRequest
from ..optimizer.tiers import SHORTEST_HOURS
from .power import charging, discharging
from .soc_grid import SocGrid
from .stage import Stage

PERSISTENCE = 0.8
"""How much a scenario stays itself from slot to slot; 1 would be perfect foresight within it."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the recursion leaves behind, `[slot, node]`: the mean value at the slot's end.

    `kept` is the same less the price of resting outside the soft band, and falling above its ceiling: the
    levels follow from it.
    """

    value: Array
    kept: Array


def look_back(request: PlanRequest, grid: SocGrid, stages: Sequence[Stage], nets: Array) -> Outlook:
    """Carry the value of stored energy back from the horizon's end; `nets` are `[scenario, slot]` in kWh."""
    band = grid.band_price(request.price_level)
    goals = _goals(request, grid)
    answers = _Answers(grid, stages, nets)
    value = np.tile(grid.end_value(), (len(nets), 1))
    means, kept = np.empty((len(stages), grid.count)), np.empty((len(stages), grid.count))
    weights = np.full(len(nets), 1 / len(nets))
    for index in range(len(stages) - 1, -1, -1):
        mean = weights @ value
        means[index] = mean - goals[index] if index in goals else mean
        kept[index] = means[index] - band * max(stages[index].slot.hours, SHORTEST_HOURS)
        value *= PERSISTENCE
        value += kept[index] - PERSISTENCE * mean
        answers.step_back(index, value)
    return Outlook(means, grid.falling_above_ceiling(kept))


def _goals(request: PlanRequest, grid: SocGrid) -> dict[int, Array]:
    """By slot, what the nodes miss of the goals that are due at its end: the first end at or after the instant."""
    found: dict[int, Array] = {}
    for goal in grid.battery.goals:
        index = next((index for index, slot in enumerate(request.slots) if slot.end >= goal.at), None)
        if index is not None and goal.at > request.slots[0].start:
            found[index] = found.get(index, 0.0) + grid.goal_price(goal, request.price_level)
    return found


@dataclass(frozen=True, slots=True)
class _Peak:
    """Load above a surcharge's limit, per scenario (column, steps): all of it, and what can be covered."""

    excess: Array
    reach: Array
    worth: Array
    per_step: float


class _Answers:
    """The best answers of all scenarios to a slot, from all nodes at once.

    What does not depend on values is worked out beforehand for all slots, and scratch arrays are reused.
    The first axis of `_reach`, `_worth` and `_ends` is the flow: store, buy, cover, sell.
    """

    def __init__(self, grid: SocGrid, stages: Sequence[Stage], nets: Array) -> None:
        self._grid, self._place = grid, np.arange(grid.count, dtype=float)
        self._reach = _reach(grid, stages, nets)
        self._worth = _worth(grid, stages)
        self._idle_cost = _idle_cost(stages, nets)
        self._prices = np.array([_prices(stage) for stage in stages]) * grid.step_kwh
        self._at_node = -(self._prices[:, 0] + self._prices[:, 1] + self._prices[:, 2] + self._prices[:, 3])
        self._peaks = dict(_peaks(grid, stages, nets))
        self._unsold = dict(_unsold(grid, stages, nets))
        self._tapers = _Tapers(grid, stages)
        self._lowest = np.array([[0], [0], [grid.floor], [grid.floor]])
        self._highest = np.array([[grid.top], [grid.top], [grid.count], [grid.count]])
        rows = (len(nets), grid.count)
        self._ends, self._score = np.empty((4, *rows)), np.empty((4, *rows))
        self._spare, self._below, self._cost = np.empty(rows), np.empty(rows), np.empty(rows)
        self._rise, self._cell = np.zeros(rows), np.empty(rows, dtype=np.intp)
        self._row_start = np.arange(len(nets))[:, None] * float(grid.count)

    def step_back(self, index: int, value: Array) -> None:
        """Turn values at a slot's end, in place, into values at its start."""
        self._answer(index, value)
        cost = self._cost_of(index)
        _, bought, _, sold = self._ends
        after = np.add(bought, sold, out=self._spare)
        after -= self._place
        self._interpolate(value, after)
        value -= cost

    def _answer(self, index: int, value: Array) -> None:
        """Where each flow ends: after storing, then buying; after covering, then selling."""
        ends, place = self._ends, self._place
        value = self._grid.falling_above_ceiling(value)
        np.subtract(value, self._worth[index], out=self._score)
        wanted = np.minimum(np.maximum(self._score.argmax(axis=2), self._lowest), self._highest).astype(float)
        np.add(place, self._reach[index], out=ends)
        np.minimum(ends[:2], wanted[:2, :, None], out=ends[:2])
        np.maximum(ends[2:], wanted[2:, :, None], out=ends[2:])
        for peak in self._peaks.get(index, ()):
            np.subtract(value, peak.worth, out=self._spare)
            floor = np.maximum(self._spare.argmax(axis=1), self._lowest[2])[:, None]
            np.minimum(ends[2], np.maximum(place - peak.reach, floor), out=ends[2])
        self._tapers.clamp(index, ends)
        stored, bought, covered, sold = ends
        np.maximum(stored, place, out=stored)
        np.maximum(bought, stored, out=bought)
        np.minimum(covered, place, out=covered)
        np.minimum(sold, covered, out=sold)

    def _cost_of(self, index: int) -> Array:
        """Money of the slot, for all scenarios from all nodes."""
        ends, cost = self._ends, self._cost
        np.dot(self._prices[index], ends.reshape(4, -1), out=cost.reshape(-1))
        cost += self._at_node[index] * self._place
        cost += self._idle_cost[index]
        for peak in self._peaks.get(index, ()):
            cost += peak.per_step * np.maximum(peak.excess - (self._place - ends[2]), 0.0)
        if index in self._unsold:
            unsold, per_step = self._unsold[index]
            cost -= per_step * np.minimum(ends[0] - self._place, unsold)
        return cost

    def _interpolate(self, value: Array, places: Array) -> None:
        """Replace values at the nodes by those at `places`, which are used up."""
        np.subtract(value[:, 1:], value[:, :-1], out=self._rise[:, :-1])
        below = np.floor(places, out=self._below)
        places -= below
        below += self._row_start
        np.copyto(self._cell, below, casting="unsafe")
        slope = self._rise.reshape(-1).take(self._cell, out=self._below, mode="clip")
        slope *= places
        value.reshape(-1).take(self._cell, out=self._spare, mode="clip")
        np.add(slope, self._spare, out=value)


class _Tapers:
    """How far power lets each node get in a slot; nothing to do for a battery without tapers."""

    def __init__(self, grid: SocGrid, stages: Sequence[Stage]) -> None:
        self._ups: dict[float, Array] = {}
        self._downs: dict[float, Array] = {}
        self._hours = [stage.hours for stage in stages]
        battery, nodes = grid.battery, grid.nodes.tolist()
        for hours in set(self._hours):
            if battery.charge_taper is not None:
                charged = charging(battery, hours)
                self._ups[hours] = np.array([grid.at(charged(node)) for node in nodes])
            if battery.discharge_taper is not None:
                discharged = discharging(battery, hours)
                self._downs[hours] = np.array([grid.at(discharged(node)) for node in nodes])

    def clamp(self, index: int, ends: Array) -> None:
        """Hold the ends of the four flows back to what power allows."""
        hours = self._hours[index]
        if hours in self._ups:
            np.minimum(ends[:2], self._ups[hours], out=ends[:2])
        if hours in self._downs:
            np.maximum(ends[2:], self._downs[hours], out=ends[2:])


def _reach(grid: SocGrid, stages: Sequence[Stage], nets: Array) -> Array:
    """How far each flow can go at full power, signed, in steps: `[slot, flow, scenario, 1]`."""
    battery, net = grid.battery, nets.T
    limits = np.array(
        [
            (one.charge_kwh, one.discharge_kwh, one.import_kwh, one.export_kwh)
            for one in (stage.limits for stage in stages)
        ]
    )
    charge, discharge, bought, sold = (limits[:, [column]] for column in range(4))
    into, out_of = battery.charge_efficiency / grid.step_kwh, -1 / battery.discharge_efficiency / grid.step_kwh
    buys = battery.charge_from_grid
    sells = battery.discharge_to_grid
    reach = np.stack(
        [
            np.clip(-net, 0.0, charge) * into,
            np.clip(bought - net, 0.0, charge if buys else 0.0) * into,
            np.clip(net, 0.0, discharge) * out_of,
            np.clip(sold + net, 0.0, discharge if sells else 0.0) * out_of,
        ],
        axis=1,
    )
    return np.ascontiguousarray(reach[:, :, :, None])


def _worth(grid: SocGrid, stages: Sequence[Stage]) -> Array:
    """What the nodes count at the marginal values: `[slot, flow, 1, node]`."""
    marginals = [(one.store, one.charge, one.cover, one.sell) for one in (stage.marginal for stage in stages)]
    return np.array(marginals)[:, :, None, None] * grid.nodes


def _prices(stage: Stage) -> tuple[float, float, float, float]:
    """What a stored kWh more costs at the end of each flow: its own price less that of the flow that follows."""
    battery, price, wear = stage.battery, stage.slot.import_price, stage.battery.wear_cost_per_kwh
    store, buy = stage.pv_price / battery.charge_efficiency, price / battery.charge_efficiency
    cover, sell = (
        battery.discharge_efficiency * (price - wear),
        battery.discharge_efficiency * (stage.sale_price - wear),
    )
    return store - buy, buy, cover - sell, sell


def _idle_cost(stages: Sequence[Stage], nets: Array) -> Array:
    """Money of the slots when the battery rests, without surcharges: `[slot, scenario, 1]`."""
    bought_at = np.array([[stage.slot.import_price] for stage in stages])
    sold_at = np.array([[stage.pv_price] for stage in stages])
    most = np.array([[stage.limits.export_kwh] for stage in stages])
    net = nets.T
    cost = np.maximum(net, 0.0) * bought_at - np.clip(-net, 0.0, most) * sold_at
    return np.asarray(cost[:, :, None])


def _peaks(grid: SocGrid, stages: Sequence[Stage], nets: Array) -> Iterator[tuple[int, tuple[_Peak, ...]]]:
    """The surcharges of each slot that some scenario's load meets."""
    out_of = grid.battery.discharge_efficiency * grid.step_kwh
    for index, stage in enumerate(stages):
        net = nets[:, index, None]
        found = []
        for surcharge, worth in zip(stage.surcharges, stage.marginal.peaks, strict=True):
            excess = np.maximum(net - surcharge.above_kwh, 0.0)
            if excess.any():
                reach = np.minimum(excess, stage.limits.discharge_kwh) / out_of
                found.append(_Peak(excess / out_of, reach, worth * grid.nodes, surcharge.per_kwh * out_of))
        if found:
            yield index, tuple(found)


def _unsold(grid: SocGrid, stages: Sequence[Stage], nets: Array) -> Iterator[tuple[int, tuple[Array, float]]]:
    """Slots with surplus that nobody buys: how many steps it would fill, and what storing a step seems to cost."""
    into = grid.battery.charge_efficiency / grid.step_kwh
    for index, stage in enumerate(stages):
        surplus = np.maximum(-nets[:, index, None] - stage.limits.export_kwh, 0.0)
        if surplus.any():
            yield index, (surplus * into, stage.pv_price / into)
