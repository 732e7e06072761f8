"""The chart of forecasts: each slot as it was told in time, the base at the home's clock, days of 23 and 25 hours."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.home.observation import VACATION, Observation
from darkstar.home.slots import local_day
from darkstar.views.learning_chart import learning_chart, made_of
from darkstar.views.series import milliseconds

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def told(issued_at: datetime, kwh: float, hours: int = 48) -> Forecast:
    band = Band(kwh / 2, kwh, 2 * kwh)
    slots = tuple(ForecastSlot(issued_at + QUARTER * number, 0.25, band, band) for number in range(4 * hours))
    return Forecast(issued_at, "ridge", "clear sky", slots)


def rows_of(start: datetime, end: datetime, kwh: float = 0.25, *flags: str) -> list[Observation]:
    count = (end - start) // QUARTER
    return [Observation(start + QUARTER * n, 0.25, load_kwh=kwh, pv_kwh=0.0, flags=flags) for n in range(count)]


def issued_of(spots: list[dict[str, Any]], instant: datetime) -> str:
    return str(next(spot["reason"] for spot in spots if spot["from"] == milliseconds(instant)))


def test_each_slot_is_shown_as_it_was_told_long_enough_before() -> None:
    issued = [told(NOW - hours * HOUR, 0.2) for hours in (12, 9, 6, 3)]
    spots = learning_chart(issued, told(NOW, 0.4), [], NOW - 6 * HOUR, NOW, 3 * HOUR, ZONE)["spots"]
    assert issued_of(spots, NOW - 6 * HOUR) == "Forecast issued Tue 10 Mar 04:00."
    assert issued_of(spots, NOW - 3 * HOUR - QUARTER) == "Forecast issued Tue 10 Mar 04:00."
    assert issued_of(spots, NOW - 3 * HOUR) == "Forecast issued Tue 10 Mar 07:00."
    assert issued_of(spots, NOW) == "Forecast issued Tue 10 Mar 13:00."
    assert len({spot["from"] for spot in spots}) == len(spots) == (6 + 24) * 4
    assert all(spot["to"] - spot["from"] == 900_000 for spot in spots)


def test_powers_are_in_kw_and_what_was_measured_is_said() -> None:
    found = learning_chart([told(NOW - DAY, 0.25)], None, rows_of(NOW - HOUR, NOW, 0.5), NOW - HOUR, NOW, HOUR, ZONE)
    load = found["load"]
    assert (set(load["p10"]["y"]), set(load["expected"]["y"]), set(load["p90"]["y"])) == ({0.5}, {1.0}, {2.0})
    assert set(load["measured"]["y"]) == {2.0}
    assert found["spots"][0]["rows"] == [
        ["Home, expected", "1.00 kW (0.50 to 2.00)"],
        ["Solar, expected", "1.00 kW (0.50 to 2.00)"],
        ["Home, measured", "2.00 kW"],
        ["Solar, measured", "0.00 kW"],
    ]


def test_what_was_measured_can_be_pointed_at_where_nothing_was_forecast() -> None:
    spots = learning_chart([], None, rows_of(NOW - HOUR, NOW, 0.5), NOW - HOUR, NOW, HOUR, ZONE)["spots"]
    assert spots[0]["title"] == "Tue 12:00-12:15"
    assert spots[0]["rows"] == [["Home, measured", "2.00 kW"], ["Solar, measured", "0.00 kW"]]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_base_keeps_to_the_homes_clock_over_a_change_of_it(day: date) -> None:
    """Eight days of a load between 18 and 19 o'clock: so is the base, also behind the change."""
    start, _ = local_day(day + DAY, ZONE)
    rows = [
        Observation(row.start, 0.25, load_kwh=1.0 if row.start.astimezone(ZONE).hour == 18 else 0.0)
        for row in rows_of(start - 8 * DAY, start)
    ]
    found = learning_chart([], told(start, 0.1, 24), rows, start, start, HOUR, ZONE)
    base = found["load"]["base"]
    supper = round(datetime(day.year, day.month, day.day + 1, 18, tzinfo=ZONE).timestamp() * 1000)
    assert [x for x, y in zip(base["x"], base["y"], strict=True) if y == 4.0][:2] == [supper, supper + 900_000]


def test_special_days_are_no_base() -> None:
    vacation = rows_of(NOW - 9 * DAY, NOW, 0.25, VACATION)
    assert learning_chart([], told(NOW, 0.1), vacation, NOW, NOW, HOUR, ZONE)["load"]["base"]["x"] == []


def test_a_day_is_made_of_base_and_correction() -> None:
    found = made_of(told(NOW, 0.3), rows_of(NOW - 10 * DAY, NOW, 0.25), NOW, ZONE)
    assert [(one["day"], one["quantity"]) for one in found] == [
        ("Rest of today", "load"),
        ("Rest of today", "pv"),
        ("Tomorrow", "load"),
        ("Tomorrow", "pv"),
    ]
    rest = found[0]
    assert (rest["base"], rest["correction"], rest["expected"]) == (11.0, 2.2, 13.2)
    assert all(one["base"] + one["correction"] == pytest.approx(one["expected"]) for one in found)


def test_without_past_there_is_no_base_and_without_forecast_nothing() -> None:
    assert made_of(None, [], NOW, ZONE) == []
    assert all(one["base"] is None for one in made_of(told(NOW, 0.3), [], NOW, ZONE))


def test_nothing_at_all_is_still_json() -> None:
    found = learning_chart([], None, [], NOW - DAY, NOW, HOUR, ZONE)
    assert found["spots"] == []
    json.dumps(found, allow_nan=False)
