"""Times at which something holds: hours of the day, weekdays, months; in local time."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from pydantic import Field

from .block import Block

Month = Annotated[int, Field(ge=1, le=12)]
ALL_MONTHS = tuple(range(1, 13))


class Period(Block):
    """Hours of certain weekdays in certain months. Public holidays count as the weekday that they fall on."""

    start: time = time(0)
    """Local time of day, inclusive."""
    end: time = time(0)
    """Local time of day, exclusive; at or before `start` the period runs over midnight."""
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4, 5, 6)
    """0 is Monday."""
    months: tuple[Month, ...] = ALL_MONTHS

    def covers(self, local: datetime) -> bool:
        """Whether the period holds at a local time."""
        if local.weekday() not in self.weekdays or local.month not in self.months:
            return False
        clock = local.time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end
