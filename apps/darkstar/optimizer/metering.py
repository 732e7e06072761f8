"""Which slots a power tariff's metering intervals are made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .request import MeteringInterval, PlanRequest, PowerTariffRequest

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MeteredPower:
    """Weighted mean power of an interval: `base_kw` from before the horizon, and kW per kWh imported in slots.

    Of an interval that reaches past the horizon the part in the horizon counts, as if the rest were like it.
    """

    day: str
    base_kw: float
    kw_per_kwh: tuple[tuple[int, float], ...]

    def kw(self, import_kwh: Sequence[float]) -> float:
        """The power when so much is imported, one energy per slot of the request."""
        return self.base_kw + sum(import_kwh[index] * factor for index, factor in self.kw_per_kwh)


def metered_powers(request: PlanRequest, tariff: PowerTariffRequest) -> tuple[MeteredPower, ...]:
    """The powers that a tariff meters up to the horizon's end, in order of its intervals."""
    starts = [slot.start for slot in request.slots]
    ends = [slot.end for slot in request.slots]
    powers = (_power(interval, starts, ends) for interval in tariff.intervals)
    return tuple(power for power in powers if power is not None)


def _power(interval: MeteringInterval, starts: Sequence[datetime], ends: Sequence[datetime]) -> MeteredPower | None:
    metered_hours = (min(interval.end, ends[-1]) - interval.start) / _HOUR if ends else 0.0
    if metered_hours <= 0:
        return None
    factor = interval.weight / metered_hours
    shares = tuple((index, share * factor) for index, share in _shares(interval, starts, ends))
    return MeteredPower(interval.day, interval.metered_kwh * factor, shares)


def _shares(
    interval: MeteringInterval, starts: Sequence[datetime], ends: Sequence[datetime]
) -> Iterator[tuple[int, float]]:
    """The slots that overlap the interval, each with the share of its time that lies inside."""
    for index in range(bisect_right(ends, interval.start), len(starts)):
        start, end = starts[index], ends[index]
        if start >= interval.end:
            return
        share = (min(end, interval.end) - max(start, interval.start)) / (end - start)
        if share > 0:
            yield index, share
