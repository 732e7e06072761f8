"""What a device profile can speak of: numbers with their units, states, abilities, and kinds of entities."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ServiceName = Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]

NUMBER_DOMAINS = frozenset({"number", "input_number"})
SELECT_DOMAINS = frozenset({"select", "input_select"})
SWITCH_DOMAINS = frozenset({"switch", "input_boolean"})
BUTTON_DOMAINS = frozenset({"button", "input_button"})
READ_DOMAINS = frozenset({"sensor", "binary_sensor"})

Domain = Literal[
    "number", "input_number", "select", "input_select", "switch", "input_boolean", "button", "input_button", "sensor",
    "binary_sensor",
]  # fmt: skip


class Unit(StrEnum):
    """Unit of a number that a device takes."""

    WATT = "W"
    KILOWATT = "kW"
    AMPERE = "A"
    PERCENT = "%"
    """Of the battery's capacity."""
    RATED_PERCENT = "rated_percent"
    """Of the device's rated power; the entity shows `%`."""
    MINUTE = "min"
    SECOND = "s"


class Quantity(StrEnum):
    """A number that a decision or the settings have."""

    CHARGE_KW = "charge_kw"
    """Inverter: limit of charging, 0 keeps PV out. Charger: wanted power."""
    DISCHARGE_KW = "discharge_kw"
    """Limit of discharging, 0 holds the battery's energy."""
    MAX_CHARGE_KW = "max_charge_kw"
    MAX_DISCHARGE_KW = "max_discharge_kw"
    MAX_IMPORT_KW = "max_import_kw"
    """`grid.max_import_kw`, or what load and battery can draw at most where it is not set."""
    TARGET_SOC_PERCENT = "target_soc_percent"
    """Where a grid charge ends from below, and a discharge from above."""
    MIN_SOC_PERCENT = "min_soc_percent"
    MAX_SOC_PERCENT = "max_soc_percent"
    SOC_PERCENT = "soc_percent"
    """As measured; whole percent, rounded down."""
    CURRENT_A = "current_a"
    """Charger: wanted current per phase."""
    LEASE_MINUTES = "lease_minutes"
    """`executor.lease_minutes`, for devices that return to normal by themselves."""


POWERS = frozenset(quantity for quantity in Quantity if quantity.value.endswith("_kw"))
SOC_LEVELS = frozenset(quantity for quantity in Quantity if quantity.value.endswith("_percent"))
UNITS_OF: Mapping[Quantity, frozenset[Unit]] = {
    **dict.fromkeys(POWERS, frozenset({Unit.WATT, Unit.KILOWATT, Unit.AMPERE, Unit.RATED_PERCENT})),
    Quantity.MAX_IMPORT_KW: frozenset({Unit.WATT, Unit.KILOWATT, Unit.RATED_PERCENT}),
    **dict.fromkeys(SOC_LEVELS, frozenset({Unit.PERCENT})),
    Quantity.LEASE_MINUTES: frozenset({Unit.MINUTE, Unit.SECOND}),
}
"""The units that each quantity of an inverter can be written in."""
CHARGER_UNITS_OF: Mapping[Quantity, frozenset[Unit]] = {
    Quantity.CHARGE_KW: frozenset({Unit.WATT, Unit.KILOWATT}),
    Quantity.MAX_CHARGE_KW: frozenset({Unit.WATT, Unit.KILOWATT}),
    Quantity.CURRENT_A: frozenset({Unit.AMPERE}),
    Quantity.LEASE_MINUTES: UNITS_OF[Quantity.LEASE_MINUTES],
}
"""The same for chargers, which are told a current per phase."""


class State(StrEnum):
    """A state that Darkstar may want of a device."""

    SELF_USE = "self_use"
    """Inverter: PV surplus in, load out; neither purchase nor sale. The state that is safe to be left in."""
    HOLD = "hold"
    """Inverter: as self-use, but nothing is discharged. Only where self-use has no discharge limit."""
    KEEP_PV_OUT = "keep_pv_out"
    """Inverter: as self-use, but nothing is charged. Only where self-use has no charge limit."""
    GRID_CHARGE = "grid_charge"
    EXPORT = "export"
    """Inverter: sell from the battery."""
    CHARGE = "charge"
    """Charger: charge the car."""
    STOP = "stop"
    """Charger: do not charge."""


class Capability(StrEnum):
    """What a device can be told. What is missing degrades, with the effect stated."""

    CHARGE_POWER = "charge_power"
    """The power of a grid charge can be set."""
    CHARGE_LIMIT = "charge_limit"
    """PV can be kept out of the battery."""
    HOLD = "hold"
    """Discharging can be stopped while the load draws."""
    DISCHARGE_LIMIT = "discharge_limit"
    """The discharge power can be set."""
    EXPORT = "export"
    """The battery can sell."""
    SOC_TARGET = "soc_target"
    """The device itself ends a grid charge or a sale at an SoC."""
    CURRENT = "current"
    """The charger's current can be set."""
