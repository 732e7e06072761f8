"""The Status page in words and numbers: what happens now and why, what flows where, what comes next, what can be done.

Powers in kW, SoC in percent, instants in milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..control.decision import HeaterMode, OverrideKind, Source
from ..home.problem import Problem, Severity
from ..home.readings import Measurement, Readings
from ..optimizer.plan import Action
from .costs import cost_of_today
from .live import IDLE_KW, action_now, battery_kw, worth_now
from .plan_words import plan_marks
from .runs import Run, runs_from
from .sentences import next_sentence, now_sentences, price_sentence, silent, story, worst_problem
from .series import milliseconds, tidy
from .snapshot import Snapshot
from .targets import soc_target_kwh
from .words import NOUN, OVERRIDE, clock, duration, money, power, rate

RUNS_SHOWN = 8
RISK_LEVELS = ("Safety", "Conservative", "Neutral", "Aggressive", "Gambler")
COMFORT_LEVELS = ("Thrifty", "Relaxed", "Balanced", "Generous", "Always warm")
DURATIONS_MIN = (15, 30, 60, 120, 240)
_CENT = 0.005

_ACTIONS = (
    (OverrideKind.FORCE_CHARGE, "Charge", "charge"),
    (OverrideKind.FORCE_EXPORT, "Sell", "export"),
    (OverrideKind.FORCE_HEAT, "Heat water", "heater"),
    (OverrideKind.FORCE_EV, "Charge car", "car"),
    (OverrideKind.STOP_ALL, "Stop all", "stop"),
    (OverrideKind.PAUSE, "Pause", "pause"),
)
_TOGGLES = (
    ("automation", "Automation", "Darkstar steers the devices", "Darkstar steers nothing"),
    ("shadow", "Shadow", "Only watches: decides and records", "Decisions go to the devices"),
    ("vacation", "Vacation", "No comfort heating", "At home"),
    ("manual_override", "Hands off", "You steer, Darkstar waits", "Darkstar may act"),
)


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of levels 1 to 5. `level` None: the helper leaves it to the settings, whose level is `default`.

    `present` False: Home Assistant does not have the helper.
    """

    level: int | None
    default: int | None
    present: bool = True


@dataclass(frozen=True, slots=True)
class Controls:
    """What the owner's helpers say. A toggle that Home Assistant does not have is None; one not listed neither."""

    toggles: Mapping[str, bool | None] = field(default_factory=dict)
    risk: Selector = Selector(None, None)
    comfort: Selector | None = None
    """None: the home has no water heater."""
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    """`override_minutes`, `force_charge_soc`, `force_export_soc`, `ev_target_soc`; None: there is no such helper."""
    always_shadow: bool = False
    """The settings ask for shadow mode: the toggle cannot leave it."""


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
        "flow": _flow(snapshot),
        "battery": _battery(snapshot),
        "money": _money(snapshot, compared),
        "next": [_run(run, snapshot) for run in _coming(snapshot)],
        "missing": _missing(snapshot),
        "marks": plan_marks(snapshot),
        "actions": list(_actions(snapshot)),
        "minutes": controls.numbers.get("override_minutes"),
        "durations": list(DURATIONS_MIN),
        "limits": _limits(snapshot, controls),
        "toggles": [_toggle(name, title, on, off, controls) for name, title, on, off in _TOGGLES],
        "risk": _selector(controls.risk, RISK_LEVELS),
        "comfort": None if controls.comfort is None else _selector(controls.comfort, COMFORT_LEVELS),
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


