"""Import caps as they are at this moment, by what the running metering interval has already taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from .levels import Cap, Levels
from .situation import Situation


def caps_now(levels: Levels, situation: Situation) -> Levels:
    """The levels with caps that keep the metered mean: what is left of it, over what is left of its time.

    A power tariff bills the mean of an interval, so a moment above it is made good by the rest, and what was not
    taken may be taken later. Caps without such a budget stay, and all of them where import is not measured.
    """
    return replace(levels, caps=tuple(sorted((_now(cap, situation) for cap in levels.caps), key=_import_kw)))


def _now(cap: Cap, situation: Situation) -> Cap:
    budget = cap.budget
    if budget is None:
        return cap
    imported = next((one.kwh for one in situation.readings.imported if one.since == budget.start), None)
    if imported is None:
        return cap
    # What is decided now holds until the next tick.
    least = timedelta(seconds=situation.home.executor.interval_seconds)
    left_hours = max(budget.end - situation.now, least) / timedelta(hours=1)
    return replace(cap, import_kw=max(budget.kwh - imported, 0.0) / left_hours)


def _import_kw(cap: Cap) -> float:
    return cap.import_kw
