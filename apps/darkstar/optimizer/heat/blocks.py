"""Blocks of heating: a heater is on from one slot's start to another slot's end, without a break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..schedule import NOISE_KWH


class Block(NamedTuple):
    """On in the slots `first` up to, but without, `after`."""

    first: int
    after: int


def blocks_of(energies_kwh: Sequence[float]) -> tuple[Block, ...]:
    """The blocks of a heater that takes these energies, one per slot."""
    blocks, first = [], None
    for index, kwh in enumerate((*energies_kwh, 0.0)):
        if kwh > NOISE_KWH and first is None:
            first = index
        elif kwh <= NOISE_KWH and first is not None:
            blocks.append(Block(first, index))
            first = None
    return tuple(blocks)


def starts(energies_kwh: Sequence[float], *, on_at_start: bool) -> int:
    """How often a heater is switched on, when it takes these energies and was on, or was not, before them."""
    return sum(block.first > 0 or not on_at_start for block in blocks_of(energies_kwh))
