"""App DemoHome: plays the simulated house into Home Assistant, for `make demo` and the end-to-end tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from .app import FIRST_CALL_DELAY_S, DarkstarApp
from .gateway import HOME_ASSISTANT
from .home.overlay import Settled
from .home.slots import SLOT_MINUTES
from .inputs.helpers import number_or
from .simulation.demo import COUNTERS, DemoWorld, InverterState, Meters
from .storage.memory import Memory

if TYPE_CHECKING:
    from datetime import datetime

METERS = "demo_home.meters"
HELPER = "input_number.demo_sim_"
PRICE_SENSOR = "sensor.demo_nordpool"
PV_SENSORS = ("sensor.demo_solcast_today", "sensor.demo_solcast_tomorrow")


class DemoHome(DarkstarApp):
    """The house that is not there: reads its inverter's entities, lets energy flow, moves its meters."""

    def settle(self) -> Settled:
        """The house is as the owner describes it: it does not follow what is learned about it."""
        return Settled(self.owner_home)

    def start(self) -> None:
        """Step in real time (or faster); publish prices and weather at each quarter-hour."""
        self.memory = Memory(self.database)
        self.world = DemoWorld(self.home, self.memory.get(METERS, Meters) or self._meters_shown())
        self.connected = True
        step_seconds = self.home.demo.step_seconds
        self.run_every(self.on_step, f"now+{FIRST_CALL_DELAY_S}", step_seconds)
        self.run_in(self.on_quarter, 1)
        self.run_every(self.on_quarter, time(0, 0, 1), SLOT_MINUTES * 60)
        self.listen_event(self.on_outage, "plugin_stopped", namespace=HOME_ASSISTANT)
        self.on_home_assistant_back(self.on_return)

    def on_step(self, **kwargs: object) -> None:
        """A few seconds have passed in the house."""
        if not self.connected:
            return
        now = self.now()
        hours = self.home.demo.step_seconds * self.home.demo.speed / 3600
        setpoint_celsius = self._number(self.home.entities.water_heater)
        values = self.world.step(self._inverter(), setpoint_celsius, self._charger_a(), now, hours)
        for name, value in values.items():
            self.ha.call("input_number/set_value", entity_id=HELPER + name, value=value)
        self.memory.put(METERS, self.world.meters, now)

    def on_quarter(self, **kwargs: object) -> None:
        """New prices and a new weather forecast, perhaps."""
        self._publish_outlook(self.now())

    def on_outage(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is gone: its entities cannot be read."""
        self.connected = False

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back, and has forgotten the sensors that others set."""
        self.connected = True
        self.run_in(self.on_quarter, 1)

    def _publish_outlook(self, now: datetime) -> None:
        price, attributes = self.world.nordpool(now)
        self.ha.publish(PRICE_SENSOR, price, attributes)
        for days_ahead, sensor in enumerate(PV_SENSORS):
            energy, attributes = self.world.solcast(now, days_ahead)
            self.ha.publish(sensor, energy, attributes)

    def _meters_shown(self) -> Meters:
        """The house at its first start; its counters may have been given a past."""
        shown = {name: self._number(f"{HELPER}{name}_kwh") for name in COUNTERS}
        return replace(Meters.at_first(self.home), **shown)

    def _inverter(self) -> InverterState:
        inverter = self.home.inverter
        entity = inverter.entities.get
        work_mode = entity("work_mode")
        return InverterState(
            export_first=work_mode is not None and self._state(work_mode) == inverter.option("export"),
            grid_charging=self._state(entity("grid_charging")) == "on",
            charge_current_a=self._number(entity("charge_current")),
            discharge_current_a=self._number(entity("discharge_current")),
            soc_target_percent=self._number(entity("soc_target")),
        )

    def _charger_a(self) -> float:
        """What the car's charger offers per phase."""
        charger = self.home.charger
        if charger is None or self._state(charger.entities.get("charging")) != "on":
            return 0.0
        return self._number(charger.entities.get("current"))

    def _state(self, entity_id: str | None) -> str | None:
        found = self.ha.state(entity_id) if entity_id else None
        return found.state if found else None

    def _number(self, entity_id: str | None) -> float:
        return number_or(self.ha.state(entity_id) if entity_id else None, 0.0)
