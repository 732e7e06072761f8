"""What energy costs today: measured so far, planned for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.slots import Slot, local_date, local_day
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DayCost:
    """Import cost less export revenue of the local day, in the home's currency.

    `so_far` is measured over `measured_hours`, None when nothing was; `planned_rest` runs from the end
    of the measured part to midnight, None without a plan for it.
    """

    so_far: float | None
    planned_rest: float | None
    measured_hours: float

    @property
    def total(self) -> float | None:
        """The day's cost as it looks now, or None when nothing is known."""
        if self.so_far is None and self.planned_rest is None:
            return None
        return (self.so_far or 0.0) + (self.planned_rest or 0.0)


def cost_of_today(snapshot: Snapshot) -> DayCost:
    """Cost of the local day that contains `now`. Wear is no bill and stays out."""
    zone = snapshot.home.zone
    start, end = local_day(local_date(snapshot.now, zone), zone)
    costs = [
        (row, cost)
        for row in snapshot.observations
        if start <= row.start < end and (cost := measured_cost(row, snapshot.curve)) is not None
    ]
    measured_until = max((Slot(row.start, row.hours).end for row, _ in costs), default=start)
    return DayCost(
        so_far=sum(cost for _, cost in costs) if costs else None,
        planned_rest=planned_cost(snapshot, measured_until, end),
        measured_hours=sum(row.hours for row, _ in costs),
    )


def measured_cost(row: Observation, curve: PriceCurve) -> float | None:
    """Import cost less export revenue of a measured interval, or None when energy or price is missing."""
    if row.import_kwh is None or row.export_kwh is None:
        return None
    bought, sold = row.import_price, row.export_price
    if bought is None or sold is None:
        price = curve.mean_over(Slot(row.start, row.hours))
        if price is None:
            return None
        bought, sold = price.import_per_kwh, price.export_per_kwh
    return row.import_kwh * bought - row.export_kwh * sold


def planned_cost(snapshot: Snapshot, start: datetime, end: datetime) -> float | None:
    """What the plan costs in `[start, end)` as far as it reaches, in the home's currency; None where it does not."""
    if snapshot.plan is None:
        return None
    total, covered = 0.0, False
    for slot in snapshot.plan.slots:
        share = (min(slot.end, end) - max(slot.start, start)) / (slot.end - slot.start)
        if share <= 0:
            continue
        covered = True
        total += share * (slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price)
    return total if covered else None
