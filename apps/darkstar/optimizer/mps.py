"""A PuLP problem as an MPS file, and CBC's answer back into the problem.

PuLP does the same by names and dictionaries, which takes longer than CBC takes for a linear program.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulp

_SENSES = {pulp.LpConstraintLE: "L", pulp.LpConstraintGE: "G", pulp.LpConstraintEQ: "E"}
_OPEN = "    MARK      'MARKER'                 'INTORG'\n"
_CLOSE = "    MARK      'MARKER'                 'INTEND'\n"
_ROUNDING = 1e-6
_FIELDS = 4
"""Number, name, value and reduced cost or dual price."""


def write_mps(problem: Any, variables: Sequence[Any], path: Path) -> None:  # noqa: ANN401 - PuLP is untyped
    """Write a minimisation problem; its variables are X0000000, X0000001 ... in this order, its rows C0000000 ...

    All names have one length: CBC 2.10.3 crashes on some files with shorter ones.
    """
    columns = {id(variable): (f" X{index:07} ", list[str]()) for index, variable in enumerate(variables)}
    senses, sides = [], []
    for number, row in enumerate(problem.constraints()):
        name = f"C{number:07}"
        senses.append(f" {_SENSES[row.sense]} {name}\n")
        if row.constant:
            sides.append(f" RHS {name} {-row.constant!r}\n")
        for variable, value in row.items():
            column, lines = columns[id(variable)]
            lines.append(f"{column}{name} {value!r}\n")
    for variable, value in problem.objective.items():
        column, lines = columns[id(variable)]
        lines.append(f"{column}OBJ {value!r}\n")
    parts = ["NAME          MODEL\nROWS\n N  OBJ\n", *senses, "COLUMNS\n"]
    for variable, (column, lines) in zip(variables, columns.values(), strict=True):
        # A variable of no row has to be named all the same: it has bounds.
        entries = lines or [f"{column}OBJ 0.0\n"]
        parts += [_OPEN, *entries, _CLOSE] if variable.cat == pulp.LpInteger else entries
    bounds = [_bound(index, variable) for index, variable in enumerate(variables)]
    parts += ["RHS\n", *sides, "BOUNDS\n", *bounds, "ENDATA\n"]
    path.write_text("".join(parts))


def write_start(variables: Sequence[Any], path: Path) -> bool:
    """Write the values that the variables have, where they are a solution to begin with; False where they are none."""
    mixed = False
    for variable in variables:
        if variable.varValue is None:
            return False
        if variable.cat == pulp.LpInteger:
            mixed = True
            if abs(variable.varValue - round(variable.varValue)) > _ROUNDING:
                return False
    if not mixed:
        return False
    lines = [f"{index} X{index:07} {variable.varValue:.12e} 0\n" for index, variable in enumerate(variables)]
    path.write_text("".join(["Values - objective value 0\n", *lines]))
    return True


def read_answer(problem: Any, variables: Sequence[Any], path: Path) -> None:  # noqa: ANN401 - PuLP is untyped
    """Leave the values, reduced costs and dual prices that CBC wrote in the problem.

    Raises:
        ValueError: a line is no line of CBC's.
        IndexError: a line has too few fields, or names what the problem has not.
    """
    rows = problem.constraints()
    for variable in variables:
        variable.varValue = 0.0
    with path.open() as lines:
        next(lines)
        for line in lines:
            fields = line.split()[-_FIELDS:]
            name, value, price = fields[1], float(fields[2]), float(fields[3])
            if name[0] == "X":
                one = variables[int(name[1:])]
                one.varValue, one.dj = value, price
            else:
                rows[int(name[1:])].pi = price


def _bound(index: int, variable: Any) -> str:  # noqa: ANN401 - PuLP is untyped
    low, high = variable.lowBound, variable.upBound
    if low is not None and low == high:
        return f" FX BND       X{index:07}  {low:.12e}\n"
    lower = f" MI BND       X{index:07}\n" if low is None else f" LO BND       X{index:07}  {low:.12e}\n" if low else ""
    if high is None:
        # Without a word an integer would end at 1.
        return lower + (f" PL BND       X{index:07}\n" if variable.cat == pulp.LpInteger else "")
    return f"{lower} UP BND       X{index:07}  {high:.12e}\n"
