"""The energy devices of the home: battery, inverter, PV arrays, water heater."""

from __future__ import annotations

from datetime import time
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .block import Block, FaultsError, NotNegative, Percent, Positive
from .profiles.device import DeviceSettings
from .profiles.schema import DeviceProfile
from .profiles.vocabulary import Unit

_DAY_MINUTES = 24 * 60


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


class InverterSettings(DeviceSettings):
    """How the inverter is told what to do."""

    kind: ClassVar[str] = "inverter"

    profile: DeviceProfile = Field("generic_ampere", validate_default=True)  # type: ignore[assignment] # found by name
    """A name (`generic_ampere`, `deye`, ...; see `profiles/README.md`) or a whole profile as a block."""
    battery_voltage_v: Positive = 46.0
    """Lowest battery voltage: turns kW into A without ever asking for too little power."""
    min_current_a: NotNegative = 0.0
    """Smallest current above zero that the inverter accepts."""
    max_charge_current_a: Positive = 190.0
    max_discharge_current_a: Positive = 190.0
    current_step_a: Positive = 5.0
    """Currents are rounded to this step."""
    min_power_w: NotNegative = 0.0
    """Smallest power above zero that the inverter accepts."""
    power_step_w: Positive = 100.0
    """Powers are rounded to this step."""
    rated_power_kw: Positive | None = None
    """What 100 % of the inverter is, for profiles whose limits are in percent of it."""

    @model_validator(mode="after")
    def _knows_its_rated_power(self) -> Self:
        if self.rated_power_kw is None and Unit.RATED_PERCENT in self.profile.units:
            raise FaultsError(
                [f"rated_power_kw is needed and missing: profile {self.profile.name} writes percent of the rated power"]
            )
        return self


class ChargerSettings(DeviceSettings):
    """How the car's charger is told what to do."""

    kind: ClassVar[str] = "charger"

    profile: DeviceProfile = Field("generic_charger", validate_default=True)  # type: ignore[assignment] # found by name
    """A name (`generic_charger`, `easee`, ...) or a whole profile as a block."""


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
    """The electric water heater: set to a temperature, or switched on and off."""

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
    hygiene_celsius: Annotated[float, Field(ge=60, le=95)] = 65.0
    """Setpoint of a cycle against legionella."""
    hygiene: Literal["vacation", "always", "never"] = "vacation"
    """When such cycles are run: while nobody is at home and the water stands, all year, or not by Darkstar."""
    hygiene_hours: Annotated[float, Field(ge=0.5, le=12)] = 3.0
    """Length of a cycle; it counts when the heater really took its full power for so long, or the water got hot."""
    hygiene_interval_days: Annotated[int, Field(ge=2, le=30)] = 7
    """A cycle is due a day earlier, in the afternoon, and run by the end of this day."""
    hygiene_start: time = time(0, 0)
    """Local time from which a cycle may run; the same as `hygiene_end`: at any time."""
    hygiene_end: time = time(0, 0)
    boost_celsius: Annotated[float, Field(ge=5, le=95)] = 70.0
    """Setpoint for force heat."""
    max_celsius: Annotated[float, Field(ge=5, le=95)] = 85.0
    """Setpoint while PV surplus heats."""

    @model_validator(mode="after")
    def _setpoints_rise(self) -> Self:
        if not self.off_celsius < self.normal_celsius <= self.boost_celsius <= self.max_celsius:
            msg = (
                f"off_celsius {self.off_celsius:g} < normal_celsius {self.normal_celsius:g} "
                f"<= boost_celsius {self.boost_celsius:g} <= max_celsius {self.max_celsius:g} must hold"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _hygiene_is_possible(self) -> Self:
        if self.hygiene == "never":
            return self
        if not self.off_celsius < self.hygiene_celsius <= self.max_celsius:
            msg = (
                f"hygiene_celsius {self.hygiene_celsius:g} must be above off_celsius {self.off_celsius:g} and at most "
                f"max_celsius {self.max_celsius:g}; or set hygiene to never"
            )
            raise ValueError(msg)
        open_minutes = _minutes(self.hygiene_end) - _minutes(self.hygiene_start)
        if open_minutes and open_minutes % _DAY_MINUTES < self.hygiene_hours * 60:
            msg = (
                f"hygiene_start {self.hygiene_start:%H:%M} to hygiene_end {self.hygiene_end:%H:%M} is shorter than "
                f"hygiene_hours {self.hygiene_hours:g}: widen it, or give both the same time for the whole day"
            )
            raise ValueError(msg)
        return self


class EvSettings(Block):
    """The electric car and what its charger can give."""

    capacity_kwh: Positive
    """Usable capacity of the car's battery."""
    phases: Literal[1, 2, 3] = 3
    voltage_v: Positive = 230.0
    """Between phase and neutral."""
    min_current_a: Positive = 6.0
    """Smallest current per phase at which the car charges."""
    max_current_a: Positive = 16.0
    charge_efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    """From the meter to the car's battery."""
    target_soc_percent: Percent = 80.0
    """What the car should have at departure, where no helper says so."""
    departure: time = time(7, 0)
    """Local time of the daily departure, where no helper says so."""
    from_home_battery: bool = False
    """Whether the home battery may feed the car."""

    @property
    def min_charge_kw(self) -> float:
        """Power at the smallest current."""
        return self.min_current_a * self.phases * self.voltage_v / 1000

    @property
    def max_charge_kw(self) -> float:
        """Power at the largest current."""
        return self.max_current_a * self.phases * self.voltage_v / 1000

    @model_validator(mode="after")
    def _currents_rise(self) -> Self:
        if self.min_current_a > self.max_current_a:
            msg = f"min_current_a {self.min_current_a:g} must not be above max_current_a {self.max_current_a:g}"
            raise ValueError(msg)
        return self


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60
