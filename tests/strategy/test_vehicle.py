"""What is asked of the plan for the car."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.home.devices import EvSettings
from darkstar.home.vehicle import VehicleState
from darkstar.strategy.vehicle import vehicle_notes, vehicle_requests
from tests.homes import home
from tests.strategy.samples import NOW

HOME = home(ev=EvSettings(capacity_kwh=60, phases=1, max_current_a=32, from_home_battery=True))
CAR = VehicleState(connected=True, soc_percent=50.0, target_soc_percent=80.0, departure=NOW + timedelta(hours=9))


def test_a_session_from_now_to_the_departure() -> None:
    (session,) = vehicle_requests(HOME, NOW, CAR)
    assert (session.plugged_in, session.departure) == (NOW, NOW + timedelta(hours=9))
    assert (session.initial_kwh, session.needed_kwh) == (30, 48)
    assert session.max_charge_kw == pytest.approx(32 * 0.23)
    assert session.from_home_battery


def test_the_car_is_not_filled_beyond_its_target() -> None:
    (session,) = vehicle_requests(HOME, NOW, CAR)
    assert session.capacity_kwh == 48
    (full,) = vehicle_requests(HOME, NOW, replace(CAR, soc_percent=95.0))
    assert full.capacity_kwh == full.initial_kwh == 57


@pytest.mark.parametrize(
    "car", [None, replace(CAR, connected=False), replace(CAR, connected=None), replace(CAR, soc_percent=None)]
)
def test_what_is_not_known_is_not_planned(car: VehicleState | None) -> None:
    assert vehicle_requests(HOME, NOW, car) == ()


def test_a_home_without_a_car_asks_nothing() -> None:
    assert vehicle_requests(home(), NOW, CAR) == ()
    assert not list(vehicle_notes(home(), CAR))


@pytest.mark.parametrize(
    ("car", "words"),
    [
        (CAR, "to have 80 % at"),
        (replace(CAR, connected=None), "cannot be read: it is not planned"),
        (replace(CAR, soc_percent=None), "charges at once"),
    ],
)
def test_the_plan_says_how_the_car_was_planned(car: VehicleState, words: str) -> None:
    (note,) = vehicle_notes(HOME, car)
    assert words in note


def test_a_car_that_is_away_needs_no_words() -> None:
    assert not list(vehicle_notes(HOME, replace(CAR, connected=False)))
