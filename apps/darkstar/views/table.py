"""The plan as a text table, for the command line and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ..optimizer.plan import Alternative, Plan, PlanSlot
from .words import moment, money, rate, span

_Cell = Callable[[PlanSlot], str]
_WORDS = {"time", "action", "reason"}
"""Columns that are aligned to the left."""


def plan_table(plan: Plan, zone: ZoneInfo) -> str:
    """The plan, one line per slot in local time, with a summary above.

    Battery and car power are positive when charging, grid power when importing. A price with `~` is a
    forecast. Cars and machines have columns where the plan has any.
    """
    columns = _columns(plan, zone)
    rows = [tuple(columns), *(tuple(cell(slot) for cell in columns.values()) for slot in plan.slots)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(columns))]
    to_the_left = [title in _WORDS for title in columns]
    lines = [*_summary(plan, zone), ""]
    lines.extend(_line(row, widths, to_the_left) for row in rows)
    return "\n".join(lines)


def slot_story(slot: PlanSlot, alternatives: Sequence[Alternative], plan: Plan, zone: ZoneInfo) -> str:
    """One slot of a plan: what is done and why, what a stored kWh is worth, and what else could be done."""
    unit = f"{plan.currency}/kWh"
    lines = [
        f"{span(slot.start, slot.end, zone)}: {slot.action}",
        f"Why: {slot.reason}",
        f"Prices: buy at {_price(slot.import_price, slot)}, sell at {_price(slot.export_price, slot)} {unit}",
        f"A stored kWh is worth {rate(slot.value_per_kwh)} {plan.currency} at the end of the slot",
        "Instead:",
        *(f"  {one.device}: {one.words}" for one in alternatives),
    ]
    return "\n".join(lines)


def _summary(plan: Plan, zone: ZoneInfo) -> Iterator[str]:
    gap = "" if plan.money_gap is None else f", within {rate(plan.money_gap)} {plan.currency} of the best"
    solver = f" by {plan.solver} in {plan.solve_seconds:.2f} s" if plan.solver else ""
    yield f"Plan {plan.plan_id}, made {moment(plan.created_at, zone)}: {plan.status}{gap}{solver}"
    yield f"Cost {money(plan.cost, plan.currency)} over {sum(slot.hours for slot in plan.slots):g} h"
    yield from (
        f"Peak of {peak.name or 'the power tariff'}: {peak.billed_kw:.2f} kW billed, "
        f"{money(peak.cost, plan.currency)} in the period"
        for peak in plan.peaks
    )
    if plan.churn is not None:
        yield (
            f"Against the running plan: {plan.churn.changed_actions} of {plan.churn.slots} slot(s) do something else, "
            f"{plan.churn.moved_kwh:.1f} kWh moved"
        )
    yield from (f"Not possible: {wish}" for wish in plan.unmet)
    yield from (f"Note: {note}" for note in plan.notes)


def _columns(plan: Plan, zone: ZoneInfo) -> dict[str, _Cell]:
    columns: dict[str, _Cell] = {
        "time": lambda slot: f"{slot.start.astimezone(zone):%a %H:%M}",
        "action": lambda slot: slot.action.value,
        "battery kW": lambda slot: _kw(slot.charge_kwh - slot.discharge_kwh, slot.hours),
    }
    if any(slot.vehicles for slot in plan.slots):
        columns["car kW"] = lambda slot: _kw(slot.vehicle_kwh, slot.hours)
    columns["heater kW"] = lambda slot: _kw(slot.heater_kwh, slot.hours)
    if any(slot.loads_kwh for slot in plan.slots):
        columns["machines kW"] = lambda slot: _kw(slot.deferrable_kwh, slot.hours)
    return columns | {
        "load kW": lambda slot: _kw(slot.load_kwh, slot.hours),
        "PV kW": lambda slot: _kw(slot.pv_kwh - slot.curtailed_kwh, slot.hours),
        "grid kW": lambda slot: _kw(slot.import_kwh - slot.export_kwh, slot.hours),
        "SoC %": lambda slot: f"{slot.soc_kwh / plan.capacity_kwh * 100:.1f}" if plan.capacity_kwh else "-",
        "buy": lambda slot: _price(slot.import_price, slot),
        "sell": lambda slot: _price(slot.export_price, slot),
        "reason": lambda slot: slot.reason,
    }


def _price(price: float, slot: PlanSlot) -> str:
    return f"{'' if slot.price_known else '~'}{rate(price)}"


def _kw(kwh: float, hours: float) -> str:
    return f"{round(kwh / hours, 2) + 0.0:.2f}"


def _line(row: tuple[str, ...], widths: list[int], to_the_left: list[bool]) -> str:
    cells = (
        cell.ljust(width) if left else cell.rjust(width)
        for cell, width, left in zip(row, widths, to_the_left, strict=True)
    )
    return "  ".join(cells).rstrip()
