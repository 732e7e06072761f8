"""What the owner may be told of: facts that begin and end, with the words for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..control.decision import ActiveOverrides, BatteryMode, Decision, EvMode, Execution, HeaterMode, Override
from ..home.notice import Notice, NoticeAction
from ..home.operation import NotificationSettings
from ..home.problem import Problem, Severity
from .words import OVERRIDE, clock

RESUME = NoticeAction("DARKSTAR_RESUME", "Resume")
"""The button below the reminder of a pause."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is so for a time, and what is said when it begins and ends (None: nothing).

    Another `version` of the same `key` is told as a new beginning. The end of one whose `groups` are
    taken by a beginning is not told: the beginning says it. It must last `min_minutes` to be told.
    """

    key: str
    begun: Notice | None
    ended: Notice | None = None
    version: str = ""
    groups: tuple[str, ...] = ()
    min_minutes: float = 0.0

    def is_same(self, other: Fact | None) -> bool:
        """Whether it is the same fact, in the same version."""
        return other is not None and (self.key, self.version) == (other.key, other.version)


def running_facts(execution: Execution, settings: NotificationSettings) -> tuple[Fact, ...]:
    """What the devices are doing for Darkstar; nothing while it only watches."""
    if execution.shadow:
        return ()
    return (*_running(execution.decision, settings), *_soc_target(execution.decision, settings))


def _running(decision: Decision, settings: NotificationSettings) -> Iterator[Fact]:
    battery, heater, ev = decision.battery, decision.heater, decision.ev
    after = decision.summary
    if battery is not None and battery.mode is BatteryMode.GRID_CHARGE:
        starts, stops = settings.on_charge_start, settings.on_charge_stop
        yield _run("charge", "Grid charging", battery.reason or after, settings.min_minutes, starts=starts, stops=stops)
    if battery is not None and battery.mode is BatteryMode.EXPORT:
        starts, stops = settings.on_export_start, settings.on_export_stop
        name = "Export from the battery"
        yield _run("export", name, battery.reason or after, settings.min_minutes, starts=starts, stops=stops)
    if heater is not None and heater.mode is not HeaterMode.OFF:
        starts, stops = settings.on_heat_start, settings.on_heat_stop
        yield _run("heat", "Water heating", heater.reason or after, settings.min_minutes, starts=starts, stops=stops)
    if ev is not None and ev.mode is EvMode.CHARGE:
        starts, stops = settings.on_ev_start, settings.on_ev_stop
        yield _run("ev", "Car charging", ev.reason or after, settings.min_minutes, starts=starts, stops=stops)


def _run(key: str, name: str, why: str, min_minutes: float, *, starts: bool, stops: bool) -> Fact:
    return Fact(
        key,
        begun=Notice(f"{name} started", why, tag=key) if starts else None,
        ended=Notice(f"{name} stopped", "", tag=key) if stops else None,
        min_minutes=min_minutes,
    )


def _soc_target(decision: Decision, settings: NotificationSettings) -> Iterator[Fact]:
    battery = decision.battery
    if battery is None:
        return
    target = f"{battery.target_soc_percent:.0f}"
    told = Notice(f"SoC target {target} %", battery.reason, tag="soc_target")
    begun = told if settings.on_soc_target_change else None
    yield Fact("soc_target", begun, version=target, min_minutes=settings.min_minutes)


def override_facts(
    overrides: ActiveOverrides, settings: NotificationSettings, now: datetime, zone: ZoneInfo
) -> tuple[Fact, ...]:
    """The quick actions in force, each once."""
    return tuple(_override(override, now, zone, told=settings.on_override) for override in overrides.all)


def _override(override: Override, now: datetime, zone: ZoneInfo, *, told: bool) -> Fact:
    name, tag = OVERRIDE[override.kind], f"override_{override.kind}"
    begun = Notice(name, f"In force until {clock(override.expires_at, now, zone)}.", tag=tag)
    ended = Notice(f"{name} ended", "Darkstar follows its plan again.", tag=tag, clears=True, silent=not told)
    return Fact(
        tag,
        begun=begun if told else None,
        ended=ended,
        version=override.expires_at.isoformat(),
        groups=tuple(sorted(override.kind.groups)),
    )


def problem_facts(problems: Iterable[Problem], settings: NotificationSettings) -> tuple[Fact, ...]:
    """The open problems."""
    return tuple(_problem(problem, settings) for problem in problems)


def _problem(problem: Problem, settings: NotificationSettings) -> Fact:
    tag, critical = f"problem_{problem.problem_id}", problem.severity is Severity.CRITICAL
    untold = not (settings.on_problem and settings.on_problem_end)
    begun = Notice("Darkstar needs you", f"{problem.meaning} {problem.remedy}", critical, tag)
    ended = Notice("Problem solved", problem.meaning, critical, tag, clears=True, silent=untold)
    return Fact(tag, begun if settings.on_problem else None, ended)


@dataclass(frozen=True, slots=True)
class PauseReminder:
    """Darkstar is still paused, said at an instant; `until` is the pause's own end."""

    said_at: datetime
    until: datetime


def reminder_facts(reminder: PauseReminder | None, now: datetime, zone: ZoneInfo) -> tuple[Fact, ...]:
    """The reminder of a pause, with a button that ends it, until the pause ends by itself."""
    if reminder is None or now >= reminder.until:
        return ()
    text = f"Nothing is steered until {clock(reminder.until, now, zone)}. Resume goes back to the plan."
    told = Notice("Darkstar is paused", text, tag="override_pause", actions=(RESUME,))
    return (Fact("pause_reminder", told, version=reminder.said_at.isoformat()),)


def trial_notice(channel: str) -> Notice:
    """What the test button sends."""
    return Notice("Darkstar test", f"Messages from Darkstar arrive through {channel}.", tag="test")
