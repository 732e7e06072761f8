"""Binaries that are no decisions for a while are decisions again afterwards, whatever happens."""

from __future__ import annotations

import pulp
import pytest

from darkstar.optimizer.model.rows import Problem, Variable
from darkstar.optimizer.opened import opened, pinned


def binaries(count: int) -> list[Variable]:
    problem = Problem()
    return [problem.add_variable(f"b{number}", 0, 1, pulp.LpInteger) for number in range(count)]


def test_opened_takes_any_value_between() -> None:
    one, other = binaries(2)
    with opened([one]):
        assert (one.cat, one.lowBound, one.upBound) == (pulp.LpContinuous, 0, 1)
        assert other.cat == pulp.LpInteger
    assert one.cat == pulp.LpInteger


def test_pinned_is_its_value() -> None:
    one, other = binaries(2)
    with pinned([(one, 1), (other, 0)]):
        assert [(each.lowBound, each.upBound) for each in (one, other)] == [(1, 1), (0, 0)]
    assert [(each.cat, each.lowBound, each.upBound) for each in (one, other)] == [(pulp.LpInteger, 0, 1)] * 2


def test_an_error_leaves_decisions_behind() -> None:
    (one,) = binaries(1)
    with pytest.raises(ArithmeticError), pinned([(one, 1)]):
        raise ArithmeticError
    assert (one.cat, one.lowBound, one.upBound) == (pulp.LpInteger, 0, 1)
