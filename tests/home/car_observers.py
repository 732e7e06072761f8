"""What a setting of the car changes: what is read of it, asked of the plan for it, and filed about it."""

from __future__ import annotations

from datetime import timedelta

from darkstar.home.counters import CounterReading, CounterSnapshot
from darkstar.home.prices import PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.inputs.counters import read_counters
from darkstar.inputs.snapshot import read_home
from darkstar.inputs.vehicle import vehicle_state
from darkstar.learning.counters import record
from darkstar.strategy.vehicle import vehicle_requests
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, entity, having

_QUARTER = timedelta(minutes=15)


def _car() -> FakeHomeAssistant:
    return having(
        entity("binary_sensor.plug", "on"),
        entity("binary_sensor.other_plug", "off"),
        entity("sensor.car_soc", 40, "%"),
        entity("sensor.other_soc", 50, "%"),
        entity("sensor.car_power", 3.7, "kW"),
        entity("sensor.other_power", 1.5, "kW"),
        entity("sensor.car_energy", 100, "kWh"),
        entity("sensor.other_energy", 5000, "Wh"),
        entity("input_number.other", 90, "%"),
        entity("input_datetime.other", "05:15:00"),
    )


def car_asked_for(home: HomeSettings) -> object:
    """What the car's sensors and helpers say, and the charging session that is asked of the plan."""
    ha = _car()
    readings = read_home(ha, home, NOON)
    vehicle = vehicle_state(ha, home, readings, ())
    return readings.ev_connected, readings.ev_soc_percent, readings.ev_kw, vehicle_requests(home, NOON, vehicle)


def car_counter(home: HomeSettings) -> object:
    """What the car's energy counter shows."""
    return read_counters(_car(), home, NOON).snapshot.ev


def car_filed(home: HomeSettings) -> object:
    """What is filed when the load's counter rose by 2 kWh and the car's by 1.5 kWh."""

    def snapshot(part: float) -> CounterSnapshot:
        at = NOON + part * _QUARTER
        load = CounterReading("sensor.load_energy", 10 + 2 * part, at)
        return CounterSnapshot(at, load=load, ev=CounterReading("sensor.car_energy", 1.5 * part, at))

    return record(snapshot(0), snapshot(1), home, None, PriceCurve()).observations
