"""The split of a day that was lived by a rule: with a power tariff its peaks are part of each cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.devices import BatterySettings
from darkstar.home.operation import PlannerSettings
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.home.sources import LoadForecastSettings, PriceSourceSettings
from darkstar.learning.ledger import Course, DayStatus, LedgerDay
from darkstar.learning.regret import DayRegret
from darkstar.pipeline import foresee
from darkstar.simulation.backtest.baselines import NoBattery
from darkstar.simulation.backtest.regret import ALL_KNOWN, LOAD_KNOWN, PRICES_KNOWN, PV_KNOWN
from darkstar.simulation.backtest.scoring import DARKSTAR, PERFECT
from darkstar.simulation.ledger_day import day_account
from darkstar.simulation.regret_day import day_regret, split_of
from darkstar.simulation.series import HomeSeries
from tests.homes import home as any_home
from tests.simulation.measured_homes import lived, sun_and_supper, two_level_prices

HOME = any_home(
    battery=BatterySettings(capacity_kwh=8, max_charge_kw=3, max_discharge_kw=3),
    water_heater=None,
    prices=PriceSourceSettings(source="nordpool_sensor", entity="sensor.nordpool"),
    planner=PlannerSettings(interval_minutes=240, slot_minutes=60, scenario_days=0),
    load_forecast=LoadForecastSettings(model="same_slot"),
)
LAST = date(2026, 3, 29)
"""It has 23 hours."""
START, END = local_day(LAST - timedelta(days=3), HOME.zone)[0], local_day(LAST, HOME.zone)[1]
CURVE = two_level_prices(START - timedelta(days=1), END + timedelta(days=2))
COSTS = (DARKSTAR, LOAD_KNOWN, PV_KNOWN, PRICES_KNOWN, ALL_KNOWN, PERFECT)


def with_tariffs(tariffs: tuple[PowerTariffSettings, ...]) -> HomeSettings:
    return HOME.model_copy(update={"grid": HOME.grid.model_copy(update={"power_tariffs": tariffs})})


def with_a_feast(series: HomeSeries) -> HomeSeries:
    """On the last evening the supper takes more than on any evening before."""
    load = list(series.load_kwh)
    for number, slot in enumerate(series.slots):
        if slot.start >= local_day(LAST, HOME.zone)[0] and 18 <= slot.start.hour < 19:
            load[number] += 0.8
    return replace(series, load_kwh=tuple(load))


@cache
def split(*tariffs: PowerTariffSettings, soft_kw: float | None = None) -> DayRegret:
    home = with_tariffs(tariffs)
    if soft_kw is not None:
        grid = home.grid.model_copy(update={"soft_import_kw": soft_kw, "soft_import_price_per_kwh": 5.0})
        home = home.model_copy(update={"grid": grid})
    series = with_a_feast(sun_and_supper(START, END))
    rows = lived(HOME, series, CURVE, NoBattery(), 3.0).rows
    account = day_account(LAST, rows, CURVE, home, END)
    assert account.status is DayStatus.COMPLETE
    moments = [local_day(LAST, HOME.zone)[0] + timedelta(hours=hours) for hours in (0, 8, 16)]
    forecasts = [foresee(home, now, [row for row in rows if row.end <= now]).forecast for now in moments]
    return day_regret(account, rows, CURVE, forecasts, home, END)


def test_a_peak_above_those_of_the_month_is_missed_money() -> None:
    dear = split(PowerTariffSettings(count=1, price_per_kw_month=50.0))
    plain = split()
    assert dear.reason == ""
    assert dear.load + dear.pv + dear.prices + dear.execution == pytest.approx(dear.total, abs=1e-9)
    assert dear.paid_peaks > dear.perfect_peaks + 1
    assert dear.peaks == pytest.approx(dear.paid_peaks - dear.perfect_peaks)
    assert dear.paid - dear.paid_peaks == pytest.approx(plain.paid)
    assert dear.perfect <= dear.replayed + 1e-6
    assert (plain.paid_peaks, plain.perfect_peaks, plain.peaks) == (0, 0, 0)


def test_a_tariff_that_does_not_hold_in_this_month_changes_nothing() -> None:
    summer = split(PowerTariffSettings(price_per_kw_month=50.0, months=(6, 7)))
    assert summer.peaks == 0
    assert summer.perfect == pytest.approx(split().perfect, abs=1e-6)


def test_import_above_the_soft_limit_costs_more_whoever_runs_the_battery() -> None:
    soft, plain = split(soft_kw=1.0), split()
    assert soft.paid > plain.paid + 1
    assert soft.replayed > plain.replayed + 1
    assert plain.perfect + 1 < soft.perfect <= soft.replayed + 1e-6
    assert soft.load + soft.pv + soft.prices + soft.execution == pytest.approx(soft.total, abs=1e-9)


def test_a_day_of_another_tariff_is_not_split() -> None:
    account = replace(ACCOUNT, paid=Course(money=5.0, peaks_kw=()))
    found = day_regret(account, (), CURVE, (), with_tariffs((PowerTariffSettings(price_per_kw_month=50.0),)), END)
    assert found.reason == "the home's power tariffs are others than when the day was entered"
    assert (found.total, found.load) == (5.0, 0.0)


def test_the_split_says_how_peaks_are_counted() -> None:
    notes = " ".join(split(PowerTariffSettings(price_per_kw_month=50.0)).notes)
    assert "peaks cost what they add to the month's bill" in notes
    assert "peaks" not in " ".join(split().notes)


ACCOUNT = LedgerDay(
    LAST, DayStatus.COMPLETE, "", 23, 23, "EUR", 1.0, Course(money=5.0), Course(), Course(), None, "", END
)
NOW = datetime(2026, 3, 30, tzinfo=UTC)
money = st.floats(-100, 100)


@given(st.lists(money, min_size=6, max_size=6), money, money)
def test_the_parts_sum_to_the_whole(costs: list[float], paid_peaks: float, perfect_peaks: float) -> None:
    found = split_of(ACCOUNT, dict(zip(COSTS, costs, strict=True)), NOW, paid_peaks, perfect_peaks, ())
    assert found.load + found.pv + found.prices + found.execution == pytest.approx(found.total, abs=1e-9)
    assert found.total == pytest.approx(5.0 + paid_peaks - costs[-1], abs=1e-9)


@given(money)
def test_nothing_is_missed_where_nothing_differs(peaks: float) -> None:
    found = split_of(ACCOUNT, dict.fromkeys(COSTS, 5.0 + peaks), NOW, peaks, peaks, ())
    assert (found.total, found.load, found.pv, found.prices, found.execution, found.peaks) == pytest.approx((0,) * 6)
