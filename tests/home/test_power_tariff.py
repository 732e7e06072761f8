"""Power tariffs as settings: what is refused, which times count, when the meter begins anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from darkstar.home.grid import GridSettings
from darkstar.home.power_tariff import PowerTariffSettings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ADELAIDE = ZoneInfo("Australia/Adelaide")


def tariff(**settings: Any) -> PowerTariffSettings:
    return PowerTariffSettings.model_validate({"price_per_kw_month": 80, **settings})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"price_per_kw_month": None},
            "'power tariff' has no price: give one of price_per_kw_month, price_per_kw_year",
        ),
        ({"price_per_kw_year": 900}, "has price_per_kw_month and price_per_kw_year: give one of"),
        ({"name": "Effekt", "steps": [{"fee_per_month": 9}]}, "'Effekt' has price_per_kw_month and steps: give one of"),
        ({"interval_minutes": 20}, "15, 30 or 60"),
        ({"count": 0}, "greater than or equal to 1"),
        ({"floor_kw": -1}, "greater than or equal to 0"),
        ({"months": [13]}, "less than or equal to 12"),
        ({"windows": [{"weight": 1.5}]}, "less than or equal to 1"),
        ({"windows": [{"start": "22:00"}]}, "weight"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tariff(**settings)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([(None, 1), (5, 2)], "the one without up_to_kw must be the last"),
        ([(5, 1), (5, 2)], "up_to_kw 5 must be above 5 before it"),
        ([(2, 3), (5, 2)], "fee_per_month 2 must not be below 3 before it"),
    ],
)
def test_steps_must_rise(steps: list[tuple[float | None, float]], words: str) -> None:
    block = [{"up_to_kw": up_to, "fee_per_month": fee} for up_to, fee in steps]
    with pytest.raises(ValidationError) as refused:
        PowerTariffSettings.model_validate({"steps": block})
    assert words in str(refused.value)


def test_the_price_of_a_month() -> None:
    assert tariff().month_price_per_kw == 80
    assert tariff(price_per_kw_month=None, price_per_kw_year=54).month_price_per_kw == 4.5
    assert tariff(price_per_kw_month=None, steps=[{"fee_per_month": 9}]).month_price_per_kw == 0


def test_weights_by_hour_weekday_and_season() -> None:
    night = {"weight": 0.5, "start": "22:00", "end": "06:00"}
    weekend = {"weight": 0.0, "weekdays": [5, 6]}
    summer = {"weight": 0.25, "months": [6, 7, 8]}
    settings = tariff(windows=[weekend, night, summer])

    def weight(*local: int) -> float:
        return settings.weight(datetime(*local, tzinfo=STOCKHOLM))  # type: ignore[misc,arg-type]

    assert weight(2026, 1, 15, 12) == 1.0
    assert weight(2026, 1, 15, 22) == 0.5
    assert weight(2026, 1, 15, 5, 59) == 0.5
    assert weight(2026, 1, 15, 6) == 1.0
    assert weight(2026, 1, 17, 12) == 0.0
    assert weight(2026, 7, 15, 12) == 0.25
    assert tariff().weight(datetime(2026, 1, 15, tzinfo=STOCKHOLM)) == 1.0


@pytest.mark.parametrize(("minutes", "first"), [(60, (6, 0)), (30, (6, 30)), (15, (6, 45))])
def test_intervals_begin_with_the_local_hour(minutes: int, first: tuple[int, int]) -> None:
    now = datetime(2026, 1, 15, 6, 52, 7, 9, tzinfo=UTC)
    slots = list(tariff(interval_minutes=minutes).metering_slots(now, now + timedelta(hours=2), STOCKHOLM))
    assert slots[0].start == datetime(2026, 1, 15, *first, tzinfo=UTC)
    assert all(slot.hours == minutes / 60 for slot in slots)
    assert [after.start for after in slots[1:]] == [before.end for before in slots[:-1]]
    assert slots[-1].start < now + timedelta(hours=2) <= slots[-1].end


def test_the_hours_of_a_zone_with_half_hours() -> None:
    begun = tariff().metering_start(datetime(2026, 1, 15, 6, 10, tzinfo=UTC), ADELAIDE)
    assert begun.astimezone(ADELAIDE).minute == 0
    assert begun == datetime(2026, 1, 15, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 1, 15), 24)])
def test_days_of_the_clock_change_have_their_hours(day: tuple[int, int, int], hours: int) -> None:
    start = datetime(*day, tzinfo=STOCKHOLM).astimezone(UTC)
    end = (datetime(*day, tzinfo=STOCKHOLM) + timedelta(days=1)).astimezone(UTC)
    assert len(list(tariff().metering_slots(start, end, STOCKHOLM))) == hours
    assert len(list(tariff(interval_minutes=15).metering_slots(start, end, STOCKHOLM))) == 4 * hours


@pytest.mark.parametrize("given", [{"soft_import_kw": 5}, {"soft_import_price_per_kwh": 1}])
def test_a_soft_limit_needs_its_price(given: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="need each other"):
        GridSettings.model_validate(given)
