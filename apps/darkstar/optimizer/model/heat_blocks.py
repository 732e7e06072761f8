"""Blocks of heating as binaries: a heater is on where one of its chosen blocks is.

A block carries its start cost and is paid once, so that the relaxation cannot heat a little all day for the
price of a part of a start. Blocks follow each other through a chain of rests: a heater is ready again
when the shortest rest after a block is over. What is late after the longest gap is counted between the
moments at which that can change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..heat.blocks import Block
from ..tiers import CUT_PRICE, HYGIENE_PRICE
from .heaters import HeaterPart
from .rows import Rows, Terms, Variable

HEAT_START_TIE = 1e-4
"""Price levels per start of a heater: at nearly equal money it heats in one block."""
_ROUNDING_H = 1e-6

Chosen = list[tuple[Block, Variable]]


def add_blocks(rows: Rows, part: HeaterPart, blocks: Sequence[Block]) -> None:
    """Make a heater on or off, in these blocks and no others."""
    if part.case.is_free:
        return
    chosen = [(block, _choice(rows, part, block)) for block in blocks]
    part.choices.extend(chosen)
    covering = _covering(chosen)
    _cover(rows, part, covering)
    _lock(rows, part, covering)
    stops = _stop_now(rows, part, chosen)
    _rest(rows, part, chosen, stops)
    for tier, limit in enumerate(part.case.gap_limits_h):
        _count_late(rows, part, chosen, tier, limit)
    _clean(rows, part, chosen)


def start_price(part: HeaterPart, block: Block) -> float:
    """What the start of a block counts, in price levels."""
    case = part.case
    if block.first == 0 and case.heater.on_at_start:
        return 0.0
    return HEAT_START_TIE + case.heater.start_cost / case.request.price_level


def _choice(rows: Rows, part: HeaterPart, block: Block) -> Variable:
    price = start_price(part, block)
    choice = rows.binary(f"wb{part.case.number}_{block.first}_{block.after}", price)
    part.block_columns.append((choice, price))
    return choice


def _column(rows: Rows, part: HeaterPart, name: str, upper: float | None, price: float) -> Variable:
    column = rows.column(f"{name}{part.case.number}", upper, price)
    part.block_columns.append((column, price))
    return column


def _covering(chosen: Chosen) -> dict[int, Terms]:
    """The blocks that contain each slot."""
    covering: dict[int, Terms] = defaultdict(list)
    for block, choice in chosen:
        for index in range(block.first, block.after):
            covering[index].append((choice, 1.0))
    return covering


def _cover(rows: Rows, part: HeaterPart, covering: dict[int, Terms]) -> None:
    """On or off, or between the lowest power and full power where a block is."""
    least = part.case.least_share
    for index, share in enumerate(part.share):
        if share is None:
            continue
        share.upBound = 1.0 if index in covering else 0.0
        if index not in covering:
            continue
        own = [(share, 1.0)]
        most = [(choice, -sign) for choice, sign in covering[index]]
        if least >= 1:
            part.block_rows.append((rows.equal(own + most, 0.0), {index: 1.0}))
            continue
        part.block_rows.append((rows.at_most(own + most, 0.0), {index: 1.0}))
        lowest = [(choice, -least * sign) for choice, sign in covering[index]]
        part.block_rows.append((rows.at_least(own + lowest, 0.0), {index: 1.0}))


def _lock(rows: Rows, part: HeaterPart, covering: dict[int, Terms]) -> None:
    """A running block goes on at least as long as it is locked, or pays."""
    for index in part.case.locked:
        off = _column(rows, part, f"wl{index}_", 1.0, CUT_PRICE * part.case.kwh[index])
        rows.at_least([*covering[index], (off, 1.0)], 1.0)


def _stop_now(rows: Rows, part: HeaterPart, chosen: Chosen) -> Terms:
    """Whether a heater that is on stops at once; as terms that add up to it."""
    if not part.case.heater.on_at_start:
        return []
    stop = _column(rows, part, "ws", 1.0, 0.0)
    rows.equal([(stop, 1.0), *((choice, 1.0) for block, choice in chosen if block.first == 0)], 1.0)
    return [(stop, 1.0)]


def _rest(rows: Rows, part: HeaterPart, chosen: Chosen, stops: Terms) -> None:
    """A block begins only where the heater is ready: once, and again after each block and its rest."""
    case, edges = part.case, part.case.edges_h
    on_at_start = case.heater.on_at_start
    first = _by_edge(chosen, [block.first for block, _ in chosen])
    if on_at_start:
        first.pop(0, None)
    coming = sorted(
        [(edges[block.after] + case.rest_h, [(choice, 1.0)]) for block, choice in chosen]
        + ([(case.ready_h, stops)] if stops else []),
        key=lambda event: event[0],
    )
    waiting: Terms = []
    known = 0.0 if on_at_start else 1.0
    for place, (edge, starting) in enumerate(sorted(first.items())):
        if not on_at_start and not case.may_start(edges[edge], case.ready_h):
            rows.equal(starting, 0.0)
            continue
        while coming and case.may_start(edges[edge], coming[0][0]):
            waiting += coming.pop(0)[1]
        left = rows.column(f"wr{case.number}_{place}", 1.0)
        rows.equal([*waiting, *((choice, -sign) for choice, sign in starting), (left, -1.0)], -known)
        waiting, known = [(left, 1.0)], 0.0


def _count_late(rows: Rows, part: HeaterPart, chosen: Chosen, tier: int, limit_h: float) -> None:
    """`late + blocks that began, and ended less than the limit ago >= 1` between moments of change."""
    case, edges = part.case, part.case.edges_h
    price = case.heater.gap_price_per_hour / rows.level
    warm_until = case.idle_since_h + limit_h
    for place, (begin, end) in enumerate(_stretches(part, chosen, limit_h)):
        if begin + _ROUNDING_H < warm_until:
            continue
        warm = [
            (choice, 1.0)
            for block, choice in chosen
            if edges[block.first] < begin + _ROUNDING_H and begin + _ROUNDING_H < edges[block.after] + limit_h
        ]
        late = _column(rows, part, f"wg{tier}_{place}_", 1.0, price * (end - begin))
        rows.at_least([*warm, (late, 1.0)], 1.0)


def _stretches(part: HeaterPart, chosen: Chosen, limit_h: float) -> Iterator[tuple[float, float]]:
    """Stretches of the horizon in which no block begins, and none has ended just the limit ago."""
    edges = part.case.edges_h
    moments = {0.0, edges[-1], part.case.idle_since_h + limit_h}
    moments |= {edges[block.first] for block, _ in chosen} | {edges[block.after] + limit_h for block, _ in chosen}
    inside = sorted(moment for moment in moments if 0 <= moment <= edges[-1])
    for begin, end in pairwise(inside):
        if end - begin > _ROUNDING_H:
            yield begin, end


def _clean(rows: Rows, part: HeaterPart, chosen: Chosen) -> None:
    """One block is the hygiene cycle, as far as it reaches."""
    case = part.case
    if case.hygiene_h is None:
        return
    hours = case.hygiene_h[2]
    missing = _column(rows, part, "wh", hours, HYGIENE_PRICE * case.heater.power_kw)
    given, which = [], []
    for block, choice in chosen:
        credit = case.hygiene_credit_h(block)
        if credit <= 0:
            continue
        cycle = rows.column(f"wy{case.number}_{block.first}_{block.after}", 1.0)
        rows.at_most([(cycle, 1.0), (choice, -1.0)], 0.0)
        given.append((cycle, credit))
        which.append((cycle, 1.0))
    rows.at_least([*given, (missing, 1.0)], hours)
    if which:
        rows.at_most(which, 1.0)


def _by_edge(chosen: Chosen, edges: Sequence[int]) -> dict[int, Terms]:
    grouped: dict[int, Terms] = defaultdict(list)
    for (_, choice), edge in zip(chosen, edges, strict=True):
        grouped[edge].append((choice, 1.0))
    return grouped
