"""What Darkstar is doing and why, in sentences for the owner."""

from __future__ import annotations

from datetime import timedelta

from ..control.decision import BatteryMode, BatterySettingsNow, Execution, HeaterMode, Source
from ..home.problem import Problem, Severity
from ..optimizer.plan import Action, PlanStatus
from .costs import cost_of_today
from .live import IDLE_KW, action_now, battery_kw, worth_now
from .runs import Run, runs_from
from .snapshot import Snapshot
from .words import DOING, NOUN, OVERRIDE, clock, duration, fit, money, power, rate

STATE_LIMIT = 255
"""Home Assistant takes no longer state."""

MISSED_TICKS = 2.5
"""So many intervals without a decision, and the executor is not running."""


def hero(snapshot: Snapshot) -> str:
    """The story in at most 255 characters: what happens now and why, then as much of the rest as fits."""
    return fit(story(snapshot), STATE_LIMIT)


def story(snapshot: Snapshot) -> tuple[str, ...]:
    """All there is to say, one thought each, the most important first."""
    sentences = (
        *now_sentences(snapshot),
        override_sentence(snapshot),
        next_sentence(snapshot),
        price_sentence(snapshot),
        _today(snapshot),
        *_honesty(snapshot),
    )
    return tuple(filter(None, sentences))


def now_sentences(snapshot: Snapshot) -> tuple[str, ...]:
    """What is being done right now, until when, and why."""
    execution = snapshot.execution
    if execution is None:
        return (_waiting(snapshot),)
    if silent(snapshot):
        since = clock(execution.executed_at, snapshot.now, snapshot.home.zone)
        return (f"Nothing has been decided since {since}: the executor does not run.",)
    decision = execution.decision
    if decision.hands_off is not None:
        return (f"Hands off: {_ended(decision.hands_off)}",)
    if decision.battery is None:
        return (_ended(decision.summary),)
    return _doing_and_why(snapshot, execution, decision.battery)


def override_sentence(snapshot: Snapshot) -> str:
    """Which quick actions hold and for how much longer, the newest first; empty without one."""
    held = [
        f"{OVERRIDE[override.kind]}: {duration(override.expires_at - snapshot.now)} left"
        for override in snapshot.overrides.all
    ]
    return f"{'; '.join(held)}, then back to the plan." if held else ""


def next_run(snapshot: Snapshot) -> Run | None:
    """The next run of the plan with another action than the present one."""
    if snapshot.plan is None:
        return None
    runs = runs_from(snapshot.plan, snapshot.now)
    present = action_now(snapshot) or next((run.action for run in runs if run.start <= snapshot.now), None)
    return next((run for run in runs if run.start > snapshot.now and run.action is not present), None)


def next_sentence(snapshot: Snapshot) -> str:
    """What the plan does next and what it brings; empty when nothing changes any more."""
    run = next_run(snapshot)
    if run is None:
        return ""
    start = clock(run.start, snapshot.now, snapshot.home.zone)
    gain = f" (about {money(abs(run.money), snapshot.home.currency)})" if abs(run.money) >= 0.01 else ""  # noqa: PLR2004 - a cent
    return f"From {start}: {NOUN[run.action]}{gain}."


def silent(snapshot: Snapshot) -> bool:
    """Whether the executor has missed its ticks."""
    if snapshot.execution is None:
        return False
    longest = timedelta(seconds=MISSED_TICKS * snapshot.home.executor.interval_seconds)
    return snapshot.now - snapshot.execution.executed_at > longest


def worst_problem(problems: tuple[Problem, ...]) -> Problem | None:
    """The problem to show first: critical before warning, older before newer."""
    return min(problems, key=lambda problem: (problem.severity is not Severity.CRITICAL, problem.since), default=None)


def _waiting(snapshot: Snapshot) -> str:
    problem = worst_problem(snapshot.problems)
    if problem is not None:
        return f"Darkstar cannot start yet. {_ended(problem.meaning)}"
    if snapshot.plan is None:
        return "Darkstar has just started: no plan and no decision yet."
    return "The plan is ready; nothing has been decided yet."


