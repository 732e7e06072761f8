"""The weather as it was forecast."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from darkstar.home.weather import WeatherHour
from darkstar.storage.database import Database
from darkstar.storage.weather import Weather
from tests.storage.samples import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def hours(clouds: float, first: int = 0, last: int = 72) -> list[WeatherHour]:
    return [WeatherHour(NOW + hour * HOUR, clouds, 5.0, None, 3.0, 0.1) for hour in range(first, last)]


def clouds(found: tuple[WeatherHour, ...]) -> list[float | None]:
    return [hour.cloud_percent for hour in found]


def test_it_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Weather(database).save(NOW, hours(40.0))
    with Database.open(path, NOW) as database:
        assert list(Weather(database).newest(NOW, NOW - DAY)) == hours(40.0)


def test_the_newest_counts_and_the_running_hour_is_in_it(database: Database) -> None:
    weather = Weather(database)
    weather.save(NOW, hours(40.0))
    weather.save(NOW + 2 * HOUR, hours(60.0, 2, 50))
    found = weather.newest(NOW + 2.5 * HOUR, NOW - DAY)
    assert found[0].start == NOW + 2 * HOUR
    assert clouds(found) == [60.0] * 48 + [40.0] * 22


def test_what_is_too_old_or_not_yet_told_is_not_used(database: Database) -> None:
    weather = Weather(database)
    weather.save(NOW, hours(40.0))
    assert weather.newest(NOW + 25 * HOUR, NOW + HOUR) == ()
    assert weather.newest(NOW - HOUR, NOW - DAY) == ()


def test_the_past_is_as_it_was_told_a_day_before(database: Database) -> None:
    weather = Weather(database)
    for age in range(72, -1, -1):
        weather.save(NOW - age * HOUR, [WeatherHour(NOW + hour * HOUR, float(age)) for hour in range(-age, 12)])
    (found,) = weather.past(NOW, NOW + HOUR)
    assert found.cloud_percent == 24.0
    assert weather.past(NOW + 12 * HOUR, NOW + DAY) == ()


def test_without_that_it_is_as_near_to_it_as_was_kept(database: Database) -> None:
    weather = Weather(database)
    weather.save(NOW + 6 * HOUR, hours(90.0, 0, 6))
    assert clouds(weather.past(NOW, NOW + DAY)) == [90.0] * 6
    weather.save(NOW - 3 * HOUR, hours(30.0, 0, 6))
    assert clouds(weather.past(NOW, NOW + DAY)) == [30.0] * 6
    weather.save(NOW - 50 * HOUR, hours(10.0, 0, 6))
    assert clouds(weather.past(NOW, NOW + DAY)) == [10.0] * 6


def test_an_hour_takes_few_rows_however_often_it_is_told(database: Database) -> None:
    weather = Weather(database)
    for age in range(240, -1, -1):
        weather.save(NOW - age * HOUR, [WeatherHour(NOW, 50.0)])
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM weather").fetchone()[0] == 7


def test_what_is_known_from_when(database: Database) -> None:
    weather = Weather(database)
    assert (weather.issued_last(), weather.known_from()) == (None, None)
    weather.save(NOW, hours(40.0, -48))
    assert (weather.issued_last(), weather.known_from()) == (NOW, NOW - 2 * DAY)


def test_old_hours_are_purged(database: Database) -> None:
    weather = Weather(database)
    weather.save(NOW, hours(40.0, 0, 10))
    assert weather.purge(NOW + 4 * HOUR) == 4
    assert len(weather.newest(NOW, NOW - DAY)) == 6
