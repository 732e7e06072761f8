"""Evidence of a home that is well, to be changed by each test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Decision, Execution, Source
from darkstar.doctor.finding import Evidence, Finding, Grade, Machine
from darkstar.forecast.bands import Forecast
from darkstar.home.entities import EntitySettings
from darkstar.home.observation import Observation
from darkstar.home.ports import EntityState
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from tests.homes import ENTITIES, home

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HELPERS = tuple(
    value
    for value in (getattr(ENTITIES, name) for name in EntitySettings.model_fields)
    if isinstance(value, str) and ".darkstar_" in value
)
UNITS = {"battery": "%", "power": "kW", "energy": "kWh", "temperature": "°C", "current": "A"}


def sensor(entity_id: str, value: float | str, kind: str = "power", **attributes: Any) -> EntityState:
    counting = {"state_class": "total_increasing"} if kind == "energy" else {"state_class": "measurement"}
    described = {"device_class": kind, "unit_of_measurement": UNITS[kind], **counting, **attributes}
    return EntityState(entity_id, str(value), described, NOW - timedelta(minutes=1))


def states(*sensors: EntityState) -> dict[str, EntityState]:
    """A well home's entities, and more or other ones."""
    base = (
        sensor("sensor.soc", 55, "battery"),
        sensor("sensor.load_power", 0.8),
        sensor("sensor.pv_power", 2.0),
        sensor("sensor.grid_power", -1.2),
        *(EntityState(each, "on", {}, NOW) for each in (*HELPERS, "number.water_heater", "binary_sensor.car_plug")),
    )
    return {state.entity_id: state for state in (*base, *sensors)}


def evidence(of: HomeSettings | None = None, **changes: Any) -> Evidence:
    made = Evidence(
        home=of or home(),
        now=NOW,
        states=states(),
        machine=Machine("cbc", 5000.0, 12.0),
        observations=tuple(observation(number) for number in range(200)),
        executions=tuple(execution(number) for number in range(150)),
        curve=PriceCurve(
            tuple(Price(NOW + number * QUARTER, NOW + (number + 1) * QUARTER, 1.5, 0.5) for number in range(60))
        ),
        forecast=Forecast(NOW - QUARTER, "ridge", "ridge", ()),
    )
    return replace(made, **changes)


def observation(number: int, **changes: Any) -> Observation:
    row = Observation(
        start=NOW - (number + 1) * QUARTER,
        hours=0.25,
        load_kwh=0.4,
        pv_kwh=0.3,
        import_kwh=0.2,
        export_kwh=0.0,
        charge_kwh=0.1,
        discharge_kwh=0.0,
    )
    return replace(row, **changes)


def execution(
    number: int, load: float = 1.0, pv: float = 2.5, grid: float = -1.4, mode: BatteryMode = BatteryMode.SELF_USE
) -> Execution:
    at = NOW - (number + 1) * timedelta(minutes=5)
    battery = BatterySettingsNow(mode, 5.0, 5.0, 100.0, Source.PLAN, "because")
    return Execution(at, "p", Decision(at, battery, None, "resting"), (), 50.0, load, pv, grid, shadow=True)


def faults(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.text for finding in findings if finding.grade is Grade.FAULT]


def about(findings: tuple[Finding, ...], setting: str) -> Finding:
    (found,) = [finding for finding in findings if finding.setting == setting]
    return found
