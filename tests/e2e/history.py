"""The past of the simulated house: its energy counters as hourly statistics in Home Assistant's recorder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from darkstar.home.settings import HomeSettings
from darkstar.home.slots import SLOT_MINUTES, floor_to_slot
from darkstar.simulation.house import House, HouseFlows, Plant
from darkstar.simulation.synthetic import SyntheticHome
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.waiting import wait_for

COUNTERS = (
    "load",
    "pv",
    "grid_import",
    "grid_export",
    "battery_charge",
    "battery_discharge",
    "water_heater",
    "ev",
)
HEATER_ON, HEATER_OFF = time(2), time(4)
"""Before Darkstar a timer heated the water (local time)."""
CAR_FROM, CAR_UNTIL = time(17), time(19, 45)
"""And the car was charged as soon as it came home."""


@dataclass(frozen=True, slots=True)
class HourEnd:
    """What the counters read, in kWh, when the hour that began at `start` was over."""

    start: datetime
    reading_kwh: Mapping[str, float]


def live_past(home: HomeSettings, end: datetime, days: int) -> tuple[HourEnd, ...]:
    """Let the simulated house live in self-use for `days` days up to the full hour before `end`."""
    stop = floor_to_slot(end, 60)
    start = stop - timedelta(days=days)
    house = House(
        Plant.of(home, standby_kw=home.demo.standby_kw), home.battery.capacity_kwh * home.demo.start_soc_percent / 100
    )
    reading = dict.fromkeys(COUNTERS, 0.0)
    hours: list[HourEnd] = []
    for instant, flows, ev_kwh in _flows(home, house, start, stop):
        for name, kwh in _counted(flows, ev_kwh).items():
            reading[name] += kwh
        ended = instant + timedelta(minutes=SLOT_MINUTES)
        if ended == floor_to_slot(ended, 60):
            hours.append(HourEnd(ended - timedelta(hours=1), {name: round(kwh, 3) for name, kwh in reading.items()}))
    return tuple(hours)


def import_past(home_assistant: HomeAssistant, past: tuple[HourEnd, ...]) -> None:
    """Give the past to the recorder and wait until it has it."""
    if not past:
        return
    home_assistant.websocket(*(_import_request(name, past) for name in COUNTERS))
    last = COUNTERS[-1]
    wait_for(lambda: _hours_stored(home_assistant, last, past) == len(past), 60, "the recorder to store the past")


def _flows(
    home: HomeSettings, house: House, start: datetime, end: datetime
) -> Iterator[tuple[datetime, HouseFlows, float]]:
    """Time, flows and the car's part of the load, quarter by quarter."""
    synthetic = SyntheticHome(home.demo.seed, home.latitude, home.longitude, home.zone, home.pv_arrays)
    series = synthetic.series(start, end, SLOT_MINUTES)
    heater_kw = home.water_heater.power_kw if home.water_heater else 0.0
    car_kw = home.ev.max_charge_kw if home.ev else 0.0
    for slot, load_kwh, pv_kwh in zip(series.slots, series.load_kwh, series.pv_kwh, strict=True):
        clock = slot.start.astimezone(home.zone).time()
        heated_kw = heater_kw if HEATER_ON <= clock < HEATER_OFF else 0.0
        charged_kw = car_kw if CAR_FROM <= clock < CAR_UNTIL else 0.0
        load_kw, pv_kw = load_kwh / series.hours + charged_kw, pv_kwh / series.hours
        yield slot.start, house.step(None, heated_kw, load_kw, pv_kw, series.hours), charged_kw * series.hours


def _counted(flows: HouseFlows, ev_kwh: float) -> dict[str, float]:
    return {
        "load": flows.load_kwh + flows.heater_kwh,
        "pv": flows.pv_used_kwh,
        "grid_import": flows.import_kwh,
        "grid_export": flows.export_kwh,
        "battery_charge": flows.charge_kwh,
        "battery_discharge": flows.discharge_kwh,
        "water_heater": flows.heater_kwh,
        "ev": ev_kwh,
    }


def _import_request(name: str, past: tuple[HourEnd, ...]) -> dict[str, object]:
    metadata = {
        "has_mean": False,
        "has_sum": True,
        "name": None,
        "source": "recorder",
        "statistic_id": f"sensor.demo_{name}_energy",
        "unit_of_measurement": "kWh",
    }
    stats = [
        {"start": hour.start.isoformat(), "state": hour.reading_kwh[name], "sum": hour.reading_kwh[name]}
        for hour in past
    ]
    return {"type": "recorder/import_statistics", "metadata": metadata, "stats": stats}


def _hours_stored(home_assistant: HomeAssistant, name: str, past: tuple[HourEnd, ...]) -> int:
    statistic = f"sensor.demo_{name}_energy"
    (found,) = home_assistant.websocket(
        {
            "type": "recorder/statistics_during_period",
            "start_time": past[0].start.isoformat(),
            "end_time": (past[-1].start + timedelta(hours=1)).isoformat(),
            "statistic_ids": [statistic],
            "period": "hour",
            "types": ["sum"],
        }
    )
    return len(found.get(statistic, ()))
