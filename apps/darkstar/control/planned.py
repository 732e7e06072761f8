"""What the plan has for a slot, as the history keeps it."""

from __future__ import annotations

from ..optimizer.plan import PlanSlot
from .decision import PlannedNow


def planned_now(slot: PlanSlot | None, capacity_kwh: float) -> PlannedNow | None:
    """Mean powers and end SoC of a slot of the plan; None without one."""
    if slot is None:
        return None
    return PlannedNow(
        slot_start=slot.start,
        charge_kw=slot.charge_kwh / slot.hours,
        discharge_kw=slot.discharge_kwh / slot.hours,
        export_kw=slot.export_kwh / slot.hours,
        heater_kw=slot.heater_kwh / slot.hours,
        ev_kw=slot.vehicle_kwh / slot.hours,
        soc_percent=slot.soc_kwh / capacity_kwh * 100 if capacity_kwh > 0 else None,
        action=slot.action.value,
    )
