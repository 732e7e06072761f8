from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from darkstar.home.devices import PvArraySettings
from darkstar.home.ports import EntityState
from darkstar.home.problem import Severity
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import PvForecastSettings
from darkstar.inputs.pv_source import read_pv_forecast
from tests.homes import home
from tests.inputs.fake_home_assistant import NOON, entity, having

QUARTER = timedelta(minutes=15)


def house(*entities: str, source: Any = "open_meteo", kwp: tuple[float, ...] = (6.0,)) -> HomeSettings:
    return home(
        pv_forecast=PvForecastSettings(source=source, entities=entities),
        pv_arrays=tuple(PvArraySettings(kwp=peak) for peak in kwp),
    )


def hourly(entity_id: str, *watt_hours: float, start: datetime = NOON) -> EntityState:
    series = {(start + timedelta(hours=index)).isoformat(): energy for index, energy in enumerate(watt_hours)}
    return entity(entity_id, "1", wh_period=series)


def test_hours_are_spread_over_quarters() -> None:
    reading = read_pv_forecast(having(hourly("sensor.today", 1000, 2000)), house("sensor.today"), NOON)
    assert reading.problems == ()
    assert [piece.kwh for piece in reading.intervals] == pytest.approx([0.25] * 4 + [0.5] * 4)
    assert reading.intervals[0].start == NOON
    assert all(piece.end - piece.start == QUARTER for piece in reading.intervals)
    assert all(one.end == other.start for one, other in pairwise(reading.intervals))


def test_days_join_and_arrays_add_up() -> None:
    ha = having(
        hourly("sensor.east_today", 1000, 500),
        hourly("sensor.west_today", 200, 300),
        hourly("sensor.east_tomorrow", 800, 800, start=NOON + timedelta(days=1)),
    )
    reading = read_pv_forecast(ha, house("sensor.east_today", "sensor.west_today", "sensor.east_tomorrow"), NOON)
    assert [piece.kwh for piece in reading.intervals] == pytest.approx([0.3] * 4 + [0.2] * 4 + [0.2] * 8)


def test_the_peak_power_of_all_arrays_is_the_ceiling() -> None:
    ha = having(hourly("sensor.today", 9000, 2000))
    capped = read_pv_forecast(ha, house("sensor.today", kwp=(3.0, 1.0)), NOON).intervals
    assert [piece.kwh for piece in capped] == pytest.approx([1.0] * 4 + [0.5] * 4)
    unknown = read_pv_forecast(ha, house("sensor.today", kwp=()), NOON).intervals
    assert unknown[0].kwh == pytest.approx(2.25)


def test_quantiles_are_capped_too() -> None:
    rows = [
        {"period_start": (NOON + timedelta(minutes=30 * index)).isoformat(), "pv_estimate": 3.0, "pv_estimate90": 9.0}
        for index in range(2)
    ]
    rows = [{**row, "pv_estimate10": 1.0} for row in rows]
    ha = having(entity("sensor.solcast", "1", detailedForecast=rows))
    reading = read_pv_forecast(ha, house("sensor.solcast", source="solcast", kwp=(4.0,)), NOON)
    assert len(reading.intervals) == 4
    assert {(piece.p10_kwh, piece.kwh, piece.p90_kwh) for piece in reading.intervals} == {(0.25, 0.75, 1.0)}


def test_a_sensor_that_cannot_be_read_leaves_the_others() -> None:
    ha = having(hourly("sensor.today", 1000, 1000), entity("sensor.tomorrow", "unavailable"))
    reading = read_pv_forecast(ha, house("sensor.today", "sensor.tomorrow", "sensor.nowhere"), NOON)
    (problem,) = reading.problems
    assert (problem.problem_id, problem.severity) == ("pv_forecast_unreadable", Severity.WARNING)
    assert "sensor.tomorrow has no forecast" in problem.meaning
    assert "'unavailable'" in problem.meaning
    assert "no entity sensor.nowhere" in problem.meaning
    assert problem.remedy
    assert len(reading.intervals) == 8


def test_a_forecast_that_has_run_out_is_a_problem() -> None:
    old = hourly("sensor.today", 1000, 1000, start=NOON - timedelta(days=3))
    reading = read_pv_forecast(having(old), house("sensor.today"), NOON)
    assert reading.intervals == ()
    assert "nothing after now" in reading.problems[0].meaning


def test_forecast_solar_covers_the_whole_local_day() -> None:
    watts = {"2026-01-15T08:31:00+01:00": 0, "2026-01-15T09:00:00+01:00": 400, "2026-01-15T10:00:00+01:00": 0}
    ha = having(entity("sensor.today", "1", watts=watts))
    reading = read_pv_forecast(ha, house("sensor.today", source="forecast_solar"), NOON)
    assert len(reading.intervals) == 96
    assert reading.intervals[0].start == datetime(2026, 1, 14, 23, tzinfo=UTC)
    assert sum(piece.kwh for piece in reading.intervals) == pytest.approx(0.2 * 29 / 60 + 0.2)


def test_history_needs_no_sensor() -> None:
    reading = read_pv_forecast(having(), home(), NOON)
    assert (reading.intervals, reading.problems) == ((), ())
