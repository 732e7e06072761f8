"""The write budget: how often each entity was written on this local day, and who may still write it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum

from ...home.problem import Problem, Severity

RESERVED_SHARE = 0.1
"""The last tenth of the budget is kept for the owner and for safety."""


class Urgency(IntEnum):
    """How much depends on a write."""

    ROUTINE = 0
    """The plan wants it: may use all but the reserve."""
    OWNER = 1
    """The owner wants it now: may use the reserve too."""
    SAFETY = 2
    """It protects, or ends a purchase or sale: never refused."""


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """Writes per entity on one local day. Registers of inverters wear out by being written."""

    day: date
    counts: Mapping[str, int] = field(default_factory=dict)

    def on(self, day: date) -> WriteCounts:
        """The counts of `day`: a new day begins with none."""
        return self if day == self.day else WriteCounts(day)

    def plus_one(self, entity_id: str) -> WriteCounts:
        """The counts after one more write."""
        return WriteCounts(self.day, {**self.counts, entity_id: self.counts.get(entity_id, 0) + 1})

    def refusal(self, entity_id: str, urgency: Urgency, limit: int) -> str | None:
        """Why an entity may not be written once more, in words; None when it may."""
        count = self.counts.get(entity_id, 0)
        if urgency is Urgency.SAFETY or count < _free(limit) or (urgency is Urgency.OWNER and count < limit):
            return None
        kept = "the rest is kept for your own actions and for safety" if count < limit else "nothing is left"
        return f"written {count} times today, executor.write_budget_per_day is {limit}: {kept}"

    def problems(self, limit: int, now: datetime) -> tuple[Problem, ...]:
        """One problem that names all entities whose budget is nearly used up, or none."""
        near = {name: count for name, count in self.counts.items() if count >= _free(limit)}
        if not near:
            return ()
        listed = ", ".join(f"{name} ({near[name]})" for name in sorted(near))
        problem = Problem(
            problem_id="write_budget_used_up",
            severity=Severity.WARNING,
            since=now,
            meaning=f"Of {limit} writes a day nearly all are used: {listed}. Until midnight only your own actions and "
            "safety change them.",
            remedy="Look for an automation or device that changes them back all the time; if so many writes are right, "
            f"raise executor.write_budget_per_day (is {limit}).",
        )
        return (problem,)


def _free(limit: int) -> int:
    """How many writes a day are for everybody."""
    return limit - max(1, math.ceil(limit * RESERVED_SHARE))
