"""Answers to what-if and advice as data for a page and for other programs.

Instants are ISO 8601 in UTC, energies kWh, money in the home's currency, rounded to what a page shows; `words` and
`when` are for people, at the home's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ...optimizer.plan import PlanSlot
from .advice import Advice
from .ahead import AheadWhatIf
from .compare import Difference, NetMoney
from .export import ExportWhatIf

if TYPE_CHECKING:
    from .past import CaseCost, PastWhatIf

_CENT = 0.005
_HOUR = timedelta(hours=1)


def ahead_shown(found: AheadWhatIf, planned: Sequence[PlanSlot], zone: ZoneInfo) -> dict[str, Any]:
    """The days ahead; `planned` are the slots of the running plan."""
    start, end = found.start.astimezone(zone), found.end.astimezone(zone)
    return {
        "kind": "ahead",
        "currency": found.currency,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "when": f"{start:%a %d %b %H:%M} to {end:%a %d %b %H:%M}",
        "words": _verdict(found.saved, found.currency),
        "saved": _money(found.saved),
        "changes": list(found.changes),
        "as_is": _net(found.as_is),
        "changed": _net(found.changed),
        "not_possible": list(found.plan.unmet),
        "elsewhere": _differences(found.elsewhere, zone),
        "assumptions": list(found.assumptions),
        "series": _series(planned, found.plan.slots, zone),
    }


def past_shown(found: PastWhatIf, zone: ZoneInfo) -> dict[str, Any]:
    """The home's own past."""
    start, end = found.start.astimezone(zone), (found.end - _HOUR).astimezone(zone)
    return {
        "kind": "past",
        "currency": found.currency,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "days": round(found.days, 2),
        "when": f"{start:%d %b} to {end:%d %b %Y}, {found.days:.0f} days",
        "words": _verdict(found.saved, found.currency),
        "saved": _money(found.saved),
        "saved_per_year": _money(found.saved_per_year),
        "changes": list(found.changes),
        "as_is": [_case(case) for case in found.as_is],
        "changed": [_case(case) for case in found.changed],
        "assumptions": list(found.assumptions),
        "seconds": round(found.seconds, 1),
    }


def export_shown(found: ExportWhatIf, zone: ZoneInfo) -> dict[str, Any]:
    """A sale at the peak."""
    return {
        "kind": "export",
        "currency": found.currency,
        "words": f"{found.words[:1].upper()}{found.words[1:]}.",
        "asked_kwh": found.asked_kwh,
        "sold_kwh": round(found.sold_kwh, 2),
        "planned_kwh": round(found.planned_kwh, 2),
        "gain": _money(found.gain),
        "slots": [
            {
                "start": slot.start.isoformat(),
                "end": slot.end.isoformat(),
                "when": _span(slot.start, slot.end, zone),
                "kwh": round(slot.kwh, 2),
                "export_price": round(slot.export_price, 4),
            }
            for slot in found.slots
        ],
        "elsewhere": _differences(found.elsewhere, zone),
    }


def advice_shown(found: Iterable[Advice], currency: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """When to start what."""
    return [
        {
            "name": one.name,
            "energy_kwh": one.energy_kwh,
            "start": one.start.isoformat() if one.start else None,
            "end": one.end.isoformat() if one.end else None,
            "when": _span(one.start, one.end, zone) if one.start and one.end else "",
            "cost": None if one.cost is None else _money(one.cost),
            "cost_now": None if one.cost_now is None else _money(one.cost_now),
            "saving": None if one.saving is None else _money(one.saving),
            "currency": currency,
            "words": f"{one.words[:1].upper()}{one.words[1:]}.",
        }
        for one in found
    ]


def _verdict(saved: float, currency: str) -> str:
    if abs(saved) < _CENT:
        return "It comes to the same."
    return f"It {'saves' if saved > 0 else 'costs'} {abs(saved):.2f} {currency}{' more' if saved < 0 else ''}."


def _net(money: NetMoney) -> dict[str, float]:
    return {
        "net": _money(money.net),
        "cost": _money(money.cost),
        "peaks": _money(money.peaks),
        "stored": _money(money.stored),
    }


def _case(case: CaseCost) -> dict[str, Any]:
    return {
        "name": case.name,
        "cost": _money(case.cost),
        "money": _money(case.money),
        "power": _money(case.power),
        "import_kwh": round(case.import_kwh, 1),
        "export_kwh": round(case.export_kwh, 1),
        "cycles": round(case.cycles, 1),
    }


def _differences(found: Iterable[Difference], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "flow": one.flow,
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "when": _span(one.start, one.end, zone),
            "kwh": round(one.kwh, 2),
        }
        for one in found
    ]


def _series(planned: Sequence[PlanSlot], changed: Sequence[PlanSlot], zone: ZoneInfo) -> dict[str, Any]:
    """Stored energy at the end of each slot and power at the meter, as planned and as it would be."""
    return {
        "x": [_milliseconds(slot.start) for slot in changed],
        "end": _milliseconds(changed[-1].end) if changed else None,
        "when": [_span(slot.start, slot.end, zone) for slot in changed],
        "stored_as_is": [round(slot.soc_kwh, 3) for slot in planned],
        "stored_changed": [round(slot.soc_kwh, 3) for slot in changed],
        "grid_as_is": [_grid_kw(slot) for slot in planned],
        "grid_changed": [_grid_kw(slot) for slot in changed],
        "ticks": list(_ticks(changed, zone)),
    }


def _grid_kw(slot: PlanSlot) -> float:
    """Power from the grid, below zero to it."""
    return round((slot.import_kwh - slot.export_kwh) / slot.hours, 3) + 0.0


def _ticks(slots: Sequence[PlanSlot], zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The full hours of the home's clock within the slots; `day` names the day at its first one, else it is empty."""
    if not slots:
        return
    first = slots[0].start.astimezone(zone)
    instant, day = slots[0].start.replace(second=0, microsecond=0) - timedelta(minutes=first.minute), None
    while instant <= slots[-1].end:
        local = instant.astimezone(zone)
        name = f"{local:%a} {local.day} {local:%b}" if local.date() != day else ""
        yield {"x": _milliseconds(instant), "hour": local.hour, "label": f"{local:%H:%M}", "day": name}
        instant, day = instant + _HOUR, local.date()


def _span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%a %H:%M}-{end.astimezone(zone):%H:%M}"


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _money(amount: float) -> float:
    return round(amount, 2) + 0.0
