"""The weather of the home: whom to ask and when, and what holds while nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.forecast.bands import PvInterval
from darkstar.home.entities import EntitySettings
from darkstar.home.ports import CallResult
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import WeatherSettings
from darkstar.home.weather import WeatherHour
from darkstar.inputs.open_meteo import MOST_PAST_DAYS
from darkstar.inputs.weather import WeatherReading
from darkstar.storage.database import Database
from darkstar.weather_feed import WeatherFeed, known_context
from tests.homes import ENTITIES, home
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, having

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FAILED = WeatherReading(error="it sleeps")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "d.sqlite3", NOON) as opened:
        yield opened


def online() -> HomeSettings:
    return home(weather=WeatherSettings(source="open_meteo"))


def with_entity() -> HomeSettings:
    return home(entities=EntitySettings.model_validate(ENTITIES.model_dump() | {"weather": "weather.home"}))


def told(cloud: float = 50.0, first: int = 0, last: int = 48) -> WeatherReading:
    return WeatherReading(tuple(WeatherHour(NOON + hour * HOUR, cloud) for hour in range(first, last)))


def ha_saying(*rows: Any) -> FakeHomeAssistant:
    ha = having()
    ha.answers["weather/get_forecasts"] = lambda _: CallResult(
        ok=True, response={"weather.home": {"forecast": list(rows)}}
    )
    return ha


def row(hour: int, cloud: float) -> dict[str, Any]:
    return {"datetime": (NOON + hour * HOUR).isoformat(), "cloud_coverage": cloud}


def test_nobody_outside_is_asked_unless_the_owner_says_so(database: Database) -> None:
    assert WeatherFeed(home(), database).past_days_to_ask(NOON) is None


def test_the_first_question_goes_months_back_and_the_next_an_hour_later_does_not(database: Database) -> None:
    feed = WeatherFeed(online(), database)
    assert feed.past_days_to_ask(NOON) == MOST_PAST_DAYS
    assert feed.past_days_to_ask(NOON + MINUTE) is None
    feed.take(told(first=-92 * 24), NOON + MINUTE)
    assert feed.past_days_to_ask(NOON + 59 * MINUTE) is None
    assert feed.past_days_to_ask(NOON + 62 * MINUTE) == 1
    assert WeatherFeed(online(), database).past_days_to_ask(NOON + 5 * MINUTE) is None
    assert WeatherFeed(online(), database).past_days_to_ask(NOON + 3.2 * DAY) == 4


def test_after_a_failure_it_asks_again_soon(database: Database) -> None:
    feed = WeatherFeed(online(), database)
    feed.take(told(first=-92 * 24), NOON)
    assert feed.past_days_to_ask(NOON + 61 * MINUTE) == 1
    feed.take(FAILED, NOON + 62 * MINUTE)
    assert feed.past_days_to_ask(NOON + 70 * MINUTE) is None
    assert feed.past_days_to_ask(NOON + 76 * MINUTE) == 1


def test_a_failure_is_a_problem_until_the_service_answers(database: Database) -> None:
    feed = WeatherFeed(online(), database)
    assert feed.problems(NOON) == ()
    feed.take(FAILED, NOON)
    (problem,) = feed.problems(NOON)
    assert "it sleeps. Forecasts of load and PV do without." in problem.meaning
    feed.take(told(), NOON + HOUR)
    assert feed.problems(NOON + HOUR) == ()
    feed.take(FAILED, NOON + 4 * HOUR)
    assert "The last one, 3 hours old, serves until it is a day old." in feed.problems(NOON + 4 * HOUR)[0].meaning
    assert "26 hours old and not used any more" in feed.problems(NOON + 27 * HOUR)[0].meaning


def test_the_last_good_forecast_serves_for_a_day(database: Database) -> None:
    feed, ha = WeatherFeed(online(), database), having()
    feed.take(told(), NOON)
    feed.take(FAILED, NOON + 5 * HOUR)
    found = feed.read(ha, NOON + 5 * HOUR)
    assert found.error == "it sleeps"
    assert [hour.start for hour in found.hours] == [NOON + hour * HOUR for hour in range(5, 48)]
    assert feed.read(ha, NOON + 25 * HOUR).hours == ()
    assert ha.calls == []


def test_home_assistants_forecast_is_read_and_kept(database: Database) -> None:
    feed, ha = WeatherFeed(with_entity(), database), ha_saying(row(1, 30.0), row(2, 80.0))
    assert [hour.cloud_percent for hour in feed.read(ha, NOON).hours] == [30.0, 80.0]
    assert [hour.cloud_percent for hour in feed.read(having(), NOON + HOUR).hours] == [30.0, 80.0]
    assert "weather.home cannot be read" in feed.problems(NOON + HOUR)[0].meaning


def test_a_home_without_weather_has_no_problem(database: Database) -> None:
    feed = WeatherFeed(home(), database)
    assert feed.read(having(), NOON) == WeatherReading()
    assert feed.problems(NOON) == ()


def test_what_forecasters_may_know(database: Database) -> None:
    feed = WeatherFeed(online(), database)
    feed.take(told(10.0, -30, 48), NOON - DAY)
    feed.take(told(90.0, -30, 48), NOON)
    own = (PvInterval(NOON, NOON + HOUR, 1.0),)
    known = known_context(database, NOON, DAY, own)
    assert known.pv_intervals == own
    assert [hour.cloud_percent for hour in known.weather] == [90.0] * 48
    assert [hour.start for hour in known.past_weather] == [NOON - hour * HOUR for hour in range(24, 0, -1)]
    assert {hour.cloud_percent for hour in known.past_weather} == {10.0}


def test_the_owners_pv_forecast_is_kept_to_be_judged(database: Database) -> None:
    feed = WeatherFeed(home(), database)
    feed.take_pv(tuple(PvInterval(NOON + hour * HOUR, NOON + (hour + 1) * HOUR, 1.0) for hour in range(-6, 40)), NOON)
    feed.take_pv((PvInterval(NOON + 2 * HOUR, NOON + 3 * HOUR, 9.0),), NOON + MINUTE)
    known = known_context(database, NOON + 4 * HOUR, DAY)
    assert [(each.start, each.kwh) for each in known.past_pv] == [(NOON + hour * HOUR, 1.0) for hour in range(4)]


def test_what_the_owners_forecast_says_of_the_past_is_no_forecast(database: Database) -> None:
    told = tuple(PvInterval(NOON + hour * HOUR, NOON + (hour + 1) * HOUR, 1.0) for hour in range(-6, 6))
    assert [each.start for each in known_context(database, NOON, DAY, told).pv_intervals] == [
        NOON + hour * HOUR for hour in range(6)
    ]
