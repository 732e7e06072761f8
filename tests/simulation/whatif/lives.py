"""A home with a running plan, for tests of what-if."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from darkstar.forecast.bands import Context
from darkstar.forecast.same_slot import SameSlotMean
from darkstar.home.devices import BatterySettings, PvArraySettings
from darkstar.home.operation import PlannerSettings
from darkstar.home.prices import PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import LoadForecastSettings, PriceSourceSettings
from darkstar.home.tariff import TariffSettings
from darkstar.pipeline import Planned, Situation, plan_home
from darkstar.simulation.whatif.ahead import Live
from darkstar.strategy.horizon import horizon_slots
from tests.forecast.samples import days, flat, history, noisy, sunny
from tests.homes import DEYE
from tests.homes import home as any_home
from tests.simulation.measured_homes import two_level_prices

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
HOME = any_home(
    battery=BatterySettings(capacity_kwh=10, max_charge_kw=4, max_discharge_kw=4, wear_cost_per_kwh=0.02),
    inverter=DEYE,
    water_heater=None,
    pv_arrays=(PvArraySettings(kwp=6),),
    prices=PriceSourceSettings(source="nordpool_sensor", entity="sensor.nordpool"),
    tariff=TariffSettings(vat_percent=25, transfer_fee_per_kwh=0.2),
    planner=PlannerSettings(horizon_hours=40, slot_minutes=60, scenario_days=0),
    load_forecast=LoadForecastSettings(model="same_slot"),
)
ROWS = tuple(history(NOW - days(20), NOW, noisy(1, flat(0.9)), noisy(2, sunny)))


def curve_of(start: datetime = NOW - timedelta(days=1)) -> PriceCurve:
    return two_level_prices(start, start + timedelta(days=4))


def planned(home: HomeSettings = HOME) -> Planned:
    model = SameSlotMean(home)
    model.fit(ROWS)
    forecast = model.predict(horizon_slots(NOW, home.planner), NOW, Context())
    return plan_home(Situation(home, NOW, 40.0, curve_of(), forecast, (), heated_today_kwh=0.0))


@cache
def live() -> Live:
    """The usual home and its plan."""
    made = planned()
    return Live(HOME, made.request, made.plan, made.forecast, ROWS)


def live_with(home: HomeSettings) -> Live:
    made = planned(home)
    return Live(home, made.request, made.plan, made.forecast, ROWS)


def with_grid(given: Live, **changes: object) -> Live:
    """The same plan, with another grid in its request."""
    return replace(given, request=replace(given.request, grid=replace(given.request.grid, **changes)))  # type: ignore[arg-type] # any field
