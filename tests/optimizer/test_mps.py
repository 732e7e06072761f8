"""What CBC reads is the PuLP problem, and its answer gets back into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulp
import pytest

from darkstar.optimizer.model.build import build
from darkstar.optimizer.model.rows import Problem
from darkstar.optimizer.mps import read_answer, write_mps, write_start
from darkstar.optimizer.solvers import Highs
from tests.optimizer.samples import negative_noon, with_water


def odd_bounds() -> Any:
    """All kinds of bounds and rows."""
    problem = pulp.LpProblem("odd", pulp.LpMinimize)
    low, free, fixed = (
        problem.add_variable("low", -3, None),
        problem.add_variable("free"),
        problem.add_variable("x", 2, 2),
    )
    below, whole = problem.add_variable("below", None, 5), problem.add_variable("whole", 0, 7, pulp.LpInteger)
    switch = problem.add_variable("switch", 0, 1, pulp.LpInteger)
    terms = [(low, 1.5), (free, 1.0), (below, -1.0), (whole, -0.7), (switch, -2.25), (fixed, 0.1)]
    problem.setObjective(pulp.LpAffineExpression(terms))
    for pairs, sense, side in (
        ([(free, 1.0), (below, -0.5)], pulp.LpConstraintGE, -4.0),
        ([(whole, 2.0), (switch, 3.0)], pulp.LpConstraintLE, 10.5),
        ([(low, 1.0), (fixed, 1.0)], pulp.LpConstraintEQ, 0.0),
    ):
        problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(pairs), sense, rhs=side))
    return problem


@pytest.mark.parametrize(
    "problem", [odd_bounds(), build(with_water()).problem, build(negative_noon()).problem], ids=["odd", "water", "noon"]
)
def test_the_file_is_the_problem(problem: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.mps"
    write_mps(problem, problem.variables(), path)
    _, copy = pulp.LpProblem.fromMPS(str(path))
    own, other = (Highs().solve(one, 20.0, 0.0) for one in (problem, copy))
    assert own.objective == pytest.approx(other.objective, abs=1e-6)
    assert sum(one.cat == pulp.LpInteger for one in problem.variables()) == sum(
        one.cat == pulp.LpInteger for one in copy.variables()
    )


def test_a_variable_of_no_row_keeps_its_bounds(tmp_path: Path) -> None:
    alone = pulp.LpProblem("other", pulp.LpMinimize).add_variable("alone", 2, 5)
    problem = Problem((alone,))
    used = problem.add_variable("used", 1, 3)
    problem.setObjective(pulp.LpAffineExpression([(used, 1.0)]))
    problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression([(used, 1.0)]), pulp.LpConstraintGE, rhs=2.0))
    assert problem.variables() == [alone, used]
    path = tmp_path / "model.mps"
    write_mps(problem, problem.variables(), path)
    _, copy = pulp.LpProblem.fromMPS(str(path))
    assert [(one.lowBound, one.upBound) for one in copy.variables()] == [(2, 5), (1, 3)]
    assert Highs().solve(copy, 20.0, 0.0).objective == pytest.approx(2.0)


def test_a_solution_is_a_start(tmp_path: Path) -> None:
    problem, path = odd_bounds(), tmp_path / "start.sol"
    variables = problem.variables()
    assert not write_start(variables, path)
    Highs().solve(problem, 20.0, 0.0)
    assert write_start(variables, path)
    values = {int(line.split()[1][1:]): float(line.split()[2]) for line in path.read_text().splitlines()[1:]}
    assert values == pytest.approx({index: one.varValue for index, one in enumerate(variables)})


def test_what_is_no_solution_is_no_start(tmp_path: Path) -> None:
    problem = odd_bounds()
    variables = problem.variables()
    Highs().solve(problem, 20.0, 0.0)
    whole = next(one for one in variables if one.name == "switch")
    whole.varValue = 0.5
    assert not write_start(variables, tmp_path / "start.sol")


def test_a_linear_program_needs_no_start(tmp_path: Path) -> None:
    problem = odd_bounds()
    Highs().solve(problem, 20.0, 0.0)
    assert not write_start([one for one in problem.variables() if one.cat != pulp.LpInteger], tmp_path / "start.sol")


def test_an_answer_gets_back(tmp_path: Path) -> None:
    problem = odd_bounds()
    variables = problem.variables()
    path = tmp_path / "model.sol"
    path.write_text("Optimal - objective value 1\n** 0 X0000001 2.5 0.25\n      0 C0000002   4   -1.5\n")
    read_answer(problem, variables, path)
    assert [one.varValue for one in variables] == [0.0, 2.5, *[0.0] * (len(variables) - 2)]
    assert variables[1].dj == 0.25
    assert problem.constraints()[2].pi == -1.5


@pytest.mark.parametrize("line", ["0 X0000001 many 0", "0 X0000001 1", "0 X0000099 1 0", "0 C0000099 1 0"])
def test_nonsense_is_refused(line: str, tmp_path: Path) -> None:
    problem = odd_bounds()
    path = tmp_path / "model.sol"
    path.write_text(f"Optimal - objective value 1\n{line}\n")
    with pytest.raises((ValueError, IndexError)):
        read_answer(problem, problem.variables(), path)