def _flow(snapshot: Snapshot) -> dict[str, Any]:
    """Each device with its power towards the home (negative: away from it), None where it is not known."""
    readings, home = snapshot.readings, snapshot.home
    pv, load, grid = (
        (readings.pv_kw, readings.load_kw, readings.grid_kw) if readings is not None else (None, None, None)
    )
    battery = battery_kw(readings, home)
    price = snapshot.curve.at(snapshot.now)
    flow: dict[str, Any] = {
        "home": _node(_value(load), _today(row.load_kwh for row in snapshot.observations)),
        "grid": _node(_value(grid), _grid_words(_value(grid), price.import_per_kwh if price else None, snapshot)),
        "battery": _node(None if battery is None else -battery, _battery_words(battery, readings)),
    }
    if home.pv_arrays or home.entities.pv_power is not None:
        flow["pv"] = _node(_value(pv), _today(row.pv_kwh for row in snapshot.observations))
    if home.water_heater is not None:
        flow["heater"] = _heater(snapshot)
    if home.ev is not None:
        flow["car"] = _car(snapshot)
    return flow


def _node(kw: float | None, words: str | None) -> dict[str, Any]:
    shown = None if kw is None else 0.0 if abs(kw) < IDLE_KW else tidy(kw)
    return {"kw": shown, "power": "" if kw is None else power(kw), "words": words or ""}


def _value(measurement: Measurement | None) -> float | None:
    return None if measurement is None else measurement.value


def _today(energies: Iterator[float | None]) -> str | None:
    measured = [kwh for kwh in energies if kwh is not None]
    return f"{sum(measured):.1f} kWh today" if measured else None


def _way(kw: float | None, positive: str, negative: str, idle: str) -> str:
    if kw is None:
        return "not known"
    if abs(kw) < IDLE_KW:
        return idle
    return positive if kw > 0 else negative


def _battery_words(kw: float | None, readings: Readings | None) -> str:
    soc = _value(readings.soc_percent) if readings else None
    way = _way(kw, "charging", "giving", "resting")
    return way if soc is None else f"{way}, {soc:.0f} %"


def _grid_words(kw: float | None, bought: float | None, snapshot: Snapshot) -> str:
    price = snapshot.curve.at(snapshot.now)
    way = _way(kw, "buying", "selling", "even")
    if price is None or bought is None:
        return way
    unit = snapshot.home.currency
    return f"{way} at {rate(price.export_per_kwh if way == 'selling' else bought)} {unit}"


def _heater(snapshot: Snapshot) -> dict[str, Any]:
    """A heater's own power is not measured: whether it was told to heat, and how warm the water is."""
    decided = snapshot.execution.decision.heater if snapshot.execution else None
    mode = decided.mode if decided else None
    celsius = _value(snapshot.readings.water_celsius) if snapshot.readings else None
    words = {
        None: "not steered",
        HeaterMode.OFF: "off",
        HeaterMode.NORMAL: "heating",
        HeaterMode.HYGIENE: "heating, hygiene",
        HeaterMode.BOOST: "heating, boost",
        HeaterMode.MAX: "heating, solar",
    }[mode]
    return {
        "kw": None,
        "on": mode is not None and mode is not HeaterMode.OFF,
        "power": "" if celsius is None else f"{celsius:.0f} °C",
        "words": words,
    }


def _car(snapshot: Snapshot) -> dict[str, Any]:
    readings = snapshot.readings
    connected = readings.ev_connected if readings else None
    kw = _value(readings.ev_kw) if readings else None
    soc = _value(readings.ev_soc_percent) if readings else None
    plugged = {None: "not known", False: "not plugged in", True: "plugged in"}[connected]
    charging = kw is not None and kw >= IDLE_KW
    words = "charging" if charging else plugged
    return {
        "kw": -tidy(kw) if kw is not None and charging else (None if kw is None else 0.0),
        "power": power(kw) if kw is not None and charging else ("" if soc is None else f"{soc:.0f} %"),
        "words": f"{words}, {soc:.0f} %" if charging and soc is not None else words,
    }


