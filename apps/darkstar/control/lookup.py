"""Which slot of the plan and of the policy holds now, and why none does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..optimizer.plan import Plan, PlanSlot
from ..policy.thresholds import Policy, PolicySlot


@dataclass(frozen=True, slots=True)
class Current:
    """The slots that hold now.

    `missing` says in words why there is no plan slot; it is None when there is one, also when only
    the policy slot is missing (then the plan is followed by its modes).
    """

    plan_slot: PlanSlot | None
    policy_slot: PolicySlot | None
    missing: str | None
    problems: tuple[Problem, ...] = ()
    """What the owner should know about it."""


def current(plan: Plan | None, policy: Policy | None, home: HomeSettings, now: datetime) -> Current:
    """Find the slots that contain `now`.

    A plan that is absent, older than `home.max_plan_age` or without a slot for `now` counts as none,
    and without a plan there is no policy. A policy of another plan is not used.
    """
    missing = _why_unusable(plan, home, now)
    if plan is None or missing is not None:
        return Current(None, None, missing, (_no_valid_plan(missing or "", now),))
    belongs = policy is not None and policy.plan_id == plan.plan_id
    return Current(plan.slot_at(now), policy.slot_at(now) if policy is not None and belongs else None, None)


def _why_unusable(plan: Plan | None, home: HomeSettings, now: datetime) -> str | None:
    if plan is None:
        return "there is no plan yet"
    made = plan.created_at.astimezone(home.zone).strftime("%Y-%m-%d %H:%M")
    age, allowed = now - plan.created_at, home.max_plan_age
    if age > allowed:
        minute = timedelta(minutes=1)
        return (
            f"the plan of {made} is {age / minute:.0f} minutes old, at most {allowed / minute:g} are allowed "
            "(executor.max_plan_age_minutes)"
        )
    if plan.slot_at(now) is None:
        return f"the plan of {made} has no slot for {now.astimezone(home.zone):%Y-%m-%d %H:%M}"
    return None


def _no_valid_plan(missing: str, now: datetime) -> Problem:
    return Problem(
        problem_id="no_valid_plan",
        severity=Severity.WARNING,
        since=now,
        meaning=f"Self-use without a plan: {missing}.",
        remedy="See the planner's own problems: prices, forecast or readings may be missing. It tries again by itself.",
    )
