"""Peaks that a power tariff has metered so far, from measured import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.observation import Observation
from ..home.power_tariff import PowerTariffSettings
from ..home.slots import local_date, overlap_hours
from ..optimizer.request import DayPeak

_ROUNDING_HOURS = 1e-6


@dataclass(frozen=True, slots=True)
class MeteredImport:
    """Import by the metering intervals of a tariff: kWh by the interval's start.

    Time without measurement counts nothing: a peak in it is not guessed. A row longer than an interval is
    spread evenly, so that its peaks may be too low; `is_coarse` says so.
    """

    tariff: PowerTariffSettings
    zone: ZoneInfo
    kwh: dict[datetime, float]
    is_coarse: bool

    def day_peaks(self, start: datetime, end: datetime) -> tuple[DayPeak, ...]:
        """The highest power of each local day among the intervals that lie in `[start, end)`."""
        days: dict[str, DayPeak] = {}
        for peak in self._peaks(start, end):
            if peak.day not in days or peak.kw > days[peak.day].kw:
                days[peak.day] = peak
        return tuple(days[day] for day in sorted(days))

    def highest(self, start: datetime, end: datetime) -> tuple[DayPeak, ...]:
        """As many of the highest powers as are billed, whatever their days, highest first."""
        return tuple(sorted(self._peaks(start, end), key=lambda peak: (-peak.kw, peak.day))[: self.tariff.count])

    def _peaks(self, start: datetime, end: datetime) -> Iterator[DayPeak]:
        length = timedelta(minutes=self.tariff.interval_minutes)
        return (self._peak(begin) for begin in self.kwh if start <= begin and begin + length <= end)

    def _peak(self, begin: datetime) -> DayPeak:
        hours = self.tariff.interval_minutes / 60
        weight = self.tariff.weight(begin.astimezone(self.zone))
        return DayPeak(local_date(begin, self.zone).isoformat(), weight * self.kwh[begin] / hours)


def metered_import(tariff: PowerTariffSettings, zone: ZoneInfo, rows: Sequence[Observation]) -> MeteredImport:
    """Sort measured import into the metering intervals of a tariff; rows without it are left out."""
    kwh: dict[datetime, float] = {}
    is_coarse, interval_hours = False, tariff.interval_minutes / 60
    for row in rows:
        if row.import_kwh is None or row.hours <= 0:
            continue
        # A quarter-hour cut from an hourly value is as coarse as the hour.
        step_hours = max(row.hours, 1.0) if "hourly" in row.flags else row.hours
        is_coarse = is_coarse or step_hours > interval_hours + _ROUNDING_HOURS
        for begin, share in _parts(tariff, zone, row):
            kwh[begin] = kwh.get(begin, 0.0) + share * row.import_kwh
    return MeteredImport(tariff, zone, kwh, is_coarse)


def _parts(tariff: PowerTariffSettings, zone: ZoneInfo, row: Observation) -> Iterator[tuple[datetime, float]]:
    end = row.end
    first = tariff.metering_start(row.start, zone)
    if end <= first + timedelta(minutes=tariff.interval_minutes):
        yield first, 1.0
        return
    for slot in tariff.metering_slots(row.start, end, zone):
        yield slot.start, overlap_hours(slot.start, slot.end, row.start, end) / row.hours
