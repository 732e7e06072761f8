"""The ridge on the same-slot mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import Context, Forecast, Forecaster, PvInterval
from darkstar.forecast.day_grid import Pieces
from darkstar.forecast.home_forecaster import SERVICE_PV_ERROR, HomeForecaster
from darkstar.forecast.home_means import LOAD_MODEL, PV_MODEL
from darkstar.forecast.ridge import RidgeForecaster
from darkstar.forecast.same_slot import SameSlotMean
from darkstar.forecast.scenarios import net_load_scenarios
from darkstar.home.devices import PvArraySettings
from darkstar.home.observation import Observation
from darkstar.home.slots import Slot, local_day, slots_between
from darkstar.home.sources import PvForecastSettings
from tests.forecast.samples import Power, days, drifting, flat, history, load_kwh, noisy, pv_kwh, sunny
from tests.homes import home

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
START = NOW.replace(minute=0) - days(70)
HORIZON = slots_between(NOW, NOW.replace(minute=30) + days(2))
HOUR = timedelta(hours=1)
LOAD, PV = drifting(1, flat(0.8)), drifting(2, sunny)
DRIFTING = history(START, NOW + days(3), LOAD, PV)
RIDGE_LOAD, RIDGE_PV = f"ridge on {LOAD_MODEL}", f"ridge on {PV_MODEL}"


def fitted(rows: Sequence[Observation], **blocks: Any) -> RidgeForecaster:
    model = RidgeForecaster(home(**blocks))
    model.fit(rows)
    return model


def plain(rows: Sequence[Observation], **blocks: Any) -> SameSlotMean:
    model = SameSlotMean(home(**blocks))
    model.fit(rows)
    return model


def predict(
    rows: Sequence[Observation], horizon: Sequence[Slot] = HORIZON, now: datetime = NOW, **blocks: Any
) -> Forecast:
    model: Forecaster = fitted(rows, **blocks)
    return model.predict(horizon, now, Context())


def errors(model: HomeForecaster, hours: int) -> tuple[float, float]:
    """Root mean square errors of load and PV over the coming hours, over 40 forecasts."""
    squares = []
    for step in range(40):
        now = NOW.replace(minute=0) - 7 * step * HOUR
        forecast = model.predict(slots_between(now, now + hours * HOUR), now, Context())
        squares += [
            ((slot.load_kwh.expected - LOAD(slot.start) / 4) ** 2, (slot.pv_kwh.expected - PV(slot.start) / 4) ** 2)
            for slot in forecast.slots
        ]
    load, pv = np.sqrt(np.mean(squares, axis=0)).tolist()
    return load, pv


def test_it_learns_that_errors_last() -> None:
    before, after = errors(plain(DRIFTING), 2), errors(fitted(DRIFTING), 2)
    assert after[0] < 0.9 * before[0]
    assert after[1] < 0.95 * before[1]


def test_it_says_that_it_served() -> None:
    forecast = predict(DRIFTING)
    assert (forecast.load_model, forecast.pv_model) == (RIDGE_LOAD, RIDGE_PV)


@pytest.mark.parametrize("length", [0, 1, 5, 20])
def test_with_less_than_three_weeks_the_mean_serves(length: int) -> None:
    rows = [row for row in DRIFTING if row.start >= NOW - days(length)]
    assert predict(rows) == plain(rows).predict(HORIZON, NOW, Context())
    assert predict(rows).load_model == LOAD_MODEL


def test_days_with_gaps_do_not_count_for_the_three_weeks() -> None:
    rows = [row for row in DRIFTING if row.start.day % 2]
    half = [row for row in rows if row.start >= NOW - days(38)]
    assert predict(half).load_model == LOAD_MODEL
    assert predict(rows).load_model == RIDGE_LOAD


@pytest.mark.parametrize("seed", range(3))
def test_the_future_leaves_the_bits_equal(seed: int) -> None:
    past = [row for row in DRIFTING if row.start + timedelta(hours=row.hours) <= NOW]
    future = [row for row in DRIFTING if row.start + timedelta(hours=row.hours) > NOW]
    values = [row.load_kwh for row in future]
    Random(seed).shuffle(values)
    altered = [replace(row, load_kwh=value, pv_kwh=99.0) for row, value in zip(future, values, strict=True)]
    forecasts = [predict(rows) for rows in (past, DRIFTING, [*past, *altered])]
    assert forecasts[0] == forecasts[1] == forecasts[2]
    paths = [net_load_scenarios(forecasts[0], fitted(rows), 28) for rows in (past, DRIFTING, [*past, *altered])]
    assert paths[0] == paths[1] == paths[2]


def test_an_hourly_row_is_not_used_before_it_is_over() -> None:
    rows = history(START, NOW + days(1), LOAD, PV, 60)
    running = NOW.replace(minute=0)
    altered = [replace(row, load_kwh=50.0) if row.start == running else row for row in rows]
    assert predict(altered) == predict(rows)
    assert predict(altered, now=running + HOUR) != predict(rows, now=running + HOUR)


def test_each_scenario_is_the_error_of_the_forecast_as_issued_then() -> None:
    model = fitted(DRIFTING)
    forecast = model.predict(HORIZON, NOW, Context())
    load_errors, pv_errors = model.residuals_kwh(forecast, [2, 9, 29], Pieces.of(HORIZON))
    measured = {row.start: row for row in DRIFTING}
    for number, age in enumerate((2, 9, 29)):
        then = NOW - days(age)
        past = [row for row in DRIFTING if row.start + timedelta(hours=row.hours) <= then]
        issued = predict(past, [Slot(slot.start - days(age), slot.hours) for slot in HORIZON], then)
        assert (issued.load_model, issued.pv_model) == (RIDGE_LOAD, RIDGE_PV)
        for place, slot in list(enumerate(issued.slots))[1:]:
            row = measured[slot.start]
            assert row.load_kwh is not None
            assert row.pv_kwh is not None
            assert load_errors[number, place] == pytest.approx(row.load_kwh - slot.load_kwh.expected, abs=1e-9)
            assert pv_errors[number, place] == pytest.approx(row.pv_kwh - slot.pv_kwh.expected, abs=1e-9)


def test_scenarios_are_as_narrow_as_the_ridge_is_sharp() -> None:
    def spread(model: HomeForecaster) -> float:
        forecast = model.predict(HORIZON, NOW, Context())
        paths = np.array(net_load_scenarios(forecast, model, 28))[:, 1:4]
        point = np.array([slot.load_kwh.expected - slot.pv_kwh.expected for slot in forecast.slots])[1:4]
        return float(np.sqrt(np.mean((paths - point) ** 2)))

    assert spread(fitted(DRIFTING)) < 0.9 * spread(plain(DRIFTING))


def test_what_was_asked_before_changes_nothing() -> None:
    other = history(START, NOW, drifting(8, flat(2.0)), drifting(9, sunny))
    first = predict(DRIFTING)
    predict(other)
    model = fitted(DRIFTING)
    for age in (1, 30, 8):
        model.predict(HORIZON, NOW - days(age), Context())
    assert model.predict(HORIZON, NOW, Context()) == first


LASTING = drifting(5, flat(0.8), 96)


def turning(instant: datetime) -> float:
    """What is high stays high for days; in the last weeks it is low the day after."""
    if instant < NOW - days(34):
        return LASTING(instant)
    return 1.2 if int(instant.timestamp()) // 86400 % 2 else 0.4


def test_where_the_ridge_was_worse_the_mean_serves() -> None:
    rows = history(NOW.replace(minute=0) - days(110), NOW, turning, PV, 60)
    forecast = predict(rows)
    assert (forecast.load_model, forecast.pv_model) == (LOAD_MODEL, RIDGE_PV)
    assert load_kwh(forecast) == load_kwh(plain(rows).predict(HORIZON, NOW, Context()))
    assert pv_kwh(forecast) != pv_kwh(plain(rows).predict(HORIZON, NOW, Context()))
    earlier = NOW - days(40)
    assert predict(rows, slots_between(earlier, earlier + days(1)), earlier).load_model == RIDGE_LOAD


@given(
    st.integers(0, 10**6),
    st.sampled_from([15, 30, 60]),
    st.sampled_from([15, 30, 60]),
    st.integers(20, 60),
    st.floats(0, 1),
)
@settings(max_examples=12, deadline=None)
def test_bands_never_cross_and_pv_stays_below_the_sky(
    seed: int, row_minutes: int, slot_minutes: int, length_days: int, spread: float
) -> None:
    rows = history(
        NOW.replace(minute=0) - days(length_days),
        NOW,
        noisy(seed, flat(0.7), spread),
        drifting(seed, sunny, 3, spread),
        row_minutes,
    )
    forecast = predict(rows, slots_between(NOW, NOW.replace(minute=0) + days(2), slot_minutes))
    for slot in forecast.slots:
        assert 0 <= slot.load_kwh.p10 <= slot.load_kwh.p50 <= slot.load_kwh.p90
        assert 0 <= slot.pv_kwh.p10 <= slot.pv_kwh.p50 <= slot.pv_kwh.p90 <= 6 * slot.hours
        if slot.start.hour >= 21 or slot.start.hour < 1:
            assert slot.pv_kwh.p90 == 0


def test_pv_at_night_is_zero_whatever_was_measured() -> None:
    forecast = predict(history(START, NOW, flat(0.5), drifting(3, flat(2.0))))
    night = [slot.pv_kwh.p90 for slot in forecast.slots if slot.start.hour >= 21 or slot.start.hour < 1]
    assert len(night) >= 16
    assert set(night) == {0.0}


def test_a_home_without_pv_has_none() -> None:
    assert set(pv_kwh(predict(history(START, NOW, LOAD, flat(0)), pv_arrays=()))) == {0.0}
    unmeasured = [replace(row, pv_kwh=None) for row in DRIFTING]
    assert set(pv_kwh(predict(unmeasured, pv_arrays=()))) == {0.0}


def test_constant_load_is_forecast_as_it_is() -> None:
    rows = history(START, NOW, flat(0.7), flat(0))
    base = load_kwh(plain(rows).predict(HORIZON, NOW, Context()))
    assert load_kwh(predict(rows)) == pytest.approx(base, abs=0.02)
    assert sum(load_kwh(predict(rows))) == pytest.approx(0.7 * sum(slot.hours for slot in HORIZON), rel=0.02)


@pytest.mark.parametrize("broken", [{"load_kwh": None, "pv_kwh": None}, {"flags": ("spike",)}, {"pv_kwh": -0.2}])
def test_broken_rows_are_no_rows(broken: dict[str, Any]) -> None:
    hit = {row.start for row in DRIFTING if row.start.timestamp() % 36_000 < 7200}
    spoiled = [replace(row, **broken) if row.start in hit else row for row in DRIFTING]
    missing = [row for row in DRIFTING if row.start not in hit]
    assert pv_kwh(predict(spoiled)) == pytest.approx(pv_kwh(predict(missing)))
    if "pv_kwh" not in broken:
        assert predict(spoiled) == predict(missing)


def test_after_a_week_without_data_it_still_forecasts() -> None:
    rows = [row for row in DRIFTING if row.start < NOW - days(7)]
    forecast = predict(rows)
    assert sum(load_kwh(forecast)) == pytest.approx(0.8 * 48, rel=0.3)
    assert all(np.isfinite(load_kwh(forecast)))


@pytest.mark.parametrize("minutes", [30, 60])
def test_rows_of_any_length_tell_the_same(minutes: int) -> None:
    now = NOW.replace(minute=0)
    horizon = slots_between(now, now + days(1), 60)
    coarse = predict(history(START, now, by_hour(LOAD), by_hour(PV), minutes), horizon, now)
    fine = predict(history(START, now, by_hour(LOAD), by_hour(PV)), horizon, now)
    assert load_kwh(coarse) == pytest.approx(load_kwh(fine))
    assert pv_kwh(coarse) == pytest.approx(pv_kwh(fine))


def by_hour(power: Power) -> Power:
    return lambda instant: power(instant.replace(minute=0))


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
@pytest.mark.parametrize("offset", [0, 1])
def test_days_of_clock_changes(day: date, slots: int, offset: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    now = start if offset == 0 else end
    rows = history(start - days(60), now, LOAD, PV, 60)
    horizon = slots_between(now, now + (end - start))
    model = fitted(rows)
    forecast = model.predict(horizon, now, Context())
    assert len(forecast.slots) == slots
    assert forecast.load_model == RIDGE_LOAD
    assert sum(load_kwh(forecast)) == pytest.approx(0.8 * slots / 4, rel=0.4)
    assert np.array(net_load_scenarios(forecast, model, 28)).shape == (28, slots)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_load_follows_the_local_clock_over_a_clock_change(day: date) -> None:
    start, end = local_day(day, STOCKHOLM)
    rows = history(start - days(60), start, lambda at: 3.0 if at.astimezone(STOCKHOLM).hour == 19 else 0.3, flat(0))
    slots = predict(rows, slots_between(start, end), start).slots
    dinner = [slot.start for slot in slots if slot.load_kwh.expected > 0.35]
    assert [instant.astimezone(STOCKHOLM).hour for instant in dinner] == [19] * 4


def test_a_service_comes_first_where_it_covers() -> None:
    block = PvForecastSettings(source="solcast", entities=("sensor.solcast",))
    start = NOW.replace(minute=0)
    half = timedelta(minutes=30)
    intervals = tuple(PvInterval(start + n * half, start + (n + 1) * half, 1.0) for n in range(12))
    model = fitted(DRIFTING, pv_forecast=block)
    served = model.predict(HORIZON, NOW, Context(intervals))
    own = model.predict(HORIZON, NOW, Context())
    assert served.pv_model == f"solcast, then {RIDGE_PV}"
    assert all(kwh == pytest.approx(0.5, rel=0.1) for kwh in pv_kwh(served)[1:9])
    assert pv_kwh(served)[30:] == pv_kwh(own)[30:]
    assert load_kwh(served) == load_kwh(own)
    mean = plain(DRIFTING, pv_forecast=block)
    pieces = Pieces.of(HORIZON)
    _, errors_served = model.residuals_kwh(served, [2, 3], pieces)
    _, errors_mean = mean.residuals_kwh(mean.predict(HORIZON, NOW, Context()), [2, 3], pieces)
    assert errors_served == pytest.approx(SERVICE_PV_ERROR * errors_mean, nan_ok=True)


def test_a_small_array_is_a_low_ceiling() -> None:
    assert max(pv_kwh(predict(DRIFTING, pv_arrays=(PvArraySettings(kwp=1.0),)))) <= 0.25
