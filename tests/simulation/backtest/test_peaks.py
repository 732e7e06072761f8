from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.prices import Price
from darkstar.simulation.backtest.calendar_groups import CalendarGroups
from darkstar.simulation.backtest.peaks import PowerTariff, month_peaks
from darkstar.simulation.backtest.perfect import PeakCharge, perfect_foresight
from darkstar.simulation.backtest.scoring import Valuation
from darkstar.simulation.house import Plant
from darkstar.simulation.series import HomeSeries

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 5, 29, 22, tzinfo=UTC)
"""Midnight of 30 May, local."""


def groups(count: int, minutes: int = 60) -> CalendarGroups:
    return CalendarGroups.of(START, minutes, count, STOCKHOLM)


def test_each_peak_is_of_another_day_and_each_month_stands_alone() -> None:
    bought = np.zeros(24 * 5)
    bought[[3, 4, 30]] = 9, 8, 2  # 30 May: 9 and 8 kW; 31 May: 2 kW
    bought[[50, 75, 100]] = 4, 5, 6  # 1 to 3 June
    may, june = month_peaks(groups(24 * 5), bought, 2)
    assert (may.month, may.highest_kw) == ("2026-05", (9, 2))
    assert (june.month, june.highest_kw) == ("2026-06", (6, 5))
    assert june.mean_kw == 5.5
    assert PowerTariff(10).cost((may, june)) == pytest.approx(110)


def test_a_month_with_few_days_has_few_peaks() -> None:
    (only,) = month_peaks(groups(24), np.arange(24.0), 3)
    assert only.highest_kw == (23,)


def test_quarter_hours_count_as_hourly_means() -> None:
    bought = np.zeros(96)
    bought[4:8] = 0, 3, 1, 0
    bought[11:13] = 2.5, 2.5
    (month,) = month_peaks(groups(96, 15), bought, 1)
    assert month.highest_kw == (4,)


energies = st.lists(st.floats(0, 3), min_size=72, max_size=72)
PLANT = Plant(capacity_kwh=3, max_charge_kw=2, max_discharge_kw=2, charge_efficiency=0.9, discharge_efficiency=0.9)


@settings(deadline=None, max_examples=20)
@given(energies, st.floats(0, 20), st.integers(1, 3))
def test_perfect_foresight_pays_less_in_all_when_it_knows_the_power_tariff(
    load: list[float], price_per_kw: float, peaks: int
) -> None:
    hour = timedelta(hours=1)
    prices = [Price(START + n * hour, START + (n + 1) * hour, 0.2 + 0.1 * (n % 5), 0.05) for n in range(72)]
    series, tariff = HomeSeries(START, 60, tuple(load), (0.0,) * 72), PowerTariff(price_per_kw, peaks)

    def cost(peak_charge: PeakCharge | None) -> float:
        run = perfect_foresight(PLANT, series, prices, start_soc_kwh=1, end_value_per_kwh=0.2, peak_charge=peak_charge)
        power = tariff.cost(month_peaks(groups(72), run.intervals.import_kwh, peaks))
        return Valuation(0.2, 0.0).cost(run) + power

    assert cost(PeakCharge(tariff, groups(72))) <= cost(None) + 1e-6


def test_perfect_foresight_halves_a_peak() -> None:
    load = (0.0, 0.0, 4.0, 0.0) + (0.0,) * 20
    hour = timedelta(hours=1)
    prices = [Price(START + n * hour, START + (n + 1) * hour, 0.2, 0.0) for n in range(24)]
    plant = Plant(10, 5, 5, 1, 1)
    run = perfect_foresight(
        plant,
        HomeSeries(START, 60, load, (0.0,) * 24),
        prices,
        start_soc_kwh=0,
        end_value_per_kwh=0,
        peak_charge=PeakCharge(PowerTariff(5, 1), groups(24)),
    )
    (month,) = month_peaks(groups(24), run.intervals.import_kwh, 1)
    assert month.mean_kw == pytest.approx(4 / 3)
