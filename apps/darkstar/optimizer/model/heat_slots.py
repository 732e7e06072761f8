"""A heater as one binary per slot: free to place any blocks, where `heat_blocks` chooses among given ones.

Its relaxation is weaker, so that it serves where nearly everything else is settled. Starts and stops follow
from the slots; a rest keeps a heater off after each stop. What is late after the longest gap is counted in
whole slots.
"""

from __future__ import annotations

import pulp

from ..heat.blocks import Block
from ..heat.case import HeaterCase
from .heat_blocks import start_price
from .heaters import HeaterPart
from .rows import Rows, Variable

_ROUNDING_H = 1e-6


def fits_slots(case: HeaterCase) -> bool:
    """Whether these rows say all that the heater's rules ask for."""
    return case.least_share >= 1 and case.heater.tank is None and case.hygiene_h is None and not case.locked


def add_slots(rows: Rows, part: HeaterPart) -> None:
    """Make a heater on or off in each slot, with its starts, rests and gaps."""
    for share in part.share:
        if share is not None:
            share.cat = pulp.LpInteger
            rows.binaries.append(share)
    stops = _switch(rows, part)
    _rest(rows, part, stops)
    if part.case.gap_limits_h:
        counts = _counts(rows, part)
        for tier, limit in enumerate(part.case.gap_limits_h):
            _count_late(rows, part, counts, tier, limit)


def _switch(rows: Rows, part: HeaterPart) -> tuple[Variable | None, ...]:
    """`on - on before = start - stop`; the stops, at the start of each slot."""
    case, stops = part.case, list[Variable | None]()
    before: Variable | None = None
    for index, share in enumerate(part.share):
        was_on = index == 0 and case.heater.on_at_start
        if share is None and before is None and not was_on:
            stops.append(None)
            continue
        stop = rows.column(f"wo{case.number}_{index}", 1.0)
        terms = [(stop, 1.0)] if before is None else [(stop, 1.0), (before, -1.0)]
        if share is not None:
            may_start = was_on or case.may_start(case.edges_h[index], case.ready_h)
            start = rows.column(f"wn{case.number}_{index}", 1.0 if may_start else 0.0, start_price(part, _one(index)))
            terms += [(share, 1.0), (start, -1.0)]
        rows.equal(terms, 1.0 if was_on else 0.0)
        stops.append(stop)
        before = share
    return tuple(stops)


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


def _count_late(rows: Rows, part: HeaterPart, counts: list[Variable], tier: int, limit_h: float) -> None:
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


def _counts(rows: Rows, part: HeaterPart) -> list[Variable]:
    """How many slots it was on, up to each slot."""
    counts: list[Variable] = []
    for index, share in enumerate(part.share):
        count = rows.column(f"wk{part.case.number}_{index}", None)
        now = [] if share is None else [(share, -1.0)]
        rows.equal([(count, 1.0), *((one, -1.0) for one in counts[-1:]), *now], 0.0)
        counts.append(count)
    return counts
