"""What the words of an event mean."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.day_context import DayEvent
from darkstar.home.slots import local_day
from darkstar.strategy.day_events import events_effect
from darkstar.strategy.effects import Effect

ZONE = ZoneInfo("Europe/Stockholm")


def effect(text: str, day: str = "2026-01-15") -> Effect:
    return events_effect([DayEvent(*local_day(datetime.fromisoformat(day).date(), ZONE), text)], ZONE)


def clocks(found: Effect) -> list[str]:
    change = found.loads[0]
    return [f"{instant.astimezone(ZONE):%d %H:%M}" for instant in (change.start, change.end)]


@pytest.mark.parametrize(
    ("text", "when", "kw"),
    [
        ("oven 17-19", ["15 17:00", "15 19:00"], 2.0),
        ("Oven 17:30 - 19", ["15 17:30", "15 19:00"], 2.0),
        ("sauna 18\u201321", ["15 18:00", "15 21:00"], 6.0),
        ("oven 17-19 3,5 kW", ["15 17:00", "15 19:00"], 3.5),
        ("welding 9-10 4 kW", ["15 09:00", "15 10:00"], 4.0),
        ("laundry 22-02", ["15 22:00", "16 02:00"], 1.0),
        ("laundry 20-24", ["15 20:00", "16 00:00"], 1.0),
        ("dryer", ["15 00:00", "16 00:00"], 2.0),
        ("dryer 25-30", ["15 00:00", "16 00:00"], 2.0),
        ("dryer 2026-01-15", ["15 00:00", "16 00:00"], 2.0),
    ],
)
def test_an_appliance_adds_its_power_at_its_time(text: str, when: list[str], kw: float) -> None:
    found = effect(text)
    assert clocks(found) == when
    assert [change.add_kw for change in found.loads] == [kw]
    assert f"{kw:g} kW more load" in found.words


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_times_are_local_clock_times_also_when_the_clock_changes(day: str) -> None:
    assert clocks(effect("oven 17-19", day)) == [f"{day[-2:]} 17:00", f"{day[-2:]} 19:00"]


def test_guests_use_more_load_and_hot_water() -> None:
    found = effect("Guests for dinner")
    assert [change.towards for change in found.loads] == [0.5]
    assert [change.share for change in found.waters] == [1.5]


@pytest.mark.parametrize("text", ["away", "Bortrest", "tomorrow away"])
def test_away_has_the_lowest_likely_load_and_owes_no_hot_water(text: str) -> None:
    found = effect(text)
    assert [change.towards for change in found.loads] == [-1.0]
    assert [change.share for change in found.waters] == [0.0]


def test_a_trip_wants_the_car_full() -> None:
    found = effect("trip 8-18")
    assert [f"{trip.start.astimezone(ZONE):%H:%M}" for trip in found.trips] == ["08:00"]
    assert found.loads == ()


@pytest.mark.parametrize("text", ["dentist 9-10", "bank holiday", "", "12", "🎂"])
def test_words_that_are_not_known_do_nothing(text: str) -> None:
    assert effect(text) == Effect("day events")


def test_several_events_add_up() -> None:
    start, end = local_day(datetime.fromisoformat("2026-01-15").date(), ZONE)
    found = events_effect([DayEvent(start, end, "guests"), DayEvent(start, start + timedelta(hours=1), "oven")], ZONE)
    assert len(found.loads) == 2
    assert found.words.count(";") == 1
