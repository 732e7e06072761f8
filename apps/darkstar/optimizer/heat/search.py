"""The best blocks of one heater at given prices of each slot, exactly: a dynamic program over its past.

State is when it last stopped heating (or that it is on), and the rung of its ladder. Forward it gives what
it costs at least to get to a block, backward what it costs at least to go on after it: together the best
schedule through each block, and so what a block costs more than the best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tiers import CUT_PRICE
from .blocks import Block
from .case import HeaterCase
from .levels import IMPOSSIBLE, Ladder, Numbers
from .reach import longest_blocks

_ROUNDING_H = 1e-6


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, in price levels: the least cost, its blocks, and the least cost through each block.

    `through[first, length - 1]`; infinite where there can be no such block.
    """

    least: float
    blocks: tuple[Block, ...]
    through: Numbers


def search(case: HeaterCase, prices: Numbers, start_prices: Numbers, ladder: Ladder) -> Found:
    """Blocks of least cost; `prices` are per slot while on, `start_prices` per start in a slot."""
    return _Search(case, prices, start_prices, ladder).run()


class _Search:
    def __init__(self, case: HeaterCase, prices: Numbers, start_prices: Numbers, ladder: Ladder) -> None:
        self._case, self._ladder = case, ladder
        self._count, self._rungs = ladder.on.shape
        locked = np.zeros(self._count)
        locked[list(case.locked)] = CUT_PRICE * np.array(case.kwh)[list(case.locked)]
        usable = np.where(case.usable, 0.0, IMPOSSIBLE)
        self._heating = (prices - locked + usable)[:, None] + ladder.on_toll
        self._constant = float(locked.sum())
        self._starting = start_prices
        edges = np.array(case.edges_h)
        since = edges.copy()
        since[0] = case.idle_since_h
        ready = edges + case.rest_h
        ready[0] = case.ready_h
        # A block right after another would be one block: it does not begin where one ends.
        apart = np.arange(self._count)[:, None] > np.arange(self._count + 1)[None, :]
        apart[:, 0] = True
        self._is_ready = apart & (ready[None, :] <= edges[:-1, None] + _ROUNDING_H)
        self._waiting = _late_prices(case, edges, since)

    def run(self) -> Found:
        reached = self._forward()
        ended, idle_goes_on, on_goes_on, least = self._backward()
        through = self._through(reached, ended)
        return Found(least + self._constant, self._trace(idle_goes_on, on_goes_on), through + self._constant)

    def _forward(self) -> Numbers:
        """The least cost at each edge of all before a block that begins there, with its start: `[edge][rung]`."""
        ladder, count, rungs = self._ladder, self._count, self._rungs
        idle = np.full((count + 1, rungs), np.inf)
        idle[0, 0] = 0.0
        on = np.full(rungs, np.inf)
        reached = np.full((count, rungs), np.inf)
        for slot in range(count):
            known = idle[: slot + 1]
            free = known[self._is_ready[slot, : slot + 1]]
            begins = free.min(axis=0) + self._starting[slot] if len(free) else np.full(rungs, np.inf)
            if slot == 0 and self._case.heater.on_at_start:
                begins = idle[0].copy()
            reached[slot] = begins
            heated = np.minimum(on, begins) + self._heating[slot]
            on = np.full(rungs, np.inf)
            np.minimum.at(on, ladder.on[slot], heated)
            known += self._waiting[slot, : slot + 1, None] + ladder.off_toll[slot]
            if ladder.resets[slot]:
                known[:, 0] = known.min(axis=1)
                known[:, 1:] = np.inf
            idle[slot + 1] = on
        return reached

    def _backward(self) -> tuple[Numbers, list[NDArray[np.bool_]], list[NDArray[np.bool_]], float]:
        """The least cost from each edge on after a block that ends there, and where idling or heating goes on."""
        ladder, count = self._ladder, self._count
        idle = np.tile(ladder.final, (count + 1, 1))
        on = ladder.final.copy()
        ended = np.empty((count + 1, self._rungs))
        ended[count] = ladder.final
        idle_goes_on: list[NDArray[np.bool_]] = []
        on_goes_on: list[NDArray[np.bool_]] = []
        for slot in range(count - 1, -1, -1):
            heats = self._heating[slot] + on[ladder.on[slot]]
            rests = idle[: slot + 1]
            if ladder.resets[slot]:
                rests[:] = rests[:, :1]
            rests += self._waiting[slot, : slot + 1, None] + ladder.off_toll[slot]
            ended[slot] = rests[slot]
            begins = np.where(self._is_ready[slot, : slot + 1, None], heats + self._starting[slot], np.inf)
            idle_goes_on.append(rests <= begins)
            on_goes_on.append(heats <= ended[slot])
            on = np.minimum(heats, ended[slot])
            np.minimum(rests, begins, out=rests)
        least = on[0] if self._case.heater.on_at_start else idle[0, 0]
        return ended, idle_goes_on[::-1], on_goes_on[::-1], float(least)

    def _through(self, reached: Numbers, ended: Numbers) -> Numbers:
        longest = np.array(longest_blocks(self._case))
        through = np.full((self._count, max(int(longest.max(initial=0)), 1)), np.inf)
        after = ended
        for length in range(1, through.shape[1] + 1):
            rows = self._count - length + 1
            after = self._heating[:rows] + np.take_along_axis(after[1:], self._ladder.on[:rows], 1)
            through[:rows, length - 1] = (reached[:rows] + after).min(axis=1)
        through[np.arange(1, through.shape[1] + 1)[None, :] > longest[:, None]] = np.inf
        through[through > IMPOSSIBLE / 2] = np.inf
        return through

    def _trace(self, idle_goes_on: list[NDArray[np.bool_]], on_goes_on: list[NDArray[np.bool_]]) -> tuple[Block, ...]:
        blocks: list[Block] = []
        since, rung, first = 0, 0, 0 if self._case.heater.on_at_start else None
        for slot in range(self._count):
            if first is not None and not on_goes_on[slot][rung]:
                if slot > first:
                    blocks.append(Block(first, slot))
                since, first = slot, None
            elif first is None and not idle_goes_on[slot][since, rung]:
                first = slot
            if first is not None:
                rung = int(self._ladder.on[slot, rung])
            elif self._ladder.resets[slot]:
                rung = 0
        return (*blocks, Block(first, self._count)) if first is not None else tuple(blocks)


def _late_prices(case: HeaterCase, edges: Numbers, since: Numbers) -> Numbers:
    """What each slot counts while idle since each edge, `[slot][edge]`."""
    late = np.zeros((len(edges) - 1, len(edges)))
    for limit in case.gap_limits_h:
        late += np.maximum(edges[1:, None] - np.maximum(since[None, :] + limit, edges[:-1, None]), 0.0)
    return late * case.heater.gap_price_per_hour / case.request.price_level
