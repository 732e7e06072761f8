"""Numbers, times and actions in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..control.decision import OverrideKind
from ..optimizer.plan import Action

NOUN = {
    Action.CHARGE: "charge from the grid",
    Action.STORE: "store solar power",
    Action.DISCHARGE: "run the home from the battery",
    Action.EXPORT: "sell from the battery",
    Action.HOLD: "let the battery rest",
}
"""What to do, as in: then sell from the battery."""

DOING = {
    Action.CHARGE: "Charging from the grid",
    Action.STORE: "Storing solar power",
    Action.DISCHARGE: "Running the home from the battery",
    Action.EXPORT: "Selling from the battery",
    Action.HOLD: "The battery rests",
}
"""What is being done."""

OVERRIDE = {
    OverrideKind.FORCE_CHARGE: "Force charge",
    OverrideKind.FORCE_EXPORT: "Force export",
    OverrideKind.FORCE_HEAT: "Force heat",
    OverrideKind.FORCE_EV: "Force car charging",
    OverrideKind.STOP_ALL: "Stop all",
    OverrideKind.PAUSE: "Pause",
}
"""The quick actions as their buttons name them."""


def clock(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time of day at home as one says it at `now`: 17:45, midnight, tomorrow 04:15, Thu 04:15."""
    local = instant.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    if days == 1 and local.time() == time():
        return "midnight"
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return f"tomorrow {local:%H:%M}"
    return f"{local:%a %H:%M}"


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """A moment at home with its day: Tue 14 Apr 17:45."""
    return f"{instant.astimezone(zone):%a %d %b %H:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """A stretch of time at home: Tue 17:45-18:00."""
    return f"{start.astimezone(zone):%a %H:%M}-{end.astimezone(zone):%H:%M}"


def duration(length: timedelta) -> str:
    """How long, in the largest units that matter: 43 min, 2 h 5 min, 3 days."""
    minutes = max(math.ceil(length / timedelta(minutes=1)), 0)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"{hours // 24} days"
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def power(kw: float) -> str:
    """A power without its sign: 3.2 kW, 90 W."""
    size = abs(kw)
    return f"{size * 1000:.0f} W" if size < 0.0995 else f"{size:.1f} kW"  # noqa: PLR2004 - below, one digit says nothing


def rate(per_kwh: float) -> str:
    """A price per kWh: two decimals, three where the third says something (0.284)."""
    if abs(per_kwh) >= 0.995:  # noqa: PLR2004 - prices about one unit and above
        return f"{per_kwh:.2f}"
    text = f"{per_kwh:.3f}"
    text = text[:-1] if text.endswith("0") else text
    return "0.00" if float(text) == 0 else text


def money(amount: float, currency: str) -> str:
    """An amount of money: 12.40 SEK; never minus zero."""
    return f"{round(amount, 2) + 0.0:.2f} {currency}"


def fit(sentences: Iterable[str], limit: int) -> str:
    """As many whole sentences, in order, as fit into `limit` characters.

    A first one that is too long alone is cut at a word. Empty ones are skipped.
    """
    text = ""
    for sentence in filter(None, sentences):
        longer = f"{text} {sentence}" if text else sentence
        if len(longer) > limit:
            break
        text = longer
    first = next(filter(None, sentences), "") if not text else ""
    return text or _cut(first, limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    head, space, _ = kept.rpartition(" ")
    return f"{head if space else kept}…"
