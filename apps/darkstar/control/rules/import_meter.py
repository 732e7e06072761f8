"""How much the home has imported since the running metering interval of a power tariff began."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from ...home.readings import Imported, Readings
from ...home.settings import HomeSettings

_REACH = timedelta(hours=1)
"""The longest metering interval."""


class ImportMeter:
    """Imported energy from samples: of the import's energy counter where there is one, else of the grid's power.

    Between samples import is even, over at most `executor.max_reading_age_minutes`. What lies on the other side of a
    longer silence, of a counter that fell, or of a clock that was set back is forgotten.
    """

    def __init__(self, home: HomeSettings) -> None:
        self._home = home
        self._longest_gap = timedelta(minutes=home.executor.max_reading_age_minutes)
        self._samples: deque[tuple[datetime, float]] = deque()
        self._power: tuple[datetime, float] | None = None

    def add(self, now: datetime, readings: Readings, counter_kwh: float | None = None) -> None:
        """Take what is measured now: the counter's reading in kWh, or the grid's power if the home has no counter."""
        if self._home.entities.grid_import_energy is not None:
            self.count(now, counter_kwh)
            return
        power_kw = None if readings.grid_kw is None else max(readings.grid_kw.value, 0.0)
        if power_kw is None:
            return
        before, self._power = self._power, (now, power_kw)
        if before is None or now < before[0]:
            self._samples.clear()
            self.count(now, 0.0)
            return
        mean_kw = (before[1] + power_kw) / 2
        self.count(now, self._samples[-1][1] + mean_kw * ((now - before[0]) / timedelta(hours=1)))

    def count(self, now: datetime, total_kwh: float | None) -> None:
        """Take the total of all import so far in kWh; None is no sample."""
        if total_kwh is None:
            return
        if self._samples and not self._follows(now, total_kwh):
            self._samples.clear()
        self._samples.append((now, total_kwh))
        while len(self._samples) > 1 and self._samples[1][0] <= now - _REACH:
            self._samples.popleft()

    def running(self, now: datetime) -> tuple[Imported, ...]:
        """For each power tariff what was imported since its running interval began, as far as that is known."""
        found = []
        for tariff in self._home.grid.power_tariffs:
            since = tariff.metering_start(now, self._home.zone)
            kwh = self._since(since, now)
            if kwh is not None:
                found.append(Imported(since, kwh))
        return tuple(found)

    def _since(self, start: datetime, now: datetime) -> float | None:
        if not self._samples or self._samples[0][0] > start or now - self._samples[-1][0] > self._longest_gap:
            return None
        return self._samples[-1][1] - self._total_at(start)

    def _total_at(self, instant: datetime) -> float:
        before = max(sample for sample in self._samples if sample[0] <= instant)
        after = next((sample for sample in self._samples if sample[0] > instant), before)
        if after[0] == before[0]:
            return before[1]
        return before[1] + (after[1] - before[1]) * ((instant - before[0]) / (after[0] - before[0]))

    def _follows(self, now: datetime, total_kwh: float) -> bool:
        last_at, last_kwh = self._samples[-1]
        return last_at <= now <= last_at + self._longest_gap and total_kwh >= last_kwh
