"""A PuLP problem under construction: columns with prices, rows, and the energy balance of each slot."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import pulp

from ..request import PlanRequest

Variable = Any
"""A PuLP variable (PuLP is untyped)."""
Row = Any
Terms = list[tuple[Variable, float]]

_name = attrgetter("name")


class Problem(pulp.LpProblem):  # type: ignore[misc]  # PuLP is untyped
    """A minimisation that knows its variables: PuLP would collect them from all rows each time it is asked."""

    def __init__(self, others: Iterable[Variable] = ()) -> None:
        super().__init__("darkstar", pulp.LpMinimize)
        self._known = [*others]

    def add_variable(self, *args: Any, **options: Any) -> Variable:  # noqa: ANN401 - PuLP is untyped
        """See `pulp.LpProblem.add_variable`."""
        variable = super().add_variable(*args, **options)
        self._known.append(variable)
        return variable

    def variables(self) -> list[Variable]:
        """All variables by name, those of no row too."""
        self._known.sort(key=_name)
        return self._known

    def _add_variables(self, variables: Iterable[Variable]) -> None:
        """Rows bring no variables of their own."""


class Rows:
    """Collects what the devices add. Prices are in price levels of the request.

    `balance[slot]` holds what flows into the home's AC side, with its sign: each device adds its terms,
    the grid closes the row.
    """

    def __init__(self, request: PlanRequest, others: Iterable[Variable] = ()) -> None:
        self.request = request
        self.slots = request.slots
        self.level = request.price_level
        self.problem = Problem(others)
        self.balance: list[Terms] = [[] for _ in request.slots]
        self.binaries: list[Variable] = []
        self._objective: Terms = []

    def forked(self) -> Rows:
        """The same columns and rows, and room for more, without a change of these."""
        fork = Rows(self.request, self.problem.variables())
        fork.balance, fork.binaries, fork._objective = self.balance, [*self.binaries], [*self._objective]
        for row in self.problem.constraints():
            fork.problem.addConstraint(row)
        return fork

    def column(self, name: str, upper: float | None, price: float = 0.0, lower: float | None = 0.0) -> Variable:
        """A continuous variable."""
        variable = self.problem.add_variable(name, lower, upper)
        self.price(variable, price)
        return variable

    def binary(self, name: str, price: float = 0.0) -> Variable:
        """A variable that is 0 or 1."""
        variable = self.problem.add_variable(name, 0, 1, pulp.LpInteger)
        self.binaries.append(variable)
        self.price(variable, price)
        return variable

    def price(self, variable: Variable, price: float) -> None:
        """Let a variable cost more."""
        if price:
            self._objective.append((variable, price))

    def at_most(self, terms: Terms, bound: float) -> Row:
        """`terms <= bound`."""
        return self._row(terms, pulp.LpConstraintLE, bound)

    def at_least(self, terms: Terms, bound: float) -> Row:
        """`terms >= bound`."""
        return self._row(terms, pulp.LpConstraintGE, bound)

    def equal(self, terms: Terms, value: float) -> Row:
        """`terms = value`."""
        return self._row(terms, pulp.LpConstraintEQ, value)

    def finished(self) -> Any:  # noqa: ANN401 - PuLP is untyped
        """The problem with its objective."""
        self.problem.setObjective(pulp.LpAffineExpression(self._objective))
        return self.problem

    def _row(self, terms: Terms, sense: int, bound: float) -> Row:
        row = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, rhs=bound)
        self.problem.addConstraint(row)
        return row
