"""The plan as runs: consecutive slots with the same action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ..optimizer.plan import Action, Plan, PlanSlot
from .flows import planned_flows


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive slots with the same action.

    `energy_kwh` (AC) is what the action is about: bought, stored, used or sold. `money` is what it
    costs (charge) or brings (export), else 0. `reason` is that of the first slot.
    """

    action: Action
    start: datetime
    end: datetime
    energy_kwh: float
    money: float
    soc_kwh: float
    reason: str

    @property
    def kw(self) -> float:
        """Mean power over the run."""
        return self.energy_kwh / ((self.end - self.start) / timedelta(hours=1))

    @property
    def price_per_kwh(self) -> float | None:
        """Mean price of what is bought or sold, or None when nothing is."""
        if self.action not in {Action.CHARGE, Action.EXPORT} or self.energy_kwh == 0:
            return None
        return self.money / self.energy_kwh


def runs_from(plan: Plan, now: datetime) -> tuple[Run, ...]:
    """The runs of what is left of a plan at `now`; the first one may already be under way."""
    ahead = [slot for slot in plan.slots if slot.end > now]
    return tuple(_run(tuple(group)) for _, group in groupby(ahead, key=lambda slot: slot.action))


def _run(slots: Sequence[PlanSlot]) -> Run:
    first, last = slots[0], slots[-1]
    return Run(
        action=first.action,
        start=first.start,
        end=last.end,
        energy_kwh=sum(map(_energy, slots)),
        money=sum(map(_money, slots)),
        soc_kwh=last.soc_kwh,
        reason=first.reason,
    )


def _energy(slot: PlanSlot) -> float:
    match slot.action:
        case Action.CHARGE:
            return planned_flows(slot).from_grid_kwh
        case Action.STORE:
            return planned_flows(slot).from_pv_kwh
        case Action.DISCHARGE:
            return planned_flows(slot).to_home_kwh
        case Action.EXPORT:
            return slot.export_kwh
    return 0.0


def _money(slot: PlanSlot) -> float:
    match slot.action:
        case Action.CHARGE:
            return _energy(slot) * slot.import_price
        case Action.EXPORT:
            return _energy(slot) * slot.export_price
    return 0.0
