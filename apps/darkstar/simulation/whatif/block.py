"""What if the owner puts a block into the plan: what it costs against the plan, and which limits it meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...home.manual_block import WORDS, BlockKind, ManualBlock
from ...optimizer.plan import Plan, PlanSlot
from ...optimizer.request import BatteryRequest, PlanRequest
from ...optimizer.solve import plan as solve
from ...strategy.manual_blocks import until_kwh, with_blocks
from .ahead import Live, near_the_plan
from .changes import ChangesError
from .compare import Difference, differences, net_money

_NOTICEABLE_KW = 0.05
_NOTICEABLE_KWH = 0.05
_NOTICEABLE_PERCENT = 1.0
_CENT = 0.005


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a block meets: which, from when on, and by how much, in words."""

    what: str
    at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class BlockWhatIf:
    """The plan with the block. `extra` is net money: below zero the block is better than the plan.

    `moved_kwh` is what the device takes or gives in the block, `planned_kwh` what it would by the plan.
    """

    currency: str
    plan_made_at: datetime
    extra: float
    moved_kwh: float
    planned_kwh: float
    limits: tuple[Limit, ...]
    before: tuple[PlanSlot, ...]
    after: tuple[PlanSlot, ...]
    capacity_kwh: float
    elsewhere: tuple[Difference, ...]
    words: str


def what_if_block(live: Live, block: ManualBlock) -> BlockWhatIf:
    """Put the block into the running plan's request and solve it again. Nothing live is touched.

    Raises:
        ChangesError: no part of the block lies in the plan.
        ValueError: the request with the block is impossible.
    """
    if not any(_inside(slot, block) for slot in live.plan.slots):
        reach = live.request.end.astimezone(live.home.zone)
        msg = f"the plan has no hour of this block: it reaches to {reach:%Y-%m-%d %H:%M}"
        raise ChangesError(msg)
    request = with_blocks(near_the_plan(live), (block,), live.home)
    made = solve(request)
    extra = net_money(request, made, live.request).net - net_money(live.request, live.plan).net
    moved = sum(_flow_kwh(slot, block.kind) for slot in made.slots if _inside(slot, block))
    return BlockWhatIf(
        currency=request.currency,
        plan_made_at=live.plan.created_at,
        extra=extra,
        moved_kwh=moved,
        planned_kwh=sum(_flow_kwh(slot, block.kind) for slot in live.plan.slots if _inside(slot, block)),
        limits=tuple(_limits(live, request, made, block)),
        before=live.plan.slots,
        after=made.slots,
        capacity_kwh=made.capacity_kwh,
        elsewhere=differences(live.plan.slots, made.slots),
        words=_words(block, extra, moved, request.currency),
    )


def _words(block: ManualBlock, extra: float, moved_kwh: float, currency: str) -> str:
    what = WORDS[block.kind] if block.kind is BlockKind.HOLD else f"{WORDS[block.kind]} ({moved_kwh:.1f} kWh)"
    if abs(extra) < _CENT:
        return f"{what}: as good as the plan"
    return f"{what}: {abs(extra):.2f} {currency} {'more' if extra > 0 else 'less'} than the plan"


def _inside(slot: PlanSlot, block: ManualBlock) -> bool:
    return block.covers(slot.start + timedelta(hours=slot.hours) / 2)


def _flow_kwh(slot: PlanSlot, kind: BlockKind) -> float:
    if kind is BlockKind.HEAT:
        return slot.heater_kwh
    if kind is BlockKind.EV:
        return sum(vehicle.charge_kwh for vehicle in slot.vehicles)
    return slot.charge_kwh if kind is BlockKind.CHARGE else slot.discharge_kwh


def _limits(live: Live, request: PlanRequest, made: Plan, block: ManualBlock) -> Iterator[Limit]:
    inside = [slot for slot in made.slots if _inside(slot, block)]
    if block.end > request.end:
        reach = request.end.astimezone(live.home.zone)
        yield Limit(
            "horizon", request.end, f"The plan reaches to {reach:%a %H:%M}: what comes after is not weighed yet"
        )
    yield from _power(live, block)
    if block.kind in {BlockKind.CHARGE, BlockKind.EXPORT}:
        yield from _soc(live, request.batteries[0], inside, block)
    if block.kind is BlockKind.EV and not request.vehicles:
        yield Limit("car", None, "The car is not plugged in, or its SoC cannot be read: the block waits for it")
    yield from _grid(live, request, inside, block)
    yield from _peaks(live, made)
    yield from (
        Limit("wish", None, f"{wish[:1].upper()}{wish[1:]}") for wish in made.unmet if wish not in live.plan.unmet
    )


def _power(live: Live, block: ManualBlock) -> Iterator[Limit]:
    most = {
        BlockKind.CHARGE: (live.home.battery.max_charge_kw, "the battery takes"),
        BlockKind.EXPORT: (live.home.battery.max_discharge_kw, "the battery gives"),
        BlockKind.EV: (0.0 if live.home.ev is None else live.home.ev.max_charge_kw, "the car takes"),
    }.get(block.kind)
    if most is None or block.power_kw is None or block.power_kw <= most[0] + _NOTICEABLE_KW:
        return
    kw, name = most
    words = f"{name} at most {kw:g} kW: {block.power_kw - kw:.1f} kW less than the {block.power_kw:g} kW asked for"
    yield Limit("power", block.start, f"{words[:1].upper()}{words[1:]}")