def _doing_and_why(snapshot: Snapshot, execution: Execution, settings: BatterySettingsNow) -> tuple[str, ...]:
    action = action_now(snapshot)
    why = _why_stored(snapshot) if action is Action.STORE and settings.source is Source.PLAN else ""
    why = why or _sentence(settings.reason)
    if execution.shadow:
        would = NOUN[action] if action else "serve the home from the battery"
        return (f"Only watching: would now {would}{_until(snapshot, settings)}.", why)
    if action is None or action is Action.HOLD:
        return (why, "The water heater is on." if _heats(execution) else "")
    rest = f"{_until(snapshot, settings)}{' while heating water' if _heats(execution) else ''}"
    kw = _battery_at_work_kw(snapshot, action)
    limit_kw = settings.discharge_kw if action is Action.EXPORT else settings.charge_kw
    if kw is None:
        speed = "" if settings.mode is BatteryMode.SELF_USE else f" at up to {power(limit_kw)}"
    elif kw < IDLE_KW:
        return (f"Told to {NOUN[action]} at up to {power(limit_kw)}{rest}, and waiting for it to begin.", why)
    else:
        speed = f" at {power(kw)}"
    doing = DOING[action]
    if why.startswith(doing):
        return (f"{doing}{speed}{rest}{why.removeprefix(doing)}",)
    return (f"{doing}{speed}{rest}.", why)


def _why_stored(snapshot: Snapshot) -> str:
    """Storing against selling, for a kWh of surplus; empty where that is not why, or not known."""
    home, price, kept = snapshot.home, snapshot.curve.at(snapshot.now), worth_now(snapshot)
    if price is None or kept is None:
        return ""
    stored = kept * home.battery.charge_efficiency
    if not home.grid.export_allowed or stored <= price.export_per_kwh:
        return ""
    sold, unit = rate(price.export_per_kwh), home.currency
    return f"Sold now, a kWh of it would bring {sold} {unit}; stored, it is worth {rate(stored)} {unit}."


def _battery_at_work_kw(snapshot: Snapshot, action: Action) -> float | None:
    """Power in the direction of the action, of a sale what arrives in the grid; None where it is not measured."""
    if action is Action.EXPORT:
        grid = snapshot.readings.grid_kw if snapshot.readings else None
        return -grid.value if grid else None
    kw = battery_kw(snapshot.readings, snapshot.home)
    return -kw if kw is not None and action is Action.DISCHARGE else kw


def _heats(execution: Execution) -> bool:
    heater = execution.decision.heater
    return heater is not None and heater.mode is not HeaterMode.OFF


def _until(snapshot: Snapshot, settings: BatterySettingsNow) -> str:
    """When the plan changes; an override and a safety rule say in their reason how long they last."""
    if settings.source is not Source.PLAN or snapshot.plan is None:
        return ""
    run = next((run for run in runs_from(snapshot.plan, snapshot.now) if run.start <= snapshot.now), None)
    if run is None or run.action is not action_now(snapshot):
        return ""
    return f" until {clock(run.end, snapshot.now, snapshot.home.zone)}"


def price_sentence(snapshot: Snapshot) -> str:
    """What power costs and brings now; empty where that is not known."""
    price = snapshot.curve.at(snapshot.now)
    if price is None:
        return ""
    unit = f"{snapshot.home.currency}/kWh"
    return f"Power costs {rate(price.import_per_kwh)} and sells at {rate(price.export_per_kwh)} {unit} now."


def _today(snapshot: Snapshot) -> str:
    cost = cost_of_today(snapshot)
    if cost.total is None:
        return ""
    whole = f"{_balance(cost.total, snapshot.home.currency)} by midnight"
    if cost.so_far is None:
        return f"Today: {whole}, as planned."
    return f"Today: {_balance(cost.so_far, snapshot.home.currency)} so far, about {whole}."


def _balance(cost: float, currency: str) -> str:
    return f"{money(abs(cost), currency)} {'earned' if cost < 0 else 'spent'}"


def _honesty(snapshot: Snapshot) -> tuple[str, ...]:
    """What is assumed, guessed, or could not be had."""
    plan, forecast, zone = snapshot.plan, snapshot.forecast, snapshot.home.zone
    sentences = []
    if forecast is not None and forecast.assumed:
        sentences.append(f"Assumed for lack of history: {', '.join(forecast.assumed)}.")
    if plan is None:
        return tuple(sentences)
    guessed = next((slot.start for slot in plan.slots if not slot.price_known and slot.end > snapshot.now), None)
    if guessed is not None:
        sentences.append(f"Prices are a forecast from {clock(guessed, snapshot.now, zone)}.")
    if plan.status is PlanStatus.FALLBACK:
        sentences.append("No solver answered, so the plan is plain self-use.")
    age = snapshot.now - plan.created_at
    if age > snapshot.home.max_plan_age:
        sentences.append(f"The plan is {duration(age)} old.")
    sentences.extend(f"Not possible: {_ended(wish)}" for wish in plan.unmet)
    sentences.extend(_ended(note) for note in plan.notes)
    return tuple(sentences)


def _sentence(words: str) -> str:
    return _ended(f"{words[:1].upper()}{words[1:]}")


def _ended(sentence: str) -> str:
    text = sentence.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
