"""The Status page in words and numbers: what happens now and why, what it costs, what comes next.

Powers in kW, SoC in percent, instants in milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..control.decision import Source
from ..home.problem import Problem, Severity
from ..optimizer.plan import Action
from .costs import cost_of_today
from .flow_map import flow_map, measured, total
from .live import IDLE_KW, action_now, worth_now
from .plan_words import plan_marks
from .runs import Run, runs_from
from .sentences import next_sentence, now_sentences, price_sentence, silent, story, worst_problem
from .series import milliseconds
from .snapshot import Snapshot
from .steering import Controls, steering
from .targets import soc_target_kwh
from .words import NOUN, clock, duration, money, rate

RUNS_SHOWN = 8
_CENT = 0.005


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much less than plain self-use today has cost so far, wear and stored energy counted; below zero: more."""

    saved: float


def status_page(snapshot: Snapshot, controls: Controls, compared: Comparison | None = None) -> dict[str, Any]:
    """Everything that the Status page shows, ready for `json.dumps`. `compared` None: the ledger has no today yet."""
    return {
        "now": milliseconds(snapshot.now),
        "hero": _hero(snapshot),
        "problems": [_problem(problem) for problem in _worst_first(snapshot.problems)],
        "flow": flow_map(snapshot),
        "battery": _battery(snapshot),
        "money": _money(snapshot, compared),
        "next": [_run(run, snapshot) for run in _coming(snapshot)],
        "missing": _missing(snapshot),
        "marks": plan_marks(snapshot),
        **steering(snapshot, controls),
    }


def _hero(snapshot: Snapshot) -> dict[str, Any]:
    headline, *why = filter(None, now_sentences(snapshot))
    action = action_now(snapshot)
    rest = [sentence for sentence in story(snapshot) if sentence != headline and sentence not in why]
    if snapshot.home.currency not in f"{headline} {' '.join(why)}":
        why.append(price_sentence(snapshot))
    return {
        "headline": headline,
        "why": " ".join(filter(None, why)),
        "then": next_sentence(snapshot),
        "tone": _tone(snapshot, action),
        "more": [sentence for sentence in rest if sentence != next_sentence(snapshot)],
    }


def _tone(snapshot: Snapshot, action: Action | None) -> str:
    execution = snapshot.execution
    if execution is None or silent(snapshot) or execution.decision.hands_off is not None:
        return "off"
    return action.value if action else "hold"


def _worst_first(problems: tuple[Problem, ...]) -> list[Problem]:
    worst = worst_problem(problems)
    return [] if worst is None else [worst, *(problem for problem in problems if problem is not worst)]


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.problem_id,
        "severity": "critical" if problem.severity is Severity.CRITICAL else "warning",
        "since": milliseconds(problem.since),
        "meaning": problem.meaning,
        "remedy": problem.remedy,
    }


def _battery(snapshot: Snapshot) -> dict[str, Any]:
    battery, readings = snapshot.home.battery, snapshot.readings
    soc = measured(readings.soc_percent) if readings else None
    worth = worth_now(snapshot)
    target = target_percent(snapshot)
    currency = snapshot.home.currency
    return {
        "soc": None if soc is None else round(soc, 1),
        "kwh": None if soc is None else f"{soc / 100 * battery.capacity_kwh:.1f} of {battery.capacity_kwh:g} kWh",
        "target": None if target is None else round(target, 1),
        "target_words": "" if target is None else _target_words(snapshot, soc, target),
        "floor": battery.min_soc_percent,
        "ceiling": battery.max_soc_percent,
        "worth": "" if worth is None else f"A stored kWh is worth {rate(worth)} {currency}",
    }


def target_percent(snapshot: Snapshot) -> float | None:
    """The SoC that the battery is steered towards: by a rule or quick action, else by the plan; None: by nothing."""
    decided = snapshot.execution.decision.battery if snapshot.execution else None
    if decided is not None and decided.source is not Source.PLAN:
        return decided.target_soc_percent
    plan, policy = snapshot.plan, snapshot.policy
    plan_slot = plan.slot_at(snapshot.now) if plan else None
    levels = policy.slot_at(snapshot.now) if policy else None
    if plan is None or not plan.capacity_kwh or plan_slot is None or levels is None:
        return None
    return soc_target_kwh(plan_slot, levels) / plan.capacity_kwh * 100


def _target_words(snapshot: Snapshot, soc: float | None, target: float) -> str:
    """Towards the target where it is still ahead; a battery that takes surplus beyond it is not charging up to it."""
    action = action_now(snapshot)
    if action in {Action.CHARGE, Action.STORE} and (soc is None or soc < target):
        return f"charging up to {target:.0f} %"
    if action in {Action.DISCHARGE, Action.EXPORT} and (soc is None or soc > target):
        return f"giving down to {target:.0f} %"
    return f"target {target:.0f} %"


def _money(snapshot: Snapshot, compared: Comparison | None) -> dict[str, Any]:
    cost, currency = cost_of_today(snapshot), snapshot.home.currency
    return {
        "currency": currency,
        "so_far": _amount(cost.so_far),
        "rest": _amount(cost.planned_rest),
        "total": _amount(cost.total),
        "energy": _energy(snapshot),
        "saving": "" if compared is None else _saving(compared.saved, currency),
        "dearer": compared is not None and compared.saved < 0,
    }


def _energy(snapshot: Snapshot) -> str:
    """What the meter has counted today."""
    bought, sold = (
        total(row.import_kwh for row in snapshot.observations),
        total(row.export_kwh for row in snapshot.observations),
    )
    known = [f"{kwh:.1f} kWh {way}" for kwh, way in ((bought, "bought"), (sold, "sold")) if kwh is not None]
    return f"{', '.join(known)} today" if known else ""


def _saving(saved: float, currency: str) -> str:
    amount = money(abs(saved), currency)
    return f"{amount} saved so far by Darkstar" if saved >= 0 else f"{amount} dearer so far than plain self-use"


def _amount(value: float | None) -> str | None:
    return None if value is None else f"{round(value, 2) + 0.0:.2f}"


def _coming(snapshot: Snapshot) -> list[Run]:
    return [] if snapshot.plan is None else list(runs_from(snapshot.plan, snapshot.now)[:RUNS_SHOWN])


def _run(run: Run, snapshot: Snapshot) -> dict[str, Any]:
    zone, now = snapshot.home.zone, snapshot.now
    under_way = run.start <= now
    if abs(run.money) >= _CENT:
        amount = money(abs(run.money), snapshot.home.currency)
        worth = f"{'costs' if run.action is Action.CHARGE else 'brings'} {amount}"
    else:
        worth = ""
    words = NOUN[run.action]
    length = duration(run.end - max(run.start, now))
    return {
        "from": milliseconds(run.start),
        "when": "now" if under_way else clock(run.start, now, zone),
        "until": f"{'until ' if under_way else ''}{clock(run.end, now, zone)}" if under_way else length,
        "action": run.action.value,
        "what": f"{words[:1].upper()}{words[1:]}",
        "energy": f"{run.energy_kwh:.1f} kWh" if run.energy_kwh >= IDLE_KW else "",
        "money": worth,
        "reason": run.reason,
    }


def _missing(snapshot: Snapshot) -> str:
    """What stands in the place of the next slots where there are none."""
    if snapshot.plan is None:
        return "There is no plan yet. It needs the battery's SoC and prices; what is missing is named above."
    return "" if _coming(snapshot) else "The plan has run out. Press Plan now."
