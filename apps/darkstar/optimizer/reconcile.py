"""Heaters and least powers once more, together, where the two steps disagreed.

The first step heats when it suits vehicles that charge at any power; around that the second finds the least powers.
Hours that count the same in the first may be far apart in the second. So where the second step has made the plan
dearer, heaters and the few least powers in dispute are decided in one, with the rest as both steps have it.
"""

from __future__ import annotations

from collections.abc import Sequence

from .course import Course, Solve, better_course
from .model.rows import Variable
from .request import PlanRequest


def reconcile(request: PlanRequest, course: Course, agreed: Sequence[tuple[Variable, int]], solve: Solve) -> Course:
    """The course with all but `agreed` decided anew; the same course where that is no better."""
    before = [(variable, variable.varValue) for variable in course.model.problem.variables()]
    better = better_course(request, course, course.model, agreed, solve)
    if better is course:
        for variable, value in before:
            variable.varValue = value
    return better
