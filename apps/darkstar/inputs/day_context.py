"""What Home Assistant says about the days ahead: the owner's wish for safety, who is at home, events, weather."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..home.day_context import DayContext, DayEvent
from ..home.finite import number
from ..home.ports import EntityState, HomeAssistant
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..home.weather import WeatherHour
from .instants import local_instant

PRESENT_WORDS = frozenset({"home", "on", "true", "detected", "occupied", "disarmed", "armed_home", "armed_night"})
ABSENT_WORDS = frozenset({"not_home", "away", "off", "false", "clear", "armed_away", "armed_vacation"})
"""States that mean that someone, or nobody, is at home; a number counts people. A person in another zone is away."""
_TOMORROW = frozenset({"tomorrow", "imorgon", "morgen"})
_LEVELS = range(1, 6)
_NOT_SET = frozenset({"", "unknown", "unavailable"})


def read_context(ha: HomeAssistant, home: HomeSettings, now: datetime) -> DayContext:
    """Read it for the horizon of a plan made at `now`; what cannot be read is None or left out, and remarked."""
    until = now + timedelta(hours=home.planner.horizon_hours)
    remarks: list[str] = []
    return DayContext(
        appetite=_appetite(ha.state(home.entities.risk_appetite), home, remarks),
        occupied=_occupied(ha, home.entities.occupancy, remarks),
        events=tuple(_events(ha, home, now, until, remarks)),
        weather=tuple(sorted(_weather(ha, home.entities.weather, remarks))),
        remarks=tuple(remarks),
    )


def _appetite(state: EntityState | None, home: HomeSettings, remarks: list[str]) -> int | None:
    """The level that the helper names. One that says something else leaves it to the settings, as 0 does."""
    said = None if state is None else number(state.state.strip().partition(" ")[0])
    if said is not None and said in _LEVELS:
        return int(said)
    if state is None or state.state in _NOT_SET:
        default = "none" if home.risk.appetite is None else home.risk.appetite
        remarks.append(f"{home.entities.risk_appetite} cannot be read: risk.appetite of the settings holds ({default})")
    return None


def _occupied(ha: HomeAssistant, entity_id: str | None, remarks: list[str]) -> bool | None:
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
    rows = _rows(answer.response, entity_id, "events") if answer.ok else None
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


def _weather(ha: HomeAssistant, entity_id: str | None, remarks: list[str]) -> Iterator[WeatherHour]:
    if entity_id is None:
        return
    answer = ha.call("weather/get_forecasts", entity_id=entity_id, type="hourly")
    rows = _rows(answer.response, entity_id, "forecast") if answer.ok else None
    if rows is None:
        remarks.append(f"the forecast of {entity_id} cannot be read: {answer.error or 'its answer has no forecast'}")
        return
    for row in rows:
        start = local_instant(row.get("datetime"), ZoneInfo("UTC")) if isinstance(row, Mapping) else None
        if start is not None:
            yield WeatherHour(start, number(row.get("cloud_coverage")), number(row.get("temperature")))


def _rows(response: object, entity_id: str, key: str) -> Sequence[Any] | None:
    """The list under `key` in what a service answered for an entity; None where there is none."""
    of_entity = response.get(entity_id) if isinstance(response, Mapping) else None
    rows = of_entity.get(key) if isinstance(of_entity, Mapping) else None
    return rows if isinstance(rows, Sequence) and not isinstance(rows, str) else None
