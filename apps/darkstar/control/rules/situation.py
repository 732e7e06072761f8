"""What a rule may look at when it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...home.readings import Readings
from ...home.settings import HomeSettings
from ..decision import BatterySettingsNow, Decision, EvSettingsNow

SOC_DIGITS = 6
"""SoC levels are compared at this many decimals: a battery that stopped exactly at a level has reached it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Home, readings and the last decision, now. `previous` is all that is remembered."""

    home: HomeSettings
    readings: Readings
    previous: Decision | None
    now: datetime

    @property
    def before(self) -> BatterySettingsNow | None:
        """The battery settings of the last decision."""
        return self.previous.battery if self.previous is not None else None


@dataclass(frozen=True, slots=True)
class Situation(Moment):
    """A moment at a known SoC (rounded to `SOC_DIGITS`), with what the car is to do."""

    soc_percent: float
    ev: EvSettingsNow | None = None
