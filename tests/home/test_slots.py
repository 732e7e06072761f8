"""The time grid."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.slots import Slot, floor_to_slot, local_date, local_day, overlap_hours, slots_between, to_utc

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)

instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def test_a_slot_ends_where_the_next_one_starts() -> None:
    assert Slot(NOON, 0.25).end == NOON + timedelta(minutes=15)


def test_to_utc_converts_and_refuses_naive_times() -> None:
    assert to_utc(datetime(2026, 1, 10, 13, tzinfo=STOCKHOLM)) == NOON
    assert to_utc(datetime(2026, 1, 10, 13, tzinfo=STOCKHOLM)).tzinfo is UTC
    with pytest.raises(ValueError, match="naive datetime 2026-01-10T13:00:00"):
        to_utc(datetime(2026, 1, 10, 13))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(("minutes", "floored"), [(15, 45), (30, 30), (60, 0)])
def test_floor_to_slot(minutes: int, floored: int) -> None:
    assert floor_to_slot(NOON.replace(minute=59, second=59, microsecond=7), minutes) == NOON.replace(minute=floored)


def test_first_and_last_slot_are_short_inside_a_slot() -> None:
    slots = slots_between(NOON + timedelta(minutes=10), NOON + timedelta(minutes=35))
    assert [slot.hours * 60 for slot in slots] == pytest.approx([5, 15, 5])
    assert slots[1].start == NOON + timedelta(minutes=15)


def test_nothing_lies_between_an_instant_and_itself() -> None:
    assert slots_between(NOON, NOON) == ()
    assert slots_between(NOON, NOON - timedelta(hours=1)) == ()


@given(instants, st.integers(0, 3000), st.sampled_from([15, 30, 60]))
def test_slots_tile_the_interval(start: datetime, length_minutes: int, minutes: int) -> None:
    end = start + timedelta(minutes=length_minutes)
    slots = slots_between(start, end, minutes)
    edges = [slot.start for slot in slots] + [end]
    assert edges[0] == start
    for slot, following in zip(slots, edges[1:], strict=True):
        assert abs(slot.end - following) <= timedelta(microseconds=1)
        assert 0 < slot.hours <= minutes / 60
        assert following == end or floor_to_slot(following, minutes) == following


@pytest.mark.parametrize(
    ("day", "quarters"), [(date(2026, 3, 28), 96), (date(2026, 3, 29), 92), (date(2026, 10, 25), 100)]
)
def test_local_days_have_92_96_or_100_quarters(day: date, quarters: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    slots = slots_between(start, end)
    assert len(slots) == quarters
    assert {local_date(slot.start, STOCKHOLM) for slot in slots} == {day}
    assert local_date(end, STOCKHOLM) == day + timedelta(days=1)
    assert local_date(start - timedelta(microseconds=1), STOCKHOLM) == day - timedelta(days=1)


def test_the_repeated_hour_stays_two_hours() -> None:
    start, end = local_day(date(2026, 10, 25), STOCKHOLM)
    local = [slot.start.astimezone(STOCKHOLM) for slot in slots_between(start, end, 60)]
    assert [moment.hour for moment in local[:5]] == [0, 1, 2, 2, 3]
    assert local[2].utcoffset() == timedelta(hours=2)
    assert local[3].utcoffset() == timedelta(hours=1)


INSTANTS = st.integers(0, 525600).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(INSTANTS, INSTANTS, INSTANTS, INSTANTS)
def test_what_two_spans_share(first: datetime, second: datetime, third: datetime, fourth: datetime) -> None:
    one, other = sorted((first, second)), sorted((third, fourth))
    shared = overlap_hours(*one, *other)
    assert shared == overlap_hours(*other, *one)
    assert 0 <= shared <= min((end - start) / timedelta(hours=1) for start, end in (one, other))
    middle = one[0] + (one[1] - one[0]) / 2
    parts = overlap_hours(one[0], middle, *other) + overlap_hours(middle, one[1], *other)
    assert parts == pytest.approx(shared, abs=1e-6)


def test_spans_that_only_touch_share_nothing() -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert overlap_hours(noon, noon + hour, noon + hour, noon + 2 * hour) == 0
    assert overlap_hours(noon, noon + 3 * hour, noon + hour, noon + 2 * hour) == 1
