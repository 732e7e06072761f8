"""Blocks of heating worth a try, from exact prices: a small MILP instead of one with thousands of binaries.

The linear relaxation of the whole home, with heaters at any share of their power, gives what energy costs a
heater in each slot: battery, vehicles, peaks and export are in it. At these prices a dynamic program knows
the best schedule through each block. What it finds is a bound as well (a Lagrangian one): the optimum of
the home is at least the relaxation without the heaters' part plus each heater's best at these prices. So a
plan can say how much a block that was not tried could gain at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pulp

from .deadline import Deadline
from .first_try import try_first
from .heat.blocks import Block
from .heat.case import HeaterCase
from .heat.choose import chosen_blocks, left_out, scheduled_blocks
from .heat.levels import Ladder, Numbers, flat_ladder, ladder_of, price_while_on
from .heat.reach import all_blocks
from .heat.search import Found, search
from .model.build import Model, relaxation
from .model.heat_blocks import start_price
from .model.heat_slots import fits_slots
from .model.heaters import HeaterPart, SlotRows
from .request import BatteryRequest, PlanRequest
from .schedule import NOISE_KWH
from .solvers import InTime, Solver, SolverFailedError, solve_with_first
from .tiers import HYGIENE_PRICE

MOST_BLOCKS = 30
"""Cheapest blocks per heater, beside the best schedules and their neighbours, and the running plan."""
MORE_BLOCKS = 90
"""The same where prices say less: a hygiene cycle, a tank, a heater that modulates."""
SMALL = 60
"""So many blocks are no trouble."""
CROWDED = 110
"""With more binaries than these, besides the heaters', only the best schedule is tried: `polish` looks further."""
_MORE_ROUNDS = 4
"""Of pricing, for heaters whose search is not exact."""
_CYCLES = 4
"""Places for a hygiene cycle."""
_USED = 1e-6
_FORCED = 100.0
"""Price levels that a slot of a forced block earns."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Blocks of each heater, and a bound, in price levels, of all plans that use a block not among them."""

    blocks: tuple[tuple[Block, ...], ...]
    others_bound: float


@contextmanager
def relaxed(model: Model) -> Iterator[Any]:
    """The problem as a linear program, for the time being."""
    for variable in model.binaries:
        variable.cat = pulp.LpContinuous
    try:
        yield model.problem
    finally:
        for variable in model.binaries:
            variable.cat = pulp.LpInteger


def proposed_model(
    request: PlanRequest, chain: tuple[Solver, ...], deadline: Deadline
) -> tuple[Model, Proposals, tuple[Solver, ...], tuple[str, ...]]:
    """The MILP with the blocks that are worth a try, and the solvers to try on it, best first, with what failed.

    A home with few possible blocks gets the complete model at once.

    Raises:
        SolverFailedError: no solver gave the prices.
    """
    model = base = relaxation(request)
    cases = [part.case for part in model.heaters.parts]
    everything = tuple(all_blocks(case) for case in cases)
    if sum(map(len, everything)) <= SMALL:
        model.restrict(everything)
        return model, Proposals(everything, inf), chain, ()
    with relaxed(model) as problem:
        _, solver, notes = solve_with_first(chain, problem, deadline, 0.0)
    chain = chain[chain.index(solver) :]
    priced = propose(model)
    rounds = 1 if all(map(_is_exact, cases)) else _MORE_ROUNDS
    for _ in range(rounds - 1):
        model = base.restricted(priced.blocks)
        try:
            with relaxed(model) as problem:
                solve_with_first(chain[:1], problem, deadline, 0.0)
        except SolverFailedError as error:
            notes = (*notes, f"heating is planned at rough prices: {error}")
            break
        priced = propose(model, priced)
    base.loosen(_not_burning(base))
    if len(base.binaries) > CROWDED and all(map(fits_slots, cases)):
        known = zip(cases, priced.bounds, priced.schedules, strict=True)
        priced = replace(priced, blocks=tuple(scheduled_blocks(*one) for one in known))
    bound = _objective(model)
    model = base.restricted(priced.blocks)
    try_first(model, priced.schedules, bound, InTime(chain[0], deadline))
    return model, _proposals(priced), chain, notes


