"""What the water heater owes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.devices import WaterHeaterSettings
from darkstar.home.heat_day import heat_day
from darkstar.home.slots import local_day
from darkstar.optimizer.request import RequestSlot
from darkstar.strategy.heat import gap_price_per_hour, heat_days

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HEATER = WaterHeaterSettings(power_kw=3, daily_energy_kwh=6, defer_hours=0)
DEFERRED = WaterHeaterSettings(power_kw=3, daily_energy_kwh=6, defer_hours=6)
DAY = date(2026, 1, 15)
MIDNIGHT, NEXT_MIDNIGHT = local_day(DAY, STOCKHOLM)
NOON = MIDNIGHT + timedelta(hours=12)


def energies(start: datetime, end: datetime, heated: float | None) -> list[float]:
    return [day.energy_kwh for day in heat_days(HEATER, start, end, STOCKHOLM, heated)]


def test_today_tomorrow_and_the_part_of_the_last_day() -> None:
    days = heat_days(HEATER, NOON, NOON + timedelta(hours=48), STOCKHOLM, 2.0)
    assert [day.energy_kwh for day in days] == pytest.approx([4.0, 6.0, 3.0])
    assert days[0].start == NOON
    assert days[-1].end == NOON + timedelta(hours=48)
    assert all(earlier.end == later.start for earlier, later in pairwise(days))


@pytest.mark.parametrize("heated", [6.0, 7.5])
def test_a_day_that_has_had_its_heat_owes_nothing(heated: float) -> None:
    assert energies(NOON, NEXT_MIDNIGHT, heated) == [0.0]


def test_unknown_heat_owes_the_rest_of_the_days_share() -> None:
    assert energies(MIDNIGHT + timedelta(hours=18), NEXT_MIDNIGHT, None) == pytest.approx([1.5])


def test_a_horizon_within_today_owes_its_part_of_what_is_left() -> None:
    assert energies(NOON, NOON + timedelta(hours=6), 2.0) == pytest.approx([2.0])


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_of_clock_changes(day: date, hours: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    assert energies(start, end, 0.0) == pytest.approx([6.0])
    assert energies(start - timedelta(hours=2), end + timedelta(hours=12), 1.0) == pytest.approx([5.0, 6.0, 3.0])
    assert energies(start - timedelta(hours=2), start + timedelta(hours=12), 1.0) == pytest.approx(
        [5.0, 6 * 12 / hours]
    )
    assert energies(end - timedelta(hours=5), end, None) == pytest.approx([6 * 5 / hours])


def test_the_night_may_serve_the_day_before() -> None:
    days = heat_days(DEFERRED, NOON, NOON + timedelta(hours=48), STOCKHOLM, 2.0)
    morning = MIDNIGHT + timedelta(hours=30)
    assert [day.end for day in days] == [morning, morning + timedelta(days=1), NOON + timedelta(hours=48)]
    assert [day.energy_kwh for day in days] == pytest.approx([4.0, 6.0, 6 * 6 / 24])


def test_before_the_hour_the_day_before_is_still_running() -> None:
    days = heat_days(DEFERRED, MIDNIGHT + timedelta(hours=5), NOON, STOCKHOLM, 5.0)
    assert [day.energy_kwh for day in days] == pytest.approx([1.0, 6 * 6 / 24])


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_deferred_days_of_clock_changes(day: date, hours: int) -> None:
    """The change of clocks in the night belongs to the heat day that began the morning before."""
    midnight, _ = local_day(day, STOCKHOLM)
    begin, end = heat_day(midnight, STOCKHOLM, 6.0)
    assert (end - begin) / timedelta(hours=1) == hours
    assert end.astimezone(STOCKHOLM).hour == begin.astimezone(STOCKHOLM).hour == 6


@pytest.mark.parametrize(("level", "price"), [(1, 0.2), (3, 2.0), (5, 12.0)])
def test_comfort_counts_in_usual_prices(level: int, price: float) -> None:
    heater = WaterHeaterSettings(power_kw=3, comfort_level=level)
    slots = [RequestSlot(NOON, 0.25, 0.0, 0.0, paid, 0.0) for paid in (1.0, 2.0, 30.0)]
    assert gap_price_per_hour(heater, slots) == pytest.approx(price)
    assert gap_price_per_hour(heater, [replace(slot, import_price=-1.0) for slot in slots]) == 0


def test_the_owners_comfort_replaces_that_of_the_settings() -> None:
    heater = WaterHeaterSettings(power_kw=3, comfort_level=1)
    slots = [RequestSlot(NOON, 0.25, 0.0, 0.0, 2.0, 0.0)]
    assert gap_price_per_hour(heater, slots, 5) == pytest.approx(12.0)
    assert gap_price_per_hour(heater, slots, None) == pytest.approx(0.2)


@given(st.integers(0, 60 * 24 * 400), st.floats(0.1, 60), st.one_of(st.none(), st.floats(0, 10)))
def test_days_tile_the_horizon_and_owe_what_is_reasonable(offset: int, hours: float, heated: float | None) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    end = start + timedelta(hours=hours)
    days = heat_days(HEATER, start, end, STOCKHOLM, heated)
    assert days[0].start == start
    assert days[-1].end == end
    assert all(earlier.end == later.start for earlier, later in pairwise(days))
    assert all(0 <= day.energy_kwh <= 6 + 1e-9 for day in days)
    assert len({day.start.astimezone(STOCKHOLM).date() for day in days}) == len(days)
