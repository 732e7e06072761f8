"""Measurements know their age."""

from datetime import UTC, datetime, timedelta

from darkstar.home.readings import Measurement

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def test_age() -> None:
    measured = Measurement(54.0, NOON, "sensor.soc")
    assert measured.age(NOON + timedelta(minutes=7)) == timedelta(minutes=7)
