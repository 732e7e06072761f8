"""The owner's own blocks as what the optimizer is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from ..home.manual_block import BlockKind, ManualBlock, span_words
from ..home.settings import HomeSettings
from ..optimizer.request import BatteryRequest, ForcedPower, HeaterRequest, PlanRequest, VehicleRequest, Window

YOURS = "your block"
"""How reasons and unmet wishes call a block of the owner's."""


def with_blocks(request: PlanRequest, blocks: Sequence[ManualBlock], home: HomeSettings) -> PlanRequest:
    """The request with what the blocks ask of its devices; what is there already stays.

    A block of a device that the request does not have, as of a car that is not plugged in, becomes a note.
    """
    inside = [block for block in blocks if request.slots and _touches(block, request)]
    if not inside:
        return request
    return replace(
        request,
        batteries=_batteries(request, inside, home),
        vehicles=_vehicles(request, inside, home),
        heaters=_heaters(request, inside, home),
        notes=(*request.notes, *_notes(request, inside, home)),
    )


def block_name(block: ManualBlock, home: HomeSettings) -> str:
    """A block as unmet wishes name it."""
    return f"{YOURS} ({span_words(block, home)})"


def until_kwh(block: ManualBlock, battery: BatteryRequest, home: HomeSettings) -> float:
    """The stored energy at which a block to charge or to sell has done its part."""
    if block.kind is BlockKind.CHARGE:
        asked = battery.max_kwh if block.soc_percent is None else battery.capacity_kwh * block.soc_percent / 100
        return min(asked, battery.max_kwh)
    lowest = max(battery.min_kwh, battery.capacity_kwh * home.executor.low_soc_export_percent / 100)
    asked = lowest if block.soc_percent is None else battery.capacity_kwh * block.soc_percent / 100
    return max(asked, lowest)


def _touches(block: ManualBlock, request: PlanRequest) -> bool:
    return block.start < request.end and request.slots[0].start < block.end


def _batteries(request: PlanRequest, blocks: Sequence[ManualBlock], home: HomeSettings) -> tuple[BatteryRequest, ...]:
    if not request.batteries:
        return ()
    first, *others = request.batteries
    forced = [force for block in blocks for force in _of_battery(block, request, first, home)]
    return (replace(first, forced=_ordered((*first.forced, *forced))), *others)


def _of_battery(
    block: ManualBlock, request: PlanRequest, battery: BatteryRequest, home: HomeSettings
) -> Iterator[ForcedPower]:
    name = block_name(block, home)
    if block.kind is BlockKind.CHARGE:
        power_kw = _bounded(block.power_kw, battery.max_charge_kw)
        until = until_kwh(block, battery, home)
        yield ForcedPower(block.start, block.end, power_kw, 0.0, least_charge_kw=power_kw, until_kwh=until, name=name)
    elif block.kind is BlockKind.EXPORT:
        power_kw = _bounded(block.power_kw, battery.max_discharge_kw)
        until = until_kwh(block, battery, home)
        yield ForcedPower(
            block.start, block.end, 0.0, power_kw, least_discharge_kw=power_kw, until_kwh=until, name=name
        )
    elif block.kind is BlockKind.HOLD:
        yield from _held(block, request, name)


def _held(block: ManualBlock, request: PlanRequest, name: str) -> Iterator[ForcedPower]:
    """Slot by slot: PV surplus may be stored, and what the main fuse cannot give may be taken out."""
    for slot in request.slots:
        if not block.covers(slot.start + timedelta(hours=slot.hours) / 2):
            continue
        net_kw = (slot.load_kwh - slot.pv_kwh) / slot.hours
        fuse_kw = request.grid.max_import_kw if slot.max_import_kw is None else slot.max_import_kw
        above_kw = 0.0 if fuse_kw is None else max(net_kw - fuse_kw, 0.0)
        yield ForcedPower(slot.start, slot.end, max(-net_kw, 0.0), above_kw, name=name)


def _vehicles(request: PlanRequest, blocks: Sequence[ManualBlock], home: HomeSettings) -> tuple[VehicleRequest, ...]:
    wanted = [block for block in blocks if block.kind is BlockKind.EV]
    if not request.vehicles or not wanted:
        return request.vehicles
    first, *others = request.vehicles
    forced = []
    for block in wanted:
        power_kw = _bounded(block.power_kw, first.max_charge_kw)
        name = block_name(block, home)
        forced.append(
            ForcedPower(
                block.start,
                block.end,
                power_kw,
                0.0,
                least_charge_kw=power_kw,
                until_kwh=_full_car_kwh(first, home),
                name=name,
            )
        )
    roomier = max(first.capacity_kwh, _full_car_kwh(first, home))
    return (replace(first, capacity_kwh=roomier, forced=_ordered((*first.forced, *forced))), *others)


def _full_car_kwh(vehicle: VehicleRequest, home: HomeSettings) -> float:
    """The owner's block charges the car beyond what it needs at departure."""
    return vehicle.capacity_kwh if home.ev is None else max(home.ev.capacity_kwh, vehicle.capacity_kwh)


def _heaters(request: PlanRequest, blocks: Sequence[ManualBlock], home: HomeSettings) -> tuple[HeaterRequest, ...]:
    windows = tuple(Window(block.start, block.end) for block in blocks if block.kind is BlockKind.HEAT)
    if not windows or home.water_heater is None:
        return request.heaters
    first = request.heaters[0] if request.heaters else HeaterRequest(power_kw=home.water_heater.power_kw)
    # what the owner wants is not put off because it comes soon after another heating
    yielding = replace(first, wanted=(*first.wanted, *windows), min_spacing_hours=0.0)
    return (yielding, *request.heaters[1:])


def _notes(request: PlanRequest, blocks: Sequence[ManualBlock], home: HomeSettings) -> Iterator[str]:
    for block in blocks:
        if block.kind is BlockKind.EV and not request.vehicles:
            yield f"{block_name(block, home)}: the car is not plugged in, or cannot be read, so it is not planned"
        else:
            yield f"{block_name(block, home)} is kept"


def _bounded(asked_kw: float | None, most_kw: float) -> float:
    return most_kw if asked_kw is None else min(asked_kw, most_kw)


def _ordered(forced: Sequence[ForcedPower]) -> tuple[ForcedPower, ...]:
    return tuple(sorted(forced, key=lambda force: force.start))
