"""Heaters and least powers once more, together, where the two steps disagreed.

The first step heats when it suits vehicles that charge at any power; around that the second finds the least powers.
Hours that count the same in the first may be far apart in the second. So where the second step has made the plan
dearer, heaters and the few least powers in dispute are decided in one, with the rest as both steps have it.
"""

from __future__ import annotations

from collections.abc import Sequence

from .ledger import settle
from .model.rows import Variable
from .opened import pinned
from .request import PlanRequest
from .schedule import within_limits
from .solvers import SolverFailedError
from .stability import Course, Solve


def reconcile(request: PlanRequest, course: Course, agreed: Sequence[tuple[Variable, int]], solve: Solve) -> Course:
    """The course with all but `agreed` decided anew; the same course where that is no better."""
    model = course.model
    before = [(variable, variable.varValue) for variable in model.problem.variables()]
    try:
        with pinned(agreed):
            answer = solve(model.problem, request.money_gap / model.price_level)
    except SolverFailedError:
        return course
    ledger = settle(request, within_limits(request, model.schedule()))
    if ledger.objective < course.ledger.objective:
        return Course(model, answer.objective, ledger)
    for variable, value in before:
        variable.varValue = value
    return course
