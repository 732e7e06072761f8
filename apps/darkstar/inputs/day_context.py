"""What Home Assistant says about the days ahead: the owner's wish for safety, who is at home, events, weather."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.day_context import DayContext, DayEvent
from ..home.finite import number
from ..home.ports import EntityState, HomeAssistant, StateReader
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from .instants import local_instant
from .weather import WeatherReading, answered_rows

PRESENT_WORDS = frozenset({"home", "on", "true", "detected", "occupied", "disarmed", "armed_home", "armed_night"})
ABSENT_WORDS = frozenset({"not_home", "away", "off", "false", "clear", "armed_away", "armed_vacation"})
"""States that mean that someone, or nobody, is at home; a number counts people. A person in another zone is away."""
_TOMORROW = frozenset({"tomorrow", "imorgon", "morgen"})
_LEVELS = range(1, 6)
_NOT_SET = frozenset({"", "unknown", "unavailable"})


def read_context(ha: HomeAssistant, home: HomeSettings, now: datetime, weather: WeatherReading) -> DayContext:
    """Read it for the horizon of a plan made at `now`; what cannot be read is None or left out, and remarked.

    `weather` is what the home's weather service says.
    """
    until = now + timedelta(hours=home.planner.horizon_hours)
    remarks: list[str] = [weather.error] if weather.error else []
    return DayContext(
        appetite=_appetite(ha.state(home.entities.risk_appetite), home, remarks),
        comfort=None if home.water_heater is None else chosen_level(ha.state(home.entities.comfort_level)),
        occupied=_occupied(ha, home.entities.occupancy, remarks),
        events=tuple(_events(ha, home, now, until, remarks)),
        weather=weather.hours,
        remarks=tuple(remarks),
    )


def chosen_level(state: EntityState | None) -> int | None:
    """The level that the owner's helper names. One that says something else leaves it to the settings, as 0 does."""
    said = None if state is None else number(state.state.strip().partition(" ")[0])
    return int(said) if said is not None and said in _LEVELS else None


def is_occupied(reader: StateReader, entity_id: str | None) -> bool | None:
    """Whether someone is at home; None where nobody says so."""
    return _occupied(reader, entity_id, [])


def _appetite(state: EntityState | None, home: HomeSettings, remarks: list[str]) -> int | None:
    """The level that the helper names, with a remark where it cannot be read."""
    chosen = chosen_level(state)
    if chosen is not None:
        return chosen
    if state is None or state.state in _NOT_SET:
        default = "none" if home.risk.appetite is None else home.risk.appetite
        remarks.append(f"{home.entities.risk_appetite} cannot be read: risk.appetite of the settings holds ({default})")
    return None


def _occupied(ha: StateReader, entity_id: str | None, remarks: list[str]) -> bool | None:
    if entity_id is None:
        return None
    state = ha.state(entity_id)
    said = "" if state is None else state.state.strip().casefold()
    count = number(said)
    if count is not None:
        return count > 0
    if said in PRESENT_WORDS:
        return True
    if said in ABSENT_WORDS or (said not in _NOT_SET and entity_id.startswith(("person.", "device_tracker."))):
        return False
    remarks.append(f"{entity_id} says '{said}': whether someone is at home is not known")
    return None


def _events(
    ha: HomeAssistant, home: HomeSettings, now: datetime, until: datetime, remarks: list[str]
) -> Iterable[DayEvent]:
    entity_id = home.entities.day_events
    if entity_id.startswith("calendar."):
        return _calendar(ha, home, now, until, remarks)
    state = ha.state(entity_id)
    return () if state is None or state.state in _NOT_SET else _texts(state.state, home.zone, now)


def _texts(said: str, zone: ZoneInfo, now: datetime) -> Iterator[DayEvent]:
    """Events of a text helper, each for a whole day: today, or tomorrow where it says so."""
    today = local_date(now, zone)
    for text in filter(None, (part.strip() for part in said.replace("\n", ";").split(";"))):
        day = today + timedelta(days=1) if _TOMORROW & set(text.casefold().split()) else today
        yield DayEvent(*local_day(day, zone), text)


def _calendar(
    ha: HomeAssistant, home: HomeSettings, now: datetime, until: datetime, remarks: list[str]
) -> Iterator[DayEvent]:
    entity_id = home.entities.day_events
    answer = ha.call(
        "calendar/get_events",
        entity_id=entity_id,
        start_date_time=now.astimezone(home.zone).isoformat(),
        end_date_time=until.astimezone(home.zone).isoformat(),
    )
    rows = answered_rows(answer.response, entity_id, "events") if answer.ok else None
    if rows is None:
        remarks.append(f"the events of {entity_id} cannot be read: {answer.error or 'its answer has no events'}")
        return
    for row in rows:
        event = _event(row, home.zone)
        if event is not None:
            yield event


def _event(row: object, zone: ZoneInfo) -> DayEvent | None:
    if not isinstance(row, Mapping):
        return None
    start, end = local_instant(row.get("start"), zone), local_instant(row.get("end"), zone)
    text = str(row.get("summary") or row.get("message") or "")
    return DayEvent(start, end, text) if start is not None and end is not None and start < end else None
