"""What import above the cap of a power tariff costs, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter, itemgetter

from ..optimizer.request import MeteringInterval, PlanRequest, PowerTariffRequest, RequestSlot
from .thresholds import ImportBudget

_TINY = 1e-9

_RUNGS = ((0.0, 0.2), (0.7, 0.3))
"""Above the cap by so many kW, a kWh costs this part of a peak's price more.

Every interval is weighed by itself, but only the highest of a day is billed: what it has taken, the others of that day
may take for nothing. So not the whole price counts, and more of it the farther above the cap. Tuned in closed loops
of two homes: of one rung, the whole price hoards for peaks that do not come."""
_WHOLE = ((0.0, 1.0),)
"""A fee in steps rises at once, by all of it."""


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
    if per_kw <= 0:
        return
    held_kw = {peak.day: peak.kw for peak in tariff.past} if tariff.different_days else {}
    for index, within in _met(slots, tariff.intervals):
        for above_kw, part in _WHOLE if tariff.steps else _RUNGS:
            limits = [max(cap_kw, held_kw.get(one.day, 0.0)) + above_kw for one in within]
            allowed = [_allowed_kw(one, kw, slots[0]) for one, kw in zip(within, limits, strict=True)]
            kw, limit_kw, interval = min(zip(allowed, limits, within, strict=True), key=itemgetter(0))
            inside = interval.start <= slots[index].start and slots[index].end <= interval.end
            budget = _budget(interval, limit_kw) if inside else None
            yield index, Surcharge(kw * slots[index].hours, part * per_kw * interval.weight / interval.hours, budget)


def _met(
    slots: Sequence[RequestSlot], intervals: Sequence[MeteringInterval]
) -> Iterator[tuple[int, list[MeteringInterval]]]:
    """Each slot that meets an interval that counts, by its number, with all of them."""
    counted = sorted((one for one in intervals if one.weight > 0), key=attrgetter("start"))
    first = 0
    for index, slot in enumerate(slots):
        while first < len(counted) and counted[first].end <= slot.start:
            first += 1
        last = first
        while last < len(counted) and counted[last].start < slot.end:
            last += 1
        if last > first:
            yield index, counted[first:last]


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
