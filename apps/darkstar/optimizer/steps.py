"""The MILP in two steps: heaters first, with storages that charge at any power, then the least powers around them.

A vehicle that charges at 6 A or not at all has a binary per slot, and most of its hours count the same: together
with the blocks of the heaters they keep a solver busy for long, and it ends far from the best. That a vehicle
cannot charge at half of its least power hardly changes when it is best to heat. So the first step leaves these
binaries open, which makes its bound one of all plans, and the second decides them around the heaters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .course import Solve
from .deadline import Deadline
from .model.build import Model
from .model.rows import Variable
from .opened import opened, pinned
from .schedule import NOISE_KWH
from .solvers import Answer, InTime, Solver, SolverFailedError, solve_with_first

CROWDED = 110
"""With more binaries than these, besides the least powers, the storages' directions are not decided anew."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """What the two steps found: the answer of the last one, which the model has, and that of the first with its bound.

    Where one step was enough both are the same. `agreed` are the least powers that are the same in both steps, and
    the directions that were not decided anew.
    """

    bounded: Answer
    last: Answer
    solver: Solver
    notes: tuple[str, ...]
    agreed: tuple[tuple[Variable, int], ...] = ()


def solve_in_steps(
    model: Model, bound: float | None, chain: tuple[Solver, ...], deadline: Deadline, gap: float
) -> Stepped:
    """Solve with the first solver that answers; `bound` is known of all plans, in objective units.

    Without a bound the model is complete and small: it is solved at once. On days with many hours of paid
    import, which way the storages go stays as in the solution to begin with.

    Raises:
        SolverFailedError: none did.
    """
    switches = tuple(minimums(model))
    if bound is None or not switches or not any(part.choices for part in model.heaters.parts):
        answer, solver, notes = solve_with_first(chain, model.problem, deadline, gap)
        return Stepped(answer, answer, solver, notes)
    decided = len(model.binaries) - len(switches)
    directions = tuple(_directions(model)) if decided > CROWDED and _is_solved(model) else ()
    with opened(switches), pinned(directions):
        bounded, solver, notes = solve_with_first(chain, model.problem, deadline, gap)
    if directions:
        bounded = Answer(proven=False, objective=bounded.objective, bound=bound)
    taken_kwh = [[taken.varValue or 0.0 for taken in row] for row in model.storages.charge]
    last = _decide_minimums(model, InTime(solver, deadline), gap)
    return Stepped(bounded, last, solver, notes, (*_agreed(model, taken_kwh), *directions))


def _decide_minimums(model: Model, solve: Solve, gap: float) -> Answer:
    """Solve again around the heaters that the model has; what storages do at once with their minimums is free.

    Raises:
        SolverFailedError: there was no answer, not even with minimums rounded from what the model had.
    """
    rounded = tuple(_rounded(model))
    settled = tuple(_settled(model))
    try:
        with pinned(settled):
            return solve(model.problem, gap)
    except SolverFailedError:
        with pinned((*settled, *rounded)):
            return solve(model.problem, gap)


def _agreed(model: Model, taken_kwh: Sequence[Sequence[float]]) -> Iterator[tuple[Variable, int]]:
    """The least powers that keep what the first step, which took `taken_kwh`, did without them."""
    columns = model.storages
    for charging, before, limits in zip(columns.charging, taken_kwh, columns.limits, strict=True):
        for on, kwh, limit in zip(charging, before, limits, strict=True):
            if on is None:
                continue
            charges = round(on.varValue or 0.0)
            if kwh >= limit.least_charge_kwh - NOISE_KWH if charges else kwh <= NOISE_KWH:
                yield on, charges


def minimums(model: Model) -> Iterator[Variable]:
    """The binaries of storages with a least charging power."""
    for row in model.storages.charging:
        yield from (one for one in row if one is not None)


def _settled(model: Model) -> Iterator[tuple[Variable, int]]:
    """What heaters do, and which way storages go that do not rest."""
    for part in model.heaters.parts:
        for _, choice in part.choices:
            yield choice, round(choice.varValue or 0.0)
    yield from _directions(model)


def _is_solved(model: Model) -> bool:
    """Whether the model has a solution to begin with: the prices of a relaxation leave no blocks."""
    return all(choice.varValue is not None for part in model.heaters.parts for _, choice in part.choices)


def _directions(model: Model) -> Iterator[tuple[Variable, int]]:
    """Which way storages go that do not rest."""
    decided = {one.name for one in model.binaries}
    for index, burns in model.burning.items():
        flows = (row[index].varValue or 0.0 for row in (*model.storages.charge, *model.storages.discharge))
        if burns.name in decided and max(flows) > NOISE_KWH:
            yield burns, round(burns.varValue or 0.0)


def _rounded(model: Model) -> Iterator[tuple[Variable, int]]:
    """Where a storage charges that has a minimum power: as often as it has charged as much."""
    columns = model.storages
    for charging, charge, limits in zip(columns.charging, columns.charge, columns.limits, strict=True):
        waiting = 0.0
        for on, taken, limit in zip(charging, charge, limits, strict=True):
            if on is None:
                continue
            waiting += taken.varValue or 0.0
            charges = waiting >= limit.least_charge_kwh / 2
            if charges:
                waiting -= max(taken.varValue or 0.0, limit.least_charge_kwh)
            yield on, int(charges)
