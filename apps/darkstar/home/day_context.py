"""What is special about the days ahead: the owner's wish for safety, who is at home, events, weather."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .weather import WeatherHour


@dataclass(frozen=True, slots=True)
class DayEvent:
    """Something that the owner has put into a calendar or a helper, in `[start, end)`."""

    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True, slots=True)
class DayContext:
    """All of it. `appetite` for risk and `comfort` of hot water are the owner's, 1 to 5; None: as in the settings.

    `occupied` is None where nobody says whether someone is at home. `remarks` say what could not be read.
    """

    appetite: int | None = None
    comfort: int | None = None
    occupied: bool | None = None
    events: tuple[DayEvent, ...] = ()
    weather: tuple[WeatherHour, ...] = ()
    remarks: tuple[str, ...] = ()
