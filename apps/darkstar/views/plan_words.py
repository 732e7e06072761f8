"""What a page says about the plan as a whole: how good, how old, how cautious, what it takes for granted."""

from __future__ import annotations

from typing import Any

from ..optimizer.plan import PlanStatus
from .snapshot import Snapshot
from .words import clock, duration, money

STATUS_WORDS = {
    PlanStatus.OPTIMAL: "proven best",
    PlanStatus.FEASIBLE: "good, not proven best",
    PlanStatus.FALLBACK: "plain self-use: no solver answered",
}


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
        "notes": [*(f"Not possible: {wish}" for wish in plan.unmet), *plan.notes],
        "solver": plan.solver,
        "seconds": round(plan.solve_seconds, 2),
    }
