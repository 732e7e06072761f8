"""What import above the cap of a power tariff costs, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..optimizer.request import MeteringInterval, PlanRequest, PowerTariffRequest, RequestSlot
from .thresholds import ImportBudget

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Surcharge:
    """Each kWh imported in a slot above `above_kwh` costs `per_kwh` more.

    `budget` is the metering interval behind it, where the slot lies in one.
    """

    above_kwh: float
    per_kwh: float
    budget: ImportBudget | None = None


def peak_surcharges(request: PlanRequest, caps_kw: Sequence[float]) -> tuple[tuple[Surcharge, ...], ...]:
    """For each slot what its power tariffs add.

    The allowance of an interval is spread evenly over the part of it that is still to come. Without
    caps, as a plan without an account of its peaks has none, there is nothing to add.

    Raises:
        ValueError: there are caps, but not one per power tariff.
    """
    if not caps_kw:
        return ((),) * len(request.slots)
    found: list[list[Surcharge]] = [[] for _ in request.slots]
    for tariff, cap_kw in zip(request.grid.power_tariffs, caps_kw, strict=True):
        for index, surcharge in _of_tariff(request.slots, tariff, cap_kw):
            found[index].append(surcharge)
    return tuple(map(tuple, found))


def _of_tariff(
    slots: Sequence[RequestSlot], tariff: PowerTariffRequest, cap_kw: float
) -> Iterator[tuple[int, Surcharge]]:
    per_kw = _price_per_kw(tariff, cap_kw) / tariff.count
    intervals = sorted((one for one in tariff.intervals if one.weight > 0), key=lambda one: one.start)
    first = 0
    for index, slot in enumerate(slots):
        while first < len(intervals) and intervals[first].end <= slot.start:
            first += 1
        allowed = []
        for interval in intervals[first:]:
            if interval.start >= slot.end:
                break
            allowed.append((_allowed_kw(interval, cap_kw, slots[0]), interval))
        if allowed and per_kw > 0:
            kw, interval = min(allowed, key=lambda one: one[0])
            budget = _budget(interval, cap_kw) if interval.start <= slot.start and slot.end <= interval.end else None
            yield index, Surcharge(kw * slot.hours, per_kw * interval.weight / interval.hours, budget)


def _budget(interval: MeteringInterval, cap_kw: float) -> ImportBudget:
    return ImportBudget(interval.start, interval.end, cap_kw / interval.weight * interval.hours)


def _allowed_kw(interval: MeteringInterval, cap_kw: float, first: RequestSlot) -> float:
    """Mean power that the rest of an interval may have."""
    left_hours = (interval.end - max(interval.start, first.start)) / timedelta(hours=1)
    left_kwh = _budget(interval, cap_kw).kwh - interval.metered_kwh
    return max(left_kwh, 0.0) / max(left_hours, _TINY)


def _price_per_kw(tariff: PowerTariffRequest, cap_kw: float) -> float:
    """Money of a kW more of billed power; of a fee in steps, the next step's rise counts as that of a kW."""
    if not tariff.steps:
        return tariff.price_per_kw
    steps = sorted(tariff.steps, key=lambda step: float("inf") if step.up_to_kw is None else step.up_to_kw)
    held = next(
        (index for index, step in enumerate(steps) if step.up_to_kw is None or step.up_to_kw >= cap_kw - _TINY),
        len(steps) - 1,
    )
    return steps[held + 1].fee - steps[held].fee if held + 1 < len(steps) else 0.0
