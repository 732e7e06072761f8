"""A plan to begin with: a solution of the model, and no trace of how it came about."""

from __future__ import annotations

from typing import Any

import pulp
import pytest

from darkstar.optimizer.first_try import try_first
from darkstar.optimizer.heat.blocks import Block
from darkstar.optimizer.heat.reach import all_blocks
from darkstar.optimizer.model.build import Model, relaxation
from darkstar.optimizer.proposals import propose, relaxed
from darkstar.optimizer.solvers import Answer, Highs, SolverFailedError
from darkstar.simulation.planning_requests import full_home


def solve(problem: Any, gap: float) -> Answer:
    return Highs().solve(problem, 20.0, gap)


def priced_home() -> tuple[Model, tuple[tuple[Block, ...], ...], float]:
    """A full home with the blocks of one pricing, the best schedule among them, and the bound."""
    base = relaxation(full_home(1).request)
    with relaxed(base) as problem:
        bound = solve(problem, 0.0).objective
    priced = propose(base)
    return base.restricted(priced.blocks), priced.schedules, bound


def test_the_try_is_a_solution_with_the_schedule() -> None:
    model, schedules, bound = priced_home()
    try_first(model, schedules, bound, solve)
    assert all(row.valid(1e-5) for row in model.problem.constraints())
    assert all(one.varValue == pytest.approx(round(one.varValue), abs=1e-6) for one in model.binaries)
    for part, schedule in zip(model.heaters.parts, schedules, strict=True):
        assert {block for block, choice in part.choices if choice.varValue > 0.5} == set(schedule)


def test_everything_is_a_decision_again() -> None:
    model, schedules, bound = priced_home()
    try_first(model, schedules, bound, solve)
    assert {(one.lowBound, one.upBound, one.cat) for one in model.binaries} == {(0, 1, pulp.LpInteger)}
    tried = pulp.value(model.problem.objective)
    assert bound - 1e-6 <= solve(model.problem, 0.01).objective <= tried + 1e-6


def test_without_an_answer_there_is_nothing_to_begin_with() -> None:
    model, schedules, bound = priced_home()

    def refuse(problem: Any, gap: float) -> Answer:
        msg = f"no answer for {problem.name} to {gap}"
        raise SolverFailedError(msg)

    try_first(model, schedules, bound, refuse)
    assert all(choice.varValue is None for part in model.heaters.parts for _, choice in part.choices)
    assert all(len(all_blocks(part.case)) >= len(part.choices) > 0 for part in model.heaters.parts)
