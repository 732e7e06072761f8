"""The Plan page: the chart, the plan as a table, what it rests on, and one slot against what else could be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from ..home.slots import local_date
from ..optimizer.plan import Alternative, Plan, PlanSlot
from .chart import NOTHING_BESIDE, Beside, chart
from .plan_words import plan_marks
from .series import milliseconds
from .snapshot import Snapshot
from .steering import RISK_LEVELS, Selector, selected_words
from .words import NOUN, money, rate, span

_LEAST_KWH = 0.005
_CENT = 0.005


def plan_page(
    snapshot: Snapshot, risk: Selector, day_events: str = "", beside: Beside = NOTHING_BESIDE
) -> dict[str, Any]:
    """Everything that the Plan page shows, for `json.dumps`. `day_events` are the owner's words about the days."""
    return {
        "chart": chart(snapshot, beside),
        "marks": plan_marks(snapshot),
        "risk": selected_words(risk, RISK_LEVELS),
        "events": day_events,
        "columns": columns(snapshot),
        "days": list(_days(snapshot)),
    }


def columns(snapshot: Snapshot) -> list[str]:
    """The titles of the table; cars and heaters have a column where the home has one."""
    home = snapshot.home
    optional = {"Water": home.water_heater is not None, "Car": home.ev is not None}
    titles = ["Time", "Does", "Buy", "Sell", "Battery", "SoC", "Home", "Solar", "Water", "Car", "Grid", "Cost", "Why"]
    return [title for title in titles if optional.get(title, True)]


def _days(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The rows that are still ahead, by local day."""
    plan, zone = snapshot.plan, snapshot.home.zone
    ahead = [slot for slot in plan.slots if slot.end > snapshot.now] if plan else []
    for day, slots in groupby(ahead, key=lambda slot: local_date(slot.start, zone)):
        rows = list(slots)
        cost = sum(slot.cost for slot in rows)
        yield {
            "day": f"{day:%A} {day.day} {day:%B}",
            "cost": money(cost, snapshot.home.currency),
            "rows": [_row(slot, snapshot) for slot in rows],
        }


def _row(slot: PlanSlot, snapshot: Snapshot) -> dict[str, Any]:
    plan, hours, guess = snapshot.plan, slot.hours, "" if slot.price_known else "~"
    capacity = plan.capacity_kwh if plan else 0.0
    cells = {
        "Time": f"{slot.start.astimezone(snapshot.home.zone):%H:%M}",
        "Does": slot.action.value,
        "Buy": f"{guess}{rate(slot.import_price)}",
        "Sell": f"{guess}{rate(slot.export_price)}",
        "Battery": _kw(slot.charge_kwh - slot.discharge_kwh, hours),
        "SoC": f"{slot.soc_kwh / capacity * 100:.0f} %" if capacity else "",
        "Home": _kw(slot.load_kwh, hours),
        "Solar": _kw(slot.pv_kwh - slot.curtailed_kwh, hours),
        "Water": _kw(slot.heater_kwh, hours),
        "Car": _kw(slot.vehicle_kwh, hours),
        "Grid": _kw(slot.import_kwh - slot.export_kwh, hours),
        "Cost": f"{round(slot.cost, 2) + 0.0:.2f}",
        "Why": slot.reason,
    }
    shown = columns(snapshot)
    return {
        "at": milliseconds(slot.start),
        "action": slot.action.value,
        "known": slot.price_known,
        "cells": [cells[title] for title in shown],
    }


def _kw(kwh: float, hours: float) -> str:
    return "" if abs(kwh) < _LEAST_KWH else f"{round(kwh / hours, 1) + 0.0:.1f}"


def slot_words(slot: PlanSlot, others: Sequence[Alternative], plan: Plan, zone: ZoneInfo) -> dict[str, Any]:
    """One slot: what is done and why, and what else each device could do, with what it costs more, cheapest first."""
    unit = f"{plan.currency}/kWh"
    ranked = sorted(others, key=lambda one: (one.extra_cost is None, one.extra_cost or 0.0))
    what = NOUN[slot.action]
    return {
        "at": milliseconds(slot.start),
        "title": span(slot.start, slot.end, zone),
        "does": f"{what[:1].upper()}{what[1:]}",
        "action": slot.action.value,
        "reason": slot.reason,
        "prices": f"Buys at {rate(slot.import_price)}, sells at {rate(slot.export_price)} {unit}"
        f"{'' if slot.price_known else ' (forecast)'}. A stored kWh is worth {rate(slot.value_per_kwh)} afterwards.",
        "others": [
            {
                "device": one.device,
                "action": one.action,
                "extra": None if one.extra_cost is None else round(one.extra_cost, 4),
                "amount": _amount(one, plan.currency),
                "words": one.words,
            }
            for one in ranked
        ],
    }


def _amount(one: Alternative, currency: str) -> str:
    if one.extra_cost is None:
        return "not possible"
    if abs(one.extra_cost) < _CENT:
        return "the same"
    return f"{'+' if one.extra_cost >= 0 else '-'}{money(abs(one.extra_cost), currency)}"
