from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.observation import Observation
from darkstar.home.slots import local_day, slots_between
from darkstar.learning.heated_today import heated_today_kwh

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (date(2026, 6, 1), 96)])
def test_all_heat_of_the_local_day_counts_and_no_other(day: date, slots: int) -> None:
    start, end = local_day(day, ZONE)
    around = slots_between(start - timedelta(days=1), end)
    rows = [Observation(slot.start, slot.hours, heater_kwh=0.5) for slot in around]
    assert heated_today_kwh(rows, end - timedelta(seconds=1), ZONE) == pytest.approx(0.5 * slots, abs=1e-3)
    assert heated_today_kwh(rows[:-4], end - timedelta(minutes=50), ZONE) == pytest.approx(0.5 * (slots - 4))


def test_the_day_begins_at_local_midnight() -> None:
    rows = [
        Observation(datetime(2026, 6, 1, 21, 45, tzinfo=UTC), 0.25, heater_kwh=1.0),
        Observation(datetime(2026, 6, 1, 22, 0, tzinfo=UTC), 0.25, heater_kwh=2.0),
    ]
    assert heated_today_kwh(rows, datetime(2026, 6, 1, 22, 30, tzinfo=UTC), ZONE) == 2.0


def test_a_deferred_day_begins_in_the_morning() -> None:
    rows = [
        Observation(datetime(2026, 6, 1, 3, 45, tzinfo=UTC), 0.25, heater_kwh=1.0),
        Observation(datetime(2026, 6, 1, 4, 0, tzinfo=UTC), 0.25, heater_kwh=2.0),
        Observation(datetime(2026, 6, 2, 3, 0, tzinfo=UTC), 0.25, heater_kwh=4.0),
    ]
    assert heated_today_kwh(rows, datetime(2026, 6, 2, 3, 30, tzinfo=UTC), ZONE, 6.0) == 6.0
    assert heated_today_kwh(rows, datetime(2026, 6, 2, 4, 30, tzinfo=UTC), ZONE, 6.0) == 0.0


def test_an_hourly_row_over_midnight_counts_by_its_share() -> None:
    row = Observation(datetime(2026, 6, 1, 21, 30, tzinfo=UTC), 1.0, heater_kwh=2.0)
    assert heated_today_kwh([row], datetime(2026, 6, 2, 6, tzinfo=UTC), ZONE) == 1.0


def test_what_was_not_measured_adds_nothing() -> None:
    row = Observation(datetime(2026, 6, 1, 12, tzinfo=UTC), 0.25)
    assert heated_today_kwh([row], datetime(2026, 6, 1, 13, tzinfo=UTC), ZONE) == 0.0
    assert heated_today_kwh([], datetime(2026, 6, 1, 13, tzinfo=UTC), ZONE) == 0.0
