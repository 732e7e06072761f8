"""What storages must take or give at a time because somebody said so, slot by slot.

How long a storage is charged until it has the wished SoC depends on what it has when the time begins. That is taken
from the plan without such wishes. So nothing is gained by charging before, or by making room before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .power_limits import PowerLimits, forced_in, power_limits
from .request import BatteryRequest, ForcedPower, PlanRequest, RequestSlot
from .schedule import ceiling_kwh

_SLIGHT_KW = 1e-9
"""What is reached asks for nothing more, and is still a time in which the other direction is shut."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a storage in a slot: `kwh` (AC), and no SoC beyond `until_kwh` at its end.

    `sign` is 1 where it is to take, -1 where it is to give. In the last slot of a time `reached_kwh` is to be reached.
    """

    index: int
    sign: float
    kwh: float
    until_kwh: float
    reached_kwh: float | None
    name: str

    def short_kwh(self, stored_kwh: float) -> float:
        """What the SoC at the slot's end lacks of that which is to be reached."""
        return 0.0 if self.reached_kwh is None else max(self.sign * (self.reached_kwh - stored_kwh), 0.0)

    def lacking_kwh(self, flow_kwh: float) -> float:
        """What is missing with `flow_kwh` in its direction."""
        return max(self.kwh - flow_kwh, 0.0)

    def beyond_kwh(self, stored_kwh: float) -> float:
        """By how much the SoC at the slot's end is beyond the wished one."""
        return max(self.sign * (stored_kwh - self.until_kwh), 0.0)


def demands(storage: BatteryRequest, slots: Sequence[RequestSlot], limits: Sequence[PowerLimits]) -> Iterator[Demand]:
    """What is asked of a storage; `limits` are its bounds."""
    for index, (slot, limit) in enumerate(zip(slots, limits, strict=True)):
        force = forced_in(storage, slot)
        if force is None:
            continue
        taken = min(force.least_charge_kw * slot.hours, limit.charge_kwh)
        given = min(force.least_discharge_kw * slot.hours, limit.discharge_kwh)
        if force.least_charge_kw > 0:
            until = min(force.until_kwh, ceiling_kwh(storage))
            yield Demand(index, 1.0, taken, until, force.reached_kwh, force.name)
        elif force.least_discharge_kw > 0:
            until = max(force.until_kwh, _floor_kwh(storage))
            yield Demand(index, -1.0, given, until, force.reached_kwh, force.name)


def asks_for_power(request: PlanRequest) -> bool:
    """Whether any storage must take or give."""
    return any(_asks(force) for storage in request.storages for force in storage.forced)


def without_demands(request: PlanRequest) -> PlanRequest:
    """The request in which no storage must take or give; bounds alone stay."""

    def bounds(forced: tuple[ForcedPower, ...]) -> tuple[ForcedPower, ...]:
        return tuple(force for force in forced if not _asks(force))

    return replace(
        request,
        batteries=tuple(replace(one, forced=bounds(one.forced)) for one in request.batteries),
        vehicles=tuple(replace(one, forced=bounds(one.forced)) for one in request.vehicles),
    )


def settled(request: PlanRequest, stored_kwh: Sequence[Sequence[float]]) -> PlanRequest:
    """The request with what is asked for in each slot, until the wished SoC is there.

    `stored_kwh` is `[storage][slot]` of a plan without such wishes.
    """
    own = len(request.batteries)
    forced = [
        tuple(_slot_by_slot(request, storage, path)) for storage, path in zip(request.storages, stored_kwh, strict=True)
    ]
    return replace(
        request,
        batteries=tuple(replace(one, forced=force) for one, force in zip(request.batteries, forced[:own], strict=True)),
        vehicles=tuple(replace(one, forced=force) for one, force in zip(request.vehicles, forced[own:], strict=True)),
    )


def _slot_by_slot(request: PlanRequest, storage: BatteryRequest, path: Sequence[float]) -> Iterator[ForcedPower]:
    running, walk = None, None
    limits = power_limits(storage, request.slots)
    for index, slot in enumerate(request.slots):
        force = forced_in(storage, slot)
        if force is None or not _asks(force):
            running = None
            if force is not None:
                yield replace(force, start=slot.start, end=slot.end)
            continue
        if force is not running or walk is None:
            walk = _Walk(storage, force, path[index - 1] if index else storage.start_kwh)
            running = force
        step = walk.step(slot, limits[index])
        last = index + 1 == len(request.slots) or forced_in(storage, request.slots[index + 1]) is not force
        yield replace(step, reached_kwh=walk.stored_kwh) if last else step


class _Walk:
    """Charges or discharges at full power until the wished SoC is reached."""

    def __init__(self, storage: BatteryRequest, force: ForcedPower, stored_kwh: float) -> None:
        self._force, self._stored = force, stored_kwh
        self._charges = force.least_charge_kw > 0
        if self._charges:
            self._gain, self._until = storage.charge_efficiency, min(force.until_kwh, ceiling_kwh(storage))
            self._bound = max(self._until, stored_kwh)
        else:
            self._gain, self._until = 1 / storage.discharge_efficiency, max(force.until_kwh, _floor_kwh(storage))
            self._bound = min(self._until, stored_kwh)

    @property
    def stored_kwh(self) -> float:
        """What is stored by then."""
        return self._stored

    def step(self, slot: RequestSlot, limits: PowerLimits) -> ForcedPower:
        """The rule of one slot."""
        surplus = slot.pv_kwh - slot.load_kwh
        if self._charges:
            kwh = min(self._force.least_charge_kw * slot.hours, limits.charge_kwh)
            kwh = min(kwh, max(self._until - self._stored, 0.0) / self._gain)
            free = min(max(surplus, 0.0), limits.charge_kwh)
            self._stored += self._gain * kwh
            self._bound += self._gain * free
        else:
            kwh = min(self._force.least_discharge_kw * slot.hours, limits.discharge_kwh)
            kwh = min(kwh, max(self._stored - self._until, 0.0) / self._gain)
            free = min(max(-surplus, 0.0), limits.discharge_kwh)
            self._stored -= self._gain * kwh
            self._bound = max(self._bound - self._gain * free, 0.0)
        least_kw = max(kwh / slot.hours, _SLIGHT_KW)
        return ForcedPower(
            slot.start,
            slot.end,
            max_charge_kw=self._force.max_charge_kw if self._charges else 0.0,
            max_discharge_kw=0.0 if self._charges else self._force.max_discharge_kw,
            least_charge_kw=least_kw if self._charges else 0.0,
            least_discharge_kw=0.0 if self._charges else least_kw,
            until_kwh=self._bound,
            name=self._force.name,
        )


def _asks(force: ForcedPower) -> bool:
    return force.least_charge_kw > 0 or force.least_discharge_kw > 0


def _floor_kwh(storage: BatteryRequest) -> float:
    return max(storage.min_kwh, storage.discharge_floor_kwh, 0.0)
