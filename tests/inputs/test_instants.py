from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkstar.home.slots import local_day
from darkstar.inputs.instants import ends_of, read_instant, to_utc_series
from tests.inputs.price_samples import AUTUMN, SPRING, STOCKHOLM, THURSDAY, starts


@pytest.mark.parametrize("junk", ["", "soon", None, 5, "1890-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00", {}])
def test_what_is_no_time_is_none(junk: object) -> None:
    assert read_instant(junk) is None


def test_offsets_are_taken_as_they_are() -> None:
    both = to_utc_series(["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"], STOCKHOLM)
    assert both == (datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize(("day", "hours"), [(THURSDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_naive_times_of_a_day_are_placed_by_their_order(day: object, hours: int, minutes: int) -> None:
    real = list(starts(day, minutes))  # type: ignore[arg-type]  # pytest hands over the dates above
    naive = [instant.replace(tzinfo=None, fold=0).isoformat() for instant in real]
    placed = to_utc_series(naive, STOCKHOLM)
    assert placed == tuple(instant.astimezone(UTC) for instant in real)
    assert len(set(placed)) == hours * 60 // minutes


def test_falling_lists_keep_both_hours_too() -> None:
    real = list(starts(AUTUMN, 60))[::-1]
    naive = [instant.replace(tzinfo=None, fold=0) for instant in real]
    assert to_utc_series(naive, STOCKHOLM) == tuple(instant.astimezone(UTC) for instant in real)


def test_the_hour_that_spring_skips_does_not_exist() -> None:
    placed = to_utc_series(["2026-03-29T01:00", "2026-03-29T02:30", "2026-03-29T03:00"], STOCKHOLM)
    assert placed == (datetime(2026, 3, 29, 0, tzinfo=UTC), None, datetime(2026, 3, 29, 1, tzinfo=UTC))


def test_a_hole_stays_a_hole() -> None:
    noon = datetime(2026, 1, 15, 11, tzinfo=UTC)
    hours = [noon, noon + timedelta(hours=1), noon + timedelta(hours=2), noon + timedelta(hours=6)]
    ends = ends_of(hours, STOCKHOLM)
    assert [ends[start] - start for start in hours] == [timedelta(hours=1)] * 4


def test_the_step_may_change_from_day_to_day() -> None:
    hourly = [instant.astimezone(UTC) for instant in starts(THURSDAY, 60)]
    quarterly = [instant.astimezone(UTC) for instant in starts(THURSDAY + timedelta(days=1), 15)]
    ends = ends_of([*hourly, *quarterly], STOCKHOLM)
    assert ends[hourly[-1]] - hourly[-1] == timedelta(hours=1)
    assert ends[quarterly[-1]] == local_day(THURSDAY + timedelta(days=1), STOCKHOLM)[1]


def test_a_lone_start_has_no_length() -> None:
    assert not ends_of([datetime(2026, 1, 15, tzinfo=UTC)], STOCKHOLM)
