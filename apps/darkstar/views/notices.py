"""What the owner is told: messages from the edges between two decisions and from problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from ..control.decision import BatteryMode, Decision, HeaterMode, Override
from ..home.operation import NotificationSettings
from ..home.problem import Problem, Severity
from .words import OVERRIDE


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the owner. A critical one is sent in quiet hours too."""

    title: str
    text: str
    critical: bool = False


def mode_notices(before: Decision | None, after: Decision, settings: NotificationSettings) -> tuple[Notice, ...]:
    """Messages for what started or stopped between two decisions: real edges only."""
    if before is None:
        return ()
    was, now = _running(before), _running(after)
    wanted = {
        "charge": (settings.on_charge_start, settings.on_charge_stop, "Grid charging"),
        "export": (settings.on_export_start, settings.on_export_stop, "Export from the battery"),
        "heat": (settings.on_heat_start, settings.on_heat_stop, "Water heating"),
    }
    notices = []
    for kind, (on_start, on_stop, name) in wanted.items():
        if on_start and kind in now and kind not in was:
            notices.append(Notice(f"{name} started", now[kind]))
        if on_stop and kind in was and kind not in now:
            notices.append(Notice(f"{name} stopped", after.summary))
    return tuple(notices)


def _running(decision: Decision) -> dict[str, str]:
    running = {}
    battery, heater = decision.battery, decision.heater
    if battery is not None and battery.mode is BatteryMode.GRID_CHARGE:
        running["charge"] = battery.reason
    if battery is not None and battery.mode is BatteryMode.EXPORT:
        running["export"] = battery.reason
    if heater is not None and heater.mode is not HeaterMode.OFF:
        running["heat"] = heater.reason
    return running


def override_notice(
    before: Override | None, after: Override | None, settings: NotificationSettings, zone: ZoneInfo
) -> Notice | None:
    """The message for a quick action that began or ended, if it is wanted."""
    if not settings.on_override or before == after:
        return None
    if after is not None:
        until = after.expires_at.astimezone(zone)
        return Notice(OVERRIDE[after.kind], f"In force until {until:%H:%M}.")
    if before is not None:
        return Notice(f"{OVERRIDE[before.kind]} ended", "Darkstar follows its plan again.")
    return None


def problem_notices(
    before: Iterable[Problem], after: Iterable[Problem], settings: NotificationSettings
) -> dict[str, Notice]:
    """The messages for problems that began or ended, by problem id; `before` is what the owner knows of."""
    was = {problem.problem_id: problem for problem in before}
    now = {problem.problem_id: problem for problem in after}
    begun = {
        name: Notice("Darkstar needs you", f"{problem.meaning} {problem.remedy}", problem.severity is Severity.CRITICAL)
        for name, problem in now.items()
        if name not in was and settings.on_problem
    }
    ended = {
        name: Notice("Problem solved", problem.meaning, problem.severity is Severity.CRITICAL)
        for name, problem in was.items()
        if name not in now and settings.on_problem_end
    }
    return begun | ended


def deliverable(notice: Notice, now: datetime, settings: NotificationSettings, zone: ZoneInfo) -> bool:
    """Whether a message may be sent at `now`: not in quiet hours, unless it is critical."""
    if notice.critical or settings.quiet_start is None or settings.quiet_end is None:
        return True
    return not _between(now.astimezone(zone).time(), settings.quiet_start, settings.quiet_end)


def _between(clock: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end
