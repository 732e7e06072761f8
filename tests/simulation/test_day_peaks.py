"""What a day's peaks add to the month's bill, and that perfect foresight knows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from darkstar.control.decision import BatterySettingsNow
from darkstar.home.observation import Observation
from darkstar.home.power_tariff import PowerStepSettings, PowerTariffSettings, PowerWindow
from darkstar.home.prices import Price
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day, slots_between
from darkstar.learning.ledger import bill
from darkstar.learning.metered import soft_import_costs
from darkstar.simulation.backtest.ledger import Run
from darkstar.simulation.backtest.loop import drive
from darkstar.simulation.backtest.perfect import perfect_foresight
from darkstar.simulation.backtest.scoring import Valuation
from darkstar.simulation.day_peaks import DayPeaks, TariffDay, peaks_kw
from darkstar.simulation.house import House, Plant
from darkstar.simulation.series import HomeSeries
from tests.homes import home as any_home
from tests.simulation.backtest.test_perfect import Script, orders

THREE = PowerTariffSettings(count=3, price_per_kw_month=9.0)
ANY_HOURS = PowerTariffSettings(
    count=2, different_days=False, interval_minutes=30, price_per_kw_year=60.0, floor_kw=1.0
)
STEPS = PowerTariffSettings(
    count=1,
    steps=(
        PowerStepSettings(up_to_kw=1.0, fee_per_month=1.0),
        PowerStepSettings(up_to_kw=2.5, fee_per_month=4.0),
        PowerStepSettings(fee_per_month=6.0),
    ),
)
NIGHT_HALF = PowerTariffSettings(
    count=1,
    price_per_kw_month=3.0,
    windows=(PowerWindow.model_validate({"start": "22:00", "end": "06:00", "weight": 0.5}),),
)
PLANT = Plant(capacity_kwh=4, max_charge_kw=3, max_discharge_kw=2, charge_efficiency=0.9, discharge_efficiency=0.8)
WINTER = datetime(2026, 1, 10, tzinfo=UTC)


def home_with(*tariffs: PowerTariffSettings, time_zone: str = "Europe/Stockholm", **grid: float) -> HomeSettings:
    home = any_home(time_zone=time_zone)
    return home.model_copy(update={"grid": home.grid.model_copy(update={"power_tariffs": tariffs, **grid})})


powers = st.lists(st.floats(0, 12), max_size=6).map(lambda kw: tuple(sorted(kw, reverse=True)))
kinds = st.sampled_from([THREE, ANY_HOURS, STEPS, NIGHT_HALF])


@given(kinds, powers, powers)
def test_a_day_never_lowers_the_bill_and_more_power_never_costs_less(
    tariff: PowerTariffSettings, held: tuple[float, ...], day: tuple[float, ...]
) -> None:
    account = TariffDay(tariff, (), held)
    assert account.rise(day) >= -1e-9
    assert account.rise([kw + 1 for kw in day]) >= account.rise(day) - 1e-9
    assert account.rise(()) == 0


def test_a_peak_costs_what_it_adds_to_the_mean_of_the_billed_ones() -> None:
    account = TariffDay(THREE, (), (6.0, 5.0, 4.0, 3.0))
    assert account.rise((4.0, 3.9)) == 0
    assert account.rise((7.0, 6.9, 6.8)) == pytest.approx(9.0 * (7.0 - 4.0) / 3)
    several = TariffDay(ANY_HOURS, (), (6.0, 5.0))
    assert several.rise((7.0, 6.5)) == pytest.approx(5.0 * (13.5 - 11.0) / 2)


def test_a_peak_below_the_end_of_its_step_costs_nothing_and_above_it_the_next_fee() -> None:
    account = TariffDay(STEPS, (), (1.2,))
    assert account.rise((2.5,)) == 0
    assert account.rise((2.6,)) == pytest.approx(2.0)


@given(st.lists(powers.filter(bool), min_size=1, max_size=10))
def test_the_days_of_a_month_add_up_to_its_bill(days: list[tuple[float, ...]]) -> None:
    """Where nothing is expected of the days to come, as on a month's last day."""
    held: list[float] = []
    added = 0.0
    for day in days:
        added += TariffDay(THREE, (), tuple(held)).rise(day)
        held.append(day[0])
    highest = sorted((day[0] for day in days), reverse=True)[:3]
    assert added == pytest.approx(9.0 * sum(highest) / 3)


def rows_of(first: date, days: int, kw: float) -> list[Observation]:
    start, end = local_day(first, home_with().zone)[0], local_day(first + timedelta(days=days - 1), home_with().zone)[1]
    return [
        Observation(slot.start, slot.hours, import_kwh=(kw if slot.start.hour == 17 else 0.2) * slot.hours)
        for slot in slots_between(start, end)
    ]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 1, 15), 24)])
