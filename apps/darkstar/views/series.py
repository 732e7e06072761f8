"""Lines for the chart: points and steps, with holes where nothing is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Drawn = dict[str, list[float | None]]
"""A line as Plotly takes it: `x` in milliseconds since 1970 (UTC), `y`."""


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970 (UTC): no time zone can be misread in it."""
    return round(instant.timestamp() * 1000)


def tidy(value: float) -> float:
    """Four decimals are more than any screen shows; no minus zero."""
    return round(value, 4) + 0.0


@dataclass(slots=True)
class Line:
    """A line that grows from left to right. Missing and non-finite values leave a hole."""

    x: list[float | None] = field(default_factory=list)
    y: list[float | None] = field(default_factory=list)
    _edge: datetime | None = None

    def point(self, instant: datetime, value: float | None) -> None:
        """Append a point."""
        if value is None or not math.isfinite(value):
            return
        self.x.append(milliseconds(instant))
        self.y.append(tidy(value))

    def gap(self) -> None:
        """Leave a hole between the last point and the next one."""
        if self.x:
            self.x.append(self.x[-1])
            self.y.append(None)

    def step(self, start: datetime, end: datetime, value: float | None) -> None:
        """Append a step that holds over `[start, end)`, to be drawn with Plotly's shape `hv`."""
        if value is None or not math.isfinite(value):
            return
        if self._edge == start:
            self.x.pop()
            self.y.pop()
        elif self._edge is not None:
            self.x.append(milliseconds(self._edge))
            self.y.append(None)
        self.x += [milliseconds(start), milliseconds(end)]
        self.y += [tidy(value)] * 2
        self._edge = end

    def drawn(self) -> Drawn:
        """The line for Plotly."""
        return {"x": self.x, "y": self.y}


def steps(intervals: Iterable[tuple[datetime, datetime, float | None]]) -> Drawn:
    """A step line over `(start, end, value)`, sorted by start."""
    line = Line()
    for start, end, value in intervals:
        line.step(start, end, value)
    return line.drawn()


def hour_ticks(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """One tick per hour from `start`, a full hour, to `end`; `day` names the day at its first hour, else it is ''."""
    instant, day = start, None
    while instant <= end:
        local = instant.astimezone(zone)
        new_day = f"{local:%a} {local.day} {local:%b}" if local.date() != day else ""
        yield {"x": milliseconds(instant), "hour": local.hour, "label": f"{local:%H:%M}", "day": new_day}
        instant, day = instant + timedelta(hours=1), local.date()
