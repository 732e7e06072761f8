"""What no plan can be made for: numbers that are none, slots with gaps, impossible efficiencies.

Wishes that cannot be met, a SoC outside its band or a window in the past are no faults: they are planned for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING

from .request import BatteryRequest, PlanRequest, RequestSlot

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_SEAM = timedelta(seconds=1)
"""Slot lengths like a third of an hour leave microseconds between slots."""
_MOST_FAULTS = 10
_POSITIVE = {"hours", "step_hours", "heat_per_kwh"}
_EFFICIENCIES = {"charge_efficiency", "discharge_efficiency"}
_ANY_SIGN = {
    "load_kwh",
    "pv_kwh",
    "import_price",
    "export_price",
    "p10",
    "p90",
    "initial_kwh",
    "end_value_per_kwh",
    "value_per_kwh",
    "per_kwh",
    "worth_per_kwh",
    "storage_kw",
    "fee",
    "gap_price_per_hour",
    "start_cost",
    "wear_cost_per_kwh",
    "price_per_kw",
    "price_per_kwh",
    "shortage_price_per_kwh",
    "soft_import_price",
    "metered_kwh",
}
"""Numbers that may be negative; all others are at least 0."""
_COUNTS = {"count": 1, "phases": 1, "runs": 0}
_THREE_PHASES = 3


def check(request: PlanRequest) -> None:
    """Make sure that a plan can be made.

    Raises:
        ValueError: it cannot; the message names each field at fault, its value, and what it must be.
    """
    faults: list[str] = []
    for fault in _faults(request):
        faults.append(fault)
        if len(faults) > _MOST_FAULTS:
            faults[-1] = "and more"
            break
    if faults:
        msg = "impossible plan request: " + "; ".join(faults)
        raise ValueError(msg)


def _faults(request: PlanRequest) -> Iterator[str]:
    for number, slot in enumerate(request.slots):
        if not _is_plain(slot):
            yield from _object(slot, f"slots[{number}].")
    for field in fields(request):
        if field.name != "slots":
            yield from _field(field.name, getattr(request, field.name), field.name)
    yield from _seams(request.slots)
    yield from _zone(request)
    for number, battery in enumerate(request.batteries):
        yield from _steps(battery, f"batteries[{number}].end_value_steps")
        yield from _tapers(battery, f"batteries[{number}]")
    for number, heater in enumerate(request.heaters):
        if heater.tank is not None and len(heater.tank.draws_kwh) != len(request.slots):
            yield (
                f"heaters[{number}].tank.draws_kwh has {len(heater.tank.draws_kwh)} values for "
                f"{len(request.slots)} slots: give one per slot"
            )


def _zone(request: PlanRequest) -> Iterator[str]:
    try:
        _ = request.zone
    except ValueError as error:
        yield str(error)


def _is_plain(slot: RequestSlot) -> bool:
    """Whether a slot is so plainly in order that its fields need no look one by one: nearly all are."""
    numbers = slot.hours + slot.load_kwh + slot.pv_kwh + slot.import_price + slot.export_price
    for band in (slot.load_band, slot.pv_band):
        if band is not None:
            numbers += band.p10 + band.p90
    limits = (slot.max_import_kw or 0.0, slot.max_export_kw or 0.0)
    return slot.hours > 0 and isfinite(numbers + sum(limits)) and min(limits) >= 0 and _is_aware(slot.start)


def _steps(battery: BatteryRequest, path: str) -> Iterator[str]:
    steps = battery.end_value_steps
    for number in range(1, len(steps)):
        if steps[number].up_to_kwh < steps[number - 1].up_to_kwh or steps[number].per_kwh > steps[number - 1].per_kwh:
            yield f"{path}[{number}]: up_to_kwh must rise and per_kwh must fall from step to step"
    if steps and steps[-1].per_kwh < 0 and steps[-1].up_to_kwh < battery.capacity_kwh:
        yield f"{path}: what is above the last step is worth 0, so a negative per_kwh must reach up to the capacity"


def _tapers(battery: BatteryRequest, path: str) -> Iterator[str]:
    charge, discharge = battery.charge_taper, battery.discharge_taper
    if charge is not None and charge.from_kwh >= charge.to_kwh:
        yield f"{path}.charge_taper: from_kwh {charge.from_kwh:g} must be below to_kwh {charge.to_kwh:g}"
    if discharge is not None and discharge.from_kwh <= discharge.to_kwh:
        yield f"{path}.discharge_taper: from_kwh {discharge.from_kwh:g} must be above to_kwh {discharge.to_kwh:g}"


def _seams(slots: Sequence[RequestSlot]) -> Iterator[str]:
    for number in range(1, len(slots)):
        before, slot = slots[number - 1], slots[number]
        if not (isfinite(before.hours) and _is_aware(before.start) and _is_aware(slot.start)):
            continue
        end = before.end
        if not -_SEAM <= slot.start - end <= _SEAM:
            yield (
                f"slots[{number}].start is {slot.start.isoformat()} but the slot before it ends at {end.isoformat()}: "
                "slots follow each other without gap or overlap"
            )


def _object(value: DataclassInstance, path: str) -> Iterator[str]:
    for field in fields(value):
        yield from _field(field.name, getattr(value, field.name), f"{path}{field.name}")


def _field(name: str, value: object, path: str) -> Iterator[str]:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int | float):
        words = _wrong_number(name, value)
        if words:
            yield f"{path} is {value}: {words}"
    elif isinstance(value, datetime):
        if not _is_aware(value):
            yield f"{path} is {value.isoformat()}, a time without zone: give it with an offset, as 2026-01-15T12:00:00Z"
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _field(name, item, f"{path}[{number}]")
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _object(value, f"{path}.")


def _wrong_number(name: str, value: float) -> str:
    if not isfinite(value):
        return "give a finite number"
    if name in _POSITIVE:
        return "" if value > 0 else "it must be above 0"
    if name in _EFFICIENCIES:
        return "" if 0 < value <= 1 else "an efficiency is above 0 and at most 1 (0.95 for 95 %)"
    if name == "caution":
        return "" if -1 <= value <= 1 else "it must lie between -1 (less load, more PV) and 1 (more load, less PV)"
    if name in _COUNTS:
        return _wrong_count(name, value)
    return "" if value >= 0 or name in _ANY_SIGN else "it must not be negative"


def _wrong_count(name: str, value: float) -> str:
    if name == "phases" and value > _THREE_PHASES:
        return "there are at most 3 phases"
    return "" if value >= _COUNTS[name] else f"it must be at least {_COUNTS[name]}"


def _is_aware(instant: datetime) -> bool:
    return instant.tzinfo is not None
