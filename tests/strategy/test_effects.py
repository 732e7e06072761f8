"""Effects of rules on forecast, heat, car and scenarios."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.bands import Band
from darkstar.home.vehicle import VehicleState
from darkstar.optimizer.request import HeatDay, RequestSlot
from darkstar.strategy.effects import (
    Effect,
    Effects,
    LoadChange,
    Trip,
    WaterChange,
    changed_forecast,
    changed_heat,
    changed_vehicle,
    moved_scenarios,
)
from tests.strategy.samples import NOW, forecast

HOUR = timedelta(hours=1)
FORECAST = forecast()
END = NOW + 48 * HOUR
CAR = VehicleState(connected=True, soc_percent=40.0, target_soc_percent=80.0, departure=NOW + 20 * HOUR)


def load_between(change: LoadChange, first: int, last: int) -> float:
    slots = changed_forecast(FORECAST, [change]).slots
    return sum(slot.load_kwh.p50 for slot in slots if NOW + first * HOUR <= slot.start < NOW + last * HOUR)


def test_more_power_is_more_energy_where_it_holds_and_nowhere_else() -> None:
    start = NOW + timedelta(minutes=55)
    change = LoadChange(start, start + 2 * HOUR, add_kw=3.0)
    before = sum(slot.load_kwh.p50 for slot in FORECAST.slots)
    after = changed_forecast(FORECAST, [change]).slots
    assert sum(slot.load_kwh.p50 for slot in after) == pytest.approx(before + 6.0)
    assert after[-1] == FORECAST.slots[-1]


def test_a_change_that_begins_within_a_slot_counts_in_part() -> None:
    slot = FORECAST.slots[3]
    change = LoadChange(slot.start + timedelta(minutes=5), slot.start + timedelta(minutes=10), add_kw=12.0)
    assert changed_forecast(FORECAST, [change]).slots[3].load_kwh.p50 == pytest.approx(slot.load_kwh.p50 + 1.0)


def test_a_change_keeps_the_mean_apart_from_the_median() -> None:
    spiky = replace(FORECAST.slots[3], load_kwh=Band(0.1, 0.2, 0.9, 0.4))
    end = spiky.start + timedelta(hours=spiky.hours)
    changed = changed_forecast(
        replace(FORECAST, slots=(spiky,)), [LoadChange(spiky.start, end, add_kw=0.4 / spiky.hours)]
    )
    band = changed.slots[0].load_kwh
    assert (band.p10, band.p50, band.p90, band.expected) == pytest.approx((0.5, 0.6, 1.3, 0.8))


def test_towards_p10_and_p90_reaches_them() -> None:
    for towards in (-1.0, 1.0):
        change = LoadChange(NOW, END, towards=towards)
        for was, slot in zip(FORECAST.slots, changed_forecast(FORECAST, [change, change]).slots, strict=True):
            assert slot.load_kwh.p50 == pytest.approx(was.load_kwh.p10 if towards < 0 else was.load_kwh.p90)


@given(
    st.lists(
        st.builds(
            LoadChange,
            st.integers(-5, 50).map(lambda n: NOW + n * HOUR),
            st.integers(-5, 50).map(lambda n: NOW + n * HOUR),
            st.floats(-2, 2),
            st.floats(-5, 5),
        ),
        max_size=4,
    )
)
def test_no_change_makes_bands_cross_or_energy_negative(changes: list[LoadChange]) -> None:
    for slot in changed_forecast(FORECAST, changes).slots:
        assert isinstance(slot.load_kwh, Band)


def test_heat_follows_the_hours_that_a_change_covers() -> None:
    days = (HeatDay(NOW, NOW + 12 * HOUR, 3.0), HeatDay(NOW + 12 * HOUR, NOW + 36 * HOUR, 6.0))
    guests = WaterChange(NOW, NOW + 24 * HOUR, 1.5)
    assert [day.energy_kwh for day in changed_heat(days, 6.0, [guests])] == pytest.approx([4.5, 7.5])
    away = WaterChange(NOW, NOW + 36 * HOUR, 0.0)
    assert [day.energy_kwh for day in changed_heat(days, 6.0, [away])] == pytest.approx([0.0, 0.0])
    assert changed_heat(days, 6.0, []) == days


@pytest.mark.parametrize(
    ("trip_in_h", "target", "leaves_in_h"), [(10, 100, 10), (22, 100, 20), (40, 80, 20), (-1, 80, 20)]
)
def test_the_car_is_full_before_a_trip(trip_in_h: int, target: float, leaves_in_h: int) -> None:
    car = changed_vehicle(CAR, [Trip(NOW + trip_in_h * HOUR)], NOW)
    assert car is not None
    assert (car.target_soc_percent, car.departure) == (target, NOW + leaves_in_h * HOUR)


def test_a_home_without_car_has_no_trip() -> None:
    assert changed_vehicle(None, [Trip(NOW + HOUR)], NOW) is None


def test_scenarios_move_with_what_is_expected() -> None:
    slots = tuple(
        RequestSlot(slot.start, slot.hours, slot.load_kwh.p50 + (index == 1), slot.pv_kwh.p50, 0.2, 0.1)
        for index, slot in enumerate(FORECAST.slots)
    )
    calm = tuple(0.5 * index for index in range(len(slots)))
    (moved,) = moved_scenarios((calm,), FORECAST, slots)
    assert [after - before for before, after in zip(calm, moved, strict=True)] == pytest.approx(
        [float(index == 1) for index in range(len(slots))]
    )
    unmoved = [replace(slot, load_kwh=was.load_kwh.p50) for slot, was in zip(slots, FORECAST.slots, strict=True)]
    assert moved_scenarios((calm,), FORECAST, unmoved) == (calm,)


def test_notes_name_every_rule() -> None:
    effects = Effects((Effect("one"), Effect("two", "does much", reserve_points=2.0), Effect("three", volatility=0.3)))
    assert effects.notes == ("two: does much", "rules without effect: one, three")
    assert (effects.reserve_points, effects.volatility) == (2.0, 0.3)
    assert Effects().notes == ()
