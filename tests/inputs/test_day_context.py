"""What Home Assistant says about the days ahead, and what it leaves open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.home.day_context import DayContext
from darkstar.home.entities import EntitySettings
from darkstar.home.ports import CallResult
from darkstar.home.risk import RiskSettings
from darkstar.home.settings import HomeSettings
from darkstar.home.weather import WeatherHour
from darkstar.inputs.day_context import read_context
from darkstar.inputs.weather import WeatherReading
from tests.homes import ENTITIES, home
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, entity, having

HELPER = "input_select.darkstar_risk_appetite"
TEXT = "input_text.darkstar_day_events"


def living(**entities: Any) -> HomeSettings:
    named = EntitySettings.model_validate(ENTITIES.model_dump() | entities)
    return home(entities=named, risk=RiskSettings(appetite=4))


def read(ha: FakeHomeAssistant, settings: HomeSettings | None = None) -> DayContext:
    return read_context(ha, settings or living(), NOON, WeatherReading())


@pytest.mark.parametrize(
    ("said", "level"),
    [("1 Safety", 1), ("5", 5), ("3.0", 3), ("As in apps.yaml", None), ("0", None), ("0.0", None), ("7", None)],
)
def test_the_owners_appetite(said: str, level: int | None) -> None:
    found = read(having(entity(HELPER, said)))
    assert found.appetite == level
    assert found.remarks == ()


@pytest.mark.parametrize(("said", "level"), [("1 Thrifty", 1), ("5", 5), ("As in apps.yaml", None), (None, None)])
def test_the_owners_comfort(said: str | None, level: int | None) -> None:
    helper = "input_select.darkstar_comfort_level"
    found = read(having(entity(HELPER, "3"), *([entity(helper, said)] if said else [])))
    assert found.comfort == level
    assert found.remarks == ()
    assert read(having(entity(HELPER, "3"), entity(helper, "5")), home(water_heater=None)).comfort is None


@pytest.mark.parametrize("said", ["unknown", "unavailable", None])
def test_an_appetite_that_cannot_be_read_is_the_settings_and_is_said(said: str | None) -> None:
    found = read(having(*([entity(HELPER, said)] if said else [])))
    assert found.appetite is None
    assert f"{HELPER} cannot be read: risk.appetite of the settings holds (4)" in found.remarks


@pytest.mark.parametrize(
    ("name", "said", "occupied"),
    [
        ("person.anna", "home", True),
        ("person.anna", "not_home", False),
        ("person.anna", "Work", False),
        ("zone.home", "2", True),
        ("zone.home", "0", False),
        ("binary_sensor.someone", "on", True),
        ("group.family", "not_home", False),
        ("alarm_control_panel.home", "armed_away", False),
        ("alarm_control_panel.home", "armed_night", True),
        ("alarm_control_panel.home", "triggered", None),
        ("person.anna", "unavailable", None),
    ],
)
def test_who_is_at_home(name: str, said: str, occupied: bool | None) -> None:
    found = read(having(entity(HELPER, "3"), entity(name, said)), living(occupancy=name))
    assert found.occupied is occupied
    assert bool(found.remarks) == (occupied is None)


def test_nobody_is_asked_where_nothing_is_named() -> None:
    ha = having(entity(HELPER, "3"))
    assert read(ha) == DayContext(appetite=3)
    assert ha.calls == []


def test_texts_are_of_today_unless_they_say_tomorrow() -> None:
    found = read(having(entity(HELPER, "3"), entity(TEXT, "guests; oven 17-19;; tomorrow away"))).events
    midnight = datetime(2026, 1, 14, 23, tzinfo=UTC)
    day = timedelta(days=1)
    assert [(event.text, event.start, event.end) for event in found] == [
        ("guests", midnight, midnight + day),
        ("oven 17-19", midnight, midnight + day),
        ("tomorrow away", midnight + day, midnight + 2 * day),
    ]


@pytest.mark.parametrize("said", ["unknown", "unavailable", ""])
def test_an_empty_text_has_no_events(said: str) -> None:
    assert read(having(entity(HELPER, "3"), entity(TEXT, said))).events == ()


def calendar(rows: object) -> FakeHomeAssistant:
    ha = having(entity(HELPER, "3"))
    ha.answers["calendar/get_events"] = lambda _: CallResult(ok=True, response={"calendar.home": {"events": rows}})
    return ha


def test_events_of_a_calendar_have_their_own_times() -> None:
    ha = calendar(
        [
            {"start": "2026-01-15T17:00:00+01:00", "end": "2026-01-15T19:00:00+01:00", "summary": "Oven"},
            {"start": "2026-01-16", "end": "2026-01-17", "summary": "Guests"},
            {"start": "soon", "end": "later", "summary": "Away"},
            {"start": "2026-01-16", "end": "2026-01-16", "summary": "Nothing"},
            "rubbish",
        ]
    )
    found = read(ha, living(day_events="calendar.home")).events
    assert [(event.text, event.start.isoformat(), event.end.isoformat()) for event in found] == [
        ("Oven", "2026-01-15T16:00:00+00:00", "2026-01-15T18:00:00+00:00"),
        ("Guests", "2026-01-15T23:00:00+00:00", "2026-01-16T23:00:00+00:00"),
    ]
    ((service, asked),) = ha.calls
    assert (service, asked["entity_id"]) == ("calendar/get_events", "calendar.home")
    assert asked["end_date_time"] == "2026-01-17T12:00:00+01:00"


@pytest.mark.parametrize("rows", [None, "text", 3])
def test_a_calendar_that_does_not_answer_is_said(rows: object) -> None:
    found = read(calendar(rows), living(day_events="calendar.home"))
    assert found.events == ()
    assert any("events of calendar.home cannot be read" in remark for remark in found.remarks)
    silent = read(having(entity(HELPER, "3")), living(day_events="calendar.home"))
    assert any("is not registered" in remark for remark in silent.remarks)


def test_the_weather_is_what_the_service_says_with_its_faults() -> None:
    told = (WeatherHour(NOON + timedelta(hours=1), 90.0, 3.5),)
    found = read_context(having(entity(HELPER, "3")), living(), NOON, WeatherReading(told, "its sensor sleeps"))
    assert found.weather == told
    assert found.remarks == ("its sensor sleeps",)
