"""The electric car of the simulated house: away by day, plugged in at home, filled by its charger."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from ..home.devices import EvSettings

LEAVES = time(7, 30)
RETURNS = time(16, 45)
"""Local times of a day's drive."""
DRIVE_KWH = 9.0
"""Energy of a day's drive, out of the car's battery."""
_EMPTY_SHARE = 0.1
"""Who drives charges on the way before the battery is empty."""


class DemoCar:
    """A car with its own battery. It drives every day, and takes what the charger gives while it is at home."""

    def __init__(self, ev: EvSettings, zone: ZoneInfo, stored_kwh: float) -> None:
        self._ev = ev
        self._zone = zone
        self._was_home: bool | None = None
        self.stored_kwh = min(max(stored_kwh, 0.0), ev.capacity_kwh)

    @property
    def soc_percent(self) -> float:
        """State of charge."""
        return 100 * self.stored_kwh / self._ev.capacity_kwh

    def is_home(self, now: datetime) -> bool:
        """Whether it is plugged in at home at `now`."""
        clock = now.astimezone(self._zone).time()
        return not LEAVES <= clock < RETURNS

    def step(self, current_a: float, now: datetime, hours: float) -> float:
        """Let `hours` pass from `now` on; returns the energy in kWh (AC) that it took from the house.

        `current_a` is what the charger offers per phase, 0 while it is off.
        """
        home = self.is_home(now)
        if home and self._was_home is False:
            self.stored_kwh = max(self.stored_kwh - DRIVE_KWH, _EMPTY_SHARE * self._ev.capacity_kwh)
        self._was_home = home
        if not home or current_a < self._ev.min_current_a:
            return 0.0
        power_kw = min(current_a, self._ev.max_current_a) * self._ev.phases * self._ev.voltage_v / 1000
        room_kwh = (self._ev.capacity_kwh - self.stored_kwh) / self._ev.charge_efficiency
        taken_kwh = min(power_kw * hours, room_kwh)
        self.stored_kwh += taken_kwh * self._ev.charge_efficiency
        return taken_kwh