def _soc(live: Live, battery: BatteryRequest, inside: Sequence[PlanSlot], block: ManualBlock) -> Iterator[Limit]:
    """Ceiling or floor: asked for beyond it, or met before the block is over."""
    charges, home = block.kind is BlockKind.CHARGE, live.home
    until = until_kwh(block, battery, home)
    until_percent = until / battery.capacity_kwh * 100
    name = "ceiling" if charges else "floor"
    if block.soc_percent is not None:
        beyond = abs(block.soc_percent - until_percent)
        if beyond > _NOTICEABLE_PERCENT:
            words = f"{block.soc_percent:g} % is {beyond:.0f} % beyond the battery's {name} of {until_percent:.0f} %"
            yield Limit("soc", None, words)
        return
    met = next((slot for slot in inside if _reached(slot.batteries[0].soc_kwh, until, battery, charges=charges)), None)
    if met is None or (met is inside[-1] and len(inside) > 1):
        return
    moved = met.charge_kwh if charges else met.discharge_kwh
    since = met.end if moved > _NOTICEABLE_KWH else met.start
    full_kw = battery.max_charge_kw if charges else battery.max_discharge_kw
    asked_kw = full_kw if block.power_kw is None else min(block.power_kw, full_kw)
    missing = sum(
        max(asked_kw * slot.hours - (slot.charge_kwh if charges else slot.discharge_kwh), 0.0) for slot in inside
    )
    if missing < _NOTICEABLE_KWH:
        return
    at = since.astimezone(home.zone)
    what = "find no more room" if charges else "are not there to be sold"
    where = f"From {at:%H:%M} on the battery is at its {name} ({until_percent:.0f} %)"
    yield Limit("soc", since, f"{where}: {missing:.1f} kWh {what}")


def _reached(stored_kwh: float, until_kwh: float, battery: BatteryRequest, *, charges: bool) -> bool:
    near_kwh = _NOTICEABLE_PERCENT / 100 * battery.capacity_kwh
    return stored_kwh >= until_kwh - near_kwh if charges else stored_kwh <= until_kwh + near_kwh


def _grid(live: Live, request: PlanRequest, inside: Sequence[PlanSlot], block: ManualBlock) -> Iterator[Limit]:
    """The main fuse, and the largest power that may be sold."""
    grid, zone = request.grid, live.home.zone
    by_start = {slot.start: slot for slot in request.slots}
    over_fuse, over_sale = [], []
    for slot in inside:
        given = by_start[slot.start]
        limit_kw = grid.max_import_kw if given.max_import_kw is None else given.max_import_kw
        asked_kw = _asked_kw(request, block) - _flow_kwh(slot, block.kind) / slot.hours
        bought_kw = slot.import_kwh / slot.hours
        if limit_kw is not None and block.kind is not BlockKind.EXPORT:
            wanted_kw = bought_kw + max(asked_kw, 0.0) if bought_kw >= limit_kw - _NOTICEABLE_KW else bought_kw
            over_fuse.append((wanted_kw - limit_kw, slot))
        sale_kw = grid.max_export_kw if given.max_export_kw is None else given.max_export_kw
        sold_kw = slot.export_kwh / slot.hours
        if sale_kw is not None and block.kind is BlockKind.EXPORT and sold_kw >= sale_kw - _NOTICEABLE_KW:
            over_sale.append((max(asked_kw, 0.0), slot))
    for found, what, words in (
        (over_fuse, "fuse", "The main fuse"),
        (over_sale, "export", "The limit of what may be sold"),
    ):
        for kw, slot in sorted(found, key=lambda one: -one[0])[:1]:
            if kw > _NOTICEABLE_KW:
                at = slot.start.astimezone(zone)
                yield Limit(what, slot.start, f"{words} leaves {kw:.1f} kW less than asked for at {at:%H:%M}")


def _asked_kw(request: PlanRequest, block: ManualBlock) -> float:
    if block.kind is BlockKind.HEAT:
        return sum(heater.power_kw for heater in request.heaters[:1])
    if block.kind is BlockKind.EV:
        most = sum(vehicle.max_charge_kw for vehicle in request.vehicles[:1])
    elif block.kind is BlockKind.HOLD:
        return 0.0
    else:
        battery = request.batteries[0]
        most = battery.max_charge_kw if block.kind is BlockKind.CHARGE else battery.max_discharge_kw
    return most if block.power_kw is None else min(block.power_kw, most)


def _peaks(live: Live, made: Plan) -> Iterator[Limit]:
    """Power tariffs whose bill the block raises."""
    for old, new in zip(live.plan.peaks, made.peaks, strict=True):
        if new.billed_kw > old.billed_kw + _NOTICEABLE_KW:
            rise = f"the billed peak rises from {old.billed_kw:.1f} to {new.billed_kw:.1f} kW"
            bill = f"{new.cost - old.cost:.2f} {made.currency} in the period"
            yield Limit("peak", None, f"{new.name or 'The power tariff'}: {rise}, {bill}")
