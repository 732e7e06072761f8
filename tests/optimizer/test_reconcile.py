"""Heaters and disputed least powers in one: better where the two steps disagreed, and never worse."""

from __future__ import annotations

from typing import Any

import pytest

from darkstar.optimizer.course import Course
from darkstar.optimizer.deadline import Deadline
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.proposals import proposed_model
from darkstar.optimizer.reconcile import reconcile
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.schedule import within_limits
from darkstar.optimizer.solvers import Answer, Highs, candidates
from darkstar.optimizer.steps import Stepped, minimums, solve_in_steps
from darkstar.simulation.planning_requests import full_home
from tests.optimizer.solves import refuse, solve

_DISPUTED = (42, 64)
"""Homes whose heaters the first step puts where the vehicle's least power does not fit."""


def stepped(number: int) -> tuple[PlanRequest, Course, Stepped]:
    request = full_home(number).request
    model, proposals, _, _ = proposed_model(request, candidates()[:1], Deadline(30))
    found = solve_in_steps(model, proposals.bound, candidates()[:1], Deadline(30), 1e-3)
    ledger = settle(request, within_limits(request, model.schedule()))
    return request, Course(model, found.last.objective, ledger), found


@pytest.mark.parametrize("number", _DISPUTED)
def test_a_dispute_is_settled_as_well_as_with_everything_open(number: int) -> None:
    request, course, found = stepped(number)
    better = reconcile(request, course, found.agreed, solve)
    assert better.ledger.objective < course.ledger.objective - 0.01
    Highs().solve(course.model.problem, 60.0, 1e-4)
    best = settle(request, within_limits(request, course.model.schedule()))
    assert better.ledger.objective == pytest.approx(best.objective, abs=0.01)


@pytest.mark.parametrize("number", [*_DISPUTED, 3])
def test_what_both_steps_agree_on_stays(number: int) -> None:
    request, course, found = stepped(number)
    assert 0 < len(found.agreed) < len(course.model.binaries)
    better = reconcile(request, course, found.agreed, solve)
    assert better.ledger.objective <= course.ledger.objective
    assert all(round(one.varValue or 0.0) == value for one, value in found.agreed)
    assert all((one.lowBound, one.upBound) == (0, 1) for one, _ in found.agreed)


def test_little_is_in_dispute() -> None:
    _, course, found = stepped(64)
    agreed = {variable.name for variable, _ in found.agreed}
    switches = [variable.name for variable in minimums(course.model)]
    assert 0 < len(set(switches) - agreed) < len(switches) / 4


def test_without_an_answer_the_course_stays() -> None:
    request, course, found = stepped(64)
    assert reconcile(request, course, found.agreed, refuse) is course


def test_what_is_no_better_leaves_the_course_and_its_values() -> None:
    request, course, found = stepped(3)
    before = [variable.varValue for variable in course.model.problem.variables()]

    def lazy(problem: Any, gap: float) -> Answer:
        for variable in problem.variables():
            variable.varValue = 0.0
        return Answer(proven=False, objective=gap, bound=None)

    assert reconcile(request, course, found.agreed, lazy) is course
    assert [variable.varValue for variable in course.model.problem.variables()] == before
