"""The car as Home Assistant shows it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.devices import EvSettings
from darkstar.home.observation import Observation
from darkstar.home.readings import Measurement, Readings
from darkstar.home.vehicle import VehicleState
from darkstar.inputs.units import Unreadable
from darkstar.inputs.vehicle import CONNECTED_WORDS, DISCONNECTED_WORDS, is_connected, vehicle_state
from tests.homes import home
from tests.inputs.fake_home_assistant import entity, having

NOW = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
DEPARTURE = "input_datetime.darkstar_ev_departure"
TARGET = "input_number.darkstar_ev_target_soc"
EV = EvSettings(capacity_kwh=60, target_soc_percent=70, departure=time(6, 30))


def state(
    *helpers: Any, soc: float | None = 40.0, now: datetime = NOW, rows: tuple[Observation, ...] = (), ev: Any = EV
) -> VehicleState:
    measured = None if soc is None else Measurement(soc, now - timedelta(hours=2), "sensor.car")
    readings = Readings(now, ev_connected=True, ev_soc_percent=measured)
    found = vehicle_state(having(*helpers), home(ev=ev), readings, rows)
    assert found is not None
    return found


@pytest.mark.parametrize("word", ["on", "Charging", "awaiting_start", "SuspendedEV", " B2 "])
def test_a_car_that_is_there(word: str) -> None:
    assert is_connected(entity("sensor.plug", word), "sensor.plug") is True


@pytest.mark.parametrize("word", ["off", "Disconnected", "Available", "no car", "A"])
def test_no_car(word: str) -> None:
    assert is_connected(entity("sensor.plug", word), "sensor.plug") is False


@pytest.mark.parametrize("word", ["unavailable", "unknown", "", "error", "offline"])
def test_a_word_that_says_neither_is_not_guessed(word: str) -> None:
    found = is_connected(entity("sensor.plug", word), "sensor.plug")
    assert isinstance(found, Unreadable)
    assert f"sensor.plug says '{word}'" in found.reason


def test_a_missing_plug_sensor_says_so() -> None:
    found = is_connected(None, "sensor.plug")
    assert isinstance(found, Unreadable)
    assert "does not exist" in found.reason


def test_no_word_means_both() -> None:
    assert not CONNECTED_WORDS & DISCONNECTED_WORDS


def test_a_home_without_a_car() -> None:
    assert vehicle_state(having(), home(), Readings(NOW), ()) is None


def test_the_settings_serve_where_no_helper_says_more() -> None:
    found = state()
    assert found.target_soc_percent == 70
    assert found.departure == datetime(2026, 6, 16, 4, 30, tzinfo=UTC)
    assert found.soc_percent == 40


def test_the_owners_helpers_win() -> None:
    found = state(entity(TARGET, "90"), entity(DEPARTURE, "2026-06-17 09:00:00"))
    assert found.target_soc_percent == 90
    assert found.departure == datetime(2026, 6, 17, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("said", ["unavailable", "0", "nan", "140"])
def test_an_absurd_target_leaves_the_setting_in_force(said: str) -> None:
    assert state(entity(TARGET, said)).target_soc_percent == 70


def test_a_time_of_day_is_the_next_one() -> None:
    evening = state(entity(DEPARTURE, "21:15:00"))
    assert evening.departure == datetime(2026, 6, 15, 19, 15, tzinfo=UTC)


@pytest.mark.parametrize("said", ["2026-06-15 08:00:00", "unknown", "2026-06-15", "00:00:00", "1970-01-01 00:00:00"])
def test_a_date_that_is_over_leaves_the_daily_departure(said: str) -> None:
    assert state(entity(DEPARTURE, said)).departure == datetime(2026, 6, 16, 4, 30, tzinfo=UTC)


def test_what_was_charged_since_the_last_report_is_added() -> None:
    quarter = timedelta(minutes=15)
    rows = tuple(Observation(NOW - step * quarter, 0.25, ev_kwh=2.0) for step in (9, 8, 7, 6))
    assert state(rows=rows).soc_percent == pytest.approx(40 + 100 * 3 * 2.0 * 0.9 / 60)
    assert state(soc=99.0, rows=rows).soc_percent == 100
    assert state(soc=None, rows=rows).soc_percent is None


@pytest.mark.parametrize(
    ("now", "departure"),
    [
        (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 4, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, 30, tzinfo=UTC)),
    ],
)
def test_on_days_of_92_and_100_slots_it_leaves_by_the_local_clock(now: datetime, departure: datetime) -> None:
    assert state(now=now).departure == departure


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001 - bounds of naive datetimes
    clock=st.times(),
    said=st.one_of(st.text(max_size=30), st.times().map(str), st.datetimes().map(str)),
)
def test_the_departure_is_always_ahead(now: datetime, clock: time, said: str) -> None:
    ev = EV.model_copy(update={"departure": clock})
    assert state(entity(DEPARTURE, said), now=now, ev=ev).departure > now
