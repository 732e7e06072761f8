"""From the power tariffs of the home and its metered import to what they charge in a horizon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from math import comb
from zoneinfo import ZoneInfo

from ..home.observation import Observation
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..optimizer.request import MeteringInterval, PowerStep, PowerTariffRequest
from .metered_peaks import MeteredImport, metered_import

METERED_DAYS = 32
"""How far back metered import is needed: the longest month, and the days that tell what to expect."""
LEARNED_DAYS = 30
"""Recent days that the rest of a month is expected to be like."""
EXPECTED_SHARE = 0.5
"""Expected peaks are this part of the recent ones. A peak that is allowed stays for the month, one that is
avoided costs little: so it is better to expect too little. Tuned in closed loops of two homes."""
_LONGEST_MONTH = timedelta(days=31)


def metered_imports(home: HomeSettings, metered: Sequence[Observation]) -> tuple[MeteredImport, ...]:
    """What was measured, as each power tariff of the home meters it; it should reach `METERED_DAYS` back."""
    return tuple(metered_import(tariff, home.zone, metered) for tariff in home.grid.power_tariffs)


def power_tariffs(start: datetime, end: datetime, imports: Sequence[MeteredImport]) -> tuple[PowerTariffRequest, ...]:
    """What is charged over the horizon `[start, end)`: one per tariff and calendar month with the charge."""
    return tuple(request for metered in imports for request in _requests(start, end, metered))


def power_tariff_notes(start: datetime, imports: Sequence[MeteredImport]) -> Iterator[str]:
    """What is not known of the peaks so far, in words."""
    for metered in imports:
        tariff = metered.tariff
        month_start = _month_start(local_date(start, metered.zone), metered.zone)
        if start.astimezone(metered.zone).month not in tariff.months:
            continue
        if not any(begin >= month_start for begin in metered.kwh):
            yield f"{tariff.name}: no import is metered this month yet, so its peaks so far are unknown"
        elif metered.is_coarse:
            yield f"{tariff.name}: import is measured in steps longer than {tariff.interval_minutes} minutes"


def expected_highest(recent_kw: Sequence[float], days: int, count: int) -> tuple[float, ...]:
    """The `count` highest peaks to expect of `days` days that are like recent ones, highest first.

    The mean of each order statistic when `days` of the n recent days are drawn without putting back:
    the r-th highest of them is the j-th highest drawn with probability `C(r-1, j-1) C(n-r, days-j) / C(n, days)`.
    """
    ranked = sorted(recent_kw, reverse=True)
    drawn = min(days, len(ranked))
    ways = comb(len(ranked), drawn)
    return tuple(
        sum(kw * comb(rank, place) * comb(len(ranked) - 1 - rank, drawn - 1 - place) for rank, kw in enumerate(ranked))
        / ways
        for place in range(min(count, drawn))
    )


def _requests(start: datetime, end: datetime, metered: MeteredImport) -> Iterator[PowerTariffRequest]:
    tariff, zone = metered.tariff, metered.zone
    first_interval = tariff.metering_start(start, zone)
    month_start = _month_start(local_date(start, zone), zone)
    while month_start < end:
        month = month_start.astimezone(zone)
        next_start = _month_start(_next_month(month.date()), zone)
        until = min(end, next_start)
        intervals = tuple(_intervals(max(start, month_start), until, start, metered))
        if month.month in tariff.months and intervals:
            yield PowerTariffRequest(
                intervals=intervals,
                price_per_kw=tariff.month_price_per_kw,
                count=tariff.count,
                different_days=tariff.different_days,
                floor_kw=tariff.floor_kw,
                steps=tuple(PowerStep(step.up_to_kw, step.fee_per_month) for step in tariff.steps),
                past=(metered.day_peaks if tariff.different_days else metered.highest)(month_start, first_interval),
                expected_kw=_expected(start, until, next_start, metered),
                name=f"{tariff.name} {month:%Y-%m}",
            )
        month_start = next_start


def _intervals(start: datetime, end: datetime, now: datetime, metered: MeteredImport) -> Iterator[MeteringInterval]:
    for slot in metered.tariff.metering_slots(start, end, metered.zone):
        weight = metered.tariff.weight(slot.start.astimezone(metered.zone))
        if weight > 0:
            running_kwh = metered.kwh.get(slot.start, 0.0) if slot.start < now else 0.0
            day = local_date(slot.start, metered.zone).isoformat()
            yield MeteringInterval(slot.start, slot.hours, day, weight, running_kwh)


def _expected(now: datetime, until: datetime, month_end: datetime, metered: MeteredImport) -> tuple[float, ...]:
    """What the days of the month after the horizon will bring anyway: nothing at the month's end."""
    zone = metered.zone
    last_planned = local_date(until - timedelta(microseconds=1), zone)
    days_left = (local_date(month_end, zone) - last_planned).days - 1
    today, _ = local_day(local_date(now, zone), zone)
    since, _ = local_day(local_date(now, zone) - timedelta(days=LEARNED_DAYS), zone)
    recent = [peak.kw for peak in metered.day_peaks(since, today)]
    if days_left <= 0:
        return ()
    return tuple(EXPECTED_SHARE * kw for kw in expected_highest(recent, days_left, metered.tariff.count))


def _month_start(day: date, zone: ZoneInfo) -> datetime:
    return local_day(day.replace(day=1), zone)[0]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + _LONGEST_MONTH).replace(day=1)
