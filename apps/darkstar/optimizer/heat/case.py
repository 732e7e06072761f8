"""One heater of a request on its slots: what it may do, and what its own rules cost.

Times are hours from the start of the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from math import inf

from ..request import HeaterRequest, PlanRequest
from .blocks import Block
from .days import HeatWindow, windows_of

_ROUNDING_H = 1e-6
_ON_SHARE = 0.01
"""A heater that may take any power is on from this part of full power, where starts or gaps count."""
SECOND_TIER = 1.5
"""Beyond so many times the longest gap an hour counts double."""


@dataclass(frozen=True)
class HeaterCase:
    """A heater and the horizon."""

    request: PlanRequest
    number: int

    @property
    def heater(self) -> HeaterRequest:
        """What was asked for."""
        return self.request.heaters[self.number]

    @property
    def label(self) -> str:
        """What the plan calls it."""
        return self.heater.name or f"water heater {self.number + 1}"

    @cached_property
    def edges_h(self) -> tuple[float, ...]:
        """The slots' edges, one more than slots."""
        return (*accumulate((slot.hours for slot in self.request.slots), initial=0.0),)

    @cached_property
    def kwh(self) -> tuple[float, ...]:
        """Energy of each slot at full power."""
        return tuple(self.heater.power_kw * slot.hours for slot in self.request.slots)

    @cached_property
    def least_share(self) -> float:
        """Part of full power that it takes at least while on."""
        if self.heater.min_power_kw is None or not self.heater.power_kw:
            return 1.0
        lowest = 0.0 if self.is_free else _ON_SHARE
        return min(max(self.heater.min_power_kw / self.heater.power_kw, lowest), 1.0)

    @cached_property
    def windows(self) -> tuple[HeatWindow, ...]:
        """Its heat days."""
        return windows_of(self.number, self.heater, self.request.slots)

    @cached_property
    def is_free(self) -> bool:
        """Whether it may take any power in any slot: then it needs no blocks."""
        heater = self.heater
        rules = (
            heater.start_cost > 0
            or self.gap_limits_h
            or heater.min_spacing_hours > 0
            or self.hygiene_h
            or heater.wanted
        )
        return heater.min_power_kw is not None and heater.min_power_kw <= 0 and not rules

    @cached_property
    def locked(self) -> tuple[int, ...]:
        """The slots of a running block that is not to be cut, and those in which heat is wanted."""
        if self.is_free:
            return ()
        return tuple(sorted({*self.running, *self.wanted}))

    @cached_property
    def running(self) -> tuple[int, ...]:
        """The slots of a running block that is not to be cut."""
        until = self.heater.locked_until
        if until is None or not self.heater.on_at_start:
            return ()
        return tuple(index for index, slot in enumerate(self.request.slots) if slot.start < until)

    @cached_property
    def wanted(self) -> tuple[int, ...]:
        """The slots whose middle lies where heat is wanted."""
        middles = [slot.start + (slot.end - slot.start) / 2 for slot in self.request.slots]
        return tuple(
            index
            for index, middle in enumerate(middles)
            if any(window.start <= middle < window.end for window in self.heater.wanted)
        )

    @cached_property
    def usable(self) -> tuple[bool, ...]:
        """Slots in which it may heat at all: where heat is owed, stored, asked for without a break, or locked."""
        count = len(self.request.slots)
        if self.heater.tank is not None:
            return (True,) * count
        served = {index for window in self.windows for index, _ in window.heat_kwh} | set(self.locked)
        if self.hygiene_h:
            begin, end, _ = self.hygiene_h
            edges = self.edges_h
            served |= {index for index in range(count) if edges[index] < end and edges[index + 1] > begin}
        return tuple(index in served for index in range(count))

    @cached_property
    def idle_since_h(self) -> float:
        """When it last stopped heating; the start of the horizon where that is unknown or it still heats."""
        until = self.heater.heated_until
        return 0.0 if until is None or self.heater.on_at_start else min(self._hours(until), 0.0)

    @cached_property
    def ready_h(self) -> float:
        """When it may start for the first time; at once where it is unknown when it stopped."""
        if self.heater.on_at_start:
            return self.rest_h
        return -inf if self.heater.heated_until is None else self.idle_since_h + self.rest_h

    @property
    def rest_h(self) -> float:
        """Shortest rest between two blocks."""
        return max(self.heater.min_spacing_hours, 0.0)

    @cached_property
    def gap_limits_h(self) -> tuple[float, ...]:
        """Idle times beyond each of these count the price of an hour."""
        gap = self.heater.max_gap_hours
        if gap is None or self.heater.gap_price_per_hour <= 0:
            return ()
        return (gap, SECOND_TIER * gap)

    @cached_property
    def hygiene_h(self) -> tuple[float, float, float] | None:
        """Begin, end and length of the hygiene cycle; None where none is due, or it can wait for later."""
        cycle = self.heater.hygiene
        if cycle is None:
            return None
        begin, end = self._hours(cycle.start), self._hours(cycle.end)
        can_wait = end - max(self.edges_h[-1], begin) >= cycle.hours - _ROUNDING_H
        if can_wait or end <= 0 or begin >= self.edges_h[-1]:
            return None
        return (begin, end, cycle.hours)

    def hygiene_credit_h(self, block: Block) -> float:
        """Hours of the hygiene cycle that a block is good for."""
        if not self.hygiene_h:
            return 0.0
        begin, end, hours = self.hygiene_h
        inside = min(self.edges_h[block.after], end) - max(self.edges_h[block.first], begin)
        return min(max(inside, 0.0), hours)

    def late_hours(self, since_h: float, until_h: float) -> float:
        """Hours of an idle time that lie beyond each gap limit, added up; those before the horizon are past."""
        return sum(max(until_h - max(since_h + limit, 0.0), 0.0) for limit in self.gap_limits_h)

    def idle_times(self, blocks: Sequence[Block]) -> tuple[tuple[float, float], ...]:
        """From when until when it does not heat, with the time before the horizon."""
        edges, since, idle = self.edges_h, self.idle_since_h, []
        for block in blocks:
            if edges[block.first] > since:
                idle.append((since, edges[block.first]))
            since = edges[block.after]
        return (*idle, (since, edges[-1])) if since < edges[-1] else tuple(idle)

    def may_start(self, edge_h: float, ready_h: float) -> bool:
        """Whether a rest that ends at `ready_h` is over at an edge."""
        return edge_h >= ready_h - _ROUNDING_H

    def keeps_rests(self, blocks: Sequence[Block]) -> bool:
        """Whether all blocks begin after the shortest rest."""
        ready = self.ready_h
        for block in blocks:
            goes_on = block.first == 0 and self.heater.on_at_start
            if not goes_on and not self.may_start(self.edges_h[block.first], ready):
                return False
            ready = self.edges_h[block.after] + self.rest_h
        return True

    def _hours(self, instant: datetime) -> float:
        return (instant - self.request.slots[0].start) / timedelta(hours=1)


def heater_cases(request: PlanRequest) -> tuple[HeaterCase, ...]:
    """All heaters of a request."""
    return tuple(HeaterCase(request, number) for number in range(len(request.heaters)))
