from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.control.decision import BatteryMode
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import local_day
from darkstar.simulation.backtest.baselines import CHEAP_HOURS, CheapHours, NoBattery, SelfConsumption
from darkstar.simulation.backtest.ledger import Run
from darkstar.simulation.backtest.loop import Controller, Moment, drive
from darkstar.simulation.house import House, Plant
from darkstar.simulation.series import HomeSeries

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PLANT = Plant(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5, charge_efficiency=1, discharge_efficiency=1)
START = datetime(2026, 6, 1, 22, tzinfo=UTC)


def day_of_prices(day: date, minutes: int = 60) -> PriceCurve:
    """Import prices that fall from hour to hour: the last hours of the day are the cheapest."""
    start, end = local_day(day, STOCKHOLM)
    step = timedelta(minutes=minutes)
    count = (end - start) // step
    return PriceCurve(tuple(Price(start + n * step, start + (n + 1) * step, 1 - n / 200, 0.1) for n in range(count)))


def run(controller: Controller, curve: PriceCurve, load: float = 1.0, pv: float = 0.0, soc: float = 5.0) -> Run:
    count = len(curve.prices)
    series = HomeSeries(curve.prices[0].start, 60, (load,) * count, (pv,) * count)
    return drive(House(PLANT, soc), series, curve.prices, controller)


def test_without_battery_everything_is_bought() -> None:
    curve = day_of_prices(date(2026, 6, 2))
    result = run(NoBattery(), curve)
    assert result.import_kwh == pytest.approx(24)
    assert result.cost == pytest.approx(sum(price.import_per_kwh for price in curve.prices))
    assert result.start_soc_kwh == result.end_soc_kwh == 5


def test_self_consumption_covers_the_load_down_to_the_floor() -> None:
    result = run(SelfConsumption(PLANT, 20), day_of_prices(date(2026, 6, 2)))
    assert result.discharge_kwh == pytest.approx(3)
    assert result.end_soc_kwh == pytest.approx(2)


def test_self_consumption_stores_surplus_and_buys_nothing() -> None:
    result = run(SelfConsumption(PLANT), day_of_prices(date(2026, 6, 2)), load=0, pv=1)
    assert result.end_soc_kwh == 10
    assert result.import_kwh == 0
    assert result.export_kwh == pytest.approx(19)


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("day", [date(2026, 6, 2), date(2026, 3, 29), date(2026, 10, 25)])
def test_the_cheapest_hours_of_the_local_day_charge(day: date, minutes: int) -> None:
    curve = day_of_prices(day, minutes)
    rule = CheapHours(PLANT, curve, STOCKHOLM)
    start, end = local_day(day, STOCKHOLM)
    hours = [start + timedelta(hours=n) for n in range((end - start) // timedelta(hours=1))]
    orders = [rule.settings(Moment(hour + timedelta(minutes=35), 50, None, None)) for hour in hours]
    modes = [order.mode for order in orders]
    assert modes[-CHEAP_HOURS:] == [BatteryMode.GRID_CHARGE] * CHEAP_HOURS
    assert BatteryMode.GRID_CHARGE not in modes[:-CHEAP_HOURS]
    covering = [order.discharge_kw > 0 for order in orders]
    assert covering[: len(hours) // 2] == [True] * (len(hours) // 2)
    assert not any(covering[(len(hours) + 1) // 2 :])


def test_without_prices_the_rule_is_self_consumption() -> None:
    order = CheapHours(PLANT, PriceCurve(), STOCKHOLM).settings(Moment(START, 50, None, None))
    assert (order.mode, order.charge_kw, order.discharge_kw) == (BatteryMode.SELF_USE, 5, 5)
