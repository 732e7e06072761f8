"""What each entity setting needs: its unit, its kind, and words by which such entities are usually called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..home.ports import EntityState
from ..inputs.units import Unreadable, celsius, current_a, energy_kwh, percent, power_kw

Convert = Callable[[EntityState], float | Unreadable]


@dataclass(frozen=True, slots=True)
class Role:
    """One setting below `entities` that names a sensor.

    A candidate must be convertible and have the device class, where it has any; each of `words` in its id or name
    speaks for it, each of `not_words` against it.
    """

    title: str
    convert: Convert
    device_class: str
    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()
    is_counter: bool = False
    is_needed: bool = True


_GRID = ("grid", "meter", "mains", "p1", "net")
_LOAD = ("load", "house", "home", "consumption")
_PV = ("pv", "solar", "photovoltaic", "panel")
_BATTERY = ("battery", "batt", "storage")
_EV = ("ev", "car", "charger", "wallbox", "easee", "zaptec")
_HEATER = ("water_heater", "boiler", "hot_water", "heater", "dhw")
_APART = ("daily", "today", "month", "forecast", "phone", "tablet", "tomorrow", "cost", "price")


def _power(title: str, words: tuple[str, ...], not_words: tuple[str, ...]) -> Role:
    return Role(title, power_kw, "power", words, (*not_words, *_APART))


def _counter(title: str, words: tuple[str, ...], not_words: tuple[str, ...], *, is_needed: bool = True) -> Role:
    return Role(title, energy_kwh, "energy", words, (*not_words, *_APART), is_counter=True, is_needed=is_needed)


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "battery_soc": Role(
            "state of charge of the battery", percent, "battery", ("soc", "state_of_charge", *_BATTERY), (*_EV, *_APART)
        ),
        "load_power": _power("power of the household", _LOAD, (*_GRID, *_PV, *_BATTERY, *_EV)),
        "pv_power": _power("power of the panels", _PV, (*_GRID, *_LOAD, *_BATTERY)),
        "grid_power": _power("power from the grid", _GRID, (*_PV, *_BATTERY, *_EV)),
        "battery_power": _power("power of the battery", _BATTERY, (*_GRID, *_PV, *_EV)),
        "load_energy": _counter("energy counter of the household", _LOAD, (*_GRID, *_PV, *_BATTERY, *_EV)),
        "pv_energy": _counter("energy counter of the panels", _PV, (*_GRID, *_BATTERY)),
        "grid_import_energy": _counter("energy counter of import", (*_GRID, "import", "consumed", "delivered"),
                                       ("export", "returned", *_PV, *_BATTERY)),
        "grid_export_energy": _counter("energy counter of export", (*_GRID, "export", "returned", "produced"),
                                       ("import", "consumed", *_BATTERY)),
        "battery_charge_energy": _counter("energy counter of charging", ("charge", "charged", *_BATTERY),
                                          ("discharge", "discharged", *_EV)),
        "battery_discharge_energy": _counter("energy counter of discharging", ("discharge", "discharged", *_BATTERY),
                                             _EV),
        "water_heater_energy": _counter("energy counter of the water heater", _HEATER, _PV, is_needed=False),
        "ev_energy": _counter("energy counter of the car's charger", _EV, (*_PV, *_BATTERY), is_needed=False),
        "water_temperature": Role(
            "temperature of the hot water", celsius, "temperature", _HEATER, ("outdoor", "room"), is_needed=False
        ),
        "ev_soc": Role("state of charge of the car", percent, "battery", _EV, is_needed=False),
        "ev_power": Role("power of the car's charger", power_kw, "power", _EV, (*_PV, *_BATTERY), is_needed=False),
    }
)  # fmt: skip
"""By the name of the setting below `entities`."""

LIST_ROLES: Mapping[str, Role] = MappingProxyType(
    {"phase_currents": Role("current of a phase", current_a, "current", ("phase", "l1", "l2", "l3", *_GRID))}
)
"""Settings that name several entities."""
