"""A PuLP problem as sparse matrices, solved by SciPy. Imported only where SciPy is the solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, hstack, vstack

_OBJECTIVE_SHIFT = 1e4
"""SciPy knows a relative gap only: a constant this large in the objective makes it an absolute one."""


@dataclass(frozen=True, slots=True)
class _Matrices:
    cost: Any
    rows: Any
    row_low: Any
    row_high: Any
    low: Any
    high: Any
    integral: Any


def solve_mixed(problem: Any, time_limit_s: float, gap: float) -> tuple[bool, float | None]:  # noqa: ANN401 - untyped
    """Solve a mixed-integer problem in place; whether it is proven, and the lower bound.

    Raises:
        ArithmeticError: no solution was found.
    """
    model = _matrices(problem)
    shift_column = csr_matrix((model.rows.shape[0], 1))
    found = milp(
        np.append(model.cost, _OBJECTIVE_SHIFT),
        integrality=np.append(model.integral, 0),
        bounds=Bounds(np.append(model.low, 1.0), np.append(model.high, 1.0)),
        constraints=LinearConstraint(hstack([model.rows, shift_column]).tocsr(), model.row_low, model.row_high),
        options={"time_limit": time_limit_s, "mip_rel_gap": gap / (2 * _OBJECTIVE_SHIFT)},
    )
    _assign(problem, found)
    bound = None if found.mip_dual_bound is None else float(found.mip_dual_bound) - _OBJECTIVE_SHIFT
    return found.status == 0, bound


def solve_linear(problem: Any, time_limit_s: float) -> bool:  # noqa: ANN401 - PuLP is untyped
    """Solve a linear problem in place, with duals and reduced costs; whether it is proven.

    Raises:
        ArithmeticError: no solution was found.
    """
    model = _matrices(problem)
    equal = model.row_low == model.row_high
    above, below = np.isfinite(model.row_low) & ~equal, np.isfinite(model.row_high) & ~equal
    found = linprog(
        model.cost,
        A_ub=vstack([model.rows[below], -model.rows[above]]),
        b_ub=np.concatenate([model.row_high[below], -model.row_low[above]]),
        A_eq=model.rows[equal],
        b_eq=model.row_low[equal],
        bounds=np.column_stack([model.low, model.high]),
        options={"time_limit": time_limit_s},
    )
    _assign(problem, found)
    duals = np.zeros(model.rows.shape[0])
    duals[equal] = found.eqlin.marginals
    duals[below] = found.ineqlin.marginals[: below.sum()]
    duals[above] = -found.ineqlin.marginals[below.sum() :]
    for row, dual in zip(problem.constraints(), duals, strict=True):
        row.pi = float(dual)
    for variable, low, high in zip(problem.variables(), found.lower.marginals, found.upper.marginals, strict=True):
        variable.dj = float(low + high)
    return bool(found.status == 0)


def _assign(problem: Any, found: Any) -> None:  # noqa: ANN401 - PuLP and SciPy are untyped
    if found.x is None:
        msg = str(found.message)
        raise ArithmeticError(msg)
    for variable, value in zip(problem.variables(), found.x, strict=False):
        variable.varValue = float(value)


def _matrices(problem: Any) -> _Matrices:  # noqa: ANN401 - PuLP is untyped
    variables, rows = problem.variables(), problem.constraints()
    place = {variable.name: index for index, variable in enumerate(variables)}
    cost = np.zeros(len(variables))
    for variable, value in problem.objective.items():
        cost[place[variable.name]] += value
    entries = [
        (index, place[variable.name], value) for index, row in enumerate(rows) for variable, value in row.expr.items()
    ]
    at_row, at_column, values = zip(*entries, strict=True)
    integral = np.array([variable.cat == pulp.LpInteger for variable in variables], dtype=int)
    return _Matrices(
        cost,
        csr_matrix((values, (at_row, at_column)), shape=(len(rows), len(variables))),
        *_bounds([(row.getLb(), row.getUb()) for row in rows]),
        *_bounds([(variable.lowBound, variable.upBound) for variable in variables]),
        integral,
    )


def _bounds(pairs: Sequence[tuple[float | None, float | None]]) -> tuple[Any, Any]:
    low = np.array([-np.inf if lower is None else lower for lower, _ in pairs], dtype=float)
    return low, np.array([np.inf if upper is None else upper for _, upper in pairs], dtype=float)
