from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Source
from darkstar.home.prices import Price
from darkstar.simulation.backtest.loop import Moment, drive
from darkstar.simulation.backtest.perfect import perfect_foresight
from darkstar.simulation.backtest.scoring import Valuation
from darkstar.simulation.house import House, HouseFlows, Plant
from darkstar.simulation.series import HomeSeries

START = datetime(2026, 6, 1, tzinfo=UTC)
PLANT = Plant(capacity_kwh=4, max_charge_kw=3, max_discharge_kw=2, charge_efficiency=0.9, discharge_efficiency=0.8)


class Script:
    """A controller that carries out a list of orders, one per tick, over and over."""

    def __init__(self, orders: list[BatterySettingsNow]) -> None:
        self.orders = orders
        self.count = 0

    def settings(self, moment: Moment) -> BatterySettingsNow:
        self.count += 1
        return self.orders[self.count % len(self.orders)]

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        pass


def priced(pairs: list[tuple[float, float]]) -> tuple[Price, ...]:
    hour = timedelta(hours=1)
    return tuple(Price(START + n * hour, START + (n + 1) * hour, *pair) for n, pair in enumerate(pairs))


orders = st.builds(
    BatterySettingsNow,
    st.sampled_from(BatteryMode),
    st.floats(0, 3),
    st.floats(0, 2),
    st.floats(0, 100),
    st.just(Source.PLAN),
    st.just("chance"),
)
hours = st.tuples(st.floats(0, 4), st.floats(0, 4), st.tuples(st.floats(-0.5, 1), st.floats(-0.5, 1)))


@settings(deadline=None, max_examples=60)
@given(st.lists(hours, min_size=1, max_size=8), st.lists(orders, min_size=1, max_size=9), st.floats(0, 0.2))
def test_nothing_beats_perfect_foresight(
    given_hours: list[tuple[float, float, tuple[float, float]]], script: list[BatterySettingsNow], wear: float
) -> None:
    load, pv, pairs = zip(*given_hours, strict=True)
    series, prices = HomeSeries(START, 60, load, pv), priced(list(pairs))
    valuation = Valuation(end_value_per_kwh=0.3, wear_per_kwh=wear)
    best = perfect_foresight(PLANT, series, prices, start_soc_kwh=2, end_value_per_kwh=0.3, wear_per_kwh=wear)
    other = drive(House(PLANT, 2), series, prices, Script(script), tick_minutes=20)
    assert valuation.cost(best) <= valuation.cost(other) + 1e-6


def test_it_buys_cheap_for_the_dear_hour() -> None:
    series = HomeSeries(START, 60, (0, 1), (0, 0))
    run = perfect_foresight(
        PLANT, series, priced([(0.1, 0), (1.0, 0)]), start_soc_kwh=0, end_value_per_kwh=0, min_soc_kwh=0
    )
    assert run.cost == pytest.approx(0.1 / 0.9 / 0.8)
    assert run.discharge_kwh == pytest.approx(1)
    assert run.end_soc_kwh == pytest.approx(0)


def test_a_load_that_pv_covers_buys_nothing_however_well_it_is_paid() -> None:
    """A full battery without power to move: the house has no way to waste its PV."""
    series = HomeSeries(START, 60, (1, 1), (3, 0.5))
    idle = Plant(4, 1e-9, 1e-9)
    run = perfect_foresight(idle, series, priced([(-0.5, 0.0), (-0.5, 0.0)]), start_soc_kwh=4, end_value_per_kwh=0)
    assert run.import_kwh == pytest.approx(0.5)
    assert run.cost == pytest.approx(-0.25)


@pytest.mark.parametrize(("room_kwh", "bought", "sold"), [(9.0, 3.0, 0.0), (4.5, 1.5, 1.0)])
def test_pv_is_not_sold_while_the_battery_charges_however_well_it_is_paid(
    room_kwh: float, bought: float, sold: float
) -> None:
    """5 kW of charge from 2 kW of surplus and 3 kW from the grid, for an hour and for half of one."""
    plant = Plant(room_kwh, 5, 5, 0.9, 0.9)
    series, prices = HomeSeries(START, 60, (0,), (2,)), priced([(0.046, 0.05)])
    run = perfect_foresight(plant, series, prices, start_soc_kwh=room_kwh - 0.9 * bought / 0.6, end_value_per_kwh=0.2)
    assert run.import_kwh == pytest.approx(bought)
    assert run.export_kwh == pytest.approx(sold)


def test_what_is_discharged_feeds_the_load_before_it_is_sold() -> None:
    plant = Plant(10, 5, 5, 0.9, 0.9)
    series, prices = HomeSeries(START, 60, (2,), (0,)), priced([(0.046, 0.05)])
    run = perfect_foresight(plant, series, prices, start_soc_kwh=2.5 / 0.9, end_value_per_kwh=0)
    assert run.export_kwh == pytest.approx(1.5)
    assert run.import_kwh == pytest.approx(1.0)


def test_limits_of_the_grid_and_the_floor_hold() -> None:
    plant = Plant(4, 3, 2, 1, 1, max_import_kw=1.5, max_export_kw=0.5)
    series = HomeSeries(START, 60, (1, 0), (0, 0))
    run = perfect_foresight(
        plant, series, priced([(0.1, 0), (1.0, 0.9)]), start_soc_kwh=1, end_value_per_kwh=0, min_soc_kwh=1
    )
    assert run.import_kwh == pytest.approx(1.5)
    assert run.export_kwh == pytest.approx(0.5)
    assert run.end_soc_kwh == pytest.approx(1)


def test_an_unreachable_floor_is_a_fault() -> None:
    series = HomeSeries(START, 60, (1,), (0,))
    with pytest.raises(ArithmeticError, match="no solution"):
        perfect_foresight(PLANT, series, priced([(1, 0)]), start_soc_kwh=0, end_value_per_kwh=0, min_soc_kwh=4)
