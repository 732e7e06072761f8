"""The demo's house: what its meters say fits together, and what it publishes our own parsers understand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.home.ports import EntityState
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import PriceSourceSettings, PvForecastSettings
from darkstar.inputs.price_source import read_prices
from darkstar.inputs.pv_source import read_pv_forecast
from darkstar.simulation.demo import COUNTERS, DemoWorld, InverterState, Meters
from tests.homes import home

NOON = datetime(2026, 5, 15, 10, tzinfo=UTC)
SELF_USE = InverterState(False, False, 110, 110, 10)
CHARGING = InverterState(False, True, 110, 110, 100)
SELLING = InverterState(True, False, 110, 110, 20)


def _world(**changes: Any) -> tuple[HomeSettings, DemoWorld]:
    settings = home(**changes)
    return settings, DemoWorld(settings, Meters.at_first(settings))


def _run(world: DemoWorld, inverter: InverterState, minutes: int, setpoint: float = 40) -> dict[str, float]:
    values: dict[str, float] = {}
    for minute in range(minutes):
        values = world.step(inverter, setpoint, 0, NOON + timedelta(minutes=minute), 1 / 60)
    return values


@pytest.mark.parametrize("inverter", [SELF_USE, CHARGING, SELLING])
def test_the_counters_balance(inverter: InverterState) -> None:
    settings, world = _world()
    values = _run(world, inverter, 60, setpoint=60)
    bought = values["grid_import_kwh"] + values["pv_kwh"] + values["battery_discharge_kwh"]
    used = values["grid_export_kwh"] + values["load_kwh"] + values["battery_charge_kwh"]
    assert bought == pytest.approx(used + settings.demo.standby_kw, abs=0.01)
    assert values["load_kwh"] > values["water_heater_kwh"] >= 0


def test_the_inverters_entities_steer_the_battery() -> None:
    _, world = _world()
    assert _run(world, CHARGING, 5)["battery_w"] == pytest.approx(5000)
    _, world = _world()
    assert _run(world, SELLING, 5)["battery_w"] == pytest.approx(-5000)


def test_the_setpoint_steers_the_heater() -> None:
    _, world = _world()
    assert _run(world, SELF_USE, 10, setpoint=40)["water_heater_kwh"] == 0
    assert _run(world, SELF_USE, 10, setpoint=70)["water_heater_kwh"] > 0.4


def test_a_restart_goes_on_where_the_meters_stood() -> None:
    settings, world = _world()
    before = _run(world, CHARGING, 30)
    after = DemoWorld(settings, world.meters).step(CHARGING, 40, 0, NOON, 1 / 60)
    for name in COUNTERS:
        assert after[f"{name}_kwh"] >= before[f"{name}_kwh"]
    assert after["soc"] == pytest.approx(before["soc"], abs=1)


def test_its_prices_and_forecasts_are_read_like_real_ones() -> None:
    settings, world = _world(
        prices=PriceSourceSettings(source="nordpool_sensor", entity="sensor.demo_nordpool"),
        pv_forecast=PvForecastSettings(source="solcast", entities=("sensor.today", "sensor.tomorrow")),
    )
    now = NOON + timedelta(hours=4)
    states = {
        name: EntityState(name, str(state), attributes, now)
        for name, (state, attributes) in {
            "sensor.demo_nordpool": world.nordpool(now),
            "sensor.today": world.solcast(now, 0),
            "sensor.tomorrow": world.solcast(now, 1),
        }.items()
    }

    class Reader:
        def state(self, entity_id: str) -> EntityState | None:
            return states.get(entity_id)

    prices = read_prices(Reader(), settings, now)  # type: ignore[arg-type] # a sensor needs no services
    assert not prices.problems
    assert len(prices.curve.prices) == 2 * 96
    pv = read_pv_forecast(Reader(), settings, now)
    assert not pv.problems
    assert 5 < sum(interval.kwh for interval in pv.intervals) < 100
