from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from darkstar.home.slots import local_day
from darkstar.simulation.backtest.calendar_groups import CalendarGroups

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 2), 24)])
def test_a_local_day_has_as_many_hours_as_the_clock_makes_it(day: date, hours: int, minutes: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    groups = CalendarGroups.of(start, minutes, (end - start) // timedelta(minutes=minutes), STOCKHOLM)
    assert groups.day_of_hour.names == (day.isoformat(),)
    assert len(groups.hours.names) == hours
    assert groups.hours.sums(np.ones(hours * 60 // minutes)).tolist() == [60 / minutes] * hours


def test_months_change_at_local_midnight() -> None:
    start = datetime(2026, 5, 31, 21, tzinfo=UTC)
    groups = CalendarGroups.of(start, 60, 3, STOCKHOLM)
    assert groups.days.names == ("2026-05-31", "2026-06-01")
    assert groups.days.of.tolist() == [0, 1, 1]
    assert groups.months.names == ("2026-05", "2026-06")
    assert groups.months.of.tolist() == [0, 1, 1]


def test_hours_are_those_of_the_local_clock() -> None:
    groups = CalendarGroups.of(datetime(2026, 6, 1, tzinfo=UTC), 30, 4, ZoneInfo("Asia/Kolkata"))
    assert groups.hours.of.tolist() == [0, 1, 1, 2]
