"""What the battery does at this moment."""

from __future__ import annotations

from ..control.decision import BatteryMode
from ..home.readings import Readings
from ..home.settings import HomeSettings
from ..optimizer.plan import Action
from .snapshot import Snapshot

IDLE_KW = 0.05
"""Battery power below it is measuring noise and standby."""


def battery_kw(readings: Readings | None, home: HomeSettings) -> float | None:
    """Battery power in kW, positive when charging; from the balance of the others where it is not measured."""
    if readings is None:
        return None
    if readings.battery_kw is not None:
        return readings.battery_kw.value
    # A heater beside the load meter would make the balance lie by its whole power.
    if home.water_heater is not None and not home.entities.load_includes_water_heater:
        return None
    if readings.pv_kw is None or readings.grid_kw is None or readings.load_kw is None:
        return None
    return readings.pv_kw.value + readings.grid_kw.value - readings.load_kw.value


def action_now(snapshot: Snapshot) -> Action | None:
    """What the battery is doing, as decided and measured, or None when nothing is decided.

    In self-use the measured power tells; without it, the plan does.
    """
    settings = snapshot.execution.decision.battery if snapshot.execution else None
    if settings is None:
        return None
    if settings.mode is BatteryMode.GRID_CHARGE:
        return Action.CHARGE
    if settings.mode is BatteryMode.EXPORT:
        return Action.EXPORT
    kw = battery_kw(snapshot.readings, snapshot.home)
    if kw is None:
        slot = snapshot.plan.slot_at(snapshot.now) if snapshot.plan else None
        return slot.action if slot and slot.action not in {Action.CHARGE, Action.EXPORT} else None
    if abs(kw) < IDLE_KW:
        return Action.HOLD
    return Action.STORE if kw > 0 else Action.DISCHARGE


def worth_now(snapshot: Snapshot) -> float | None:
    """What one more stored kWh is worth now: by the policy, else by the plan; None when neither covers now."""
    levels = snapshot.policy.slot_at(snapshot.now) if snapshot.policy else None
    if levels is not None:
        return levels.value_per_kwh
    slot = snapshot.plan.slot_at(snapshot.now) if snapshot.plan else None
    return slot.value_per_kwh if slot else None
