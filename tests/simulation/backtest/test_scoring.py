from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from darkstar.simulation.backtest.calendar_groups import CalendarGroups
from darkstar.simulation.backtest.ledger import Intervals, Run
from darkstar.simulation.backtest.limits import Violations
from darkstar.simulation.backtest.peaks import PowerTariff
from darkstar.simulation.backtest.scoring import (
    NO_BATTERY,
    PERFECT,
    SELF_CONSUMPTION,
    Score,
    Valuation,
    Yardstick,
    saving_share,
    scores,
)

START = datetime(2026, 5, 30, 22, tzinfo=UTC)
DAYS = 10
GROUPS = CalendarGroups.of(START, 60, DAYS * 24, ZoneInfo("Europe/Stockholm"))
"""31 May to 9 June: two months."""


def run(cost: float, discharge_kwh: float = 0, end_soc_kwh: float = 5, by_day: list[float] | None = None) -> Run:
    """Ten days, everything even over the hours unless the money of each day is given."""
    count = DAYS * 24
    even = np.ones(count) / count
    money = cost * even if by_day is None else np.repeat(by_day, 24) / 24
    soc = np.linspace(5, end_soc_kwh, count)
    return Run(
        Intervals(START, 60, money, 100 * even, 50 * even, 0 * even, discharge_kwh * even, discharge_kwh * even, soc),
        5,
        Violations(soc=1),
    )


def yardstick(valuation: Valuation | None = None, power: PowerTariff | None = None) -> Yardstick:
    return Yardstick(valuation or Valuation(0, 0), 10, GROUPS, power)


def scored(plain: Run, other: Run, power: PowerTariff | None = None) -> dict[str, Score]:
    runs = {NO_BATTERY: run(100), SELF_CONSUMPTION: plain, "other": other, PERFECT: run(40)}
    return {score.name: score for score in scores(runs, yardstick(power=power))}


def test_wear_and_the_gain_in_the_battery_count() -> None:
    assert Valuation(0.5, 0.1).cost(run(20, discharge_kwh=30, end_soc_kwh=7)) == pytest.approx(20 + 3 - 1)


def test_share_is_the_part_of_the_possible_saving() -> None:
    assert saving_share(60, 100, 50) == pytest.approx(0.8)
    assert saving_share(120, 100, 50) == pytest.approx(-0.4)
    assert saving_share(100, 100, 100) is None


def test_scores_compare_with_no_battery_and_the_possible() -> None:
    rows = scores({NO_BATTERY: run(100), SELF_CONSUMPTION: run(70, 50), PERFECT: run(40, 100)}, yardstick())
    assert [row.share for row in rows] == pytest.approx([0, 0.5, 1])
    assert [row.cycles for row in rows] == pytest.approx([0, 5, 10])
    assert rows[1].cycles_per_year == pytest.approx(182.625)
    assert rows[0].violations == Violations(soc=1)


def test_days_and_months_sum_up_to_the_cost() -> None:
    row = scored(run(70), run(60, end_soc_kwh=8))["other"]
    assert len(row.day_costs) == DAYS
    assert len(row.month_costs) == 2
    assert sum(row.day_costs) == pytest.approx(sum(row.month_costs)) == pytest.approx(row.cost)


def test_worse_days_and_months_are_counted() -> None:
    plain = run(0, by_day=[10.0] * DAYS)
    other = run(0, by_day=[10.05] + [9.0] * 7 + [20.0, 10.0])
    compared = scored(plain, other)["other"].against_self_consumption
    assert compared is not None
    assert (compared.days_worse, compared.months_worse, compared.months_clearly_worse) == (2, 2, 1)
    assert compared.difference.total == pytest.approx(0.05 - 7 + 10)
    assert compared.difference.low < compared.difference.total < compared.difference.high
    assert scored(plain, other)[SELF_CONSUMPTION].against_self_consumption is None


def test_a_power_tariff_is_charged_by_month_and_not_by_day() -> None:
    free, charged = (scored(run(70), run(60), power)["other"] for power in (None, PowerTariff(12.0)))
    hourly_kw = 100 / (DAYS * 24)
    assert charged.power_cost == pytest.approx(2 * 12 * hourly_kw)
    assert charged.cost == pytest.approx(free.cost + charged.power_cost)
    assert charged.day_costs == free.day_costs
    assert free.power_cost == 0
    assert [month.month for month in free.peaks] == ["2026-05", "2026-06"]
