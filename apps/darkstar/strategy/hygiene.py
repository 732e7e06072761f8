"""Cycles against legionella: when the next one is due, and what is asked of the optimizer until it was carried out.

OFF -> WAITING -> DUE -> PLANNED -> RUNNING -> PROVING -> WAITING, or DUE again when the heat did not come. Nothing
but the record of a cycle that was really carried out ends it: a plan is no proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ..home.devices import WaterHeaterSettings
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..optimizer.plan import Plan
from ..optimizer.request import Hygiene

DUE_FROM = time(14, 0)
"""Local time from which a cycle may be due: tomorrow's prices are known."""
PROVING_TIME = timedelta(minutes=45)
"""The counters' rows of a cycle's last minutes come so late at most."""
_DAYS_SEARCHED = 3
"""Today or one of these days has a stretch of allowed time that is long enough, also when the clocks change."""
_BREAK = timedelta(seconds=1)
"""Slots of one block follow each other without any."""


class HygienePhase(StrEnum):
    """Where the cycle is."""

    OFF = "off"
    """None is wanted."""
    WAITING = "waiting"
    """The last one is not so long ago."""
    DUE = "due"
    """It must be planned."""
    PLANNED = "planned"
    """The running plan has it."""
    RUNNING = "running"
    PROVING = "proving"
    """It has ended, and the rows that may prove it are not all there yet."""


@dataclass(frozen=True, slots=True)
class HygieneState:
    """The cycle at one moment. `request` is what a plan made now must hold; `cycle` is the planned one."""

    phase: HygienePhase
    request: Hygiene | None = None
    cycle: tuple[datetime, datetime] | None = None
    overdue_since: datetime | None = None


def hygiene_at(
    home: HomeSettings,
    now: datetime,
    *,
    vacation: bool,
    last: datetime | None,
    ended: datetime | None,
    running: Plan | None,
) -> HygieneState:
    """Where the cycle is at `now`.

    `last` is the end of the last cycle that was carried out for sure (None: none is known, so one is due),
    `ended` the end of the last one that was commanded in full, proven or not. `running` is the plan that is
    carried out: a cycle that runs is not cut, whatever else has changed.
    """
    heater = home.water_heater
    if heater is None or heater.hygiene == "never":
        return HygieneState(HygienePhase.OFF)
    cycle = planned_cycle(running, now)
    if cycle is not None and cycle[0] <= now:
        rest_hours = (cycle[1] - now) / timedelta(hours=1)
        return HygieneState(HygienePhase.RUNNING, Hygiene(now, cycle[1], rest_hours), cycle)
    if heater.hygiene == "vacation" and not vacation:
        return HygieneState(HygienePhase.OFF)
    if not _is_due(heater, now, last, home.zone):
        return HygieneState(HygienePhase.WAITING)
    proven = last is not None and ended is not None and ended <= last
    if ended is not None and not proven and now - ended < PROVING_TIME:
        return HygieneState(HygienePhase.PROVING)
    start, end = _window(heater, now, last, home.zone)
    phase = HygienePhase.DUE if cycle is None else HygienePhase.PLANNED
    return HygieneState(
        phase, Hygiene(start, end, heater.hygiene_hours), cycle, _overdue_since(heater, now, last, home)
    )


def planned_cycle(plan: Plan | None, now: datetime) -> tuple[datetime, datetime] | None:
    """Start and end of the plan's first cycle that is not over at `now`; None without one."""
    start = end = None
    for slot in plan.slots if plan is not None else ():
        if not slot.hygiene:
            continue
        if start is None or end is None or slot.start - end > _BREAK:
            if end is not None and end > now:
                break
            start = slot.start
        end = slot.end
    return (start, end) if start is not None and end is not None and end > now else None


def _is_due(heater: WaterHeaterSettings, now: datetime, last: datetime | None, zone: ZoneInfo) -> bool:
    if last is None:
        return True
    days = (local_date(now, zone) - local_date(last, zone)).days
    if days == heater.hygiene_interval_days - 1:
        return now.astimezone(zone).time() >= DUE_FROM
    return days >= heater.hygiene_interval_days


def _window(
    heater: WaterHeaterSettings, now: datetime, last: datetime | None, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Where the cycle may lie: up to the end of its last day, or in the next stretch of allowed time.

    The end stays where it is from one plan to the next, so that a cheaper hour to come cannot put it off
    for ever.
    """
    length = timedelta(hours=heater.hygiene_hours)
    today = local_date(now, zone)
    if heater.hygiene_start == heater.hygiene_end:
        wanted = today if last is None else local_date(last, zone) + timedelta(days=heater.hygiene_interval_days)
        day = max(wanted, today)
        _, end = local_day(day, zone)
        return now, end if end - now >= length else local_day(day + timedelta(days=1), zone)[1]
    stretches = (_stretch(heater, today + timedelta(days=days), now, zone) for days in range(-1, _DAYS_SEARCHED))
    return next((start, end) for start, end in stretches if end - start >= length)


def _stretch(heater: WaterHeaterSettings, day: date, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The rest of the allowed time that begins on a day; negative where it is past."""
    end_day = day if heater.hygiene_start < heater.hygiene_end else day + timedelta(days=1)
    start = datetime.combine(day, heater.hygiene_start, zone).astimezone(UTC)
    return max(start, now), datetime.combine(end_day, heater.hygiene_end, zone).astimezone(UTC)


def _overdue_since(
    heater: WaterHeaterSettings, now: datetime, last: datetime | None, home: HomeSettings
) -> datetime | None:
    if last is None:
        return None
    day = local_date(last, home.zone) + timedelta(days=heater.hygiene_interval_days)
    _, end = local_day(day, home.zone)
    return end if end <= now else None
