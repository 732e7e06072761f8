"""What the car's charger is asked to do now."""

from __future__ import annotations

import math

from ...home.devices import EvSettings
from ...home.manual_block import ManualBlock
from ...optimizer.plan import PlanSlot
from ..decision import EvMode, EvSettingsNow, Holding, Override, Source
from .blocks import ev_in_block
from .car_power import amperes
from .forced import ev_for
from .holding import has_held, held_since
from .situation import Moment

CHARGING = "ev_charging"
"""The plan has the car charge: a rule with a minimum hold time."""
RESTING = "ev_resting"
"""The plan has the car rest: a rule with a minimum hold time."""
SMALLEST_SHARE = 0.5
"""Below this share of the smallest charging power, a planned energy is better left to another slot."""
ROUNDING_A = 1e-6
"""What floating point may take from a whole ampere."""


def ev_now(
    plan_slot: PlanSlot | None, override: Override | None, moment: Moment, block: ManualBlock | None = None
) -> tuple[EvSettingsNow | None, Holding | None]:
    """Wanted state of the charger, and the rule that holds; None for a charger that is not touched.

    A quick action comes first, then the owner's own block. Without a car there is nothing else to command: many
    chargers refuse it, or have no entities then. A plug sensor that cannot be read leaves the charger alone: it
    must not start a charge, and no charge must end because of it. Without a plan for the car it charges at full
    current: nobody is left with an empty car by a planner that stands still.
    """
    home, readings = moment.home, moment.readings
    if home.ev is None:
        return None, None
    forced = ev_for(override, home) if override is not None else None
    if forced is not None:
        return forced, None
    if block is not None:
        return ev_in_block(block, moment), None
    if not readings.ev_connected:
        return None, None
    if plan_slot is None or not plan_slot.vehicles:
        missing = "no valid plan" if plan_slot is None else "the plan does not know the car"
        full_a = home.ev.max_current_a
        return EvSettingsNow(EvMode.CHARGE, full_a, Source.FALLBACK, f"{missing}: it charges at {full_a:g} A"), None
    return _held(_by_plan(plan_slot, home.ev, home.currency), home.ev, moment)


def _by_plan(slot: PlanSlot, ev: EvSettings, currency: str) -> EvSettingsNow:
    planned_kw = slot.vehicle_kwh / slot.hours
    if planned_kw < SMALLEST_SHARE * ev.min_charge_kw:
        return EvSettingsNow(EvMode.STOP, 0.0, Source.PLAN, "no charging planned for this slot")
    whole_a = float(math.floor(amperes(planned_kw, ev) + ROUNDING_A))
    rounded_a = min(max(whole_a, ev.min_current_a), ev.max_current_a)
    cost = f"{slot.import_price:.2f} {currency}/kWh"
    reason = f"{slot.vehicle_kwh:.2f} kWh planned for this slot at {cost}: {rounded_a:g} A"
    return EvSettingsNow(EvMode.CHARGE, rounded_a, Source.PLAN, reason)


def _held(wanted: EvSettingsNow, ev: EvSettings, moment: Moment) -> tuple[EvSettingsNow, Holding]:
    """What the plan wants, unless it wanted the opposite only just now."""
    charges = wanted.mode is EvMode.CHARGE
    rule, opposite = (CHARGING, RESTING) if charges else (RESTING, CHARGING)
    since = held_since(moment, opposite)
    if since is None or has_held(moment, since):
        since = held_since(moment, rule)
        return wanted, Holding(rule, moment.now if since is None else since)
    held = f"{wanted.reason}, but it {'rests' if charges else 'charges'} for less than " + (
        f"{moment.home.executor.min_hold_minutes:g} minutes (executor.min_hold_minutes)"
    )
    if charges:
        return EvSettingsNow(EvMode.STOP, 0.0, Source.PLAN, held), Holding(opposite, since)
    return EvSettingsNow(EvMode.CHARGE, ev.min_current_a, Source.PLAN, held), Holding(opposite, since)
