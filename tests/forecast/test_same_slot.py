"""The forecaster that always serves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import Context, Forecast, Forecaster, PvInterval
from darkstar.forecast.home_means import PV_MODEL
from darkstar.forecast.same_slot import SameSlotMean
from darkstar.home.devices import PvArraySettings
from darkstar.home.observation import Observation
from darkstar.home.slots import Slot, local_day, slots_between
from darkstar.home.sources import LoadForecastSettings, PvForecastSettings
from tests.forecast.samples import days, flat, history, load_kwh, noisy, pv_kwh, sunny
from tests.homes import home

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
START = NOW.replace(minute=0) - days(40)
HORIZON = slots_between(NOW, NOW.replace(minute=30) + days(2))
NOISY = history(START, NOW + days(3), noisy(1, flat(0.6)), noisy(2, sunny))


def predict(
    rows: Sequence[Observation], horizon: Sequence[Slot] = HORIZON, now: datetime = NOW, **blocks: Any
) -> Forecast:
    model: Forecaster = SameSlotMean(home(**blocks))
    model.fit(rows)
    return model.predict(horizon, now, Context())


def test_a_home_that_is_the_same_every_day_is_forecast_as_it_is() -> None:
    rows = history(START, NOW, lambda at: 1.5 if at.hour == 17 else 0.5, flat(0))
    for slot in predict(rows).slots[1:]:
        kw = 1.5 if slot.start.hour == 17 else 0.5
        assert slot.load_kwh.expected == pytest.approx(0.25 * kw, rel=0.2)
    assert predict(rows).assumed == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_future_leaves_the_bits_equal(seed: int) -> None:
    past = [row for row in NOISY if row.start + timedelta(hours=row.hours) <= NOW]
    future = [row for row in NOISY if row.start + timedelta(hours=row.hours) > NOW]
    values = [row.load_kwh for row in future]
    Random(seed).shuffle(values)
    altered = [replace(row, load_kwh=value, pv_kwh=99.0) for row, value in zip(future, values, strict=True)]
    assert predict(past) == predict(NOISY) == predict([*past, *altered])


def test_an_hourly_row_is_not_used_before_it_is_over() -> None:
    rows = history(START, NOW + days(1), noisy(3, flat(1)), sunny, 60)
    running = NOW.replace(minute=0)
    assert predict(rows) == predict([row for row in rows if row.start < running])
    altered = [replace(row, load_kwh=50.0) if row.start == running else row for row in rows]
    assert predict(altered) == predict(rows)
    assert predict(altered, now=running + timedelta(hours=1)) != predict(rows, now=running + timedelta(hours=1))


@given(
    st.integers(0, 10**6),
    st.sampled_from([15, 30, 60]),
    st.sampled_from([15, 30, 60]),
    st.floats(0, 45),
    st.floats(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_bands_never_cross_and_pv_stays_below_the_sky(
    seed: int, row_minutes: int, slot_minutes: int, length_days: float, spread: float
) -> None:
    start = NOW.replace(minute=0) - days(int(length_days * 24) / 24)
    rows = history(start, NOW, noisy(seed, flat(0.7), min(spread, 1)), noisy(seed + 1, sunny, 1), row_minutes)
    horizon = slots_between(NOW, NOW.replace(minute=0) + days(2), slot_minutes)
    forecast = predict(rows, horizon)
    assert [slot.start for slot in forecast.slots] == [slot.start for slot in horizon]
    for slot in forecast.slots:
        assert 0 <= slot.load_kwh.p10 <= slot.load_kwh.p50 <= slot.load_kwh.p90
        assert 0 <= slot.pv_kwh.p10 <= slot.pv_kwh.p50 <= slot.pv_kwh.p90 <= 6 * slot.hours


def test_pv_at_night_is_zero_whatever_was_measured() -> None:
    rows = history(START, NOW, flat(0.5), flat(2.0))
    night = [slot for slot in predict(rows).slots if slot.start.hour >= 21 or slot.start.hour < 1]
    assert len(night) >= 16
    assert {(slot.pv_kwh.p10, slot.pv_kwh.p90) for slot in night} == {(0.0, 0.0)}


def test_the_short_first_slot_has_its_share() -> None:
    rows = history(START, NOW, flat(0.8), flat(0))
    first, second = predict(rows).slots[:2]
    assert first.hours == pytest.approx(5 / 60)
    assert first.load_kwh.expected / first.hours == pytest.approx(second.load_kwh.expected / second.hours, rel=0.05)


@pytest.mark.parametrize("minutes", [30, 60])
def test_longer_slots_hold_the_sum_of_short_ones(minutes: int) -> None:
    start = NOW.replace(minute=0) + timedelta(hours=1)
    fine = predict(NOISY, slots_between(start, start + days(1)))
    coarse = predict(NOISY, slots_between(start, start + days(1), minutes))
    share = minutes // 15
    for quantity in (load_kwh, pv_kwh):
        sums = [sum(quantity(fine)[n : n + share]) for n in range(0, 96, share)]
        assert quantity(coarse) == pytest.approx(sums)


def test_hourly_and_quarterly_rows_of_the_same_home_agree() -> None:
    hourly = history(START, NOW.replace(minute=0), lambda at: 0.3 + 0.1 * at.hour, sunny, 60)
    quarters = [
        Observation(row.start + timedelta(minutes=15 * n), 0.25, (row.load_kwh or 0) / 4, (row.pv_kwh or 0) / 4)
        for row in hourly
        for n in range(4)
    ]
    one, other = predict(hourly), predict(quarters)
    assert load_kwh(one) == pytest.approx(load_kwh(other))
    assert pv_kwh(one) == pytest.approx(pv_kwh(other))


@pytest.mark.parametrize("flags", [("gap",), ("spike", "derived"), ("reset",)])
def test_repaired_rows_are_left_out(flags: tuple[str, ...]) -> None:
    spoiled = [replace(row, load_kwh=9.0, flags=flags) if row.start.hour == 3 else row for row in NOISY]
    without = [row for row in NOISY if row.start.hour != 3]
    assert predict(spoiled) == predict(without)


@pytest.mark.parametrize("flags", [(), ("hourly",), ("derived",), ("hourly", "derived")])
def test_rows_that_are_only_coarse_or_derived_are_used(flags: tuple[str, ...]) -> None:
    assert predict([replace(row, flags=flags) for row in NOISY]) == predict(NOISY)


def test_gaps_in_load_do_not_touch_pv() -> None:
    holes = [replace(row, load_kwh=None) if row.start.hour < 12 else row for row in NOISY]
    forecast = predict(holes)
    assert pv_kwh(forecast) == pv_kwh(predict(NOISY))
    assert forecast.assumed == (
        "load: a standard household's shape at the times of day that have no usable history yet",
    )
    level = sum(load_kwh(forecast)) / 48
    assert 0.4 < level < 0.8


def test_without_history_a_standard_household_serves_and_says_so() -> None:
    week = slots_between(NOW, NOW + days(7))
    forecast = predict([], week, load_forecast=LoadForecastSettings(yearly_consumption_kwh=7305))
    assert sum(load_kwh(forecast)) / (7 * 24) == pytest.approx(7305 / 8766, rel=0.01)
    assert sum(pv_kwh(forecast)) > 50
    assert len(forecast.assumed) == 2
    assert forecast.assumed[0].startswith("load: a standard household of 7305 kWh a year")
    assert forecast.assumed[1].startswith("PV: 50% of a cloudless sky")
    assert all(slot.load_kwh.p10 < slot.load_kwh.p50 < slot.load_kwh.p90 for slot in forecast.slots)


def test_one_day_of_history_sets_the_level() -> None:
    rows = history(NOW.replace(minute=30) - days(1), NOW, flat(2.0), flat(0))
    assert sum(load_kwh(predict(rows))) / 48 == pytest.approx(2.0, rel=0.05)


def test_a_home_without_arrays_and_without_measured_pv_has_none() -> None:
    forecast = predict([], pv_arrays=())
    assert set(pv_kwh(forecast)) == {0.0}
    assert not any("PV" in words for words in forecast.assumed)


def test_pv_that_is_measured_counts_without_arrays() -> None:
    forecast = predict(history(START, NOW, flat(0.5), sunny), pv_arrays=())
    assert sum(pv_kwh(forecast)) == pytest.approx(
        2 * sum(sunny(NOW + timedelta(minutes=n)) / 60 for n in range(1440)), rel=0.1
    )


def test_only_the_last_days_count() -> None:
    old = history(START, NOW - days(14), flat(5.0), flat(0))
    new = history(NOW.replace(minute=30) - days(14), NOW, flat(0.5), flat(0))
    assert predict([*old, *new], load_forecast=LoadForecastSettings(history_days=14)) == predict(new)


def test_weekends_follow_weekends() -> None:
    rows = history(START, NOW, lambda at: 2.0 if at.astimezone(STOCKHOLM).weekday() >= 5 else 0.5, flat(0))
    friday = NOW + days(2)
    assert friday.weekday() == 4
    forecast = predict(rows, slots_between(friday, friday + days(2)), now=friday)
    today, tomorrow = load_kwh(forecast)[4:40], load_kwh(forecast)[80:140]
    assert sum(tomorrow) / len(tomorrow) > 1.3 * sum(today) / len(today)


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_load_follows_the_local_clock_over_a_clock_change(day: date, slots: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    rows = history(start - days(20), start, lambda at: 3.0 if at.astimezone(STOCKHOLM).hour == 19 else 0.3, flat(0))
    forecast = predict(rows, slots_between(start, end), start)
    assert len(forecast.slots) == slots
    dinner = [slot for slot in forecast.slots if slot.load_kwh.expected > 0.3]
    assert {slot.start.astimezone(STOCKHOLM).hour for slot in dinner} == {19}
    assert len(dinner) == 4


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_pv_follows_the_sun_over_a_clock_change(day: date) -> None:
    start, _ = local_day(day + timedelta(days=1), STOCKHOLM)
    rows = history(start - days(20), start, flat(0.3), lambda at: 2.0 if at.hour == 11 else 0.0)
    forecast = predict(rows, slots_between(start, start + days(1)), start)
    assert {slot.start.hour for slot in forecast.slots if slot.pv_kwh.expected > 0.2} == {11}


SERVICE = PvForecastSettings(source="solcast", entities=("sensor.solcast_today",))


def half_hours(hours: int, kwh: float, **quantiles: float) -> tuple[PvInterval, ...]:
    start = NOW.replace(minute=0)
    half = timedelta(minutes=30)
    return tuple(PvInterval(start + n * half, start + (n + 1) * half, kwh, **quantiles) for n in range(2 * hours))


def served(intervals: tuple[PvInterval, ...], rows: Sequence[Observation] = NOISY) -> Forecast:
    model = SameSlotMean(home(pv_forecast=SERVICE))
    model.fit(rows)
    return model.predict(HORIZON, NOW, Context(intervals))


def test_a_service_is_used_where_it_covers_and_only_there() -> None:
    forecast = served(half_hours(6, 1.0))
    assert forecast.pv_model == f"solcast, then {PV_MODEL}"
    inside = forecast.slots[1:9]
    for slot in inside:
        assert slot.pv_kwh.expected == pytest.approx(0.5, rel=0.1)
    assert pv_kwh(forecast)[30:] == pv_kwh(predict(NOISY))[30:]
    assert load_kwh(forecast) == load_kwh(predict(NOISY))


def test_a_service_keeps_its_energy_but_not_at_night() -> None:
    forecast = served(half_hours(60, 0.9))
    assert forecast.pv_model == "solcast"
    noon = [slot.pv_kwh.expected for slot in forecast.slots if slot.start.hour == 11]
    assert sum(noon) == pytest.approx(2 * 1.8)
    assert {slot.pv_kwh.expected for slot in forecast.slots if slot.start.hour == 22} == {0.0}


def test_a_service_never_exceeds_the_peak_power() -> None:
    assert max(pv_kwh(served(half_hours(60, 40.0)))) == pytest.approx(6 * 0.25)


def test_the_quantiles_of_a_service_are_kept() -> None:
    forecast = served(half_hours(60, 1.0, p10_kwh=0.4, p90_kwh=1.2))
    slot = next(slot for slot in forecast.slots if slot.start.hour == 11)
    assert slot.pv_kwh.p10 / slot.pv_kwh.p50 == pytest.approx(0.4)
    assert slot.pv_kwh.p90 / slot.pv_kwh.p50 == pytest.approx(1.2)


@pytest.mark.parametrize("rows", [NOISY, []])
def test_a_service_without_quantiles_gets_a_spread(rows: list[Observation]) -> None:
    slot = next(slot for slot in served(half_hours(60, 1.0), rows).slots if slot.start.hour == 11)
    assert slot.pv_kwh.p10 < slot.pv_kwh.p50 < slot.pv_kwh.p90


def test_nothing_is_assumed_about_pv_that_a_service_gives() -> None:
    assert not any("PV" in words for words in served(half_hours(60, 1.0), []).assumed)


def test_a_small_array_is_a_low_ceiling() -> None:
    rows = history(START, NOW, flat(0.5), sunny)
    small = predict(rows, pv_arrays=(PvArraySettings(kwp=1.0),))
    assert max(pv_kwh(small)) <= 0.25


@pytest.mark.parametrize(
    ("flag", "load_learned", "pv_learned"),
    [("vacation", False, True), ("away", False, True), ("curtailed", True, False), ("gap", False, False)],
)
def test_an_empty_house_teaches_no_load_and_a_throttled_inverter_no_pv(
    flag: str, load_learned: bool, pv_learned: bool
) -> None:
    rows = history(NOW - days(20), NOW, flat(0.4), sunny)
    odd = [replace(row, load_kwh=9.0 * row.hours, pv_kwh=0.0, flags=(flag,)) for row in rows[-5 * 96 :]]
    plain, learned = (predict([*rows[: -5 * 96], *last]) for last in ([], odd))
    assert (load_kwh(plain) != load_kwh(learned)) == load_learned
    assert (pv_kwh(plain) != pv_kwh(learned)) == pv_learned
