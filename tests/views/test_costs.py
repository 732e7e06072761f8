from dataclasses import replace
from datetime import date, timedelta

import pytest

from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import local_date, local_day
from darkstar.views.costs import cost_of_today, measured_cost
from tests.views.samples import NOON, empty, home, local_noon, sample

ZONE = home().zone
DAY_START, DAY_END = local_day(local_date(NOON, ZONE), ZONE)


def test_nothing_known_has_no_cost() -> None:
    cost = cost_of_today(empty())
    assert (cost.so_far, cost.planned_rest, cost.total, cost.measured_hours) == (None, None, None, 0)


def test_measured_and_planned_meet_without_gap_or_overlap() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    cost = cost_of_today(snapshot)
    measured = sum(
        (row.import_kwh or 0) * (row.import_price or 0) - (row.export_kwh or 0) * (row.export_price or 0)
        for row in snapshot.observations
    )
    rest = [slot for slot in snapshot.plan.slots if slot.start < DAY_END]
    planned = sum(slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price for slot in rest)
    assert cost.so_far == pytest.approx(measured)
    assert cost.planned_rest == pytest.approx(planned)
    assert cost.total == pytest.approx(measured + planned)
    assert cost.measured_hours == pytest.approx(13.25)


def test_a_planned_slot_counts_only_for_what_is_not_measured_yet() -> None:
    snapshot = sample(NOON)
    later = replace(snapshot, observations=(), now=NOON)
    assert later.plan is not None
    slot = later.plan.slots[1]
    half = Observation(slot.start, 0.125, import_kwh=1.0, export_kwh=0.0, import_price=2.0, export_price=0.0)
    cost = cost_of_today(replace(later, observations=(half,)))
    following = [other for other in later.plan.slots if slot.end <= other.start < DAY_END]
    rest = sum(other.import_kwh * other.import_price - other.export_kwh * other.export_price for other in following)
    own = slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price
    assert cost.so_far == pytest.approx(2.0)
    assert cost.planned_rest == pytest.approx(rest + own / 2)


def test_yesterday_is_not_counted() -> None:
    row = Observation(DAY_START - timedelta(minutes=15), 0.25, import_kwh=5.0, export_kwh=0.0, import_price=1.0)
    assert cost_of_today(replace(empty(), observations=(row,))).so_far is None


def test_the_curve_prices_a_row_without_prices() -> None:
    row = Observation(NOON, 0.25, import_kwh=2.0, export_kwh=1.0)
    curve = PriceCurve((Price(NOON, NOON + timedelta(hours=1), 3.0, 0.5),))
    assert measured_cost(row, curve) == pytest.approx(5.5)
    assert measured_cost(row, PriceCurve()) is None
    assert measured_cost(replace(row, import_kwh=None), curve) is None


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 12.25), (date(2026, 10, 25), 14.25)])
def test_a_day_of_the_clock_change_is_counted_from_its_own_midnight(day: date, hours: float) -> None:
    snapshot = sample(local_noon(day, home()))
    assert cost_of_today(snapshot).measured_hours == pytest.approx(hours)
