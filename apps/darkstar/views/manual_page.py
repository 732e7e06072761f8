"""The Manual plan page: two days per device, the owner's blocks in them, and what one more would cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

from ..home.manual_block import FURTHEST, BlockDevice, BlockKind, ManualBlock, why_impossible
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, floor_to_slot
from ..optimizer.plan import Action, Plan, PlanSlot
from .series import milliseconds, tidy
from .words import NOUN, clock, duration, money, power

_TITLES = {
    BlockKind.CHARGE: "Charge",
    BlockKind.EXPORT: "Sell",
    BlockKind.HOLD: "Hold",
    BlockKind.HEAT: "Heat water",
    BlockKind.EV: "Charge car",
}
_DEVICES = {BlockDevice.BATTERY: "Battery", BlockDevice.HEATER: "Water", BlockDevice.EV: "Car"}
_STEP = timedelta(minutes=SLOT_MINUTES)
_ON_KWH = 0.01
_CENT = 0.005
_MOST_CHANGES = 6
_FLOWS = {
    "charge": "into the battery",
    "discharge": "out of the battery",
    "import": "bought",
    "export": "sold",
    "curtailed": "solar power given up",
    "water heater": "into hot water",
    "car": "into the car",
}


class Found(Protocol):
    """What the view needs of a weighed block."""

    @property
    def currency(self) -> str:
        """Of the home."""

    @property
    def plan_made_at(self) -> datetime:
        """When the plan was made that it was weighed against."""

    @property
    def extra(self) -> float:
        """Money that the block costs more."""

    @property
    def words(self) -> str:
        """The verdict in a sentence."""

    @property
    def limits(self) -> Sequence[Any]:
        """Each with `what` and `words`."""

    @property
    def before(self) -> Sequence[PlanSlot]:
        """The plan's slots."""

    @property
    def after(self) -> Sequence[PlanSlot]:
        """Those with the block."""

    @property
    def capacity_kwh(self) -> float:
        """Of the battery."""

    @property
    def elsewhere(self) -> Sequence[Any]:
        """Each with `flow`, `start`, `end`, `kwh`."""


def manual_page(home: HomeSettings, now: datetime, plan: Plan | None, blocks: Sequence[ManualBlock]) -> dict[str, Any]:
    """Everything that the page shows, ready for `json.dumps`."""
    start = floor_to_slot(now)
    end = start + FURTHEST
    ahead = [slot for slot in plan.slots if slot.end > start and slot.start < end] if plan else []
    return {
        "now": milliseconds(now),
        "start": milliseconds(start),
        "end": milliseconds(end),
        "ticks": list(_ticks(start, end, home)),
        "quarters": list(_quarters(start, end, now, home)),
        "prices": [
            {"from": milliseconds(slot.start), "to": milliseconds(slot.end), "price": tidy(slot.import_price)}
            for slot in ahead
        ],
        "unit": f"{home.currency}/kWh",
        "devices": [_device(device, ahead, blocks, home, now) for device in BlockDevice if _has(device, home)],
        "soc": _soc(ahead, plan.capacity_kwh if plan else 0.0),
        "blocks": [block_words(block, home, now) for block in blocks],
        "made": "" if plan is None else clock(plan.created_at, now, home.zone),
    }


def block_words(block: ManualBlock, home: HomeSettings, now: datetime) -> dict[str, Any]:
    """A block as the page lists it."""
    how = []
    if block.power_kw is not None:
        how.append(f"at {power(block.power_kw)}")
    if block.soc_percent is not None:
        how.append(f"{'to' if block.kind is BlockKind.CHARGE else 'down to'} {block.soc_percent:g} %")
    runs = block.covers(now)
    rest = f"for {duration(block.end - now)} more" if runs else f"in {duration(block.start - now)}"
    return {
        "number": block.number,
        "kind": block.kind.value,
        "device": block.kind.device.value,
        "from": milliseconds(block.start),
        "to": milliseconds(block.end),
        "title": " ".join([_TITLES[block.kind], *how]),
        "span": _span(block.start, block.end, now, home),
        "state": f"Now, {rest}" if runs else rest[:1].upper() + rest[1:],
        "runs": runs,
    }


def preview_words(block: ManualBlock, found: Found, home: HomeSettings) -> dict[str, Any]:
    """What a block would cost and which limits it meets, in words and figures."""
    now = floor_to_slot(found.plan_made_at)
    changes = sorted(found.elsewhere, key=lambda one: -abs(one.kwh))[:_MOST_CHANGES]
    sign = "+" if found.extra >= 0 else "-"
    even = abs(found.extra) < _CENT
    return {
        "words": f"{found.words[:1].upper()}{found.words[1:]}.",
        "extra": tidy(found.extra),
        "amount": money(0.0, found.currency) if even else f"{sign}{money(abs(found.extra), found.currency)}",
        "tone": "even" if even else "bad" if found.extra > 0 else "good",
        "against": f"Against the plan of {clock(found.plan_made_at, found.plan_made_at, home.zone)}.",
        "limits": [{"what": limit.what, "words": f"{limit.words}."} for limit in found.limits],
        "changes": [
            {
                "when": _span(one.start, one.end, now, home),
                "words": f"{abs(one.kwh):.1f} kWh {'more' if one.kwh > 0 else 'less'} {_FLOWS[one.flow]}",
            }
            for one in sorted(changes, key=lambda one: one.start)
        ],
        "soc": {
            "before": _soc(found.before, found.capacity_kwh),
            "after": _soc(found.after, found.capacity_kwh),
        },
        "from": milliseconds(block.start),
        "to": milliseconds(block.end),
    }


