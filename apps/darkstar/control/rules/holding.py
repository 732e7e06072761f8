"""Rules that do not come and go with every reading: what is remembered of them, and for how long they hold."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..decision import Holding
from .situation import Moment


def held_since(moment: Moment, rule: str) -> datetime | None:
    """Since when a rule is in force by the last decision; None when it is not.

    An instant that lies ahead, as after a clock that was set back, counts as now.
    """
    if moment.previous is None:
        return None
    since = next((holding.since for holding in moment.previous.holding if holding.rule == rule), None)
    return None if since is None else min(since, moment.now)


def has_held(moment: Moment, since: datetime) -> bool:
    """Whether `executor.min_hold_minutes` have passed since an instant."""
    return moment.now - since >= timedelta(minutes=moment.home.executor.min_hold_minutes)


def hold(moment: Moment, rule: str, *, enters: bool, leaves: bool) -> Holding | None:
    """The rule after this moment; None when it is not in force.

    It begins when `enters`, and ends when `leaves` after it has held for its minimum time.
    """
    since = held_since(moment, rule)
    if since is None:
        return Holding(rule, moment.now) if enters else None
    if leaves and has_held(moment, since):
        return None
    return Holding(rule, since)
