"""Which blocks of a heater are worth a column in the MILP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..request import PlanRequest
from .blocks import Block, blocks_of
from .case import HeaterCase
from .levels import Numbers
from .reach import may_begin

_SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (2, 2), (-2, -2))
"""Neighbours of a block: begin and end moved by so many slots."""


def chosen_blocks(
    case: HeaterCase, through: Numbers, best: Sequence[Block], known: Sequence[Block], most: int
) -> tuple[Block, ...]:
    """The `best` blocks and their neighbours, the `known` ones, the running plan's, and the cheapest up to `most`.

    `through` is the least cost of any schedule through each block, `[first, length - 1]`; blocks that
    cannot be are infinite in it.
    """
    near = (one for block in (*best, *_running(case)) for one in _around(block))
    chosen: dict[Block, None] = dict.fromkeys(one for one in (*known, *near) if _is_possible(case, through, one))
    for place in np.argsort(np.round(through, 9), axis=None, kind="stable")[:most]:
        first, length = divmod(int(place), through.shape[1])
        if len(chosen) >= most or not np.isfinite(through[first, length]):
            break
        chosen[Block(first, first + length + 1)] = None
    return tuple(sorted(block for block in chosen if may_begin(case, block.first)))


def left_out(bounds: Numbers, chosen: Iterable[Block]) -> float:
    """The lowest bound of a block that was not chosen; infinite where all are."""
    rest = bounds.copy()
    for block in chosen:
        rest[block.first, block.after - block.first - 1] = np.inf
    return float(rest.min(initial=np.inf))


def _around(block: Block) -> Iterator[Block]:
    yield block
    for begin, end in _SHIFTS:
        yield Block(block.first + begin, block.after + end)


def _is_possible(case: HeaterCase, through: Numbers, block: Block) -> bool:
    length = block.after - block.first
    inside = 0 <= block.first < len(case.kwh) and 0 < length <= through.shape[1] and block.after <= len(case.kwh)
    return inside and bool(np.isfinite(through[block.first, length - 1]))


def _running(case: HeaterCase) -> tuple[Block, ...]:
    """The blocks of the running plan, as far as it has this heater."""
    return blocks_of([_running_kw(case.request, case.number, index) for index in range(len(case.kwh))])


def _running_kw(request: PlanRequest, number: int, index: int) -> float:
    slot = request.slots[index]
    middle = slot.start + (slot.end - slot.start) / 2
    return next(
        (
            row.heater_kw[number]
            for row in request.running
            if number < len(row.heater_kw) and 0 <= (middle - row.start).total_seconds() < row.hours * 3600
        ),
        0.0,
    )
