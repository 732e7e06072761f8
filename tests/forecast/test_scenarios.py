"""Possible net loads."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from darkstar.forecast.bands import Context, Forecast, PvInterval, Scenarios
from darkstar.forecast.day_grid import Pieces
from darkstar.forecast.home_forecaster import SERVICE_PV_ERROR
from darkstar.forecast.same_slot import SameSlotMean
from darkstar.forecast.scenarios import hedged_scenarios, net_load_scenarios
from darkstar.home.observation import Observation
from darkstar.home.slots import Slot, local_day, slots_between
from darkstar.home.sources import PvForecastSettings
from tests.forecast.samples import days, flat, history, load_kwh, noisy, pv_kwh, sunny
from tests.homes import home

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
START = NOW.replace(minute=0) - days(50)
HORIZON = slots_between(NOW, NOW.replace(minute=30) + days(2))
NOISY = history(START, NOW + days(2), noisy(1, flat(0.6)), noisy(2, sunny, 0.5))


def fitted(rows: list[Observation]) -> SameSlotMean:
    model = SameSlotMean(home())
    model.fit(rows)
    return model


def made(
    rows: list[Observation], count: int = 28, horizon: tuple[Slot, ...] = HORIZON, now: datetime = NOW
) -> Scenarios:
    model = fitted(rows)
    return net_load_scenarios(model.predict(horizon, now, Context()), model, count)


def point(forecast: Forecast) -> list[float]:
    return [load - pv for load, pv in zip(load_kwh(forecast), pv_kwh(forecast), strict=True)]


@pytest.mark.parametrize("count", [1, 7, 28])
def test_there_are_as_many_paths_as_wanted_each_over_the_horizon(count: int) -> None:
    scenarios = made(NOISY, count)
    assert len(scenarios) == count
    assert {len(path) for path in scenarios} == {len(HORIZON)}
    assert len(set(scenarios)) == count


def test_few_days_of_history_give_their_paths_and_those_of_the_bands() -> None:
    rows = [row for row in NOISY if row.start >= NOW - days(10)]
    assert 5 + 9 <= len(made(rows)) <= 9 + 9


def test_a_young_home_weighs_low_and_high_load_and_pv() -> None:
    model = fitted([])
    forecast = model.predict(HORIZON, NOW, Context())
    scenarios = net_load_scenarios(forecast, model, 28)
    assert len(scenarios) == 9
    nets = [sum(path) for path in scenarios]
    slots = forecast.slots
    assert max(nets) == pytest.approx(sum(slot.load_kwh.p90 - slot.pv_kwh.p10 for slot in slots))
    assert min(nets) == pytest.approx(sum(slot.load_kwh.p10 - slot.pv_kwh.p90 for slot in slots))
    assert sum(point(forecast)) == pytest.approx(sorted(nets)[4], rel=0.5)


def test_a_hedge_adds_the_bands_to_whatever_is_known() -> None:
    model = fitted(NOISY)
    forecast = model.predict(HORIZON, NOW, Context())
    plain, hedged = net_load_scenarios(forecast, model, 28), hedged_scenarios(forecast, model, 28)
    assert len(plain) == 28
    assert hedged[:28] == plain
    assert len(hedged) == 28 + 9
    assert max(map(sum, hedged[28:])) > max(map(sum, plain[:1]))
    assert hedged_scenarios(forecast, model, 0) == net_load_scenarios(forecast, model, 0)


def test_without_a_wish_for_scenarios_the_forecast_is_the_only_path() -> None:
    model = fitted(NOISY)
    forecast = model.predict(HORIZON, NOW, Context())
    (path,) = net_load_scenarios(forecast, model, 0)
    assert path == pytest.approx(point(forecast))


def test_no_slots_have_one_empty_path() -> None:
    assert made(NOISY, 28, ()) == ((),)


def test_the_future_leaves_the_bits_equal() -> None:
    spoiled = [
        replace(row, load_kwh=9.0, pv_kwh=0.0) if row.start + timedelta(hours=row.hours) > NOW else row for row in NOISY
    ]
    assert made(spoiled) == made(NOISY)


def test_each_error_is_that_of_the_forecast_as_issued_then() -> None:
    model, pieces = fitted(NOISY), Pieces.of(HORIZON)
    load_errors, pv_errors = model.residuals_kwh(model.predict(HORIZON, NOW, Context()), [2, 9, 29], pieces)
    measured = {row.start: row for row in NOISY}
    for errors, quantity in ((load_errors, load_kwh), (pv_errors, pv_kwh)):
        for row, age in enumerate((2, 9, 29)):
            then = NOW - days(age)
            past = [kept for kept in NOISY if kept.start + timedelta(hours=kept.hours) <= then]
            horizon = [Slot(slot.start - days(age), slot.hours) for slot in HORIZON]
            issued = quantity(fitted(past).predict(horizon, then, Context()))
            for slot, expected, error in list(zip(horizon, issued, errors[row], strict=True))[1:]:
                happened = measured[slot.start].load_kwh if quantity is load_kwh else measured[slot.start].pv_kwh
                assert happened is not None
                assert error == pytest.approx(happened - expected, abs=1e-9)


def test_errors_are_about_zero_on_average_and_as_wide_as_the_noise() -> None:
    model = fitted(history(START, NOW, noisy(7, flat(1.0), 0.5), flat(0)))
    forecast = model.predict(HORIZON, NOW, Context())
    errors = np.array(net_load_scenarios(forecast, model, 28)) - np.array(point(forecast))
    assert abs(errors.mean()) < 0.02 * 0.25
    assert errors[:, 1:].std() == pytest.approx(0.25 * 0.5 / 3**0.5, rel=0.1)


def test_load_stays_above_zero_and_pv_below_the_sky() -> None:
    model = fitted(NOISY)
    paths = np.array(made(NOISY))
    most = model.pv_ceiling_kwh(Pieces.of(HORIZON))
    assert (paths >= -most - 1e-12).all()
    night = [number for number, slot in enumerate(HORIZON) if slot.start.hour in (22, 23)]
    assert (paths[:, night] >= 0).all()


def test_a_day_with_a_long_gap_is_left_out_and_a_short_one_is_no_error() -> None:
    gap = NOW.replace(minute=0) - days(5)
    long = [row for row in NOISY if not gap <= row.start < gap + timedelta(hours=20)]
    short = [row for row in NOISY if not gap <= row.start < gap + timedelta(hours=1)]
    assert len(made(long)) < 28
    assert len(made(short)) == 28
    assert np.isfinite(np.array(made(short))).all()


def test_errors_of_a_service_are_narrowed() -> None:
    model = SameSlotMean(home(pv_forecast=PvForecastSettings(source="solcast", entities=("sensor.solcast",))))
    model.fit(history(START, NOW, flat(0.5), noisy(2, sunny, 0.3)))
    own = model.predict(HORIZON, NOW, Context())
    half = timedelta(minutes=15)
    intervals = tuple(
        PvInterval(slot.end - half, slot.end, slot_kwh) for slot, slot_kwh in zip(HORIZON, pv_kwh(own), strict=True)
    )
    served = model.predict(HORIZON, NOW, Context(intervals))
    assert served.pv_model == "solcast"
    noon = [number for number, slot in enumerate(HORIZON) if 10 <= slot.start.hour < 13 and number]
    wide, narrow = (
        np.array(net_load_scenarios(forecast, model, 28))[:, noon] - np.array(point(forecast))[noon]
        for forecast in (own, served)
    )
    assert narrow.std() == pytest.approx(SERVICE_PV_ERROR * wide.std(), rel=0.05)


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_days_of_clock_changes(day: date, slots: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    rows = history(start - days(45), start, noisy(3, flat(0.6)), noisy(4, sunny))
    paths = made(rows, 28, slots_between(start, end), start)
    assert np.array(paths).shape == (28, slots)


@pytest.mark.parametrize("minutes", [30, 60])
def test_long_rows_and_slots(minutes: int) -> None:
    rows = history(START, NOW, noisy(5, flat(0.6)), noisy(6, sunny), minutes)
    horizon = slots_between(NOW, NOW + days(2), minutes)
    assert np.array(made(rows, 28, horizon)).shape == (28, len(horizon))
