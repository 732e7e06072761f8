"""What was imported since a metering interval began."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from darkstar.control.rules.import_meter import ImportMeter
from darkstar.home.settings import HomeSettings
from tests.control.samples import measured, sample_home, sample_readings

HOUR_START = datetime(2025, 11, 22, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def home(*, counter: bool = True, minutes: int = 60) -> HomeSettings:
    """A home whose import is charged by its means over so many minutes."""
    entities = {"grid_import_energy": "sensor.import"} if counter else {}
    tariff = {"price_per_kw_month": 80.0, "interval_minutes": minutes}
    return sample_home(entities=entities, grid={"power_tariffs": [tariff]})


def counted(*samples: tuple[float, float | None], at: HomeSettings | None = None) -> ImportMeter:
    """A meter that saw (minute, counter)."""
    meter = ImportMeter(at or home())
    for minute, kwh in samples:
        meter.add(HOUR_START + minute * MINUTE, sample_readings(50), kwh)
    return meter


def since_the_hour(meter: ImportMeter, minute: float) -> float | None:
    """What it has for the hour, in kWh."""
    found = meter.running(HOUR_START + minute * MINUTE)
    assert all(each.since == HOUR_START for each in found)
    return found[0].kwh if found else None


def test_the_counter_says_what_was_imported_since_the_hour_began() -> None:
    meter = counted((-5, 99.5), (0, 100.0), (5, 100.25), (10, 101.0))
    assert since_the_hour(meter, 10) == pytest.approx(1.0)


def test_between_two_readings_import_is_even() -> None:
    meter = counted((-2, 100.0), (3, 101.0))
    assert since_the_hour(meter, 3) == pytest.approx(0.6)


def test_each_tariff_has_its_own_interval() -> None:
    meter = counted(*((minute, 100 + minute / 10) for minute in range(0, 26, 5)), at=home(minutes=15))
    (found,) = meter.running(HOUR_START + 25 * MINUTE)
    assert (found.since, round(found.kwh, 9)) == (HOUR_START + 15 * MINUTE, 1.0)


def test_an_hour_whose_beginning_was_not_seen_is_not_known() -> None:
    assert since_the_hour(counted(), 10) is None
    assert since_the_hour(counted((2, 100.0), (5, 100.2)), 5) is None


def test_what_lies_beyond_a_silence_or_a_reset_is_forgotten() -> None:
    quiet = home().executor.max_reading_age_minutes
    assert since_the_hour(counted((0, 100.0), (quiet + 1, 101.0)), quiet + 1) is None
    assert since_the_hour(counted((0, 100.0), (5, 0.1), (10, 0.3)), 10) is None
    assert since_the_hour(counted((0, 100.0), (5, 100.1)), 6 + quiet) is None
    assert since_the_hour(counted((0, 100.0), (10, 100.5), (5, 100.6)), 10) is None
    assert since_the_hour(counted((0, 100.0), (5, None), (10, 100.4)), 10) == pytest.approx(0.4)


def test_without_a_counter_the_power_is_added_up() -> None:
    meter = ImportMeter(home(counter=False))
    for minute, kw in ((0, 2.0), (5, 4.0), (10, 4.0), (15, -3.0), (20, -3.0)):
        now = HOUR_START + minute * MINUTE
        meter.add(now, replace(sample_readings(50), grid_kw=measured(kw)))
    assert since_the_hour(meter, 20) == pytest.approx((3 + 4 + 2 + 0) / 12)


def test_unreadable_powers_are_a_silence() -> None:
    meter = ImportMeter(home(counter=False))
    meter.add(HOUR_START, replace(sample_readings(50), grid_kw=measured(2.0)))
    for minute in range(1, 40):
        meter.add(HOUR_START + minute * MINUTE, sample_readings(50))
    meter.add(HOUR_START + 40 * MINUTE, replace(sample_readings(50), grid_kw=measured(2.0)))
    assert since_the_hour(meter, 40) is None


def test_a_home_without_power_tariff_needs_none() -> None:
    meter = counted((0, 100.0), (5, 100.5), at=sample_home(entities={"grid_import_energy": "sensor.import"}))
    assert meter.running(HOUR_START + 5 * MINUTE) == ()
