"""Peaks so far, from measured import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.observation import Observation
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.slots import local_day
from darkstar.optimizer.request import DayPeak
from darkstar.strategy.metered_peaks import metered_import

ZONE = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 1, 15, 11, tzinfo=UTC)


def tariff(**settings: Any) -> PowerTariffSettings:
    return PowerTariffSettings.model_validate({"price_per_kw_month": 80, **settings})


def rows(
    start: datetime, *import_kwh: float | None, hours: float = 0.25, flags: tuple[str, ...] = ()
) -> list[Observation]:
    return [
        Observation(start + timedelta(hours=hours * number), hours, import_kwh=kwh, flags=flags)
        for number, kwh in enumerate(import_kwh)
    ]


def peaks(settings: PowerTariffSettings, measured: Sequence[Observation]) -> tuple[DayPeak, ...]:
    return metered_import(settings, ZONE, measured).day_peaks(NOON - timedelta(days=40), NOON + timedelta(days=40))


def test_quarters_add_up_to_the_hour() -> None:
    assert peaks(tariff(), rows(NOON, 0.5, 1.0, 0.5, 1.0, 0.125)) == (DayPeak("2026-01-15", 3.0),)
    assert peaks(tariff(interval_minutes=15), rows(NOON, 0.5, 1.0)) == (DayPeak("2026-01-15", 4.0),)


def test_each_local_day_has_its_peak() -> None:
    before_midnight = datetime(2026, 1, 14, 22, tzinfo=UTC)
    measured = rows(before_midnight, 2.0, 5.0, 3.0, hours=1.0)
    assert peaks(tariff(), measured) == (DayPeak("2026-01-14", 2.0), DayPeak("2026-01-15", 5.0))


def test_any_intervals_are_ranked() -> None:
    known = metered_import(tariff(count=2, different_days=False), ZONE, rows(NOON, 2.0, 5.0, 3.0, hours=1.0))
    assert [peak.kw for peak in known.highest(NOON, NOON + timedelta(hours=3))] == [5.0, 3.0]
    assert [peak.kw for peak in known.highest(NOON, NOON + timedelta(hours=2))] == [5.0, 2.0]


def test_an_interval_that_is_not_over_is_not_counted() -> None:
    known = metered_import(tariff(), ZONE, rows(NOON, 1.0, 1.0))
    assert known.day_peaks(NOON, NOON + timedelta(minutes=30)) == ()
    assert known.kwh == {NOON: pytest.approx(2.0)}


def test_weights_count() -> None:
    night = tariff(windows=[{"weight": 0.5, "start": "22:00", "end": "06:00"}])
    measured = rows(datetime(2026, 1, 15, 2, tzinfo=UTC), 6.0, hours=1.0) + rows(NOON, 2.0, hours=1.0)
    assert peaks(night, measured) == (DayPeak("2026-01-15", 3.0),)


def test_time_without_measurement_is_not_guessed() -> None:
    measured = rows(NOON, None, 1.0, None, None)
    assert peaks(tariff(), measured) == (DayPeak("2026-01-15", 1.0),)
    assert peaks(tariff(), rows(NOON, None, None)) == ()


def test_a_long_row_is_spread_and_said() -> None:
    known = metered_import(tariff(interval_minutes=15), ZONE, rows(NOON, 2.0, hours=1.0))
    assert set(known.kwh.values()) == {0.5}
    assert known.is_coarse
    assert metered_import(tariff(interval_minutes=15), ZONE, rows(NOON, 2.0, flags=("hourly",))).is_coarse
    assert not metered_import(tariff(), ZONE, rows(NOON, 2.0, flags=("hourly",))).is_coarse
    assert not metered_import(tariff(), ZONE, rows(NOON, 2.0, hours=1.0)).is_coarse
    assert not metered_import(tariff(), ZONE, rows(NOON + timedelta(minutes=50), 2.0)).is_coarse


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_the_clock_change_is_one_day(day: date, hours: int) -> None:
    start, end = local_day(day, ZONE)
    measured = rows(start, *[float(hour) for hour in range(hours)], hours=1.0)
    known = metered_import(tariff(), ZONE, measured)
    assert len(known.kwh) == hours
    assert known.day_peaks(start, end) == (DayPeak(day.isoformat(), hours - 1.0),)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 5)), max_size=30),
    st.sampled_from([5 / 60, 0.25, 0.5, 1.0, 1.5]),
    st.sampled_from([15, 30, 60]),
    st.integers(0, 59),
)
def test_no_energy_is_lost_or_made(energies: list[float | None], hours: float, minutes: int, shift: int) -> None:
    measured = rows(NOON + timedelta(minutes=shift), *energies, hours=hours)
    known = metered_import(tariff(interval_minutes=minutes), ZONE, measured)
    assert sum(known.kwh.values()) == pytest.approx(sum(kwh for kwh in energies if kwh is not None))
