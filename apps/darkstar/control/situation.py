"""What a rule may look at when it decides over the battery."""

from __future__ import annotations

from dataclasses import dataclass

from ..home.readings import Readings
from ..home.settings import HomeSettings
from .decision import BatterySettingsNow, Decision

SOC_DIGITS = 6
"""SoC levels are compared at this many decimals: a battery that stopped exactly at a level has reached it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Home, readings and the last decision, at a known SoC (rounded to `SOC_DIGITS`)."""

    home: HomeSettings
    readings: Readings
    soc_percent: float
    previous: Decision | None

    @property
    def before(self) -> BatterySettingsNow | None:
        """The battery settings of the last decision."""
        return self.previous.battery if self.previous is not None else None
