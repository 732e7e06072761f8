"""The plan and what really happened as series for the chart page.

Instants are milliseconds since 1970 (UTC); local time is written out where it is shown, so that days
of 23 and 25 hours are as wide as they are long. Power in kW, SoC in percent, money per kWh. A hole in
a series is None; no number is NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..forecast.bands import Band
from ..home.observation import Observation
from ..home.prices import Price
from ..home.slots import local_date, local_day
from ..optimizer.plan import PlanSlot
from .flows import BatteryFlows, measured_flows, planned_flows
from .sentences import story
from .series import Drawn, Line, hour_ticks, milliseconds, steps, tidy
from .snapshot import Snapshot
from .targets import soc_target_kwh
from .tooltips import tooltips
from .words import clock


@dataclass(frozen=True, slots=True)
class Beside:
    """What is drawn beside the snapshot.

    `tail` are forecast prices behind the known ones. `foreseen` is the SoC (percent) that the plan of the time expected
    at the end of each slot of today, by that end, oldest first.
    """

    tail: tuple[Price, ...] = ()
    foreseen: tuple[tuple[datetime, float], ...] = ()


NOTHING_BESIDE = Beside()


def chart(snapshot: Snapshot, beside: Beside = NOTHING_BESIDE) -> dict[str, Any]:
    """Everything that the chart page draws and says, ready for `json.dumps`."""
    start, end = _window(snapshot)
    read_at = snapshot.readings.read_at if snapshot.readings else snapshot.now
    forecast = snapshot.forecast.slots if snapshot.forecast else ()
    rows = snapshot.observations
    return {
        "now": milliseconds(snapshot.now),
        "now_label": f"now {clock(snapshot.now, snapshot.now, snapshot.home.zone)}",
        "age_seconds": max((snapshot.now - read_at).total_seconds(), 0.0),
        "currency": snapshot.home.currency,
        "story": list(story(snapshot)),
        "missing": list(_missing(snapshot)),
        "problems": [f"{problem.meaning} {problem.remedy}" for problem in snapshot.problems],
        "plan": _made(snapshot),
        "window": [milliseconds(start), milliseconds(end)],
        "ticks": list(hour_ticks(start, end, snapshot.home.zone)),
        "prices": _prices(snapshot, beside.tail, start, end),
        "load": {
            "actual": _measured((row, row.load_kwh) for row in rows),
            **_bands((slot.start, slot.hours, slot.load_kwh) for slot in forecast),
        },
        "pv": {
            "actual": _measured((row, row.pv_kwh) for row in rows),
            **_bands((slot.start, slot.hours, slot.pv_kwh) for slot in forecast),
        },
        "bars": _bars(snapshot),
        "soc": {**_soc(snapshot), "foreseen": _foreseen(beside.foreseen, snapshot)},
        "slots": [
            {
                "from": milliseconds(tip.start),
                "to": milliseconds(tip.end),
                "title": tip.title,
                "rows": tip.rows,
                "reason": tip.reason,
            }
            for tip in tooltips(snapshot, beside.tail, dict(beside.foreseen))
        ],
    }


def _window(snapshot: Snapshot) -> tuple[datetime, datetime]:
    """From local midnight to the end of today, of the known prices or of the plan, whichever is last."""
    zone = snapshot.home.zone
    start, end = local_day(local_date(snapshot.now, zone), zone)
    known = snapshot.curve.known_until(snapshot.now)
    planned = snapshot.plan.slots[-1].end if snapshot.plan and snapshot.plan.slots else end
    return start, max(end, known, planned)


def _missing(snapshot: Snapshot) -> Iterator[str]:
    """What is not there, in words."""
    if snapshot.plan is None:
        yield "There is no plan yet."
    elif snapshot.plan.slot_at(snapshot.now) is None:
        yield "The plan does not cover this hour."
    if snapshot.curve.at(snapshot.now) is None:
        yield "The price of this hour is not known."
    if snapshot.readings is None or snapshot.readings.soc_percent is None:
        yield "The battery's SoC cannot be read."
    if snapshot.forecast is None:
        yield "There is no load and solar forecast yet."


def _made(snapshot: Snapshot) -> dict[str, str] | None:
    plan = snapshot.plan
    if plan is None:
        return None
    return {"made": clock(plan.created_at, snapshot.now, snapshot.home.zone), "status": plan.status.value}


def _prices(snapshot: Snapshot, tail: Iterable[Price], start: datetime, end: datetime) -> dict[str, Drawn]:
    """Known prices, and the forecast ones beyond: from the curve, else from the tail, else as the plan assumed them."""
    shown = [price for price in snapshot.curve.prices if price.end > start and price.start < end]
    known = [price for price in shown if price.known]
    edge = known[-1].end if known else start
    guessed = [price for price in shown if not price.known] or [price for price in tail if edge <= price.start < end]
    if not guessed and snapshot.plan is not None:
        guessed = [
            Price(slot.start, slot.end, slot.import_price, slot.export_price, known=False)
            for slot in snapshot.plan.slots
            if not slot.price_known and slot.start >= edge
        ]
    bands = [(price, price.band) for price in guessed if price.band is not None]
    return {
        "import": steps((price.start, price.end, price.import_per_kwh) for price in known),
        "export": steps((price.start, price.end, price.export_per_kwh) for price in known),
        "import_forecast": steps((price.start, price.end, price.import_per_kwh) for price in guessed),
        "export_forecast": steps((price.start, price.end, price.export_per_kwh) for price in guessed),
        "import_p10": steps((price.start, price.end, band.import_p10) for price, band in bands),
        "import_p90": steps((price.start, price.end, band.import_p90) for price, band in bands),
        "export_p10": steps((price.start, price.end, band.export_p10) for price, band in bands),
        "export_p90": steps((price.start, price.end, band.export_p90) for price, band in bands),
    }


def _measured(rows: Iterable[tuple[Observation, float | None]]) -> Drawn:
    return steps((row.start, row.end, None if kwh is None else kwh / row.hours) for row, kwh in rows)


def _bands(slots: Iterable[tuple[datetime, float, Band]]) -> dict[str, Drawn]:
    lines = {"p10": Line(), "p50": Line(), "p90": Line()}
    for start, hours, band in slots:
        end = start + timedelta(hours=hours)
        lines["p10"].step(start, end, band.p10 / hours)
        lines["p50"].step(start, end, band.p50 / hours)
        lines["p90"].step(start, end, band.p90 / hours)
    return {name: line.drawn() for name, line in lines.items()}


def _bars(snapshot: Snapshot) -> dict[str, list[Any]]:
    """Power of battery, heater and car per slot: measured where it was, planned from there on."""
    bars = [bar for row in snapshot.observations if (bar := _measured_bar(row)) is not None]
    measured_until = snapshot.observations[-1].end if snapshot.observations else snapshot.now
    planned = snapshot.plan.slots if snapshot.plan else ()
    bars.extend(_planned_bar(slot, max(slot.start, measured_until)) for slot in planned if slot.end > measured_until)
    return {name: [bar[name] for bar in bars] for name in _BAR_FIELDS}


_BAR_FIELDS = ("x", "width", "charge", "store", "discharge", "export", "heater", "car", "measured")


def _measured_bar(row: Observation) -> dict[str, Any] | None:
    flows = measured_flows(row)
    if flows is None:
        return None
    powers = _powers(flows, row.heater_kwh or 0.0, row.ev_kwh or 0.0, row.hours)
    return {**_place(row.start, row.end), **powers, "measured": True}


def _planned_bar(slot: PlanSlot, start: datetime) -> dict[str, Any]:
    powers = _powers(planned_flows(slot), slot.heater_kwh, slot.vehicle_kwh, slot.hours)
    return {**_place(start, slot.end), **powers, "measured": False}


def _place(start: datetime, end: datetime) -> dict[str, int]:
    return {"x": milliseconds(start), "width": milliseconds(end) - milliseconds(start)}


def _powers(flows: BatteryFlows, heater_kwh: float, car_kwh: float, hours: float) -> dict[str, float]:
    """Mean powers in kW; what leaves the battery is negative."""
    return {
        "charge": tidy(flows.from_grid_kwh / hours),
        "store": tidy(flows.from_pv_kwh / hours),
        "discharge": tidy(-flows.to_home_kwh / hours),
        "export": tidy(-flows.to_grid_kwh / hours),
        "heater": tidy(heater_kwh / hours),
        "car": tidy(car_kwh / hours),
    }


def _soc(snapshot: Snapshot) -> dict[str, Any]:
    battery = snapshot.home.battery
    measured = snapshot.readings.soc_percent if snapshot.readings else None
    now_percent = measured.value if measured else None
    return {
        "actual": _actual_soc(snapshot, now_percent),
        **_planned_soc(snapshot, now_percent),
        "floor": battery.min_soc_percent,
        "ceiling": battery.max_soc_percent,
    }


def _actual_soc(snapshot: Snapshot, now_percent: float | None) -> Drawn:
    line = Line()
    for row in snapshot.observations:
        line.point(row.end, row.soc_percent)
    line.point(snapshot.now, now_percent)
    return line.drawn()


def _foreseen(foreseen: Iterable[tuple[datetime, float]], snapshot: Snapshot) -> Drawn:
    """What the plans of the time expected, with holes where for more than a slot there was none."""
    line, last = Line(), None
    slot = timedelta(minutes=snapshot.home.planner.slot_minutes)
    for end, percent in foreseen:
        if last is not None and end - last > slot:
            line.gap()
        line.point(end, percent)
        last = end
    return line.drawn()


def _planned_soc(snapshot: Snapshot, now_percent: float | None) -> dict[str, Drawn]:
    """What the plan and the policy make of the SoC; a fresh plan starts where the battery is."""
    planned, expected, target = Line(), Line(), Line()
    plan, policy = snapshot.plan, snapshot.policy
    if plan is not None and plan.capacity_kwh:
        to_percent = 100 / plan.capacity_kwh
        if plan.slots and plan.slots[0].end > snapshot.now:
            planned.point(snapshot.now, now_percent)
            expected.point(snapshot.now, now_percent if snapshot.expected_soc_kwh else None)
        levels_at = {levels.start: levels for levels in policy.slots} if policy else {}
        for slot in plan.slots:
            planned.point(slot.end, slot.soc_kwh * to_percent)
            levels = levels_at.get(slot.start)
            if levels is not None:
                target.step(slot.start, slot.end, soc_target_kwh(slot, levels) * to_percent)
        if len(snapshot.expected_soc_kwh) == len(plan.slots):
            for slot, soc_kwh in zip(plan.slots, snapshot.expected_soc_kwh, strict=True):
                expected.point(slot.end, soc_kwh * to_percent)
    return {"planned": planned.drawn(), "expected": expected.drawn(), "target": target.drawn()}
