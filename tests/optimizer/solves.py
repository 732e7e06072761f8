"""What answers a second look at a plan in tests: a quick solver, and one that never does."""

from __future__ import annotations

from typing import Any

from darkstar.optimizer.solvers import Answer, Highs, SolverFailedError


def solve(problem: Any, gap: float) -> Answer:
    return Highs().solve(problem, 20.0, gap)


def refuse(problem: Any, gap: float) -> Answer:
    msg = f"no answer for {problem.name} to {gap}"
    raise SolverFailedError(msg)
