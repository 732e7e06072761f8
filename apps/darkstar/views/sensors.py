"""The sensors that Darkstar publishes: entity id, state, attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from ..control.decision import Override, Source
from ..home.problem import Severity
from ..home.readings import Measurement
from ..home.slots import local_date, local_day
from ..optimizer.plan import Plan, PlanSlot
from .costs import cost_of_today
from .executor_sensors import heartbeat, write_budget
from .learning_sensors import forecast_skill, learning
from .ledger_sensors import saving_month, saving_today, shadow_verdict
from .live import IDLE_KW, battery_kw, worth_now
from .outlook_sensors import cheapest_window, cost_tomorrow
from .published import PublishedSensor
from .published import sensor as _sensor
from .reflex_sensors import reflex
from .runs import Run, runs_from
from .sentences import STATE_LIMIT, hero, next_run, override_sentence, silent, story, worst_problem
from .snapshot import Snapshot
from .targets import soc_target_kwh
from .words import NOUN, OVERRIDE, clock, duration, fit, power, rate

MAX_LISTED = 20
"""So many problems and runs are listed in attributes: the recorder takes 16 kB in all."""

_TEXT_LIMIT = 2000


def sensors(snapshot: Snapshot) -> tuple[PublishedSensor, ...]:
    """All sensors, always the same ones, whatever is known."""
    return (
        _plan(snapshot),
        _status(snapshot),
        _next_action(snapshot),
        _cost_today(snapshot),
        cost_tomorrow(snapshot),
        cheapest_window(snapshot),
        _soc_target(snapshot),
        _override(snapshot),
        _problems(snapshot),
        _stored_value(snapshot),
        heartbeat(snapshot),
        write_budget(snapshot),
        learning(snapshot),
        forecast_skill(snapshot),
        reflex(snapshot),
        saving_today(snapshot.account, snapshot.home.zone),
        saving_month(snapshot.month, snapshot.home.zone),
        shadow_verdict(snapshot.verdict),
        _battery_soc(snapshot),
        *_powers(snapshot),
        *_prices(snapshot),
    )


def refused(message: str) -> tuple[PublishedSensor, ...]:
    """The sensors that show wrong settings: nothing else is known then."""
    text = message[:_TEXT_LIMIT]
    sentence = "Darkstar does not run: the settings in apps.yaml are wrong. The log lists what to mend."
    return (
        _sensor("status", "status", "star-four-points", sentence, text=text),
        _sensor("problems", "problems", "alert-circle", "1", severity=Severity.CRITICAL.value, text=text),
    )


def _plan(snapshot: Snapshot) -> PublishedSensor:
    plan = snapshot.plan
    if plan is None or not plan.slots:
        return _sensor("plan", "plan", "chart-timeline-variant", None)
    current = plan.slot_at(snapshot.now)
    return _sensor(
        "plan",
        "plan",
        "chart-timeline-variant",
        current.action.value if current else None,
        reason=current.reason if current else None,
        status=plan.status.value,
        created_at=plan.created_at.isoformat(),
        currency=plan.currency,
        cost=round(plan.cost, 2),
        notes=fit((*plan.unmet, *plan.notes), _TEXT_LIMIT),
        next_runs=[_run(run) for run in runs_from(plan, snapshot.now)[:MAX_LISTED]],
        **_grid_of(plan),
        **_arrays(plan),
    )


def _grid_of(plan: Plan) -> dict[str, Any]:
    """When the slots begin: slot 0 at `start`, slot i > 0 at `second_start` + (i - 1) * `slot_minutes`."""
    second = plan.slots[min(1, len(plan.slots) - 1)]
    return {
        "start": plan.slots[0].start.isoformat(),
        "second_start": second.start.isoformat(),
        "slot_minutes": round(second.hours * 60),
        "known_price_slots": sum(slot.price_known for slot in plan.slots),
    }


def _arrays(plan: Plan) -> dict[str, list[float]]:
    def column(value: Callable[[PlanSlot], float], digits: int = 2) -> list[float]:
        return [round(value(slot), digits) + 0.0 for slot in plan.slots]

    arrays = {
        "import_price": column(lambda slot: slot.import_price, 3),
        "export_price": column(lambda slot: slot.export_price, 3),
        "load_kw": column(lambda slot: slot.load_kwh / slot.hours),
        "pv_kw": column(lambda slot: slot.pv_kwh / slot.hours),
        "battery_kw": column(lambda slot: (slot.charge_kwh - slot.discharge_kwh) / slot.hours),
        "grid_kw": column(lambda slot: (slot.import_kwh - slot.export_kwh) / slot.hours),
        "heater_kw": column(lambda slot: slot.heater_kwh / slot.hours),
    }
    if plan.capacity_kwh:
        arrays["soc_percent"] = column(lambda slot: slot.soc_kwh / plan.capacity_kwh * 100, 1)
    return arrays


def _run(run: Run) -> dict[str, Any]:
    return {
        "action": run.action.value,
        "start": run.start.isoformat(timespec="minutes"),
        "end": run.end.isoformat(timespec="minutes"),
        "kwh": round(run.energy_kwh, 2),
    }


def _status(snapshot: Snapshot) -> PublishedSensor:
    execution = snapshot.execution
    return _sensor(
        "status",
        "status",
        "star-four-points",
        hero(snapshot),
        text=fit(story(snapshot), _TEXT_LIMIT),
        decided_at=execution.executed_at.isoformat() if execution else None,
        shadow_mode="on" if snapshot.home.executor.shadow_mode or (execution and execution.shadow) else "off",
    )


def _next_action(snapshot: Snapshot) -> PublishedSensor:
    run = next_run(snapshot)
    if run is None:
        words = "No plan yet" if snapshot.plan is None else "Nothing else planned"
        return _sensor("next_action", "next action", "skip-next", words)
    start = clock(run.start, snapshot.now, snapshot.home.zone)
    speed = f" at {power(run.kw)}" if run.kw >= IDLE_KW else ""
    price = run.price_per_kwh
    return _sensor(
        "next_action",
        "next action",
        "skip-next",
        f"{start}: {NOUN[run.action]}{speed}",
        action=run.action.value,
        start=run.start.isoformat(),
        end=run.end.isoformat(),
        kwh=round(run.energy_kwh, 2),
        price_per_kwh=None if price is None else round(price, 3),
        reason=run.reason,
    )


def _cost_today(snapshot: Snapshot) -> PublishedSensor:
    cost = cost_of_today(snapshot)
    zone, currency = snapshot.home.zone, snapshot.home.currency
    start, _ = local_day(local_date(snapshot.now, zone), zone)
    so_far = None if cost.so_far is None else round(cost.so_far, 2) + 0.0
    return _sensor(
        "cost_today",
        "cost today",
        "cash",
        None if cost.total is None else round(cost.total, 2) + 0.0,
        so_far=so_far,
        planned_rest=None if cost.planned_rest is None else round(cost.planned_rest, 2) + 0.0,
        measured_hours=round(cost.measured_hours, 2),
        day_start=start.isoformat(),
        text=None if so_far is None else f"{so_far:.2f} so far",
        unit_of_measurement=currency,
        device_class="monetary",
        state_class="total",
        last_reset=start.isoformat(),
    )


def _soc_target(snapshot: Snapshot) -> PublishedSensor:
    return _sensor(
        "soc_target",
        "SoC target",
        "battery-arrow-up",
        _target_percent(snapshot),
        unit_of_measurement="%",
        device_class="battery",
        state_class="measurement",
    )


def _target_percent(snapshot: Snapshot) -> float | None:
    decided = snapshot.execution.decision.battery if snapshot.execution else None
    if decided is not None and decided.source is not Source.PLAN:
        return round(decided.target_soc_percent, 1)
    plan, policy = snapshot.plan, snapshot.policy
    plan_slot = plan.slot_at(snapshot.now) if plan else None
    policy_slot = policy.slot_at(snapshot.now) if policy else None
    if plan is None or not plan.capacity_kwh or plan_slot is None or policy_slot is None:
        return None
    return round(soc_target_kwh(plan_slot, policy_slot) / plan.capacity_kwh * 100, 1)


def _override(snapshot: Snapshot) -> PublishedSensor:
    held = snapshot.overrides
    newest = next(iter(held.all), None)
    if newest is None:
        return _sensor(
            "override",
            "override",
            "hand-back-right",
            "none",
            text="Following the plan",
            remaining="follows the plan",
            minutes_left=0,
        )
    return _sensor(
        "override",
        "override",
        "hand-back-right",
        newest.kind.value,
        text=override_sentence(snapshot),
        remaining=_remaining(snapshot),
        minutes_left=_minutes_left(newest, snapshot),
        expires_at=newest.expires_at.isoformat(),
        soc_percent=newest.soc_percent,
        **_held_by("battery", held.battery, snapshot),
        **_held_by("heater", held.heater, snapshot),
        **_held_by("ev", held.ev, snapshot),
    )


def _remaining(snapshot: Snapshot) -> str:
    """How long the newest quick action holds, and which others for how long."""
    newest, *others = snapshot.overrides.all
    rest = (f"{OVERRIDE[each.kind]} {duration(each.expires_at - snapshot.now)}" for each in others)
    return ", ".join((f"{duration(newest.expires_at - snapshot.now)} left", *rest))


def _held_by(group: str, override: Override | None, snapshot: Snapshot) -> dict[str, str | float]:
    if override is None:
        return {}
    return {
        group: override.kind.value,
        f"{group}_minutes_left": _minutes_left(override, snapshot),
        f"{group}_expires_at": override.expires_at.isoformat(),
    }


def _minutes_left(override: Override, snapshot: Snapshot) -> float:
    return round((override.expires_at - snapshot.now) / timedelta(minutes=1), 1)


def _problems(snapshot: Snapshot) -> PublishedSensor:
    problems = snapshot.problems
    worst = worst_problem(problems)
    more = f"And {len(problems) - 1} more." if len(problems) > 1 else ""
    text = fit((worst.meaning, worst.remedy, more), STATE_LIMIT) if worst else _no_problem(snapshot)
    return _sensor(
        "problems",
        "problems",
        "alert-circle" if problems else "check-circle",
        str(len(problems)),
        severity=worst.severity.value if worst else "none",
        text=text,
        problems=[
            {
                "id": problem.problem_id,
                "severity": problem.severity.value,
                "since": problem.since.isoformat(timespec="seconds"),
                "meaning": problem.meaning[:STATE_LIMIT],
                "remedy": problem.remedy[:STATE_LIMIT],
            }
            for problem in problems[:MAX_LISTED]
        ],
    )


def _no_problem(snapshot: Snapshot) -> str:
    at_work = snapshot.plan is not None and snapshot.execution is not None and not silent(snapshot)
    return "All is well" if at_work else "No problems reported"


def _stored_value(snapshot: Snapshot) -> PublishedSensor:
    worth = worth_now(snapshot)
    return _sensor(
        "stored_value",
        "value of a stored kWh",
        "battery-heart",
        None if worth is None else round(worth, 4) + 0.0,
        unit_of_measurement=f"{snapshot.home.currency}/kWh",
        state_class="measurement",
    )


def _battery_soc(snapshot: Snapshot) -> PublishedSensor:
    readings = snapshot.readings
    return _sensor(
        "battery_soc",
        "battery",
        "home-battery",
        _value(readings.soc_percent, 1) if readings else None,
        text=_battery_words(battery_kw(readings, snapshot.home)),
        unit_of_measurement="%",
        device_class="battery",
        state_class="measurement",
    )


def _battery_words(kw: float | None) -> str | None:
    words = _direction(kw, "charging", "giving", "resting")
    return words if kw is None or words == "resting" else f"{words} {power(kw)}"


def _powers(snapshot: Snapshot) -> tuple[PublishedSensor, ...]:
    readings, rows = snapshot.readings, snapshot.observations
    pv = _value(readings.pv_kw) if readings else None
    load = _value(readings.load_kw) if readings else None
    grid = _value(readings.grid_kw) if readings else None
    battery = battery_kw(readings, snapshot.home)
    return (
        _power("pv_power", "solar power", "solar-power", pv, _today(row.pv_kwh for row in rows)),
        _power("load_power", "home power", "home-lightning-bolt", load, _today(row.load_kwh for row in rows)),
        _power("grid_power", "grid power", "transmission-tower", grid, _direction(grid, "buying", "selling", "even")),
        _power("battery_power", "battery power", "battery-charging", None if battery is None else round(battery, 3)),
    )


def _today(energies: Iterable[float | None]) -> str | None:
    measured = [kwh for kwh in energies if kwh is not None]
    return f"{sum(measured):.1f} kWh today" if measured else None


def _power(name: str, friendly: str, icon: str, kw: float | None, text: str | None = None) -> PublishedSensor:
    return _sensor(
        name, friendly, icon, kw, text=text, unit_of_measurement="kW", device_class="power", state_class="measurement"
    )


def _direction(kw: float | None, positive: str, negative: str, idle: str) -> str | None:
    if kw is None:
        return None
    if abs(kw) < IDLE_KW:
        return idle
    return positive if kw > 0 else negative


def _prices(snapshot: Snapshot) -> tuple[PublishedSensor, ...]:
    price = snapshot.curve.at(snapshot.now)
    unit = f"{snapshot.home.currency}/kWh"
    bought = price.import_per_kwh if price else None
    sold = price.export_per_kwh if price else None
    return (
        _price(
            "import_price",
            "import price",
            "cash-minus",
            bought,
            unit,
            None if sold is None else f"sells at {rate(sold)}",
        ),
        _price("export_price", "export price", "cash-plus", sold, unit, None),
    )


def _price(name: str, friendly: str, icon: str, per_kwh: float | None, unit: str, text: str | None) -> PublishedSensor:
    state = None if per_kwh is None else round(per_kwh, 4) + 0.0
    return _sensor(name, friendly, icon, state, text=text, unit_of_measurement=unit, state_class="measurement")


def _value(measurement: Measurement | None, digits: int = 3) -> float | None:
    return None if measurement is None else round(measurement.value, digits) + 0.0
