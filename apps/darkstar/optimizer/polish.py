"""A second look at the heaters: all blocks are free again, everything else stays as it was decided.

At the prices of the linear relaxation hundreds of schedules of a heater count nearly the same. Which of them
keeps the power of each hour low shows only when the vehicles' slots are settled. So where the bound leaves
room for a better plan, the heaters are placed once more, slot by slot, around the settled rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from .ledger import settle
from .model.build import Model, relaxation
from .model.heat_slots import SlotColumns, add_slots, fits_slots
from .request import PlanRequest
from .schedule import NOISE_KWH, Schedule, within_limits
from .solvers import SolverFailedError
from .stability import Course, Solve

ROOM_SHARE = 0.005
"""A plan that may cost so much more than the best, as a part of its cost, gets a second look."""


def polish(request: PlanRequest, course: Course, solve: Solve) -> Course:
    """The course with the heaters placed anew; the same course where that is no better."""
    if not course.model.heaters.parts or not all(fits_slots(part.case) for part in course.model.heaters.parts):
        return course
    model = relaxation(request)
    columns = [add_slots(model.rows, part) for part in model.heaters.parts]
    model.rows.finished()
    hold_the_rest(model, course)
    _begin_with(model, columns, course)
    try:
        answer = solve(model.problem, request.money_gap / model.price_level)
    except SolverFailedError:
        return course
    ledger = settle(request, within_limits(request, model.schedule()))
    return Course(model, answer.objective, ledger) if ledger.objective < course.ledger.objective else course


def _begin_with(model: Model, columns: Sequence[SlotColumns], course: Course) -> None:
    """Put the course into the model: the solver begins with it."""
    values = {variable.name: variable.varValue for variable in course.model.problem.variables()}
    for variable in model.problem.variables():
        variable.varValue = values.get(variable.name)
    for one in columns:
        one.follow()


def hold_the_rest(model: Model, course: Course) -> None:
    """Fix the binaries of everything but heaters; which way an idle battery would go stays open."""
    values = {variable.name: variable.varValue for variable in course.model.binaries}
    model.loosen(burns for burns in model.burning.values() if burns.name not in values)
    idle = _idle_slots(course.ledger.schedule)
    free = {burns.name for index, burns in model.burning.items() if index in idle}
    for variable in model.binaries:
        value = values.get(variable.name)
        if value is not None and variable.name not in free:
            variable.lowBound = variable.upBound = round(value)


def _idle_slots(schedule: Schedule) -> set[int]:
    rows = [*schedule.charge_kwh, *schedule.discharge_kwh]
    return {index for index, flows in enumerate(zip(*rows, strict=True)) if max(flows) <= NOISE_KWH}