def test_the_peaks_before_the_day_and_those_to_come_are_held_against_it(day: date, hours: int) -> None:
    home = home_with(THREE)
    start, end = local_day(day, home.zone)
    assert (end - start) == timedelta(hours=hours)
    before = [row for row in rows_of(day - timedelta(days=20), 20, 5.0) if row.end <= start]
    (held,) = DayPeaks.of(home, before, start, end, 15).tariffs
    assert held is not None
    in_month = min(20, day.day - 1)
    assert sorted(held.held_kw)[-in_month:] == pytest.approx([5.0] * in_month)
    assert len(held.intervals) == hours
    assert held.rise((5.0,)) == pytest.approx(0)


def test_a_month_without_the_charge_costs_nothing() -> None:
    home = home_with(THREE.model_copy(update={"months": (11, 12)}))
    start, end = local_day(date(2026, 1, 15), home.zone)
    peaks = DayPeaks.of(home, (), start, end, 15)
    assert peaks.tariffs == (None,)
    assert peaks.rise(((9.0,),)) == 0
    assert len(peaks.rows(96).money) == 0


quarters = st.tuples(st.floats(0, 1.5), st.floats(0, 1), st.tuples(st.floats(0.2, 1), st.floats(0, 0.2)))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(quarters, min_size=8, max_size=8),
    st.lists(orders, min_size=1, max_size=9),
    st.lists(kinds, min_size=1, max_size=2),
    powers,
    st.sampled_from([{}, {"soft_import_kw": 2.0, "soft_import_price_per_kwh": 0.7}]),
)
def test_nothing_beats_perfect_foresight_that_knows_the_peaks(
    given_quarters: list[tuple[float, float, tuple[float, float]]],
    script: list[BatterySettingsNow],
    tariffs: list[PowerTariffSettings],
    held: tuple[float, ...],
    soft: dict[str, float],
) -> None:
    load, pv, pairs = zip(*given_quarters, strict=True)
    series = HomeSeries(WINTER, 15, load, pv)
    prices = tuple(Price(slot.start, slot.end, *pair) for slot, pair in zip(series.slots, pairs, strict=True))
    home = home_with(*tariffs, time_zone="UTC", **soft)
    found = DayPeaks.of(home, (), series.start, series.end, 15)
    charged = DayPeaks(
        found.start,
        15,
        tuple(None if day is None else TariffDay(day.tariff, day.intervals, held) for day in found.tariffs),
        found.soft,
    )
    valuation = Valuation(end_value_per_kwh=0.3, wear_per_kwh=0.05)

    def cost(run: Run) -> float:
        imported = run.intervals.import_kwh.tolist()
        soft_cost = soft_import_costs(imported, 0.25, home)
        return valuation.cost(run) + soft_cost + charged.rise(peaks_kw(series.start, 15, imported, home))

    best = perfect_foresight(
        PLANT, series, prices, start_soc_kwh=2, end_value_per_kwh=0.3, wear_per_kwh=0.05, peak_charge=charged
    )
    other = drive(House(PLANT, 2), series, prices, Script(script), tick_minutes=5)
    # one watt below each step, and what the solver takes for equal
    assert cost(best) <= cost(other) + 2e-3
    blind = perfect_foresight(PLANT, series, prices, start_soc_kwh=2, end_value_per_kwh=0.3, wear_per_kwh=0.05)
    assert cost(best) <= cost(blind) + 2e-3


@settings(deadline=None, max_examples=80)
@given(kinds, powers, st.lists(st.floats(0, 3), min_size=8, max_size=8))
def test_the_program_charges_what_the_bill_does(
    tariff: PowerTariffSettings, held: tuple[float, ...], import_kwh: list[float]
) -> None:
    """With the import given, the least cost of the further columns is the bill of the month."""
    home = home_with(tariff, time_zone="UTC")
    (found,) = DayPeaks.of(home, (), WINTER, WINTER + timedelta(hours=2), 15).tariffs
    assert found is not None
    day = TariffDay(tariff, found.intervals, held)
    rows = DayPeaks(WINTER, 15, (day,)).rows(8)
    room = rows.limit - rows.of_import @ np.array(import_kwh)
    solved = linprog(rows.money, A_ub=rows.of_columns, b_ub=room, integrality=rows.is_whole.astype(int))
    (highest,) = peaks_kw(WINTER, 15, import_kwh, home)
    nothing = [(0.0,)] * tariff.count
    billed = bill(tariff, [*nothing, *((kw,) for kw in held), highest])
    near_a_step = bool(tariff.steps) and billed != bill(
        tariff, [*nothing, *((kw + 0.01,) for kw in held), [kw + 0.01 for kw in highest]]
    )
    assert near_a_step or solved.fun == pytest.approx(billed, abs=1e-5)


def test_at_the_start_of_a_month_usual_peaks_are_expected() -> None:
    """Half of them: a peak of the usual height counts by what it is above."""
    home = home_with(THREE)
    start, end = local_day(date(2026, 2, 1), home.zone)
    (held,) = DayPeaks.of(home, rows_of(date(2026, 1, 1), 31, 5.0), start, end, 15).tariffs
    assert held is not None
    assert held.held_kw == pytest.approx([2.5] * 3)
    assert held.rise((5.0,)) == pytest.approx(9.0 * 2.5 / 3)
