from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import local_day
from darkstar.views.outlook_sensors import USUAL_HOURS, cheapest_window, cost_tomorrow
from darkstar.views.published import UNKNOWN
from darkstar.views.snapshot import Snapshot
from tests.views.samples import NOON, empty, sample

QUARTER = timedelta(minutes=15)


def priced(snapshot: Snapshot, prices: list[float], start: datetime = NOON, *, known: bool = True) -> Snapshot:
    rows = (Price(start + n * QUARTER, start + (n + 1) * QUARTER, price, 0.1, known) for n, price in enumerate(prices))
    return replace(snapshot, curve=PriceCurve(tuple(rows)))


def windows(snapshot: Snapshot) -> dict[int, tuple[str, float]]:
    told = cheapest_window(snapshot).attributes["windows"]
    return {each["hours"]: (each["start"], each["price_per_kwh"]) for each in told}


def test_the_cheapest_stretch_of_each_length_is_found() -> None:
    prices = [1.0] * 8 + [0.2] * 4 + [0.9] * 8
    found = windows(priced(empty(), prices))
    assert found[1] == ((NOON + 8 * QUARTER).isoformat(), 0.2)
    assert found[2][1] == pytest.approx((0.2 * 4 + 0.9 * 4) / 8)
    assert set(found) == {1, 2, 3, 4}


def test_the_state_is_the_start_of_the_usual_length() -> None:
    sensor = cheapest_window(priced(empty(), [1.0] * 8 + [0.2] * 12))
    assert sensor.state == (NOON + 8 * QUARTER).isoformat()
    assert sensor.attributes["hours"] == USUAL_HOURS
    assert sensor.attributes["device_class"] == "timestamp"


def test_the_first_of_equal_ones_is_taken_and_the_past_is_not() -> None:
    before = NOON - 4 * QUARTER
    assert windows(priced(empty(), [0.1] * 4 + [1.0] * 12, before))[1] == (NOON.isoformat(), 1.0)


def test_forecast_prices_and_gaps_are_no_cheap_hours() -> None:
    assert cheapest_window(priced(empty(), [0.2] * 20, known=False)).state == UNKNOWN
    gap = PriceCurve(
        (Price(NOON, NOON + QUARTER * 8, 0.2, 0.1), Price(NOON + QUARTER * 9, NOON + QUARTER * 17, 0.2, 0.1))
    )
    assert cheapest_window(replace(empty(), curve=gap)).state == UNKNOWN


def test_the_cost_of_tomorrow_is_that_of_its_planned_slots() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    zone = snapshot.home.zone
    start, end = local_day(NOON.astimezone(zone).date() + timedelta(days=1), zone)
    wanted = sum(
        slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price
        for slot in snapshot.plan.slots
        if start <= slot.start < end
    )
    sensor = cost_tomorrow(snapshot)
    assert sensor.state == pytest.approx(wanted, abs=0.01)
    assert sensor.attributes["hours"] > 0
    assert sensor.attributes["unit_of_measurement"] == snapshot.home.currency


def test_without_a_plan_nothing_is_said() -> None:
    assert cost_tomorrow(empty()).state == UNKNOWN
