"""A second look at the heaters: all blocks are free again, everything else stays as it was decided.

At the prices of the linear relaxation hundreds of schedules of a heater count nearly the same. Which of them
keeps the power of each hour low shows only when the vehicles' slots are settled. So where the bound leaves
room for a better plan, the heaters are placed once more, slot by slot, around the settled rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from .course import Course, Solve, better_course
from .model.build import Model, relaxation
from .model.heat_slots import SlotColumns, add_slots, fits_slots
from .model.rows import Variable
from .request import PlanRequest
from .schedule import NOISE_KWH, Schedule


def polish(request: PlanRequest, course: Course, solve: Solve) -> Course:
    """The course with the heaters placed anew; the same course where that is no better."""
    if not course.model.heaters.parts or not all(fits_slots(part.case) for part in course.model.heaters.parts):
        return course
    model = relaxation(request)
    columns = [add_slots(model.rows, part) for part in model.heaters.parts]
    model.rows.finished()
    return better_course(request, course, model, _begin_with(model, columns, course), solve)


def _begin_with(model: Model, columns: Sequence[SlotColumns], course: Course) -> list[tuple[Variable, int]]:
    """Put the course into the model, so that the solver begins with it, and say what it is to hold.

    It holds all binaries but those of heaters and what follows from them; which way an idle battery would go
    stays open.
    """
    values = {variable.name: variable.varValue for variable in course.model.problem.variables()}
    decided = {variable.name for variable in course.model.binaries}
    model.loosen(burns for burns in model.burning.values() if burns.name not in decided)
    for variable in model.problem.variables():
        variable.varValue = values.get(variable.name)
    for one in columns:
        one.follow()
    idle = _idle_slots(course.ledger.schedule)
    open_ones = {burns.name for index, burns in model.burning.items() if index in idle}
    open_ones |= {variable.name for variable in model.own_use}
    open_ones |= {share.name for one in columns for share in one.part.share if share is not None}
    return [(one, round(one.varValue or 0.0)) for one in model.binaries if one.name in decided - open_ones]


def _idle_slots(schedule: Schedule) -> set[int]:
    rows = [*schedule.charge_kwh, *schedule.discharge_kwh]
    return {index for index, flows in enumerate(zip(*rows, strict=True)) if max(flows) <= NOISE_KWH}
