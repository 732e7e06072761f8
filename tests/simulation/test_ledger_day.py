"""A day of the ledger has the cost that the closed loop gives it, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.devices import BatterySettings
from darkstar.home.grid import GridSettings
from darkstar.home.observation import Observation
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.learning.ledger import DayStatus, LedgerDay, totals
from darkstar.simulation.backtest.baselines import CheapHours, NoBattery, SelfConsumption
from darkstar.simulation.backtest.calendar_groups import CalendarGroups
from darkstar.simulation.backtest.loop import drive
from darkstar.simulation.backtest.peaks import PowerTariff, month_peaks
from darkstar.simulation.backtest.scoring import Valuation
from darkstar.simulation.house import House, Plant
from darkstar.simulation.ledger_day import day_account
from tests.homes import home as any_home
from tests.simulation.measured_homes import Lived, lived, prices_of, sun_and_supper, two_level_prices

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MONEY = 1e-9
BATTERY = BatterySettings(capacity_kwh=8, max_charge_kw=3, max_discharge_kw=3, wear_cost_per_kwh=0.05)
PEAKS = PowerTariffSettings(price_per_kw_month=40.0)


def our_home(**blocks: object) -> HomeSettings:
    return any_home(**{"battery": BATTERY, "water_heater": None, **blocks})


HOME = our_home()
SPANS = {
    "three usual days": (date(2026, 3, 10), 3),
    "clocks go forward": (date(2026, 3, 28), 3),
    "clocks go back": (date(2026, 10, 24), 3),
}


def span(first: date, days: int, home: HomeSettings = HOME) -> tuple[datetime, datetime]:
    return local_day(first, home.zone)[0], local_day(first + timedelta(days=days - 1), home.zone)[1]


def by_the_timer(first: date, days: int, home: HomeSettings = HOME) -> Lived:
    """A battery that charges in the cheapest hours: what was really done."""
    start, end = span(first, days, home)
    curve = two_level_prices(start, end)
    timer = CheapHours(Plant.of(home), curve, home.zone, home.battery.min_soc_percent)
    return lived(home, sun_and_supper(start, end), curve, timer, 3.0)


def accounts(rows: Sequence[Observation], first: date, days: int, home: HomeSettings = HOME) -> list[LedgerDay]:
    curve = two_level_prices(*span(first, days, home))
    found: list[LedgerDay] = []
    for number in range(days):
        before = found[-1] if found else None
        found.append(day_account(first + timedelta(days=number), rows, curve, home, NOW, before=before))
    return found


@pytest.mark.parametrize("name", SPANS)
def test_a_period_costs_what_the_closed_loop_says(name: str) -> None:
    first, days = SPANS[name]
    start, end = span(first, days)
    series, curve, plant = sun_and_supper(start, end), two_level_prices(start, end), Plant.of(HOME)
    prices = prices_of(series, curve)
    done = by_the_timer(first, days)
    mean = sum(price.import_per_kwh for price in prices) / len(prices)
    valuation = Valuation(mean * plant.discharge_efficiency, BATTERY.wear_cost_per_kwh)
    rules = SelfConsumption(plant, BATTERY.min_soc_percent), NoBattery()
    plain, without = (drive(House(plant, 3.0), series, prices, rule, tick_minutes=15) for rule in rules)
    (total,) = totals(accounts(done.rows, first, days), "year")
    assert total.complete_days == days
    assert total.paid == pytest.approx(valuation.cost(done.run), abs=MONEY)
    assert total.self_consumption == pytest.approx(valuation.cost(plain), abs=MONEY)
    assert total.no_battery == pytest.approx(valuation.cost(without), abs=MONEY)
    assert total.saved == pytest.approx(total.self_consumption - total.paid, abs=MONEY)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)])
def test_days_are_as_long_as_the_clock_makes_them(day: date, hours: int) -> None:
    (account,) = accounts(by_the_timer(day, 1).rows, day, 1)
    assert (account.status, account.hours, account.counted_hours) == (DayStatus.COMPLETE, hours, hours)


def test_a_month_is_charged_the_peaks_that_the_backtest_sees() -> None:
    home = our_home(grid=GridSettings(power_tariffs=(PEAKS,)))
    first, days = date(2026, 3, 10), 3
    done = by_the_timer(first, days, home)
    (total,) = totals(accounts(done.rows, first, days, home), "month", home.grid.power_tariffs)
    groups = CalendarGroups.of(span(first, days)[0], 15, 96 * days, home.zone)
    charged = PowerTariff(40.0, 3).cost(month_peaks(groups, done.run.intervals.import_kwh))
    assert total.power == pytest.approx(charged, abs=MONEY)
    assert charged > 0


def test_self_consumption_goes_on_from_the_day_before() -> None:
    first = date(2026, 3, 10)
    rows = list(by_the_timer(first, 2).rows)
    rows[96] = replace(rows[96], soc_percent=90.0)
    one, two = accounts(rows, first, 2)
    anew = day_account(two.day, rows, two_level_prices(*span(first, 2)), HOME, NOW)
    assert two.self_consumption.end_soc_kwh - two.self_consumption.gained_kwh == pytest.approx(
        one.self_consumption.end_soc_kwh
    )
    assert anew.self_consumption.money != two.self_consumption.money


def without_hours(rows: Sequence[Observation], first: int, last: int) -> list[Observation]:
    return [row for row in rows if not first <= row.start.hour < last]


def test_a_gap_makes_a_day_partial_and_is_named() -> None:
    day = date(2026, 3, 10)
    (account,) = accounts(without_hours(by_the_timer(day, 1).rows, 3, 6), day, 1)
    assert account.status is DayStatus.PARTIAL
    assert account.reason == "of 24 h: 3 h not measured, 0.25 h SoC not known"
    assert account.counted_hours == 20.75


def test_a_day_with_little_data_is_left_out_with_its_reason() -> None:
    day = date(2026, 3, 10)
    (account,) = accounts(without_hours(by_the_timer(day, 1).rows, 3, 20), day, 1)
    assert account.status is DayStatus.LEFT_OUT
    assert "17 h not measured" in account.reason
    assert (account.cost, account.saved) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flags": ("gap",)}, "0.25 h repaired after a fault of a meter"),
        ({"import_kwh": None}, "0.25 h without all meters"),
        ({"flags": ("spike", "derived")}, "0.25 h repaired after a fault of a meter"),
    ],
)
def test_a_row_that_cannot_be_counted_says_why(change: dict[str, object], words: str) -> None:
    day = date(2026, 3, 10)
    rows = list(by_the_timer(day, 1).rows)
    rows[40] = replace(rows[40], **change)  # type: ignore[arg-type] # any field
    (account,) = accounts(rows, day, 1)
    assert account.status is DayStatus.PARTIAL
    assert words in account.reason


def test_a_counter_that_delivers_what_it_had_held_back_is_left_out() -> None:
    """The import of hours comes in one quarter-hour: it would be a peak that the house never had."""
    day = date(2026, 3, 10)
    rows = list(by_the_timer(day, 1).rows)
    honest, held_back = rows[60], 6.0
    rows[60] = replace(honest, import_kwh=(honest.import_kwh or 0.0) + held_back, flags=("catch_up",))
    (account,) = accounts(rows, day, 1)
    assert account.status is DayStatus.PARTIAL
    assert "0.25 h repaired after a fault of a meter" in account.reason
    unknown = replace(rows[60], load_kwh=None, charge_kwh=0.0, discharge_kwh=0.0)
    (unchecked,) = accounts([*rows[:60], unknown, *rows[61:]], day, 1)
    assert unchecked.status is DayStatus.PARTIAL


def test_a_rise_after_silence_that_the_other_meters_confirm_is_counted() -> None:
    """A battery begins to charge after hours of rest: its counter was silent, and is right."""
    day = date(2026, 3, 10)
    rows = list(by_the_timer(day, 1).rows)
    began = next(number for number, row in enumerate(rows) if (row.charge_kwh or 0.0) > 0.5)
    rows[began] = replace(rows[began], flags=("catch_up",))
    (account,) = accounts(rows, day, 1)
    assert account.status is DayStatus.COMPLETE


def test_a_home_without_panels_has_complete_days() -> None:
    day = date(2026, 3, 10)
    home = our_home(pv_arrays=())
    rows = [replace(row, pv_kwh=None) for row in by_the_timer(day, 1, home).rows]
    start, end = span(day, 1, home)
    account = day_account(day, rows, two_level_prices(start, end), home, NOW)
    assert account.status is DayStatus.COMPLETE
    assert account.paid.charge_kwh > 0


def test_an_unknown_soc_in_the_middle_does_not_matter_and_at_midnight_it_does() -> None:
    day = date(2026, 3, 10)
    rows = list(by_the_timer(day, 1).rows)
    rows[40] = replace(rows[40], soc_percent=None)
    (whole,) = accounts(rows, day, 1)
    (short,) = accounts(rows[1:], day, 1)
    assert whole.status is DayStatus.COMPLETE
    assert short.status is DayStatus.PARTIAL
    assert "0.25 h SoC not known" in short.reason


def test_prices_of_the_rows_serve_where_the_curve_has_none() -> None:
    day = date(2026, 3, 10)
    rows = [replace(row, import_price=2.0, export_price=1.0) for row in by_the_timer(day, 1).rows]
    empty = two_level_prices(NOW, NOW)
    assert day_account(day, rows, empty, HOME, NOW).status is DayStatus.COMPLETE
    assert day_account(day, by_the_timer(day, 1).rows, empty, HOME, NOW).status is DayStatus.LEFT_OUT


def test_what_the_meters_disagree_about_counts_for_all_three() -> None:
    """A battery that rests, and half a kWh a day that no meter explains: no battery costs what was paid."""
    day = date(2026, 3, 10)
    start, end = span(day, 1)
    curve = two_level_prices(start, end)
    rested = lived(HOME, sun_and_supper(start, end), curve, NoBattery(), 3.0)
    rows = [replace(row, import_kwh=row.import_kwh + 0.005) if row.import_kwh else row for row in rested.rows]
    (account,) = accounts(rows, day, 1)
    assert account.saved_against_no_battery == pytest.approx(0.0, abs=MONEY)


@pytest.mark.parametrize(
    "change", [{"battery": BATTERY.model_copy(update={"capacity_kwh": 9.0})}, {"grid": GridSettings(max_import_kw=9)}]
)
def test_the_fingerprint_tells_inputs_and_settings_apart(change: dict[str, object]) -> None:
    day = date(2026, 3, 10)
    rows = list(by_the_timer(day, 1).rows)
    (one,), (same,) = accounts(rows, day, 1), accounts(rows, day, 1)
    rows[50] = replace(rows[50], import_kwh=7.0)
    (other,) = accounts(rows, day, 1)
    (elsewhere,) = accounts(by_the_timer(day, 1).rows, day, 1, our_home(**change))
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, elsewhere.fingerprint}) == 3


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, 96), max_size=60))
def test_hours_counted_and_hours_missing_are_the_whole_day(lost: set[int]) -> None:
    day = date(2026, 3, 10)
    rows = [row for number, row in enumerate(_ROWS) if number not in lost]
    (account,) = accounts(rows, day, 1)
    assert 0 <= account.counted_hours <= 24
    assert (account.status is DayStatus.COMPLETE) == (not lost)
    assert bool(account.reason) == bool(lost)


_ROWS = by_the_timer(date(2026, 3, 10), 1).rows