def _battery(snapshot: Snapshot) -> dict[str, Any]:
    battery, readings = snapshot.home.battery, snapshot.readings
    soc = _value(readings.soc_percent) if readings else None
    worth = worth_now(snapshot)
    target = target_percent(snapshot)
    currency = snapshot.home.currency
    return {
        "soc": None if soc is None else round(soc, 1),
        "kwh": None if soc is None else f"{soc / 100 * battery.capacity_kwh:.1f} of {battery.capacity_kwh:g} kWh",
        "target": None if target is None else round(target, 1),
        "target_words": "" if target is None else _target_words(snapshot, target),
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


def _target_words(snapshot: Snapshot, target: float) -> str:
    action = action_now(snapshot)
    if action in {Action.CHARGE, Action.STORE}:
        return f"charging up to {target:.0f} %"
    if action in {Action.DISCHARGE, Action.EXPORT}:
        return f"giving down to {target:.0f} %"
    return f"target {target:.0f} %"


def _money(snapshot: Snapshot, compared: Comparison | None) -> dict[str, Any]:
    cost, currency = cost_of_today(snapshot), snapshot.home.currency
    return {
        "currency": currency,
        "so_far": _amount(cost.so_far),
        "rest": _amount(cost.planned_rest),
        "total": _amount(cost.total),
        "saving": "" if compared is None else _saving(compared.saved, currency),
        "dearer": compared is not None and compared.saved < 0,
    }


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


def _actions(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    home, held = snapshot.home, snapshot.overrides
    offered = {
        OverrideKind.FORCE_CHARGE: home.battery.charge_from_grid,
        OverrideKind.FORCE_EXPORT: home.can_sell_from_battery,
        OverrideKind.FORCE_HEAT: home.water_heater is not None,
        OverrideKind.FORCE_EV: home.ev is not None,
    }
    for kind, title, icon in _ACTIONS:
        if not offered.get(kind, True):
            continue
        groups = [group.value for group, override in held.by_group.items() if override.kind is kind]
        active = next((override for override in held.all if override.kind is kind), None)
        whole = (active.expires_at - active.started_at) if active else timedelta()
        yield {
            "kind": kind.value,
            "title": title,
            "name": OVERRIDE[kind],
            "icon": icon,
            "groups": groups,
            "ends": None if active is None else milliseconds(active.expires_at),
            "share": None if active is None else tidy((active.expires_at - snapshot.now) / whole),
            "until": "" if active is None else clock(active.expires_at, snapshot.now, home.zone),
        }


def _limits(snapshot: Snapshot, controls: Controls) -> list[dict[str, Any]]:
    """Where the next charge and sale stop and what the car shall have: helpers of which 0 means as in the settings."""
    home = snapshot.home
    rows = [
        ("force_charge_soc", "Charge up to", home.overrides.force_charge_soc_percent),
        ("force_export_soc", "Sell down to", home.overrides.force_export_soc_percent),
    ]
    if home.ev is not None:
        rows.append(("ev_target_soc", "Car charged to", home.ev.target_soc_percent))
    return [
        {"name": name, "title": title, "usual": usual, "value": controls.numbers[name]}
        for name, title, usual in rows
        if controls.numbers.get(name) is not None
    ]


def _toggle(name: str, title: str, on: str, off: str, controls: Controls) -> dict[str, Any]:
    state = controls.toggles.get(name)
    fixed = name == "shadow" and controls.always_shadow
    state = True if fixed else state
    words = "Not in Home Assistant: install its package" if state is None else (on if state else off)
    return {
        "name": name,
        "title": title,
        "on": state,
        "words": "As executor.shadow_mode in apps.yaml says" if fixed else words,
        "fixed": fixed or state is None,
    }


def _selector(selector: Selector, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "level": selector.level or 0,
        "names": list(names),
        "present": selector.present,
        "words": _level_name(selector, names),
    }


def selected_words(selector: Selector, names: tuple[str, ...]) -> str:
    """The level in force by its name, and where it comes from."""
    name = _level_name(selector, names)
    return name if selector.level is not None else f"{name} (as in apps.yaml)"


def _level_name(selector: Selector, names: tuple[str, ...]) -> str:
    level = selector.default if selector.level is None else selector.level
    return "Money alone decides" if level is None else names[level - 1]