def _not_burning(model: Model) -> list[Any]:
    """Binaries of slots in which not even the relaxation charges and discharges a storage.

    What a plan burns without them is netted, and its price is in the stated gap. Of several storages one could
    charge another: that is not netted.
    """
    ways = [number for number, one in enumerate(model.rows.request.storages) if _goes_both_ways(one)]
    if len(ways) != 1:
        return []
    taken, given = model.storages.charge[ways[0]], model.storages.discharge[ways[0]]
    return [
        burns
        for index, burns in model.burning.items()
        if min(taken[index].varValue or 0.0, given[index].varValue or 0.0) <= NOISE_KWH
    ]


def _goes_both_ways(storage: BatteryRequest) -> bool:
    return min(storage.max_charge_kw, storage.max_discharge_kw) > 0


@dataclass(frozen=True, slots=True)
class Priced:
    """What a round of pricing found for each heater: blocks, those to keep in later rounds, and bounds of all.

    `schedules` are the best of the last round, `best` of all rounds, `used` of a relaxation.
    `bounds[heater][first, length - 1]` bounds the money of all plans with that block, in price levels.
    """

    blocks: tuple[tuple[Block, ...], ...]
    schedules: tuple[tuple[Block, ...], ...]
    best: tuple[tuple[Block, ...], ...]
    used: tuple[tuple[Block, ...], ...]
    bounds: tuple[Numbers, ...]
    ladders: tuple[Ladder, ...]


def propose(model: Model, before: Priced | None = None) -> Priced:
    """Blocks at the prices of a solved relaxation, whose values and duals are in the model.

    After a round `before`, what it found best is kept, and so are the blocks that a relaxation used.
    """
    parts = model.heaters.parts
    ladders = tuple(ladder_of(part.case) for part in parts) if before is None else before.ladders
    searches = [_search(part, ladder) for part, ladder in zip(parts, ladders, strict=True)]
    rest = _objective(model) - sum(_own_cost(part) for part in parts)
    total = rest + sum(one.least for one in searches)
    blocks, best, used, bounds = [], [], [], []
    for place, (part, one) in enumerate(zip(parts, searches, strict=True)):
        bound = one.through + (total - one.least)
        found = list(one.best)
        known = [block for block, choice in part.choices if (choice.varValue or 0.0) > _USED]
        if before is not None:
            bound = np.maximum(bound, before.bounds[place])
            found += before.best[place]
            known += before.used[place]
        blocks.append(() if part.case.is_free else chosen_blocks(part.case, one.guide, found, known, _most(part.case)))
        best.append(tuple(dict.fromkeys(found)))
        used.append(tuple(dict.fromkeys(known)))
        bounds.append(bound)
    schedules = tuple(one.best for one in searches)
    return Priced(tuple(blocks), schedules, tuple(best), tuple(used), tuple(bounds), ladders)


def _is_exact(case: HeaterCase) -> bool:
    """Whether the search knows the best schedule at given prices."""
    return case.least_share >= 1 and case.heater.tank is None


def _most(case: HeaterCase) -> int:
    return MOST_BLOCKS if _is_exact(case) and case.hygiene_h is None else MORE_BLOCKS


def _proposals(priced: Priced) -> Proposals:
    pairs = zip(priced.bounds, priced.blocks, strict=True)
    return Proposals(priced.blocks, min((left_out(bound, blocks) for bound, blocks in pairs), default=inf))


@dataclass(frozen=True, slots=True)
class _Searched:
    """`guide` says which blocks look good; `through` and `least` are proven. `best` are blocks to keep."""

    guide: Numbers
    through: Numbers
    least: float
    best: tuple[Block, ...]