@dataclass(frozen=True, slots=True)
class _Offer:
    """A kind of block, the highest power it can be given (None: it takes none), and whether it takes a SoC."""

    kind: BlockKind
    most_kw: float | None
    takes_soc: bool = False


def _offers(device: BlockDevice, home: HomeSettings) -> Iterator[_Offer]:
    if device is BlockDevice.HEATER:
        yield _Offer(BlockKind.HEAT, None)
    elif device is BlockDevice.EV:
        yield _Offer(BlockKind.EV, home.ev.max_charge_kw if home.ev else None)
    else:
        yield _Offer(BlockKind.CHARGE, home.battery.max_charge_kw, takes_soc=True)
        yield _Offer(BlockKind.EXPORT, home.battery.max_discharge_kw, takes_soc=True)
        yield _Offer(BlockKind.HOLD, None)


def _has(device: BlockDevice, home: HomeSettings) -> bool:
    return {BlockDevice.HEATER: home.water_heater, BlockDevice.EV: home.ev}.get(device, home.battery) is not None


def _device(
    device: BlockDevice, ahead: Sequence[PlanSlot], blocks: Sequence[ManualBlock], home: HomeSettings, now: datetime
) -> dict[str, Any]:
    return {
        "name": device.value,
        "title": _DEVICES[device],
        "kinds": [
            {
                "kind": offer.kind.value,
                "title": _TITLES[offer.kind],
                "most_kw": offer.most_kw,
                "takes_soc": offer.takes_soc,
                "forbidden": why_impossible(offer.kind, home) or "",
            }
            for offer in _offers(device, home)
        ],
        "planned": list(_runs(ahead, _DOES[device])),
        "blocks": [block_words(block, home, now) for block in blocks if block.kind.device is device],
    }


def _battery_does(slot: PlanSlot) -> tuple[str, str]:
    return ("", "") if slot.action is Action.HOLD else (slot.action.value, NOUN[slot.action])


def _heater_does(slot: PlanSlot) -> tuple[str, str]:
    return ("heat", "heat water") if slot.heater_kwh > _ON_KWH else ("", "")


def _car_does(slot: PlanSlot) -> tuple[str, str]:
    return ("ev", "charge the car") if slot.vehicle_kwh > _ON_KWH else ("", "")


_DOES: dict[BlockDevice, Callable[[PlanSlot], tuple[str, str]]] = {
    BlockDevice.BATTERY: _battery_does,
    BlockDevice.HEATER: _heater_does,
    BlockDevice.EV: _car_does,
}


def _runs(ahead: Sequence[PlanSlot], does: Callable[[PlanSlot], tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """What a device is planned to do, slots of the same kind together."""
    for (kind, words), slots in groupby(ahead, key=does):
        run = list(slots)
        if kind:
            yield {"kind": kind, "words": words, "from": milliseconds(run[0].start), "to": milliseconds(run[-1].end)}


def _span(start: datetime, end: datetime, now: datetime, home: HomeSettings) -> str:
    """A stretch of time as one says it: tomorrow 02:30-03:00."""
    zone = home.zone
    if start.astimezone(zone).date() == (end - _STEP).astimezone(zone).date():
        return f"{clock(start, now, zone)}-{end.astimezone(zone):%H:%M}"
    return f"{clock(start, now, zone)} to {clock(end, now, zone)}"


def _soc(slots: Sequence[PlanSlot], capacity_kwh: float) -> dict[str, list[float]]:
    if capacity_kwh <= 0:
        return {"x": [], "y": []}
    return {
        "x": [milliseconds(slot.end) for slot in slots],
        "y": [tidy(slot.soc_kwh / capacity_kwh * 100) for slot in slots],
    }


def _ticks(start: datetime, end: datetime, home: HomeSettings) -> Iterator[dict[str, Any]]:
    """Whole local hours; `day` names the day at its first hour shown."""
    day = None
    instant = start
    while instant <= end:
        local = instant.astimezone(home.zone)
        if local.minute == 0:
            name = f"{local:%a} {local.day} {local:%b}" if local.date() != day else ""
            day = local.date()
            yield {"x": milliseconds(instant), "hour": local.hour, "label": f"{local:%H:%M}", "day": name}
        instant += _STEP


def _quarters(start: datetime, end: datetime, now: datetime, home: HomeSettings) -> Iterator[dict[str, Any]]:
    """Every instant that a block may begin or end at, as one says it."""
    instant = start
    while instant <= end:
        yield {"x": milliseconds(instant), "label": clock(instant, now, home.zone)}
        instant += _STEP
