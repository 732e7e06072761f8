from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from darkstar.forecast.bands import PvInterval
from darkstar.home.observation import Observation
from darkstar.home.operation import StorageSettings
from darkstar.home.weather import WeatherHour
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from darkstar.storage.prices import Prices
from darkstar.storage.pv_told import PvTold
from darkstar.storage.retention import purge
from darkstar.storage.weather import Weather
from tests.storage.samples import NOW, QUARTER, execution, forecast, quarter_prices, saved_plan

DAY = timedelta(days=1)
TABLES = ("executions", "plans", "forecasts", "observations", "prices")


def fill(database: Database, days: int) -> None:
    for age in range(days, -1, -1):
        moment = NOW - age * DAY
        Executions(database).save(execution(moment))
        Plans(database).save(saved_plan(str(age), moment))
        Forecasts(database).save(forecast(moment))
        Observations(database).save([Observation(moment, 0.25, load_kwh=1.0)])
        Prices(database).save(quarter_prices(moment, 1))


def counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


def test_each_table_is_kept_as_long_as_its_setting_says(database: Database) -> None:
    fill(database, 90)
    settings = StorageSettings(execution_days=10, plan_days=20, forecast_days=30, observation_days=60)
    deleted = purge(database, settings, NOW)
    left = counts(database)
    assert left == {"executions": 11, "plans": 21, "forecasts": 31, "observations": 61, "prices": 61}
    assert deleted == 91 * 5 - sum(left.values())
    assert purge(database, settings, NOW) == 0


@pytest.mark.parametrize("now", [NOW, NOW - 400 * DAY])
def test_nothing_young_is_deleted_also_when_the_clock_went_back(database: Database, now: datetime) -> None:
    fill(database, 5)
    assert purge(database, StorageSettings(), now) == 0
    assert set(counts(database).values()) == {6}


def test_plans_older_than_two_days_are_thinned(database: Database) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    for index in range(4 * 24 * 4):
        Plans(database).save(saved_plan(str(index), midnight - QUARTER * (4 * 24 * 4 - index)))
    purge(database, StorageSettings(), midnight)
    assert counts(database)["plans"] == 2 * 24 + 2 * 96


def test_weather_is_kept_like_observations_and_a_services_pv_like_forecasts(database: Database) -> None:
    for age in range(90, -1, -1):
        moment = NOW - age * DAY
        Weather(database).save(moment, [WeatherHour(moment, 50.0)])
        PvTold(database).save(moment, [PvInterval(moment, moment + QUARTER, 1.0)])
    purge(database, StorageSettings(forecast_days=30, observation_days=60), NOW)
    assert len(Weather(database).past(NOW - 90 * DAY, NOW + DAY)) == 61
    assert len(PvTold(database).past(NOW - 90 * DAY, NOW + DAY)) == 31
