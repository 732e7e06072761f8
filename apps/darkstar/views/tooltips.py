"""What the chart says about each slot when it is pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ..home.observation import Observation
from ..home.prices import Price, PriceBand
from ..home.slots import Slot, local_date, local_day
from ..optimizer.plan import PlanSlot
from .flows import BatteryFlows, measured_flows, planned_flows
from .snapshot import Snapshot
from .words import money, power, rate, span

Rows = list[list[str]]
"""Label and value of each line."""

_NOTHING_KWH = 0.005


@dataclass(frozen=True, slots=True)
class Tooltip:
    """A slot in words, with local times."""

    start: datetime
    end: datetime
    title: str
    rows: Rows
    reason: str


def tooltips(
    snapshot: Snapshot, tail: Iterable[Price] = (), foreseen: Mapping[datetime, float] = MappingProxyType({})
) -> tuple[Tooltip, ...]:
    """One tooltip per slot, in order: measured slots, then planned ones, then bare prices.

    `tail` are forecast prices with their bands; `foreseen` is the SoC (percent) that was planned, by a slot's end.
    """
    bands = {price.start: price.band for price in tail if price.band is not None}
    told: list[Tooltip] = [_measured(row, snapshot, foreseen.get(row.end)) for row in snapshot.observations]
    edge = told[-1].end if told else snapshot.now
    planned = snapshot.plan.slots if snapshot.plan else ()
    told.extend(_planned(slot, snapshot, bands.get(slot.start)) for slot in planned if slot.end > edge)
    taken = [(tip.start, tip.end) for tip in told]
    told.extend(_bare(price, snapshot) for price in _uncovered(snapshot, taken))
    return tuple(sorted(told, key=lambda tip: tip.start))


def _uncovered(snapshot: Snapshot, taken: list[tuple[datetime, datetime]]) -> Iterator[Price]:
    day_start, _ = local_day(local_date(snapshot.now, snapshot.home.zone), snapshot.home.zone)
    for price in snapshot.curve.prices:
        covered = any(start < price.end and price.start < end for start, end in taken)
        if price.start >= day_start and not covered:
            yield price


def _measured(row: Observation, snapshot: Snapshot, foreseen_percent: float | None) -> Tooltip:
    end = row.end
    rows: Rows = []
    price = snapshot.curve.mean_over(Slot(row.start, row.hours))
    bought = row.import_price if row.import_price is not None else (price.import_per_kwh if price else None)
    sold = row.export_price if row.export_price is not None else (price.export_per_kwh if price else None)
    if bought is not None and sold is not None:
        rows.append(_price_row(bought, sold, snapshot.home.currency))
    rows.extend(_power_row("Home", row.load_kwh, row.hours))
    rows.extend(_power_row("Solar", row.pv_kwh, row.hours))
    flows = measured_flows(row)
    if flows is not None:
        rows.extend(_battery_rows(flows, row.hours))
    rows.extend(_flow_row("Water heater", row.heater_kwh or 0.0, row.hours))
    rows.extend(_flow_row("Car", row.ev_kwh or 0.0, row.hours))
    rows.extend(_flow_row("Bought", row.import_kwh or 0.0, row.hours))
    rows.extend(_flow_row("Sold", row.export_kwh or 0.0, row.hours))
    if row.soc_percent is not None:
        rows.append(["Battery after it", f"{row.soc_percent:.0f} %"])
    if foreseen_percent is not None:
        rows.append(["Foreseen by the plan", f"{foreseen_percent:.0f} %"])
    return Tooltip(row.start, end, f"{span(row.start, end, snapshot.home.zone)} measured", rows, "")


def _planned(slot: PlanSlot, snapshot: Snapshot, band: PriceBand | None) -> Tooltip:
    currency, plan = snapshot.home.currency, snapshot.plan
    rows: Rows = [_price_row(slot.import_price, slot.export_price, currency)]
    if not slot.price_known:
        rows[0][0] = "Price (forecast)"
    if band is not None and not slot.price_known and band.import_p10 < band.import_p90:
        rows.append(["Buy, 8 times in 10", f"{rate(band.import_p10)} to {rate(band.import_p90)} {currency}/kWh"])
    rows.extend(_power_row("Home", slot.load_kwh, slot.hours))
    rows.extend(_power_row("Solar", slot.pv_kwh, slot.hours))
    rows.extend(_flow_row("Solar not used", slot.curtailed_kwh, slot.hours))
    rows.extend(_battery_rows(planned_flows(slot), slot.hours))
    rows.extend(_flow_row("Water heater", slot.heater_kwh, slot.hours))
    rows.extend(_flow_row("Car", slot.vehicle_kwh, slot.hours))
    rows.extend(_flow_row("Buys", slot.import_kwh, slot.hours))
    rows.extend(_flow_row("Sells", slot.export_kwh, slot.hours))
    if plan is not None and plan.capacity_kwh:
        rows.append(["Battery after it", f"{slot.soc_kwh / plan.capacity_kwh * 100:.0f} %"])
    rows.append(["Cost", money(slot.cost, currency)])
    rows.append(["Worth of a stored kWh", f"{rate(slot.value_per_kwh)} {currency}"])
    title = f"{span(slot.start, slot.end, snapshot.home.zone)} {slot.action.value}"
    return Tooltip(slot.start, slot.end, title, rows, slot.reason)


def _bare(price: Price, snapshot: Snapshot) -> Tooltip:
    row = _price_row(price.import_per_kwh, price.export_per_kwh, snapshot.home.currency)
    if not price.known:
        row[0] = "Price (forecast)"
    return Tooltip(price.start, price.end, span(price.start, price.end, snapshot.home.zone), [row], "")


def _price_row(bought: float, sold: float, currency: str) -> list[str]:
    return ["Buy / sell", f"{rate(bought)} / {rate(sold)} {currency}/kWh"]


def _battery_rows(flows: BatteryFlows, hours: float) -> Rows:
    return [
        *_flow_row("Battery from grid", flows.from_grid_kwh, hours),
        *_flow_row("Battery from solar", flows.from_pv_kwh, hours),
        *_flow_row("Battery to home", flows.to_home_kwh, hours),
        *_flow_row("Battery to grid", flows.to_grid_kwh, hours),
    ]


def _power_row(label: str, kwh: float | None, hours: float) -> Rows:
    return [] if kwh is None else [[label, power(kwh / hours)]]


def _flow_row(label: str, kwh: float, hours: float) -> Rows:
    return [[label, power(kwh / hours)]] if kwh > _NOTHING_KWH else []
