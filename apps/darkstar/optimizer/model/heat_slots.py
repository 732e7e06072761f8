"""A heater as one binary per slot: free to place any blocks, where `heat_blocks` chooses among given ones.

Its relaxation is weaker, so that it serves where nearly everything else is settled. Starts and stops follow
from the slots; a rest keeps a heater off after each stop. What is late after the longest gap is counted in
whole slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import pulp

from ..heat.blocks import Block
from ..heat.case import HeaterCase
from .heat_blocks import start_price
from .heaters import HeaterPart
from .rows import Rows, Variable

_ROUNDING_H = 1e-6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class SlotColumns:
    """What follows from the slots in which a heater is on: starts and stops, counts of slots on, what is late.

    `late` holds the place of the count, and that of the count at its limit ago.
    """

    part: HeaterPart
    starts: tuple[Variable | None, ...]
    stops: tuple[Variable | None, ...]
    counts: tuple[Variable, ...]
    late: tuple[tuple[Variable, int, int | None], ...]

    def follow(self) -> None:
        """Give all columns the values that follow from those of the slots."""
        on = [0.0 if share is None else float((share.varValue or 0.0) > _HALF) for share in self.part.share]
        before = [float(self.part.case.heater.on_at_start), *on]
        for start, stop, last, now in zip(self.starts, self.stops, before, on, strict=False):
            if start is not None:
                start.varValue = max(now - last, 0.0)
            if stop is not None:
                stop.varValue = max(last - now, 0.0)
        sums = [*accumulate(on)]
        for count, value in zip(self.counts, sums, strict=False):
            count.varValue = value
        for late, now_place, then_place in self.late:
            late.varValue = max(1.0 - sums[now_place] + (0.0 if then_place is None else sums[then_place]), 0.0)


def fits_slots(case: HeaterCase) -> bool:
    """Whether these rows say all that the heater's rules ask for."""
    return case.least_share >= 1 and case.heater.tank is None and case.hygiene_h is None and not case.locked


def add_slots(rows: Rows, part: HeaterPart) -> SlotColumns:
    """Make a heater on or off in each slot, with its starts, rests and gaps."""
    for share in part.share:
        if share is not None:
            share.cat = pulp.LpInteger
            rows.binaries.append(share)
    starts, stops = _switch(rows, part)
    _rest(rows, part, stops)
    counts = _counts(rows, part) if part.case.gap_limits_h else []
    late = [
        one for tier, limit in enumerate(part.case.gap_limits_h) for one in _count_late(rows, part, counts, tier, limit)
    ]
    return SlotColumns(part, starts, stops, tuple(counts), tuple(late))


def _switch(rows: Rows, part: HeaterPart) -> tuple[tuple[Variable | None, ...], tuple[Variable | None, ...]]:
    """`on - on before = start - stop`; the starts and the stops, at the start of each slot."""
    case, starts, stops = part.case, list[Variable | None](), list[Variable | None]()
    before: Variable | None = None
    for index, share in enumerate(part.share):
        was_on = index == 0 and case.heater.on_at_start
        start = None
        if share is None and before is None and not was_on:
            starts.append(start)
            stops.append(None)
            continue
        stop = rows.column(f"wo{case.number}_{index}", 1.0)
        terms = [(stop, 1.0)] if before is None else [(stop, 1.0), (before, -1.0)]
        if share is not None:
            may_start = was_on or case.may_start(case.edges_h[index], case.ready_h)
            start = rows.column(f"wn{case.number}_{index}", 1.0 if may_start else 0.0, start_price(part, _one(index)))
            terms += [(share, 1.0), (start, -1.0)]
        rows.equal(terms, 1.0 if was_on else 0.0)
        starts.append(start)
        stops.append(stop)
        before = share
    return tuple(starts), tuple(stops)


def _one(index: int) -> Block:
    return Block(index, index + 1)


def _rest(rows: Rows, part: HeaterPart, stops: tuple[Variable | None, ...]) -> None:
    """Off from a stop until the rest is over: at most one of the stops before, or on."""
    case, edges = part.case, part.case.edges_h
    first = 0
    for index, share in enumerate(part.share):
        while first < index and edges[index] >= edges[first] + case.rest_h - _ROUNDING_H:
            first += 1
        recent = [(stop, 1.0) for stop in stops[first : index + 1] if stop is not None]
        if share is not None and recent and case.rest_h > 0:
            rows.at_most([*recent, (share, 1.0)], 1.0)


def _count_late(
    rows: Rows, part: HeaterPart, counts: list[Variable], tier: int, limit_h: float
) -> Iterator[tuple[Variable, int, int | None]]:
    """`late + slots on within the limit >= 1`, by the difference of two counts of slots on."""
    case, edges = part.case, part.case.edges_h
    price = case.heater.gap_price_per_hour / rows.level
    before = 0
    for index in range(len(case.kwh)):
        while edges[before + 1] <= edges[index] - limit_h + _ROUNDING_H:
            before += 1
        late_h = edges[index + 1] - max(edges[index], case.idle_since_h + limit_h)
        if late_h <= _ROUNDING_H:
            continue
        late = rows.column(f"wg{tier}_{index}_{case.number}", 1.0, price * late_h)
        gone = [(counts[before - 1], -1.0)] if before else []
        rows.at_least([(counts[index], 1.0), *gone, (late, 1.0)], 1.0)
        yield late, index, before - 1 if before else None


def _counts(rows: Rows, part: HeaterPart) -> list[Variable]:
    """How many slots it was on, up to each slot."""
    counts: list[Variable] = []
    for index, share in enumerate(part.share):
        count = rows.column(f"wk{part.case.number}_{index}", None)
        now = [] if share is None else [(share, -1.0)]
        rows.equal([(count, 1.0), *((one, -1.0) for one in counts[-1:]), *now], 0.0)
        counts.append(count)
    return counts
