"""How far a plan is from the running one, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .plan import Churn
from .request import PlanRequest, RequestSlot, RunningSlot
from .schedule import Schedule

IDLE_KW = 0.05
"""A device below this power is off; a change of power below it is no other action."""
_COVERED = 0.999
"""Part of a slot that the running plan must reach over: the two cut the time in different places."""


@dataclass(frozen=True, slots=True)
class RunningEnergy:
    """What the running plan has in store for one slot of the request, in kWh; storages positive when charging."""

    storages: tuple[float, ...]
    heaters: tuple[float, ...]
    loads: tuple[float, ...]

    @property
    def devices(self) -> tuple[float, ...]:
        """All devices in one row."""
        return (*self.storages, *self.heaters, *self.loads)


def running_energies(request: PlanRequest) -> tuple[RunningEnergy | None, ...]:
    """The running plan on the slots of the request; None where it does not reach, empty where there is none.

    Devices that the running plan does not know are left out.
    """
    running = sorted(request.running, key=lambda one: one.start)
    if not running:
        return ()
    counts = (
        min(len(request.storages), *(len(one.storage_kw) for one in running)),
        min(len(request.heaters), *(len(one.heater_kw) for one in running)),
        min(len(request.loads), *(len(one.load_kw) for one in running)),
    )
    rows = tuple(_energy(slot, parts, counts) for slot, parts in _overlaps(request.slots, running))
    return rows if any(row is not None for row in rows) else ()


def planned_energy(schedule: Schedule, like: RunningEnergy, index: int) -> RunningEnergy:
    """The same devices of a schedule in the slot `index`."""
    flows = zip(schedule.charge_kwh, schedule.discharge_kwh, strict=True)
    storages = tuple(taken[index] - given[index] for taken, given in flows)
    heaters = tuple(row[index] for row in schedule.heaters_kwh)
    loads = tuple(row[index] for row in schedule.loads_kwh)
    return RunningEnergy(storages[: len(like.storages)], heaters[: len(like.heaters)], loads[: len(like.loads)])


def churn_of(request: PlanRequest, schedule: Schedule) -> Churn | None:
    """How far a schedule is from the running plan; None without a slot that both have."""
    rows = running_energies(request)
    if not rows:
        return None
    common = [(index, row) for index, row in enumerate(rows) if row is not None]
    changed, moved = 0, 0.0
    for index, row in common:
        idle = IDLE_KW * request.slots[index].hours
        pairs = list(zip(row.devices, planned_energy(schedule, row, index).devices, strict=True))
        changed += any(_other_action(before, after, idle) for before, after in pairs)
        moved += sum(abs(after - before) for before, after in pairs)
    return Churn(len(common), changed, moved)


def _other_action(before_kwh: float, after_kwh: float, idle_kwh: float) -> bool:
    if abs(after_kwh - before_kwh) <= idle_kwh:
        return False
    return _direction(before_kwh, idle_kwh) != _direction(after_kwh, idle_kwh)


def _direction(kwh: float, idle_kwh: float) -> int:
    return (kwh > idle_kwh) - (kwh < -idle_kwh)


def _overlaps(
    slots: Sequence[RequestSlot], running: Sequence[RunningSlot]
) -> Iterator[tuple[RequestSlot, list[tuple[float, RunningSlot]]]]:
    """Each slot with the hours that it shares with running slots; both are in order."""
    first = 0
    for slot in slots:
        while first < len(running) and _ends_before(running[first], slot):
            first += 1
        parts, place = [], first
        while place < len(running) and running[place].start < slot.end:
            parts.append((_shared_hours(slot, running[place]), running[place]))
            place += 1
        yield slot, parts


def _ends_before(one: RunningSlot, slot: RequestSlot) -> bool:
    return (slot.start - one.start).total_seconds() >= one.hours * 3600


def _shared_hours(slot: RequestSlot, one: RunningSlot) -> float:
    offset = (one.start - slot.start).total_seconds() / 3600
    return max(min(slot.hours, offset + one.hours) - max(offset, 0.0), 0.0)


def _energy(
    slot: RequestSlot, parts: Sequence[tuple[float, RunningSlot]], counts: tuple[int, int, int]
) -> RunningEnergy | None:
    if sum(hours for hours, _ in parts) < _COVERED * slot.hours:
        return None
    storages, heaters, loads = counts
    return RunningEnergy(
        _summed([(hours, one.storage_kw) for hours, one in parts], storages),
        _summed([(hours, one.heater_kw) for hours, one in parts], heaters),
        _summed([(hours, one.load_kw) for hours, one in parts], loads),
    )


def _summed(parts: Sequence[tuple[float, tuple[float, ...]]], count: int) -> tuple[float, ...]:
    return tuple(sum(hours * powers[number] for hours, powers in parts) for number in range(count))
