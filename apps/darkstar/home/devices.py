"""The energy devices of the home: battery, inverter, PV arrays, water heater."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Percent = Annotated[float, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Block(BaseModel):
    """A block of settings: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BatterySettings(Block):
    """The home battery. Powers and energies on the AC side, efficiencies one way."""

    capacity_kwh: Positive
    """Usable capacity between 0 and 100 % SoC."""
    max_charge_kw: Positive
    max_discharge_kw: Positive
    min_soc_percent: Percent = 10.0
    """Soft floor: a battery below it is legal and recovers; planning keeps above it."""
    max_soc_percent: Percent = 100.0
    """Ceiling for planned charging."""
    charge_efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.95
    discharge_efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.95
    wear_cost_per_kwh: NotNegative = 0.0
    """Cost of wear for each kWh discharged (AC)."""
    charge_from_grid: bool = True
    """Whether the battery may be charged from the grid at all."""
    discharge_to_grid: bool = True
    """Whether the battery may be emptied into the grid at all."""

    @model_validator(mode="after")
    def _band_is_not_empty(self) -> Self:
        if self.min_soc_percent >= self.max_soc_percent:
            msg = f"min_soc_percent {self.min_soc_percent:g} must be below max_soc_percent {self.max_soc_percent:g}"
            raise ValueError(msg)
        return self


class InverterSettings(Block):
    """How the inverter is told what to do."""

    profile: Literal["generic_ampere", "deye"] = "generic_ampere"
    """`generic_ampere`: grid-charge switch, charge and discharge current. `deye` (Deye, SunSynk): these and
    work mode and SoC target."""
    battery_voltage_v: Positive = 46.0
    """Lowest battery voltage: turns kW into A without ever asking for too little power."""
    min_current_a: NotNegative = 0.0
    """Smallest current above zero that the inverter accepts."""
    max_charge_current_a: Positive = 190.0
    max_discharge_current_a: Positive = 190.0
    current_step_a: Positive = 5.0
    """Currents are rounded to this step."""
    zero_export_mode: str = "Zero Export To CT"
    """Option of the work-mode select for self-use."""
    export_mode: str = "Export First"
    """Option of the work-mode select for selling from the battery."""


class PvArraySettings(Block):
    """One PV array."""

    kwp: Positive
    """Peak power; no forecast of this array is ever above it."""
    azimuth_deg: Annotated[float, Field(ge=0, lt=360)] = 180.0
    """Compass direction the panels face: 90 east, 180 south, 270 west."""
    tilt_deg: Annotated[float, Field(ge=0, le=90)] = 35.0
    """Angle from the horizontal."""
    efficiency: Annotated[float, Field(gt=0, le=1)] = 0.85
    """Share of the panels' yield that arrives as AC."""


class WaterHeaterSettings(Block):
    """The electric water heater, switched by setpoint (number entity) or on and off (switch entity)."""

    power_kw: Positive
    daily_energy_kwh: NotNegative = 6.0
    """Energy to be delivered per heat day."""
    defer_hours: Annotated[float, Field(ge=0, le=12)] = 6.0
    """The heat day begins so many hours after local midnight: until then the night may still serve the day before."""
    comfort_level: Annotated[int, Field(ge=1, le=5)] = 3
    """How much the longest gap weighs against money: 1 hardly, 5 almost always kept."""
    max_gap_hours: Positive | None = 24.0
    """Longest time without heating before comfort suffers. None: no limit."""
    min_spacing_hours: Annotated[float, Field(ge=0, le=12)] = 0.0
    """Shortest rest between two blocks of heating."""
    start_cost_percent: Annotated[float, Field(ge=0, le=20)] = 2.0
    """What each start counts in planning, in percent of the horizon's highest import price: fewer, longer blocks."""
    off_celsius: Annotated[float, Field(ge=5, le=95)] = 40.0
    normal_celsius: Annotated[float, Field(ge=5, le=95)] = 60.0
    boost_celsius: Annotated[float, Field(ge=5, le=95)] = 70.0
    """Setpoint for force heat."""

    @model_validator(mode="after")
    def _setpoints_rise(self) -> Self:
        if not self.off_celsius < self.normal_celsius <= self.boost_celsius:
            msg = (
                f"off_celsius {self.off_celsius:g} < normal_celsius {self.normal_celsius:g} "
                f"<= boost_celsius {self.boost_celsius:g} must hold"
            )
            raise ValueError(msg)
        return self
