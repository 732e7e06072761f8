"""Blocks of heating worth a try, from exact prices: a small MILP instead of one with thousands of binaries.

The linear relaxation of the whole home, with heaters at any share of their power, gives what energy costs a
heater in each slot: battery, vehicles, peaks and export are in it. At these prices a dynamic program knows
the best schedule through each block. What it finds is a bound as well (a Lagrangian one): the optimum of
the home is at least the relaxation without the heaters' part plus each heater's best at these prices. So a
plan can say how much a block that was not tried could gain at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pulp

from .course import Solve
from .deadline import Deadline
from .heat.blocks import Block
from .heat.case import HeaterCase
from .heat.choose import chosen_blocks, left_out
from .heat.levels import Ladder, Numbers, flat_ladder, ladder_of, price_while_on
from .heat.reach import all_blocks
from .heat.search import Found, search
from .model.build import Model, relaxation
from .model.heat_blocks import start_price
from .model.heaters import HeaterPart, SlotRows
from .model.rows import Variable
from .opened import opened, pinned
from .request import BatteryRequest, PlanRequest
from .schedule import NOISE_KWH
from .solvers import InTime, Solver, SolverFailedError, solve_with_first
from .steps import minimums
from .tiers import HYGIENE_PRICE

MOST_BLOCKS = 75
"""Per heater: the cheapest, beside the best schedules and their neighbours, and the running plan."""
MORE_BLOCKS = 120
"""The same where prices say less: a hygiene cycle, a tank, a heater that modulates."""
WIDE_BLOCKS = 150
"""The same as long as another round of pricing follows."""
SMALL = 60
"""So many blocks are no trouble."""
_ROUNDS, _MORE_ROUNDS = 3, 4
"""Of pricing at most; more for heaters whose search is not exact."""
_CLOSE = 0.0005
"""A round that can lower the relaxation by this part of it is the last."""
_TRY_GAP = 0.01
"""Part of the objective at which a plan to begin with is good enough."""
_CYCLES = 4
"""Places for a hygiene cycle."""
_USED = 1e-6
_FORCED = 100.0
"""Price levels that a slot of a forced block earns."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Blocks of each heater, and bounds in price levels: of all plans, and of those with a block not among these.

    Where these are all possible blocks nothing is known of all plans.
    """

    blocks: tuple[tuple[Block, ...], ...]
    bound: float | None
    others_bound: float


def proposed_model(
    request: PlanRequest, chain: tuple[Solver, ...], deadline: Deadline
) -> tuple[Model, Proposals, tuple[Solver, ...], tuple[str, ...]]:
    """The MILP with the blocks that are worth a try, and the solvers to try on it, best first, with what failed.

    A home with few possible blocks gets the complete model at once.

    Raises:
        SolverFailedError: no solver gave the prices.
    """
    base = relaxation(request)
    cases = [part.case for part in base.heaters.parts]
    everything = tuple(all_blocks(case) for case in cases)
    if sum(map(len, everything)) <= SMALL:
        base.restrict(everything)
        return base, Proposals(everything, None, inf), chain, ()
    with opened(base.binaries):
        _, solver, notes = solve_with_first(chain, base.problem, deadline, 0.0)
    chain = chain[chain.index(solver) :]
    solve = InTime(solver, deadline)
    relaxed_objective = _objective(base)
    priced = propose(base)
    try:
        priced = _priced_again(base, priced, _ROUNDS if all(map(_is_exact, cases)) else _MORE_ROUNDS, solve)
    except SolverFailedError as error:
        notes = (*notes, f"heating is planned at rough prices: {error}")
    proposals = _proposals(cases, priced)
    base.loosen(_not_burning(base))
    model = base.restricted(proposals.blocks)
    if any(burns.cat == pulp.LpInteger for burns in base.burning.values()):
        _begin(model, priced.schedules, abs(relaxed_objective), solve)
    return model, proposals, chain, notes


def _priced_again(base: Model, priced: Priced, rounds: int, solve: Solve) -> Priced:
    """Prices of the relaxation that has to choose blocks, until they say nothing new.

    Raises:
        SolverFailedError: a relaxation was not solved.
    """
    cases = [part.case for part in base.heaters.parts]
    for _ in range(rounds - 1):
        model = base.restricted(_blocks(cases, priced, WIDE_BLOCKS))
        with opened(model.binaries):
            solve(model.problem, 0.0)
        priced = propose(model, priced)
        objective = _objective(model)
        if objective - priced.bound <= _CLOSE * abs(objective):
            break
    return priced


def _begin(model: Model, schedules: Sequence[Sequence[Block]], objective: float, solve: Solve) -> None:
    """Leave the best schedule at these prices in the model, as a solution to begin with.

    Where batteries, too, have binaries a solver's own first finds are far off.
    """
    with opened(minimums(model)), pinned(_heating(model, schedules)), suppress(SolverFailedError):
        solve(model.problem, _TRY_GAP * objective)


def _heating(model: Model, schedules: Sequence[Sequence[Block]]) -> Iterator[tuple[Variable, int]]:
    for part, schedule in zip(model.heaters.parts, schedules, strict=True):
        for block, choice in part.choices:
            yield choice, int(block in schedule)


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
    """What rounds of pricing found, of each heater.

    `guides` say which blocks look good, `schedules` are the best of the last round, `kept` those of all rounds and
    the blocks that a relaxation used. `bounds[heater][first, length - 1]` bounds the money of all plans with that
    block, `bound` that of all plans, in price levels.
    """

    guides: tuple[Numbers, ...]
    schedules: tuple[tuple[Block, ...], ...]
    kept: tuple[tuple[Block, ...], ...]
    bounds: tuple[Numbers, ...]
    ladders: tuple[Ladder, ...]
    bound: float


def propose(model: Model, before: Priced | None = None) -> Priced:
    """What the prices of a solved relaxation say, whose values and duals are in the model.

    After a round `before`, what it found best is kept, and so are the blocks that a relaxation used.
    """
    parts = model.heaters.parts
    ladders = tuple(ladder_of(part.case) for part in parts) if before is None else before.ladders
    searches = [_search(part, ladder) for part, ladder in zip(parts, ladders, strict=True)]
    rest = _objective(model) - sum(_own_cost(part) for part in parts)
    total = rest + sum(one.least for one in searches)
    kept, bounds = [], []
    for place, (part, one) in enumerate(zip(parts, searches, strict=True)):
        bound = one.through + (total - one.least)
        known = [*one.best, *(block for block, choice in part.choices if (choice.varValue or 0.0) > _USED)]
        if before is not None:
            bound = np.maximum(bound, before.bounds[place])
            known += before.kept[place]
        kept.append(tuple(dict.fromkeys(known)))
        bounds.append(bound)
    return Priced(
        guides=tuple(one.guide for one in searches),
        schedules=tuple(one.best for one in searches),
        kept=tuple(kept),
        bounds=tuple(bounds),
        ladders=ladders,
        bound=total if before is None else max(total, before.bound),
    )


def _blocks(cases: Sequence[HeaterCase], priced: Priced, least: int = 0) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each heater that are worth a column: `least` of the cheapest, or as many as it needs."""
    rows = zip(cases, priced.guides, priced.schedules, priced.kept, strict=True)
    return tuple(
        () if case.is_free else chosen_blocks(case, guide, best, kept, max(least, _most(case)))
        for case, guide, best, kept in rows
    )


def _is_exact(case: HeaterCase) -> bool:
    """Whether the search knows the best schedule at given prices."""
    return case.least_share >= 1 and case.heater.tank is None


def _most(case: HeaterCase) -> int:
    return MOST_BLOCKS if _is_exact(case) and case.hygiene_h is None else MORE_BLOCKS


def _proposals(cases: Sequence[HeaterCase], priced: Priced) -> Proposals:
    blocks = _blocks(cases, priced)
    pairs = zip(priced.bounds, blocks, strict=True)
    return Proposals(blocks, priced.bound, min((left_out(bound, own) for bound, own in pairs), default=inf))


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
