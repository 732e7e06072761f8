"""From a decision to orders: what to write, and who wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ...home.settings import HomeSettings
from ..decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Source,
)
from ..devices.chargers import wanted_charger
from ..devices.fitting import THERMOSTAT_DOMAINS
from ..devices.heaters import wanted_heater
from ..devices.inverters import wanted
from ..devices.writes import Phase, Write
from .acts import shown_by
from .budget import Urgency

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """A write and who wants it."""

    write: Write
    source: Source

    @property
    def urgency(self) -> Urgency:
        """What ends a purchase or a sale matters as much as safety."""
        if self.source is Source.SAFETY or self.write.phase is Phase.CLOSE:
            return Urgency.SAFETY
        return Urgency.OWNER if self.source in {Source.OVERRIDE, Source.BLOCK} else Urgency.ROUTINE


def orders_of(decision: Decision, home: HomeSettings, soc_percent: float | None) -> tuple[Order, ...]:
    """What a decision asks of all devices, in the order in which it goes out; nothing while hands are off."""
    if decision.hands_off is not None:
        return ()
    battery, heater, car = decision.battery, decision.heater, decision.ev
    return (
        *(() if battery is None else battery_orders(battery, home, soc_percent)),
        *(() if heater is None else (Order(write, heater.source) for write in wanted_heater(heater, home))),
        *(() if car is None else (Order(write, car.source) for write in wanted_charger(car, home))),
    )


def battery_orders(settings: BatterySettingsNow, home: HomeSettings, soc_percent: float | None) -> tuple[Order, ...]:
    """What battery settings ask of the inverter."""
    return tuple(Order(write, settings.source) for write in wanted(settings, home, soc_percent))


def entities_of(home: HomeSettings) -> frozenset[str]:
    """Every entity whose state says what Darkstar has set, or done. Thermostats say it in an attribute."""
    return frozenset(entity for decision in _all_kinds(home) for entity in _shown(decision, home))


def _shown(decision: Decision, home: HomeSettings) -> Iterator[str]:
    for order in orders_of(decision, home, home.battery.min_soc_percent):
        shown = shown_by(order.write)
        if shown is not None and order.write.domain not in THERMOSTAT_DOMAINS:
            yield shown


def _all_kinds(home: HomeSettings) -> Iterator[Decision]:
    """One decision for each thing that can be asked of a device."""
    battery = home.battery
    powers = (
        (battery.max_charge_kw, battery.max_discharge_kw),
        (0.0, battery.max_discharge_kw),
        (battery.max_charge_kw, 0.0),
    )
    for mode in BatteryMode:
        for charge_kw, discharge_kw in powers:
            settings = BatterySettingsNow(mode, charge_kw, discharge_kw, battery.max_soc_percent, Source.PLAN, "")
            yield Decision(_NEVER, settings, None, "")
    for heating in HeaterMode:
        yield Decision(_NEVER, None, HeaterSettingsNow(heating, Source.PLAN, ""), "")
    for charging in EvMode:
        yield Decision(_NEVER, None, None, "", ev=EvSettingsNow(charging, 0.0, Source.PLAN, ""))
