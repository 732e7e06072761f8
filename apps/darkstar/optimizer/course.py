"""A solved model with the account of its schedule, and another try at it with some of its binaries held."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .ledger import Ledger, settle
from .model.build import Model
from .model.rows import Variable
from .opened import pinned
from .request import PlanRequest
from .schedule import within_limits
from .solvers import Answer, SolverFailedError

Solve = Callable[[Any, float], Answer]
"""Solves a PuLP problem to an absolute gap, in what is left of the plan's time."""


@dataclass(frozen=True, slots=True)
class Course:
    """A solved model, its objective in the model's units, and the account of its schedule."""

    model: Model
    objective: float
    ledger: Ledger


def better_course(
    request: PlanRequest, course: Course, model: Model, held: Iterable[tuple[Variable, int]], solve: Solve
) -> Course:
    """What is found for `model` with these binaries held; `course` itself where there is nothing better."""
    try:
        with pinned(held):
            answer = solve(model.problem, request.money_gap / model.price_level)
    except SolverFailedError:
        return course
    ledger = settle(request, within_limits(request, model.schedule()))
    return Course(model, answer.objective, ledger) if ledger.objective < course.ledger.objective else course
