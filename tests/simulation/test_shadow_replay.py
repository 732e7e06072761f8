"""The verdict's replay follows stored plans as the closed loop follows its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from darkstar.home.devices import BatterySettings
from darkstar.home.operation import PlannerSettings
from darkstar.home.slots import local_day
from darkstar.home.sources import LoadForecastSettings
from darkstar.learning.ledger import LedgerDay, totals
from darkstar.pipeline import Situation, plan_home
from darkstar.simulation.backtest.agent import Course, Darkstar
from darkstar.simulation.backtest.baselines import NoBattery
from darkstar.simulation.backtest.loop import drive
from darkstar.simulation.backtest.outlooks import naive_outlook
from darkstar.simulation.backtest.published import PublishedPrices
from darkstar.simulation.backtest.scoring import Valuation
from darkstar.simulation.house import House, Plant
from darkstar.simulation.ledger_day import day_account
from darkstar.simulation.shadow_replay import StoredPlan, replay
from darkstar.simulation.whatif.own_world import battery_home
from tests.homes import DEYE
from tests.homes import home as any_home
from tests.simulation.measured_homes import lived, prices_of, sun_and_supper, two_level_prices

FIRST, DAYS = date(2026, 3, 10), 2
NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOME = battery_home(
    any_home(
        battery=BatterySettings(capacity_kwh=8, max_charge_kw=3, max_discharge_kw=3, wear_cost_per_kwh=0.05),
        inverter=DEYE,
        water_heater=None,
        planner=PlannerSettings(horizon_hours=24, slot_minutes=60, scenario_days=0),
        load_forecast=LoadForecastSettings(model="same_slot"),
    )
)
START, END = local_day(FIRST, HOME.zone)[0], local_day(FIRST + timedelta(days=DAYS - 1), HOME.zone)[1]
CURVE = two_level_prices(START - timedelta(days=2), END + timedelta(days=2))
SERIES = sun_and_supper(START, END)
ROWS = lived(HOME, SERIES, CURVE, NoBattery(), 2.0).rows
"""Shadow mode: the battery rests."""


def accounts() -> list[LedgerDay]:
    return [day_account(FIRST + timedelta(days=number), ROWS, CURVE, HOME, NOW) for number in range(DAYS)]


def test_it_costs_what_the_closed_loop_says_that_made_the_plans() -> None:
    kept: list[StoredPlan] = []

    def planner(situation: Situation) -> Course:
        made = plan_home(situation)
        kept.append(StoredPlan.cut(made.plan, made.policy))
        return Course(situation.now, made.plan, made.policy)

    home = HOME.model_copy(update={"grid": HOME.grid})
    agent = Darkstar(home, PublishedPrices(CURVE, HOME.zone), timedelta(hours=4), 15, naive_outlook, planner)
    prices = prices_of(SERIES, CURVE)
    run = drive(House(Plant.of(HOME), 2.0), SERIES, prices, agent)
    days = accounts()
    found = replay(days, ROWS, CURVE, kept, HOME)
    value = sum(price.import_per_kwh for price in prices) / len(prices) * HOME.battery.discharge_efficiency
    assert found.would_have_paid == pytest.approx(Valuation(value, 0.05).cost(run), abs=1e-6)
    (total,) = totals(days, "month")
    assert found.paid == pytest.approx(total.paid)
    assert found.days == (FIRST, FIRST + timedelta(days=1))


def test_without_plans_the_battery_runs_by_self_use() -> None:
    days = accounts()
    found = replay(days, ROWS, CURVE, [], HOME)
    assert found.would_have_paid != pytest.approx(found.paid)
    assert found.would_have_paid < found.paid


def test_import_above_the_soft_limit_costs_more_in_the_replay_too() -> None:
    grid = HOME.grid.model_copy(update={"soft_import_kw": 0.1, "soft_import_price_per_kwh": 5.0})
    home = HOME.model_copy(update={"grid": grid})
    days = [day_account(FIRST + timedelta(days=number), ROWS, CURVE, home, NOW) for number in range(DAYS)]
    found, plain = replay(days, ROWS, CURVE, [], home), replay(accounts(), ROWS, CURVE, [], HOME)
    assert found.paid > plain.paid + 1
    assert found.would_have_paid > plain.would_have_paid + 1
    assert found.would_have_paid < found.paid


def test_days_that_are_not_complete_are_left_out() -> None:
    rows = [row for row in ROWS if row.start != START + timedelta(hours=30)]
    days = [day_account(FIRST + timedelta(days=number), rows, CURVE, HOME, NOW) for number in range(DAYS)]
    assert replay(days, rows, CURVE, [], HOME).days == (FIRST,)
    assert replay([], rows, CURVE, [], HOME).days == ()


def test_of_a_plan_only_the_hours_to_follow_are_kept() -> None:
    outlook = naive_outlook(HOME, START, ())
    made = plan_home(Situation(HOME, START, 50.0, CURVE, outlook.forecast, ()))
    kept = StoredPlan.cut(made.plan, made.policy)
    assert len(kept.plan.slots) == 36
    assert kept.policy is not None
    assert kept.policy.slots == made.policy.slots[:36]
    assert kept.plan == replace(made.plan, slots=made.plan.slots[:36], notes=())
