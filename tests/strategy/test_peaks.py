"""The home's power tariffs in the question put to the optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import comb
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.grid import GridSettings
from darkstar.home.observation import Observation
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.request import Curtailment, DayPeak, PowerStep, PowerTariffRequest
from darkstar.strategy.peaks import EXPECTED_SHARE, expected_highest, metered_imports, power_tariff_notes, power_tariffs
from darkstar.strategy.request import build_request
from tests.homes import home
from tests.strategy.samples import NOW, forecast, prices

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 1, 14, 23, tzinfo=UTC)
"""The beginning of the day of NOW in Stockholm."""


def charged(**settings: Any) -> HomeSettings:
    block = {"price_per_kw_month": 80, "name": "Effekt", **settings}
    return home(grid=GridSettings(power_tariffs=(PowerTariffSettings.model_validate(block),)))


def metered(start: datetime, end: datetime, usual_kw: float = 1.0, **peak_kw: float) -> list[Observation]:
    """Quarter-hours of import; `d07=5.0` is an evening peak on the 7th."""
    found = []
    while start < end:
        high = peak_kw.get(f"d{start:%d}") if start.hour == 17 else None
        found.append(Observation(start, 0.25, import_kwh=(usual_kw if high is None else high) / 4))
        start += timedelta(minutes=15)
    return found


def asked(
    settings: HomeSettings, known: Sequence[Observation] = (), now: datetime = NOW, hours: int = 48
) -> tuple[PowerTariffRequest, ...]:
    return power_tariffs(now, now + hours * HOUR, metered_imports(settings, known))


def notes(settings: HomeSettings, known: Sequence[Observation]) -> list[str]:
    return list(power_tariff_notes(NOW, metered_imports(settings, known)))


def test_a_home_without_power_tariff_has_none() -> None:
    assert asked(home()) == ()
    assert notes(home(), ()) == []


def test_the_horizon_is_cut_into_metering_intervals_with_local_days() -> None:
    (request,) = asked(charged(count=2, floor_kw=1.5, different_days=False))
    assert request.intervals[0].start == NOW.replace(minute=0)
    assert (request.intervals[0].hours, len(request.intervals)) == (1.0, 49)
    assert [one.day for one in request.intervals].count("2026-01-15") == 12
    assert (request.price_per_kw, request.count, request.floor_kw, request.different_days) == (80, 2, 1.5, False)
    assert request.name == "Effekt 2026-01"


def test_steps_and_yearly_prices() -> None:
    steps = [{"up_to_kw": 5, "fee_per_month": 100}, {"fee_per_month": 200}]
    (request,) = asked(charged(price_per_kw_month=None, steps=steps))
    assert request.steps == (PowerStep(5, 100), PowerStep(None, 200))
    (request,) = asked(charged(price_per_kw_month=None, price_per_kw_year=54))
    assert request.price_per_kw == 4.5


def test_what_does_not_count_is_left_out() -> None:
    windows = [{"weight": 0.5, "start": "22:00", "end": "06:00"}, {"weight": 0, "weekdays": [4]}]
    (request,) = asked(charged(windows=windows))
    assert {(one.day, one.weight) for one in request.intervals} == {
        ("2026-01-15", 1.0),
        ("2026-01-15", 0.5),
        ("2026-01-16", 0.5),
        ("2026-01-17", 0.5),
        ("2026-01-17", 1.0),
    }
    assert asked(charged(windows=[{"weight": 0}])) == ()
    assert asked(charged(months=[2, 3])) == ()


def test_past_peaks_of_the_month_and_the_running_hour() -> None:
    now = NOW.replace(minute=30)
    known = metered(MIDNIGHT - 20 * DAY, now, 1.0, d07=5.0, d11=4.0, d30=9.0)
    (request,) = asked(charged(), known, now)
    past = {peak.day: peak.kw for peak in request.past}
    assert len(past) == 15
    assert min(past) == "2026-01-01"
    assert (past["2026-01-07"], past["2026-01-11"], past["2026-01-15"]) == pytest.approx((5.0, 4.0, 1.0))
    assert request.intervals[0].metered_kwh == pytest.approx(0.5)
    assert {one.metered_kwh for one in request.intervals[1:]} == {0.0}


def test_any_intervals_of_the_past_are_the_highest() -> None:
    known = metered(MIDNIGHT - 10 * DAY, NOW, 1.0, d07=5.0)
    (request,) = asked(charged(different_days=False, interval_minutes=15), known)
    assert request.past == (DayPeak("2026-01-07", 5.0),) * 3


def test_a_month_that_ends_in_the_horizon_makes_two() -> None:
    now = datetime(2026, 1, 31, 11, tzinfo=UTC)
    known = metered(now - 31 * DAY, now, 2.0, d07=5.0)
    january, february = asked(charged(), known, now)
    assert (january.name, february.name) == ("Effekt 2026-01", "Effekt 2026-02")
    assert len(january.intervals) == 12
    assert january.intervals[-1].end == february.intervals[0].start == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert max(peak.kw for peak in january.past) == pytest.approx(5.0)
    assert february.past == ()
    assert january.expected_kw == ()
    assert len(february.expected_kw) == 3
    assert [one.name for one in asked(charged(months=[2]), known, now)] == ["Effekt 2026-02"]


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)]
)
def test_the_day_of_the_clock_change(now: datetime, hours: int) -> None:
    (request,) = asked(charged(), now=now, hours=hours)
    assert len(request.intervals) == hours
    assert len({one.day for one in request.intervals}) == 1


def test_the_rest_of_the_month_is_expected_to_be_like_the_last_weeks() -> None:
    known = metered(MIDNIGHT - 30 * DAY, NOW, 2.0)
    (early,) = asked(charged(), known)
    assert early.expected_kw == pytest.approx((EXPECTED_SHARE * 2.0,) * 3)
    late = datetime(2026, 1, 28, 11, tzinfo=UTC)
    (few,) = asked(charged(), metered(late - 31 * DAY, late, 2.0), late)
    assert len(few.expected_kw) == 1
    (none,) = asked(charged(), metered(late - 31 * DAY, late, 2.0), late + DAY)
    assert none.expected_kw == ()
    assert asked(charged())[0].expected_kw == ()


def test_fewer_days_left_promise_lower_peaks() -> None:
    known = metered(MIDNIGHT - 30 * DAY, NOW, 1.0, d02=9.0, d03=7.0, d04=6.0)
    (early,) = asked(charged(), known)
    later = NOW + 8 * DAY
    more = known + metered(NOW, later, 1.0)
    (late,) = asked(charged(), more, later)
    assert sum(late.expected_kw) < sum(early.expected_kw) < EXPECTED_SHARE * 22.0
    assert list(early.expected_kw) == sorted(early.expected_kw, reverse=True)


def test_days_without_import_count_as_such() -> None:
    known = metered(MIDNIGHT - 30 * DAY, NOW, 0.0, d07=5.0)
    (request,) = asked(charged(count=1), known)
    share = 1 - comb(29, 14) / comb(30, 14)
    assert request.expected_kw == pytest.approx((EXPECTED_SHARE * 5.0 * share,))


@given(st.lists(st.floats(0, 20), max_size=7), st.integers(0, 9), st.integers(1, 4))
def test_expected_peaks_are_the_mean_over_all_draws(recent: list[float], days: int, count: int) -> None:
    drawn = min(days, len(recent))
    draws = [sorted(one, reverse=True)[:count] for one in combinations(recent, drawn)]
    by_hand = [mean(one[place] for one in draws) for place in range(min(count, drawn))]
    assert list(expected_highest(recent, days, count)) == pytest.approx(by_hand)


def test_notes_say_what_is_not_known() -> None:
    nothing = "Effekt: no import is metered this month yet, so its peaks so far are unknown"
    assert notes(charged(), ()) == [nothing]
    assert notes(charged(), metered(NOW - 30 * DAY, NOW - 20 * DAY)) == [nothing]
    assert notes(charged(), metered(NOW - 3 * DAY, NOW)) == []
    (note,) = notes(charged(interval_minutes=15), [Observation(NOW - 2 * HOUR, 1.0, import_kwh=1.0)])
    assert note == "Effekt: import is measured in steps longer than 15 minutes"
    assert notes(charged(months=[2]), ()) == []


def test_the_question_has_them_with_the_other_grid_settings() -> None:
    tariff = PowerTariffSettings(price_per_kw_month=80)
    grid = GridSettings(
        soft_import_kw=5, soft_import_price_per_kwh=0.5, curtailment="all", max_import_kw=11, power_tariffs=(tariff,)
    )
    known = metered(MIDNIGHT - 5 * DAY, NOW, 2.0)
    request = build_request(
        home(grid=grid), NOW, 50.0, forecast(), prices(0.1, 0.2), 1.0, heating_now=False, vacation=False, metered=known
    )
    assert (request.grid.soft_import_kw, request.grid.soft_import_price) == (5, 0.5)
    assert request.grid.curtailment is Curtailment.ALL
    (asked_for,) = request.grid.power_tariffs
    assert asked_for.past
    assert asked_for.intervals[-1].end >= request.end
    assert not any("peaks so far" in note for note in request.notes)
