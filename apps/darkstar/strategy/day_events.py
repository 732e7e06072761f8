"""What the words of an event mean for a plan: guests, away, a trip, an appliance with its power."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.day_context import DayEvent
from ..home.slots import local_date, local_day
from .effects import Effect, LoadChange, Trip, WaterChange

DAY_EVENTS = "day events"
GUESTS = frozenset({"guest", "guests", "visitors", "party", "gäster", "besök", "kalas", "gäste", "besuch"})
AWAY = frozenset({"away", "vacation", "travelling", "bortrest", "semester", "urlaub", "verreist"})
TRIP = frozenset({"trip", "drive", "resa", "bilresa", "reise", "fahrt"})
APPLIANCES_KW = {
    **dict.fromkeys(("oven", "ugn", "backofen"), 2.0),
    **dict.fromkeys(("sauna", "bastu"), 6.0),
    **dict.fromkeys(("dryer", "torktumlare", "trockner"), 2.0),
    **dict.fromkeys(("dishwasher", "diskmaskin", "spülmaschine"), 1.0),
    **dict.fromkeys(("laundry", "tvätt", "wäsche"), 1.0),
}
"""Usual mean powers; a power in the text (`oven 17-19 3 kW`) replaces them."""
GUESTS_TOWARDS_P90 = 0.5
GUESTS_WATER = 1.5
_WORD = re.compile(r"[^\W\d_]+")
_POWER = re.compile(r"(\d+(?:[.,]\d+)?)\s*kw\b")
_TIMES = re.compile(r"(?<![\d-])(\d{1,2})(?:[:.](\d{2}))?\s*[-\u2013]\s*(\d{1,2})(?:[:.](\d{2}))?(?![\d-])")
_DAY_HOURS, _HOUR_MINUTES = 24, 60


def events_effect(events: Iterable[DayEvent], zone: ZoneInfo) -> Effect:
    """What all events do. One whose words are not known does nothing."""
    words: list[str] = []
    loads: list[LoadChange] = []
    waters: list[WaterChange] = []
    trips: list[Trip] = []
    for event in events:
        start, end = _span(event, zone)
        said = frozenset(_WORD.findall(event.text.casefold()))
        when = f"{start.astimezone(zone):%Y-%m-%d %H:%M} to {end.astimezone(zone):%H:%M}"
        if said & AWAY:
            loads.append(LoadChange(start, end, towards=-1.0))
            waters.append(WaterChange(start, end, 0.0))
            words.append(f"away {when}: the lowest likely load, no hot water owed")
        elif said & GUESTS:
            loads.append(LoadChange(start, end, towards=GUESTS_TOWARDS_P90))
            waters.append(WaterChange(start, end, GUESTS_WATER))
            words.append(f"guests {when}: more load, half more hot water")
        elif said & TRIP:
            trips.append(Trip(start))
            words.append(f"a trip at {start.astimezone(zone):%Y-%m-%d %H:%M}: the car is to be full before")
        else:
            for name, power_kw in _appliance(event.text.casefold(), said):
                loads.append(LoadChange(start, end, add_kw=power_kw))
                words.append(f"{name} {when}: {power_kw:g} kW more load")
    return Effect(DAY_EVENTS, "; ".join(words), tuple(loads), tuple(waters), tuple(trips))


def _appliance(text: str, said: frozenset[str]) -> Iterator[tuple[str, float]]:
    """The appliance that a text names, with its power; none where it names neither."""
    power = _POWER.search(text)
    known = next((name for name in APPLIANCES_KW if name in said), None)
    if power is not None:
        named = known or next((word for word in _WORD.findall(text) if word != "kw"), "something")
        yield named, float(power[1].replace(",", "."))
    elif known is not None:
        yield known, APPLIANCES_KW[known]


def _span(event: DayEvent, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When it is: times in the text are local ones on the event's first day, else the event's own."""
    times = _TIMES.search(event.text)
    if times is None:
        return event.start, event.end
    first, last = _minutes(times[1], times[2]), _minutes(times[3], times[4])
    if first is None or last is None:
        return event.start, event.end
    midnight, _ = local_day(local_date(event.start, zone), zone)
    start, end = _at(midnight, first, zone), _at(midnight, last, zone)
    return (start, end) if end > start else (start, _at(midnight, last + _DAY_HOURS * _HOUR_MINUTES, zone))


def _minutes(hours: str, minutes: str | None) -> int | None:
    found = int(hours) * _HOUR_MINUTES + int(minutes or 0)
    return found if found <= _DAY_HOURS * _HOUR_MINUTES else None


def _at(midnight: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes by the local clock after a local midnight."""
    clock = midnight.astimezone(zone).replace(tzinfo=None) + timedelta(minutes=minutes)
    return clock.replace(tzinfo=zone).astimezone(midnight.tzinfo)