def _search(part: HeaterPart, ladder: Ladder) -> _Searched:
    case = part.case
    prices = _prices(part, [*part.due_rows, *part.block_rows])
    if case.is_free:
        # The relaxation is exact for a heater without rules of its own.
        return _Searched(np.empty((0, 1)), np.empty((0, 1)), _own_cost(part), ())
    starts = np.array([start_price(part, Block(index, index + 1)) for index in range(len(case.kwh))])
    found = search(case, prices, starts, ladder)
    guide, proven, best = found.through, found, found.blocks
    if case.least_share < 1 or not ladder.is_exact:
        proven = _priced_dues(part, starts, flat_ladder(case))
        guide = np.minimum(found.through - found.least, proven.through - proven.least)
    through, least = proven.through, proven.least
    if case.hygiene_h is not None:
        through, least, best = _with_cycle(case, prices, starts, ladder, found, proven)
    return _Searched(guide, through, least, best)


def _priced_dues(part: HeaterPart, starts: Numbers, ladder: Ladder) -> Found:
    """A bound where the ladder is none: the heat that is owed or stored counts at its dual prices."""
    case = part.case
    owed = _prices(part, part.block_rows)
    shares = np.array([0.0 if share is None else share.varValue or 0.0 for share in part.share])
    prices = _prices(part, [*part.due_rows, *part.block_rows])
    constant = _cost(part.due_columns) + float(((prices - owed) * shares).sum())
    found = search(case, price_while_on(case, owed), starts, ladder)
    return Found(found.least + constant, found.blocks, found.through + constant)


def _with_cycle(
    case: HeaterCase, prices: Numbers, starts: Numbers, ladder: Ladder, found: Found, proven: Found
) -> tuple[Numbers, float, tuple[Block, ...]]:
    """The hygiene cycle is the block through which, with what it lacks of the cycle, the schedule costs least."""
    hours = case.hygiene_h[2] if case.hygiene_h else 0.0
    missing = np.full_like(proven.through, np.inf)
    for first, length in np.argwhere(np.isfinite(proven.through)):
        lacking = hours - case.hygiene_credit_h(Block(int(first), int(first + length + 1)))
        missing[first, length] = HYGIENE_PRICE * case.heater.power_kw * lacking
    none = proven.least + HYGIENE_PRICE * case.heater.power_kw * hours
    least = float(np.min(proven.through + missing, initial=none))
    ranked = np.argsort(np.round(found.through + missing, 9), axis=None, kind="stable")[:_CYCLES]
    places = [divmod(int(place), missing.shape[1]) for place in ranked]
    cycles = [Block(begin, begin + more + 1) for begin, more in places if np.isfinite(found.through[begin, more])]
    forced = prices.copy()
    for cycle in cycles[:1]:
        forced[cycle.first : cycle.after] -= _FORCED
    around = search(case, forced, starts, ladder)
    return np.maximum(proven.through, least), least, (*around.blocks, *cycles, *found.blocks)


def _prices(part: HeaterPart, own: SlotRows) -> Numbers:
    """What full power costs in each slot, in price levels: its reduced cost, without the heater's `own` rows."""
    prices = np.array([0.0 if share is None else share.dj or 0.0 for share in part.share])
    for row, coefficients in own:
        for index, coefficient in coefficients.items():
            prices[index] += (row.pi or 0.0) * coefficient
    return prices


def _own_cost(part: HeaterPart) -> float:
    """What a heater costs in the relaxation: its energy at its prices, and all of its own columns."""
    shares = np.array([0.0 if share is None else share.varValue or 0.0 for share in part.share])
    energy = float((_prices(part, [*part.due_rows, *part.block_rows]) * shares).sum())
    return energy + _cost(part.due_columns) + _cost(part.block_columns)


def _cost(columns: Sequence[tuple[Any, float]]) -> float:
    return sum(price * (variable.varValue or 0.0) for variable, price in columns)


def _objective(model: Model) -> float:
    return _cost(list(model.problem.objective.items()))
