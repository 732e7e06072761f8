"""The rules of the strategy: each looks at one thing and says what it does to this plan. All run in every plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from ..home.day_context import DayContext
from ..home.prices import PriceCurve
from .day_events import events_effect
from .effects import Effect, Effects, LoadChange
from .risk import volatility

AWAY_HOURS = 3
"""So long nobody is expected back when the home is empty."""
LOW_SPREAD, HIGH_SPREAD = 0.25, 1.5
"""Of the usual price: below the first a reserve costs next to nothing, above the second it costs much."""
SPREAD_POINTS = 4.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules look at: the horizon `[start, end)`, its prices, and what is special about it.

    `reserve_moves` is False where the settings have no reserve, or one of fixed size.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo
    curve: PriceCurve
    vacation: bool
    reserve_moves: bool
    context: DayContext


def effects_of(circumstances: Circumstances) -> Effects:
    """What every rule does, in their order."""
    return Effects(tuple(rule(circumstances) for rule in RULES))


def vacation(now: Circumstances) -> Effect:
    """On vacation the load is the lowest likely one; that no hot water is owed is settled with the heater."""
    if not now.vacation:
        return Effect("vacation")
    return Effect(
        "vacation",
        "the lowest likely load",
        loads=(LoadChange(now.start, now.end, towards=-1.0),),
    )


def occupancy(now: Circumstances) -> Effect:
    """While nobody is at home the next hours have the lowest likely load."""
    if now.context.occupied is not False or now.vacation:
        return Effect("occupancy")
    until = now.start + timedelta(hours=AWAY_HOURS)
    return Effect(
        "occupancy",
        f"nobody is at home: the lowest likely load for {AWAY_HOURS} h",
        loads=(LoadChange(now.start, until, towards=-1.0),),
    )


def day_events(now: Circumstances) -> Effect:
    """Guests, being away, trips and appliances, as the owner has put them down."""
    events = [event for event in now.context.events if event.start < now.end and event.end > now.start]
    return events_effect(events, now.zone)


def weather(now: Circumstances) -> Effect:
    """Changeable weather moves the reserve further from its usual size."""
    hours = [hour for hour in now.context.weather if now.start <= hour.start < now.end]
    found = volatility(hours)
    if found <= 0 or not now.reserve_moves:
        return Effect("weather")
    return Effect("weather", f"changeable to {found:.0%}: the reserve moves more with the risk", volatility=found)


def price_spread(now: Circumstances) -> Effect:
    """Even prices make a reserve cheap and so larger, uneven ones make it dear and smaller."""
    prices = [price.import_per_kwh for price in now.curve.prices if price.start < now.end and price.end > now.start]
    usual = median(prices) if prices else 0.0
    if usual <= 0 or not now.reserve_moves:
        return Effect("price spread")
    spread = (max(prices) - min(prices)) / usual
    if spread < LOW_SPREAD:
        return _spread_effect(spread, SPREAD_POINTS)
    return _spread_effect(spread, -SPREAD_POINTS) if spread > HIGH_SPREAD else Effect("price spread")


def _spread_effect(spread: float, points: float) -> Effect:
    words = f"prices differ by {spread:.0%} of the usual one: the reserve moves by {points:+g} points"
    return Effect("price spread", words, reserve_points=points)


Rule = Callable[[Circumstances], Effect]

RULES: Sequence[Rule] = (vacation, occupancy, day_events, weather, price_spread)
