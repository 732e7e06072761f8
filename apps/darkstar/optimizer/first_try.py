"""A plan to begin with, so that the solver need not look for one: its own first finds are far off.

Heaters follow the best schedule at the prices of the relaxation, vehicles charge where the relaxation has them
charge. What is left is little more than a linear program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import pulp

from .heat.blocks import Block
from .model.build import Model
from .model.rows import Variable
from .solvers import SolverFailedError
from .stability import Solve

_GAP = 0.01
"""Part of the objective at which the try is good enough."""


def try_first(model: Model, schedules: Sequence[Sequence[Block]], objective: float, solve: Solve) -> None:
    """Leave a solution in a model whose variables have the values of its relaxation; `objective` is that one's."""
    with pinned([*_heating(model, schedules), *_charging(model)]), suppress(SolverFailedError):
        solve(model.problem, _GAP * abs(objective))


@contextmanager
def pinned(values: Sequence[tuple[Variable, int]]) -> Iterator[None]:
    """Binaries that are no decisions but these values, for the time being."""
    for variable, value in values:
        variable.lowBound = variable.upBound = value
        variable.cat = pulp.LpContinuous
    try:
        yield
    finally:
        for variable, _ in values:
            variable.lowBound, variable.upBound, variable.cat = 0, 1, pulp.LpInteger


def _heating(model: Model, schedules: Sequence[Sequence[Block]]) -> Iterator[tuple[Variable, int]]:
    for part, schedule in zip(model.heaters.parts, schedules, strict=True):
        for block, choice in part.choices:
            yield choice, int(block in schedule)


def _charging(model: Model) -> Iterator[tuple[Variable, int]]:
    """Where a storage charges that has a minimum power: as often as the relaxation charges as much."""
    columns = model.storages
    for charging, charge, limits in zip(columns.charging, columns.charge, columns.limits, strict=True):
        waiting = 0.0
        for on, taken, limit in zip(charging, charge, limits, strict=True):
            if on is None:
                continue
            waiting += taken.varValue or 0.0
            charges = waiting >= limit.least_charge_kwh / 2
            if charges:
                waiting -= max(taken.varValue or 0.0, limit.least_charge_kwh)
            yield on, int(charges)
