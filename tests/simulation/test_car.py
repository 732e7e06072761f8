"""The car of the simulated house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.devices import EvSettings
from darkstar.simulation.car import DRIVE_KWH, DemoCar

EV = EvSettings(capacity_kwh=40, phases=1)
ZONE = ZoneInfo("Europe/Stockholm")
EVENING = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def test_it_takes_what_the_charger_gives_less_losses() -> None:
    car = DemoCar(EV, ZONE, 20.0)
    assert car.step(10.0, EVENING, 0.5) == pytest.approx(1.15)
    assert car.stored_kwh == pytest.approx(20 + 1.15 * 0.9)
    assert car.soc_percent == pytest.approx(car.stored_kwh / 0.4)


def test_it_takes_no_more_than_fits_and_the_car_can() -> None:
    assert DemoCar(EV, ZONE, 39.9).step(16.0, EVENING, 1.0) == pytest.approx(0.1 / 0.9)
    assert DemoCar(EV, ZONE, 0.0).step(32.0, EVENING, 1.0) == pytest.approx(16 * 0.23)


@pytest.mark.parametrize(("current_a", "now"), [(0, EVENING), (5, EVENING), (16, NOON)])
def test_it_takes_nothing_when_stopped_below_its_least_current_or_away(current_a: float, now: datetime) -> None:
    assert DemoCar(EV, ZONE, 20.0).step(current_a, now, 1.0) == 0


def test_a_drive_costs_energy_once() -> None:
    car = DemoCar(EV, ZONE, 30.0)
    car.step(0.0, NOON, 0.1)
    car.step(0.0, EVENING, 0.1)
    car.step(0.0, EVENING + timedelta(minutes=6), 0.1)
    assert car.stored_kwh == pytest.approx(30 - DRIVE_KWH)


def test_a_restart_in_the_evening_is_no_drive() -> None:
    car = DemoCar(EV, ZONE, 30.0)
    car.step(0.0, EVENING, 0.1)
    assert car.stored_kwh == 30
