"""The simulated house of the demo, in real time: what its meters, devices and weather service say."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..control.decision import BatteryMode, BatterySettingsNow, Source
from ..home.prices import PUBLICATION_HOUR
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from .car import DemoCar
from .house import House, Plant
from .synthetic import SyntheticHome
from .water_tank import WaterTank

_SOC_NOISE_PERCENT = 0.02
"""A battery's own meter never stands still."""
_TANK_LITRES = 200.0
_TANK_START_CELSIUS = 55.0
_CAR_START_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Meters:
    """What lives on over a restart: stored energy of battery and car, tank temperature, energy counters, in kWh."""

    soc_kwh: float
    tank_celsius: float = _TANK_START_CELSIUS
    car_kwh: float = 0.0
    load: float = 0.0
    pv: float = 0.0
    grid_import: float = 0.0
    grid_export: float = 0.0
    battery_charge: float = 0.0
    battery_discharge: float = 0.0
    water_heater: float = 0.0
    ev: float = 0.0

    @classmethod
    def at_first(cls, home: HomeSettings) -> Meters:
        """A house that was never there before."""
        return cls(
            soc_kwh=home.battery.capacity_kwh * home.demo.start_soc_percent / 100,
            car_kwh=home.ev.capacity_kwh * _CAR_START_SHARE if home.ev else 0.0,
        )


@dataclass(frozen=True, slots=True)
class InverterState:
    """How the inverter's entities stand: what Darkstar, or the owner, last set."""

    export_first: bool
    grid_charging: bool
    charge_current_a: float
    discharge_current_a: float
    soc_target_percent: float

    def settings(self, battery_voltage_v: float) -> BatterySettingsNow:
        """What the inverter makes of it."""
        mode = BatteryMode.EXPORT if self.export_first else BatteryMode.SELF_USE
        return BatterySettingsNow(
            mode=BatteryMode.GRID_CHARGE if self.grid_charging else mode,
            charge_kw=self.charge_current_a * battery_voltage_v / 1000,
            discharge_kw=self.discharge_current_a * battery_voltage_v / 1000,
            target_soc_percent=self.soc_target_percent,
            source=Source.PLAN,
            reason="as the inverter's entities stand",
        )


COUNTERS = ("load", "pv", "grid_import", "grid_export", "battery_charge", "battery_discharge", "water_heater", "ev")
"""The energy counters, by the names of `Meters` and of the helpers `demo_sim_*_kwh`."""


