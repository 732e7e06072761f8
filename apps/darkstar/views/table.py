"""The plan as a text table, for the command line and the log."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ..optimizer.plan import Plan, PlanSlot
from .words import moment, money, rate

_HEADER = ("time", "action", "battery kW", "heater kW", "load kW", "PV kW", "grid kW", "SoC %", "buy", "sell", "reason")


def plan_table(plan: Plan, zone: ZoneInfo) -> str:
    """The plan, one line per slot in local time, with a summary above.

    Battery power is positive when charging, grid power when importing. A price with `~` is a forecast.
    """
    rows = [_HEADER, *(_row(slot, plan, zone) for slot in plan.slots)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [*_summary(plan, zone), ""]
    lines.extend(_line(row, widths) for row in rows)
    return "\n".join(lines)


def _summary(plan: Plan, zone: ZoneInfo) -> Iterator[str]:
    gap = "" if plan.money_gap is None else f", within {rate(plan.money_gap)} {plan.currency} of the best"
    solver = f" by {plan.solver} in {plan.solve_seconds:.2f} s" if plan.solver else ""
    yield f"Plan {plan.plan_id}, made {moment(plan.created_at, zone)}: {plan.status}{gap}{solver}"
    yield f"Cost {money(plan.cost, plan.currency)} over {sum(slot.hours for slot in plan.slots):g} h"
    yield from (f"Not possible: {wish}" for wish in plan.unmet)
    yield from (f"Note: {note}" for note in plan.notes)


def _row(slot: PlanSlot, plan: Plan, zone: ZoneInfo) -> tuple[str, ...]:
    doubt = "" if slot.price_known else "~"
    soc = f"{slot.soc_kwh / plan.capacity_kwh * 100:.1f}" if plan.capacity_kwh else "-"
    return (
        f"{slot.start.astimezone(zone):%a %H:%M}",
        slot.action.value,
        _kw(slot.charge_kwh - slot.discharge_kwh, slot.hours),
        _kw(slot.heater_kwh, slot.hours),
        _kw(slot.load_kwh, slot.hours),
        _kw(slot.pv_kwh - slot.curtailed_kwh, slot.hours),
        _kw(slot.import_kwh - slot.export_kwh, slot.hours),
        soc,
        f"{doubt}{rate(slot.import_price)}",
        f"{doubt}{rate(slot.export_price)}",
        slot.reason,
    )


def _kw(kwh: float, hours: float) -> str:
    return f"{round(kwh / hours, 2) + 0.0:.2f}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    time, action, *numbers, reason = (
        cell.ljust(width) if column in {0, 1, len(widths) - 1} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((time, action, *numbers, reason)).rstrip()
