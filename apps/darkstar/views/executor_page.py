"""The Executor page: how well it has worked, what it does next, and every tick from plan to what the device said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ..control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    EvMode,
    Execution,
    ExecutionStatistics,
    ExecutionStep,
    HeaterMode,
    PlannedNow,
    Source,
    StepResult,
)
from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..learning.shadow_verdict import ShadowVerdict
from ..optimizer.plan import Action
from .series import milliseconds
from .snapshot import Snapshot
from .words import NOUN, OVERRIDE, clock, money, power

Numbered = Sequence[tuple[int, Execution]]
"""Executions with their numbers, newest first."""

_WHO = {
    Source.PLAN: "plan",
    Source.OVERRIDE: "you",
    Source.SAFETY: "safety",
    Source.FALLBACK: "no plan",
    Source.SURPLUS: "solar surplus",
    Source.BLOCK: "your block",
}
_RESULTS = {
    StepResult.UNCHANGED: ("already so", "quiet"),
    StepResult.WRITTEN: ("written", "good"),
    StepResult.SHADOW: ("would be written", "shadow"),
    StepResult.UNCONFIRMED: ("not confirmed", "bad"),
    StepResult.FAILED: ("failed", "bad"),
    StepResult.UNREADABLE: ("cannot be read", "bad"),
    StepResult.DEFERRED: ("waits", "warn"),
    StepResult.OVER_BUDGET: ("over budget", "warn"),
    StepResult.YIELDED: ("left to others", "warn"),
}
_HEATER = {
    HeaterMode.OFF: "off",
    HeaterMode.NORMAL: "heating",
    HeaterMode.HYGIENE: "heating against legionella",
    HeaterMode.BOOST: "heating to the boost setpoint",
    HeaterMode.MAX: "heating on solar surplus",
}
_RESTS_KW = 0.01
_NEARLY_USED = 0.9


def executor_page(
    snapshot: Snapshot,
    days: Sequence[tuple[date, ExecutionStatistics]],
    rows: Numbered,
    *,
    more: bool,
    shadow_ticks: int,
) -> dict[str, Any]:
    """Everything that the page shows, ready for `json.dumps`.

    `days` are the last local days, oldest first; `more`: there are older rows. `shadow_ticks` is how many of the
    rows only watched.
    """
    return {
        "statistics": _statistics(snapshot.statistics),
        "days": [_day(day, counted) for day, counted in days],
        "next": _next(snapshot),
        "budget": _budget(snapshot),
        "shadow": shadow_ticks > 0,
        "interval": f"{snapshot.home.executor.interval_seconds / 60:g} min",
        **history(rows, snapshot.home, more=more),
    }


def history(rows: Numbered, home: HomeSettings, *, more: bool) -> dict[str, Any]:
    """Rows of the history."""
    return {"rows": [_row(number, execution, home) for number, execution in rows], "more": more}


def verdict_words(verdict: ShadowVerdict) -> dict[str, Any]:
    """The verdict on the days in shadow mode, in words and figures."""
    facts = [
        ("Complete days", str(len(verdict.days))),
        ("Paid", money(verdict.paid, verdict.currency)),
        ("With Darkstar", money(verdict.would_have_paid, verdict.currency)),
        ("Self-use alone", money(verdict.self_consumption, verdict.currency)),
        ("Writes a day", f"{verdict.writes.per_day:.0f}"),
    ]
    if verdict.writes.busiest:
        busiest = f"{verdict.writes.busiest}, {verdict.writes.busiest_per_day:.0f} a day of {verdict.write_budget}"
        facts.append(("Busiest setting", busiest))
    return {
        "decision": verdict.decision.value,
        "words": _sentence(verdict.words),
        "facts": facts if verdict.days else [],
        "against": [_sentence(reason) for reason in verdict.against],
        "problems": list(verdict.problems),
    }


def _statistics(counted: ExecutionStatistics) -> list[dict[str, str]]:
    success = counted.success_percent
    actions = ", ".join(f"{OVERRIDE[kind]} {counted.overrides[kind]}" for kind in OVERRIDE if kind in counted.overrides)
    tiles = [
        ("Success", "-" if success is None else f"{success:.1f} %", f"{counted.ok} of {counted.ticks} ticks"),
        ("Failed", str(counted.failed), f"{counted.failures} settings did not take" if counted.failures else "ticks"),
        ("Writes", str(counted.writes), "to all devices"),
        ("Under quick actions", str(counted.overridden), actions or "ticks"),
        ("Hands off", str(counted.hands_off), "ticks on which nothing may be written"),
    ]
    tones = {"Failed": "bad" if counted.failed else ""}
    return [
        {"title": title, "value": value, "words": words, "tone": tones.get(title, "")} for title, value, words in tiles
    ]


def _day(day: date, counted: ExecutionStatistics) -> dict[str, Any]:
    words = f"{counted.ok} ticks went well, {counted.failed} did not, {counted.writes} writes"
    return {
        "day": f"{day:%a} {day.day}",
        "ok": counted.ok - min(counted.hands_off, counted.ok),
        "hands_off": min(counted.hands_off, counted.ok),
        "failed": counted.failed,
        "writes": counted.writes,
        "words": f"{day:%A} {day.day} {day:%B}: {words if counted.ticks else 'nothing was done'}",
    }


def _next(snapshot: Snapshot) -> dict[str, Any] | None:
    decision = snapshot.next_decision
    if decision is None:
        return None
    return {
        "at": milliseconds(decision.decided_at),
        "when": clock(decision.decided_at, snapshot.now, snapshot.home.zone),
        "summary": decision.summary,
        "decided": list(_decided(decision)),
    }


def _budget(snapshot: Snapshot) -> dict[str, Any]:
    limit = snapshot.home.executor.write_budget_per_day
    counts = sorted(snapshot.writes_today.items(), key=lambda item: (-item[1], item[0]))
    most = counts[0][1] if counts else 0
    return {
        "limit": limit,
        "left": max(limit - most, 0),
        "total": sum(count for _, count in counts),
        "entities": [
            {
                "name": name,
                "count": count,
                "share": min(count / limit, 1.0) if limit else 1.0,
                "tone": "bad" if count >= limit else "warn" if count >= _NEARLY_USED * limit else "",
            }
            for name, count in counts
        ],
    }


def _row(number: int, execution: Execution, home: HomeSettings) -> dict[str, Any]:
    zone, decision = home.zone, execution.decision
    day = local_date(execution.executed_at, zone)
    return {
        "id": number,
        "at": milliseconds(execution.executed_at),
        "day": f"{day:%A} {day.day} {day:%B}",
        "time": f"{execution.executed_at.astimezone(zone):%H:%M:%S}",
        "summary": decision.hands_off or decision.summary,
        "soc": "" if execution.soc_percent is None else f"{execution.soc_percent:.0f} %",
        "badges": [{"text": text, "tone": tone} for text, tone in _badges(execution)],
        "idle": is_idle(execution),
        "planned": list(_planned(execution.planned, zone)),
        "decided": list(_decided(decision)),
        "steps": [_step(step) for step in execution.steps],
        "measured": list(_measured(execution)),
        "about": list(_about(execution, zone)),
        "problems": [*filter(None, [execution.error]), *execution.problems],
    }


def is_idle(execution: Execution) -> bool:
    """Whether the tick found everything as it should be: nothing was sent, nothing was in the way."""
    quiet = all(step.result is StepResult.UNCHANGED for step in execution.steps)
    return quiet and execution.error is None and execution.decision.hands_off is None


def _badges(execution: Execution) -> Iterator[tuple[str, str]]:
    if execution.error is not None:
        yield "Broke off", "bad"
    if execution.decision.emergency:
        yield "Emergency charge", "bad"
    if execution.decision.hands_off is not None and not execution.shadow:
        yield "Hands off", "warn"
    troubled = {StepResult.FAILED, StepResult.UNCONFIRMED, StepResult.UNREADABLE}
    failed = sum(step.result in troubled for step in execution.steps)
    if failed:
        yield f"{failed} failed", "bad"
    if execution.writes:
        yield f"{execution.writes} {'write' if execution.writes == 1 else 'writes'}", "good"
    held = sum(_RESULTS[step.result][1] == "warn" for step in execution.steps)
    if held:
        yield f"{held} held back", "warn"
    if execution.shadow:
        wished = sum(step.result is StepResult.SHADOW for step in execution.steps)
        yield (f"Shadow: {wished} would be written" if wished else "Shadow"), "shadow"
    yield from ((OVERRIDE[override.kind], "you") for override in execution.overrides)
    if is_idle(execution) and not execution.shadow:
        yield "Idle", "quiet"


def _planned(planned: PlannedNow | None, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if planned is None:
        return
    yield "Slot", f"{planned.slot_start.astimezone(zone):%H:%M}"
    yield "Wants to", NOUN[Action(planned.action)]
    kw = planned.charge_kw - planned.discharge_kw
    yield "Battery", "rests" if abs(kw) < _RESTS_KW else f"{'charges' if kw > 0 else 'gives'} {power(kw)}"
    if planned.export_kw >= _RESTS_KW:
        yield "Sold", power(planned.export_kw)
    if planned.heater_kw >= _RESTS_KW:
        yield "Water", power(planned.heater_kw)
    if abs(planned.ev_kw) >= _RESTS_KW:
        yield "Car", power(planned.ev_kw)
    if planned.soc_percent is not None:
        yield "SoC at its end", f"{planned.soc_percent:.0f} %"


def _decided(decision: Decision) -> Iterator[dict[str, str]]:
    if decision.battery is not None:
        settings = decision.battery
        yield _wanted("Battery", battery_words(settings), settings.source, settings.reason)
    if decision.heater is not None:
        yield _wanted("Water", _HEATER[decision.heater.mode], decision.heater.source, decision.heater.reason)
    if decision.ev is not None:
        charges = decision.ev.mode is EvMode.CHARGE
        words = f"charges at {decision.ev.current_a:g} A" if charges else "rests"
        yield _wanted("Car", words, decision.ev.source, decision.ev.reason)


def _wanted(device: str, words: str, source: Source, reason: str) -> dict[str, str]:
    return {"device": device, "words": words, "who": _WHO[source], "why": _sentence(reason)}


def battery_words(settings: BatterySettingsNow) -> str:
    """A battery setting in a few words."""
    if settings.mode is BatteryMode.GRID_CHARGE:
        return f"charge from the grid to {settings.target_soc_percent:.0f} % at up to {power(settings.charge_kw)}"
    if settings.mode is BatteryMode.EXPORT:
        return f"sell down to {settings.target_soc_percent:.0f} % at up to {power(settings.discharge_kw)}"
    shut = []
    if settings.charge_kw <= 0:
        shut.append("no charging")
    if settings.discharge_kw <= 0:
        shut.append("no discharging")
    return f"self-use{', ' if shut else ''}{' and '.join(shut)}"


def _step(step: ExecutionStep) -> dict[str, Any]:
    words, tone = _RESULTS[step.result]
    sent = step.result is not StepResult.UNCHANGED
    return {
        "entity": step.entity_id,
        "was": step.previous or "-",
        "wanted": step.wanted if sent else "",
        "read": (step.read_back or "-") if sent else step.previous or "-",
        "result": words,
        "tone": tone,
        "who": "" if step.source is None else _WHO[step.source],
        "message": step.message,
    }


def _measured(execution: Execution) -> Iterator[tuple[str, str]]:
    powers = {"Home": execution.load_kw, "Solar": execution.pv_kw}
    yield from ((name, power(kw)) for name, kw in powers.items() if kw is not None)
    if execution.grid_kw is not None:
        yield ("Bought" if execution.grid_kw >= 0 else "Sold"), power(execution.grid_kw)
    if execution.soc_percent is not None:
        yield "SoC", f"{execution.soc_percent:.1f} %"


def _about(execution: Execution, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if execution.plan_id is not None:
        yield "Plan", execution.plan_id
    if execution.duration_s is not None:
        yield "Took", f"{execution.duration_s:.1f} s"
    if execution.lease_until is not None:
        yield "Lease until", f"{execution.lease_until.astimezone(zone):%H:%M:%S}"
    for rule in execution.decision.holding:
        yield "Rule held", f"{rule.rule.replace('_', ' ')} since {rule.since.astimezone(zone):%H:%M}"


def _sentence(words: str) -> str:
    text = f"{words[:1].upper()}{words[1:]}"
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."
