from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.power_tariff import PowerStepSettings, PowerTariffSettings
from darkstar.learning.ledger import Course, DayStatus, LedgerDay, bill, mean_value, totals
from darkstar.learning.ledger_csv import days_csv, totals_csv

ENTERED = datetime(2026, 4, 1, 1, tzinfo=UTC)
NOTHING = Course()


def ledger_day(
    day: date,
    paid: float = 10.0,
    plain: float = 12.0,
    without: float = 15.0,
    *,
    value: float = 2.0,
    gained: float = 0.0,
    status: DayStatus = DayStatus.COMPLETE,
    peaks: Sequence[float] = (),
) -> LedgerDay:
    return LedgerDay(
        day=day,
        status=status,
        reason="" if status is DayStatus.COMPLETE else "of 24 h: 20 h not measured",
        hours=24.0,
        counted_hours=24.0,
        currency="SEK",
        value_per_kwh=value,
        paid=Course(money=paid, wear=0.5, gained_kwh=gained, import_kwh=5.0, peaks_kw=(tuple(peaks),)),
        self_consumption=Course(money=plain, wear=0.25),
        no_battery=Course(money=without),
        steered_share=0.9,
        fingerprint="f" * 64,
        entered_at=ENTERED,
    )


DAYS = [ledger_day(date(2026, 1, 1) + timedelta(days=number), paid=float(number)) for number in range(70)]


def test_a_day_counts_wear_and_what_is_stored() -> None:
    day = ledger_day(date(2026, 3, 10), gained=1.5)
    assert day.cost == pytest.approx(10.0 + 0.5 - 2.0 * 1.5)
    assert day.saved == pytest.approx(12.25 - 7.5)
    assert day.saved_against_no_battery == pytest.approx(15.0 - 7.5)


@pytest.mark.parametrize(
    ("every", "names"),
    [
        ("week", ["2026-W01", "2026-W02"]),
        ("month", ["2026-01", "2026-02", "2026-03"]),
        ("year", ["2026"]),
    ],
)
def test_every_day_is_in_one_period(every: str, names: list[str]) -> None:
    found = totals(DAYS, every)  # type: ignore[arg-type] # a literal
    assert [total.period for total in found][: len(names)] == names
    assert sum(total.complete_days for total in found) == len(DAYS)
    assert sum(total.money for total in found) == pytest.approx(sum(range(70)))
    assert sum(total.saved for total in found) == pytest.approx(sum(day.saved for day in DAYS))


def test_the_year_of_a_week_is_that_of_the_iso_calendar() -> None:
    (total,) = totals([ledger_day(date(2024, 12, 30)), ledger_day(date(2025, 1, 1))], "week")
    assert (total.period, total.first, total.last) == ("2025-W01", date(2024, 12, 30), date(2025, 1, 1))


def test_stored_energy_counts_what_it_is_worth_over_the_period() -> None:
    """Stored on a cheap day, used on a dear one: over both it is neither gained nor lost."""
    cheap = ledger_day(date(2026, 3, 10), gained=4.0, value=1.0)
    dear = ledger_day(date(2026, 3, 11), gained=-4.0, value=3.0)
    (total,) = totals([cheap, dear], "month")
    assert total.stored_value == 0
    assert total.paid == pytest.approx(20.0 + 1.0)
    assert mean_value([cheap, dear]) == 2.0


def test_days_that_are_left_out_are_counted_and_cost_nothing() -> None:
    empty = replace(
        ledger_day(date(2026, 3, 11), status=DayStatus.LEFT_OUT),
        paid=NOTHING,
        self_consumption=NOTHING,
        no_battery=NOTHING,
        counted_hours=0.0,
    )
    (total,) = totals([ledger_day(date(2026, 3, 10)), empty], "month")
    assert (total.complete_days, total.left_out_days) == (1, 1)
    assert total.paid == pytest.approx(10.5)


def test_other_money_is_not_added() -> None:
    euros = replace(ledger_day(date(2026, 3, 10)), currency="EUR")
    (total,) = totals([euros, ledger_day(date(2026, 3, 11))], "month")
    assert (total.currency, total.complete_days) == ("SEK", 1)


def test_months_and_years_have_the_power_tariff_and_weeks_do_not() -> None:
    tariff = PowerTariffSettings(price_per_kw_month=10.0, count=2)
    days = [ledger_day(date(2026, 3, number), peaks=[float(number), 1.0]) for number in (2, 3, 4)]
    assert totals(days, "month", [tariff])[0].power == pytest.approx(35.0)
    assert totals(days, "year", [tariff])[0].paid == pytest.approx(totals(days, "year")[0].paid + 35.0)
    assert totals(days, "week", [tariff])[0].power == 0


@pytest.mark.parametrize(
    ("tariff", "expected"),
    [
        (PowerTariffSettings(price_per_kw_month=2.0, count=1), 12.0),
        (PowerTariffSettings(price_per_kw_month=2.0, count=3), 10.0),
        (PowerTariffSettings(price_per_kw_month=2.0, count=3, different_days=False), 32 / 3),
        (PowerTariffSettings(price_per_kw_year=24.0, count=9), 10.0),
        (PowerTariffSettings(price_per_kw_month=2.0, floor_kw=7.0), 14.0),
        (PowerTariffSettings(steps=(PowerStepSettings(up_to_kw=5, fee_per_month=9.0),), count=3), 9.0),
        (
            PowerTariffSettings(
                steps=(PowerStepSettings(up_to_kw=2, fee_per_month=3.0), PowerStepSettings(fee_per_month=8.0))
            ),
            8.0,
        ),
    ],
)
def test_bills_of_power_tariffs(tariff: PowerTariffSettings, expected: float) -> None:
    assert bill(tariff, [(4.0, 1.0), (6.0, 5.0), (5.0, 3.0)]) == pytest.approx(expected)


def test_a_month_without_any_power_costs_nothing() -> None:
    assert bill(PowerTariffSettings(price_per_kw_month=2.0), []) == 0


@given(st.lists(st.floats(0, 50), min_size=1, max_size=31), st.floats(0, 50))
def test_a_higher_peak_never_makes_a_bill_smaller(peaks: list[float], more: float) -> None:
    tariff = PowerTariffSettings(price_per_kw_month=3.0, count=3)
    raised = [(peaks[0] + more,), *((kw,) for kw in peaks[1:])]
    assert bill(tariff, raised) >= bill(tariff, [(kw,) for kw in peaks]) - 1e-9


def test_the_csv_has_every_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(days_csv(DAYS))))
    assert len(rows) == 70
    assert rows[3]["day"] == "2026-01-04"
    assert float(rows[3]["paid_money"]) == 3.0
    assert float(rows[3]["saved"]) == pytest.approx(DAYS[3].saved)
    assert rows[3]["fingerprint"] == "f" * 64
    months = list(csv.DictReader(io.StringIO(totals_csv(totals(DAYS, "month")))))
    assert [row["period"] for row in months] == ["2026-01", "2026-02", "2026-03"]
    assert float(months[0]["saved"]) == pytest.approx(totals(DAYS, "month")[0].saved)
