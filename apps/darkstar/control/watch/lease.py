"""The dead-man's lease: what Darkstar has left on the inverter, and how long that may last without a sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from ...home.finite import number
from ...home.ports import ServiceCaller, StateReader
from ...home.problem import Problem, Severity
from ...home.readings import Readings
from ...home.settings import HomeSettings
from ..decision import BatteryMode, BatterySettingsNow, Decision, ExecutionStep, Source
from ..dispatch.dispatcher import SETTLED, Doors
from ..rules.battery_modes import self_use

LONGEST_BEAT_S = 60.0
BEATS_PER_LEASE = 3
"""Two signs of life may get lost."""
MISSED_TICKS = 2.5
"""So many intervals without a tick that came to its end, and there is no sign of life any more."""

LATEST_S = 1e10
"""Largest value of the helper."""


class Grip(IntEnum):
    """How far the inverter is from working by itself, by what it was last told."""

    FREE = 0
    """Self-use within the battery's own limits."""
    LIMITED = 1
    """Self-use, but it may not charge or discharge as it could."""
    FORCED = 2
    """It buys for, or sells from, the battery."""


def grip_of(settings: BatterySettingsNow, home: HomeSettings) -> Grip:
    """What these settings make of the inverter."""
    if settings.mode is not BatteryMode.SELF_USE:
        return Grip.FORCED
    open_limits = settings.charge_kw >= home.battery.max_charge_kw and (
        settings.discharge_kw >= home.battery.max_discharge_kw
    )
    return Grip.FREE if open_limits else Grip.LIMITED


def grip_after(
    before: Grip, commanded: BatterySettingsNow | None, steps: Sequence[ExecutionStep], home: HomeSettings
) -> Grip:
    """The grip after a tick: a new one counts when it is commanded, an old one goes when all steps are settled."""
    if commanded is None or home.executor.shadow_mode:
        return before
    grip = grip_of(commanded, home)
    return grip if all(step.result in SETTLED for step in steps) else max(before, grip)


def released(decision: Decision, grip: Grip, readings: Readings, home: HomeSettings) -> BatterySettingsNow | None:
    """The last command before hands off, or None when there is none to give.

    Who switches the automation off gets the inverter back in self-use, not in the middle of a purchase.
    The manual override means not one write: there the lease ends what was begun. So it does while a
    toggle cannot be read.
    """
    switched_off = readings.automation is False and readings.manual_override is False
    if decision.hands_off is None or not switched_off or grip is Grip.FREE or home.executor.shadow_mode:
        return None
    return self_use(home, Source.SAFETY, "automation was switched off: back to self-use, then hands off")


def left_forced(
    decision: Decision, grip: Grip, lease_until: datetime | None, home: HomeSettings
) -> tuple[Problem, ...]:
    """Tells the owner of a purchase or sale that goes on while Darkstar must not write."""
    if decision.hands_off is None or grip is not Grip.FORCED or home.executor.shadow_mode:
        return ()
    ends = "" if lease_until is None else f" The watchdog ends it at {lease_until.astimezone(home.zone):%H:%M}."
    problem = Problem(
        problem_id="forced_mode_left_on",
        severity=Severity.WARNING,
        since=decision.decided_at,
        meaning=f"The grid charge or sale that Darkstar began still goes on, and nothing may be written: "
        f"{decision.hands_off}.{ends}",
        remedy="End it at the inverter by hand, or let Darkstar write again. To keep it going, set "
        f"{home.entities.lease} to 0.",
    )
    return (problem,)


def beat_seconds(home: HomeSettings) -> float:
    """How often to give a sign of life."""
    return min(LONGEST_BEAT_S, home.executor.lease_minutes * 60 / BEATS_PER_LEASE)


@dataclass(slots=True)
class Lease:
    """The helper in Home Assistant that says until when a purchase or sale may go on; 0: there is none.

    A number and not a date: local dates are ambiguous in the hour that comes twice in October.
    """

    home: HomeSettings
    until: datetime | None = None
    """What was last granted."""

    def renew(self, ha: Doors, now: datetime) -> None:
        """Grant a purchase or sale one more lease from now on, where the helper for it exists. Never raises."""
        if ha.state(self.home.entities.lease) is None:
            self.until = None
            return
        self.until = now + timedelta(minutes=self.home.executor.lease_minutes)
        self._put(ha, round(self.until.timestamp()))

    def end(self, ha: Doors) -> None:
        """There is nothing to watch over any more; written only where it is not so already. Never raises."""
        self.until = None
        entity = ha.state(self.home.entities.lease)
        if entity is not None and number(entity.state) != 0:
            self._put(ha, 0)

    def is_ended(self, ha: StateReader) -> bool:
        """Whether the helper says that nothing goes on: the watchdog has acted, or the owner has set it to 0."""
        entity = ha.state(self.home.entities.lease)
        return entity is not None and number(entity.state) == 0

    def read(self, ha: StateReader) -> None:
        """Take over what was granted before a restart."""
        entity = ha.state(self.home.entities.lease)
        seconds = number(entity.state) if entity is not None else None
        self.until = datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < LATEST_S else None

    def _put(self, ha: ServiceCaller, seconds: int) -> None:
        entity_id = self.home.entities.lease
        ha.call(f"{entity_id.partition('.')[0]}/set_value", entity_id=entity_id, value=seconds)


def is_alive(completed_at: datetime | None, now: datetime, home: HomeSettings) -> bool:
    """Whether ticks come to their end: a heart that beats while every tick fails would protect nobody."""
    if completed_at is None:
        return False
    return abs(now - completed_at) <= timedelta(seconds=home.executor.interval_seconds) * MISSED_TICKS