class DemoWorld:
    """House, tank, car and weather of the demo. Helper values come out by the names of `demo_sim_*`."""

    def __init__(self, home: HomeSettings, meters: Meters) -> None:
        self._home = home
        self.meters = meters
        stored_kwh = min(meters.soc_kwh, home.battery.capacity_kwh)
        self._house = House(Plant.of(home, standby_kw=home.demo.standby_kw), stored_kwh)
        self._tank = WaterTank(_TANK_LITRES, self.meters.tank_celsius)
        self._car = DemoCar(home.ev, home.zone, meters.car_kwh) if home.ev else None
        self._noise = random.Random(home.demo.seed)  # noqa: S311 - sensor noise, no secret
        self.weather = SyntheticHome(home.demo.seed, home.latitude, home.longitude, home.zone, home.pv_arrays)

    def step(
        self, inverter: InverterState, setpoint_celsius: float, charger_a: float, now: datetime, hours: float
    ) -> dict[str, float]:
        """Let `hours` pass; returns the new value of every helper (W, kWh, percent).

        `charger_a` is what the car's charger offers per phase, 0 while it is off.
        """
        load_kw, pv_kw = self.weather.load_kw(now), self.weather.pv_kw(now)
        heater_kwh = self._heat(setpoint_celsius, hours)
        settings = inverter.settings(self._home.inverter.battery_voltage_v)
        ev_kwh = self._car.step(charger_a, now, hours) if self._car else 0.0
        flows = self._house.step(settings, heater_kwh / hours, load_kw + ev_kwh / hours, pv_kw, hours)
        before = self.meters
        self.meters = Meters(
            soc_kwh=flows.soc_kwh,
            tank_celsius=self._tank.celsius,
            car_kwh=self._car.stored_kwh if self._car else 0.0,
            load=before.load + flows.load_kwh + flows.heater_kwh,
            pv=before.pv + flows.pv_used_kwh,
            grid_import=before.grid_import + flows.import_kwh,
            grid_export=before.grid_export + flows.export_kwh,
            battery_charge=before.battery_charge + flows.charge_kwh,
            battery_discharge=before.battery_discharge + flows.discharge_kwh,
            water_heater=before.water_heater + flows.heater_kwh,
            ev=before.ev + ev_kwh,
        )
        watts = 1000 / hours
        soc = self._house.soc_percent + self._noise.uniform(-_SOC_NOISE_PERCENT, _SOC_NOISE_PERCENT)
        return {
            "soc": round(min(max(soc, 0.0), 100.0), 2),
            "pv_w": round(flows.pv_used_kwh * watts),
            "load_w": round((flows.load_kwh + flows.heater_kwh) * watts),
            "grid_w": round((flows.import_kwh - flows.export_kwh) * watts),
            "battery_w": round((flows.charge_kwh - flows.discharge_kwh) * watts),
            "water_temperature": round(self._tank.celsius, 1),
            "ev_w": round(ev_kwh * watts),
            "ev_soc": round(self._car.soc_percent, 1) if self._car else 0.0,
            "ev_connected": float(self._car is not None and self._car.is_home(now)),
            **{f"{name}_kwh": round(value, 3) for name, value in self._counters().items()},
        }

    def nordpool(self, now: datetime) -> tuple[float, dict[str, object]]:
        """State and attributes of a Nord Pool sensor as HACS has it; tomorrow from 13:00 local."""
        local = now.astimezone(self._home.zone)
        today = local_date(now, self._home.zone)
        published = local.hour >= PUBLICATION_HOUR
        tomorrow = self._raw_prices(now + timedelta(days=1)) if published else []
        current = next(price.per_kwh for price in self.weather.spot_prices(today) if price.start <= now < price.end)
        return current, {
            "friendly_name": "Demo Nord Pool",
            "unit_of_measurement": f"{self._home.currency}/kWh",
            "currency": self._home.currency,
            "unit": "kWh",
            "price_in_cents": False,
            "tomorrow_valid": published,
            "raw_today": self._raw_prices(now),
            "raw_tomorrow": tomorrow,
        }

    def solcast(self, now: datetime, days_ahead: int) -> tuple[float, dict[str, object]]:
        """State (kWh of the day) and attributes of a Solcast sensor for a day from today on."""
        day = local_date(now, self._home.zone) + timedelta(days=days_ahead)
        start, end = local_day(day, self._home.zone)
        intervals = self.weather.pv_forecast(now, start, end)
        detailed = [
            {
                "period_start": piece.isoformat(),
                "pv_estimate": round(interval.kwh / hours, 3),
                "pv_estimate10": round((interval.p10_kwh or 0.0) / hours, 3),
                "pv_estimate90": round((interval.p90_kwh or interval.kwh) / hours, 3),
            }
            for interval in intervals
            for hours in [(interval.end - interval.start) / timedelta(hours=1)]
            for piece in (interval.start, interval.start + (interval.end - interval.start) / 2)
        ]
        total = sum(interval.kwh for interval in intervals)
        return round(total, 3), {
            "friendly_name": f"Demo Solcast day {days_ahead + 1}",
            "unit_of_measurement": "kWh",
            "detailedForecast": detailed,
        }

    def _heat(self, setpoint_celsius: float, hours: float) -> float:
        heater = self._home.water_heater
        if heater is None:
            return 0.0
        draw_kw = heater.daily_energy_kwh / 24
        return self._tank.step(setpoint_celsius, heater.power_kw, draw_kw, hours)

    def _counters(self) -> Mapping[str, float]:
        return {name: getattr(self.meters, name) for name in COUNTERS}

    def _raw_prices(self, instant: datetime) -> list[dict[str, object]]:
        prices = self.weather.spot_prices(local_date(instant, self._home.zone))
        return [
            {"start": price.start.isoformat(), "end": price.end.isoformat(), "value": round(price.per_kwh, 5)}
            for price in prices
        ]
