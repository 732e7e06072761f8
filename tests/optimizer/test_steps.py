"""Heaters first and vehicles around them: a true bound, a plan that keeps the least powers, no trace of the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulp
import pytest

from darkstar.optimizer import steps
from darkstar.optimizer.deadline import Deadline
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.model.build import Model
from darkstar.optimizer.opened import opened
from darkstar.optimizer.proposals import proposed_model
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.schedule import NOISE_KWH, within_limits
from darkstar.optimizer.solvers import Answer, Highs, SolverFailedError, candidates
from darkstar.optimizer.steps import minimums, solve_in_steps
from darkstar.simulation.planning_requests import battery_home, full_home

_PROBE = 10
"""A solver is asked about a problem of one variable first."""


@dataclass(frozen=True)
class Picky:
    """HiGHS that refuses problems with between one and `most` open binaries: the second step has only few."""

    most: int
    name: str = "picky"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:
        decisions = sum(one.cat == pulp.LpInteger for one in problem.variables())
        if len(problem.variables()) > _PROBE and 0 < decisions <= self.most:
            msg = f"{decisions} binaries are too few"
            raise SolverFailedError(msg)
        return Highs().solve(problem, time_limit_s, gap)


def proposed(request: PlanRequest) -> tuple[Model, float | None]:
    model, proposals, _, _ = proposed_model(request, candidates()[:1], Deadline(30))
    return model, proposals.bound


def keeps_minimums(request: PlanRequest, model: Model) -> bool:
    rows = zip(model.storages.charge, model.storages.limits, strict=True)
    pairs = [
        (one.varValue, limit.least_charge_kwh)
        for flows, limits in rows
        for one, limit in zip(flows, limits, strict=True)
    ]
    return bool(request.slots) and all(kwh <= NOISE_KWH or kwh >= least - NOISE_KWH for kwh, least in pairs)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_first_step_bounds_the_second(number: int) -> None:
    request = full_home(number).request
    model, bound = proposed(request)
    found = solve_in_steps(model, bound, candidates()[:1], Deadline(30), 1e-3)
    assert keeps_minimums(request, model)
    assert found.bounded.objective <= found.last.objective + 1e-3
    assert found.bounded.bound is None or found.bounded.bound <= found.last.objective + 1e-3
    assert all(row.valid(1e-4) for row in model.problem.constraints())
    assert all((one.lowBound, one.upBound, one.cat) == (0, 1, pulp.LpInteger) for one in model.binaries)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_two_steps_come_close_to_one(number: int) -> None:
    request = full_home(number).request
    model, bound = proposed(request)
    solve_in_steps(model, bound, candidates()[:1], Deadline(30), 1e-3)
    stepped = settle(request, within_limits(request, model.schedule())).objective
    at_once = Highs().solve(model.problem, 30.0, 1e-3).objective * model.price_level
    assert stepped == pytest.approx(at_once, rel=0.005)


def test_without_vehicles_one_step_is_enough() -> None:
    model, bound = proposed(battery_home(1).request)
    found = solve_in_steps(model, bound, candidates()[:1], Deadline(30), 1e-3)
    assert found.bounded is found.last


def test_without_an_answer_the_least_powers_are_rounded() -> None:
    request = full_home(1).request
    model, bound = proposed(request)
    few = sum(1 for _ in minimums(model))
    found = solve_in_steps(model, bound, (Picky(few),), Deadline(60), 1e-3)
    assert keeps_minimums(request, model)
    assert found.last.objective >= found.bounded.objective - 1e-3


def test_nobody_answers() -> None:
    model, bound = proposed(full_home(1).request)
    with pytest.raises(SolverFailedError, match="too few"):
        solve_in_steps(model, bound, (Picky(10_000),), Deadline(10), 1e-3)


@pytest.mark.parametrize("begun", [True, False])
def test_directions_stay_only_where_there_is_a_plan_to_begin_with(begun: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known before is all that bounds a model whose directions are settled."""
    monkeypatch.setattr(steps, "CROWDED", 0)
    model, known = proposed(full_home(123).request)
    assert known is not None
    assert all(choice.varValue is not None for part in model.heaters.parts for _, choice in part.choices)
    if not begun:
        for part in model.heaters.parts:
            for _, choice in part.choices:
                choice.varValue = None
    found = solve_in_steps(model, known, candidates()[:1], Deadline(30), 1e-3)
    assert (found.bounded.bound == known) == begun
    assert known <= found.last.objective + 1e-3


def test_an_answer_within_a_share_of_the_money_says_its_bound() -> None:
    """CBC calls it optimal, and prints no bound."""
    model, _ = proposed(full_home(15).request)
    with opened(minimums(model)):
        answer = candidates()[0].solve(model.problem, 30.0, 1e-4)
        best = Highs().solve(model.problem, 60.0, 1e-6)
    assert answer.bound is not None
    assert answer.bound <= best.objective + 1e-6
    assert best.objective <= answer.objective + 1e-6
