from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.devices import PvArraySettings
from darkstar.simulation.synthetic import SyntheticHome

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 6, 1, tzinfo=UTC)


def home(seed: int = 1) -> SyntheticHome:
    return SyntheticHome(seed, 55.6, 13.0, STOCKHOLM)


instants = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@settings(deadline=None)
@given(instants, st.integers(0, 5))
def test_any_instant_works_and_is_the_same_again(instant: datetime, seed: int) -> None:
    one, other = home(seed), home(seed)
    other.load_kw(instant + timedelta(days=1))
    assert one.load_kw(instant) == other.load_kw(instant)
    assert one.pv_kw(instant) == other.pv_kw(instant)
    assert 0.1 < one.load_kw(instant) < 8
    assert 0 <= one.pv_kw(instant) <= 8


def test_seeds_differ() -> None:
    noon = START + timedelta(hours=12)
    assert home(1).pv_kw(noon) != home(2).pv_kw(noon)
    assert home(1).spot_prices(date(2026, 6, 1)) != home(2).spot_prices(date(2026, 6, 1))


def test_a_day_uses_and_yields_what_a_house_does() -> None:
    summer = home().series(START, START + timedelta(days=14))
    winter = home().series(START + timedelta(days=200), START + timedelta(days=214))
    assert 7 < sum(summer.load_kwh) / 14 < 18
    assert 20 < sum(summer.pv_kwh) / 14 < 55
    assert sum(winter.pv_kwh) < sum(summer.pv_kwh) / 3
    assert all(value == 0 for value in summer.pv_kwh[: 4 * 1])


def test_arrays_scale_the_yield() -> None:
    noon = START + timedelta(hours=11)
    double = SyntheticHome(1, 55.6, 13.0, STOCKHOLM, (PvArraySettings(kwp=16),))
    assert double.pv_kw(noon) == pytest.approx(2 * home().pv_kw(noon))
    assert SyntheticHome(1, 55.6, 13.0, STOCKHOLM, ()).pv_kw(noon) == 0


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (date(2026, 6, 1), 96)])
def test_a_local_day_of_prices_has_no_gap(day: date, count: int) -> None:
    prices = home().spot_prices(day)
    assert len(prices) == count
    assert all(earlier.end == later.start for earlier, later in pairwise(prices))
    assert prices[0].start.astimezone(STOCKHOLM).hour == 0


def test_prices_of_a_year_look_like_a_market() -> None:
    prices = [price.per_kwh for price in home().spot_between(START, START + timedelta(days=365))]
    assert 0.05 < sum(prices) / len(prices) < 0.15
    assert -0.3 < min(prices) < 0
    assert 0.2 < max(prices) < 0.5
    assert sum(price < 0 for price in prices) / len(prices) < 0.1


def test_evening_is_dearer_than_night() -> None:
    prices = home().spot_between(START, START + timedelta(days=28))
    by_hour: dict[int, list[float]] = {}
    for price in prices:
        by_hour.setdefault(price.start.astimezone(STOCKHOLM).hour, []).append(price.per_kwh)
    mean = {hour: sum(values) / len(values) for hour, values in by_hour.items()}
    assert mean[19] > mean[3]
    assert mean[13] < mean[8]


def test_the_forecast_is_near_the_truth_but_not_the_truth() -> None:
    issued = START + timedelta(hours=4)
    forecast = home().pv_forecast(issued, START, START + timedelta(days=2))
    truth = home().series(START, START + timedelta(days=2), 60)
    errors = [abs(interval.kwh - kwh) for interval, kwh in zip(forecast, truth.pv_kwh, strict=True)]
    assert 0 < sum(errors) < 0.35 * sum(truth.pv_kwh)
    for interval in forecast:
        assert interval.p10_kwh is not None
        assert interval.p90_kwh is not None
        assert 0 <= interval.p10_kwh <= interval.kwh <= interval.p90_kwh


def test_a_new_forecast_is_a_new_opinion() -> None:
    start, end = START + timedelta(days=1), START + timedelta(days=2)
    early, late = (home().pv_forecast(START + timedelta(hours=hours), start, end) for hours in (0, 12))
    assert early != late
    assert early == home().pv_forecast(START, start, end)
