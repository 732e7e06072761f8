"""What a page says about the plan as a whole: how good, how old, how cautious, what it takes for granted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..optimizer.plan import PlanStatus
from .snapshot import Snapshot
from .words import clock, duration, money

STATUS_WORDS = {
    PlanStatus.OPTIMAL: "proven best",
    PlanStatus.FEASIBLE: "good, not proven best",
    PlanStatus.FALLBACK: "plain self-use: no solver answered",
}

_HOUR_MINUTES = 60


def plan_marks(snapshot: Snapshot) -> dict[str, Any] | None:
    """When the plan was made and what came of it; None without a plan."""
    plan, zone, now = snapshot.plan, snapshot.home.zone, snapshot.now
    if plan is None:
        return None
    gap = "" if plan.money_gap is None else f" within {money(plan.money_gap, plan.currency)}"
    guessed = next((slot.start for slot in plan.slots if not slot.price_known and slot.end > now), None)
    return {
        "made": clock(plan.created_at, now, zone),
        "age": duration(now - plan.created_at),
        "status": plan.status.value,
        "status_words": f"{STATUS_WORDS[plan.status]}{gap if plan.status is PlanStatus.OPTIMAL else ''}",
        "cost": money(plan.cost, plan.currency),
        "prices_until": "" if guessed is None else clock(guessed, now, zone),
        "next": _next_time(snapshot),
        "notes": [
            *(f"Not possible: {wish}" for wish in plan.unmet),
            *(f"{note[:1].upper()}{note[1:]}" for note in plan.notes),
        ],
        "solver": plan.solver,
        "seconds": round(plan.solve_seconds, 2),
    }


def _next_time(snapshot: Snapshot) -> str:
    """When the planner's clock strikes next; how often it does where its beats do not divide the hour."""
    every = snapshot.home.planner.interval_minutes
    if _HOUR_MINUTES % every:
        return f"anew every {duration(timedelta(minutes=every))}"
    local = snapshot.now.astimezone(snapshot.home.zone)
    ahead = timedelta(minutes=every - local.minute % every, seconds=-local.second, microseconds=-local.microsecond)
    return f"anew at {clock(snapshot.now + ahead, snapshot.now, snapshot.home.zone)}"
