"""What if a given energy were sold at tomorrow's peak: net money against the plan, and what changes elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ...home.slots import local_date, local_day
from ...optimizer.plan import PlanSlot
from ...optimizer.request import PlanRequest, RequestSlot
from ...optimizer.solve import plan as solve
from .ahead import Live, near_the_plan
from .changes import ChangesError
from .compare import Difference, differences, net_money

_ENOUGH_KWH = 0.01
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SaleSlot:
    """A part of the sale."""

    start: datetime
    end: datetime
    kwh: float
    export_price: float


@dataclass(frozen=True, slots=True)
class ExportWhatIf:
    """A sale at the peak against the plan. `gain` is net money: below zero the plan is better.

    `sold_kwh` is what can be sold without buying it in the same hours; `planned_kwh` what the plan sells there anyway.
    """

    currency: str
    asked_kwh: float
    sold_kwh: float
    planned_kwh: float
    slots: tuple[SaleSlot, ...]
    gain: float
    elsewhere: tuple[Difference, ...]
    words: str


def what_if_export(live: Live, kwh: float, day: date | None = None) -> ExportWhatIf:
    """Sell at least `kwh` in the hours of a local day (None: tomorrow) in which a kWh is paid best.

    The sale is put into the running plan's request as energy that must leave the house and may not be bought
    meanwhile; all else is planned anew around it.

    Raises:
        ChangesError: nothing can be sold: by the owner's rule, by the meter's, or because the plan ends before.
    """
    request = near_the_plan(live)
    chosen = _sale(request, _check(live, kwh), _slots_of(live, day))
    wanted = {slot.start: slot.kwh for slot in chosen}
    forced = replace(
        request, slots=tuple(_forced(slot, wanted.get(slot.start, 0.0), request) for slot in request.slots)
    )
    made = solve(forced)
    bought = {slot.start: slot.import_kwh for slot in made.slots}
    washed = {slot.start: min(bought[slot.start], slot.kwh) for slot in chosen}
    # what would be bought and sold in one slot is left out, with its money
    refund = sum(washed[slot.start] * slot.import_price for slot in made.slots if slot.start in washed)
    revenue = sum((slot.kwh - washed[slot.start]) * slot.export_price for slot in chosen)
    after = tuple(_as_sold(slot, wanted.get(slot.start, 0.0)) for slot in made.slots)
    gain = net_money(live.request, live.plan).net - (net_money(forced, made).net - refund - revenue)
    sold_kwh = sum(slot.kwh for slot in chosen) - sum(washed.values())
    found = ExportWhatIf(
        currency=request.currency,
        asked_kwh=kwh,
        sold_kwh=max(sold_kwh, 0.0),
        planned_kwh=sum(slot.export_kwh for slot in live.plan.slots if slot.start in wanted),
        slots=chosen,
        gain=gain,
        elsewhere=differences(live.plan.slots, after),
        words="",
    )
    return replace(found, words=_words(found, live))


def _check(live: Live, kwh: float) -> float:
    if kwh <= 0:
        msg = f"export {kwh:g} kWh: give an energy above 0"
        raise ChangesError(msg)
    if not live.request.grid.export_allowed:
        msg = "grid.export_allowed is false: nothing may be sold"
        raise ChangesError(msg)
    if not any(battery.discharge_to_grid for battery in live.request.batteries):
        msg = "the battery may not sell: battery.discharge_to_grid is false, or the inverter profile cannot do it"
        raise ChangesError(msg)
    return kwh


def _slots_of(live: Live, day: date | None) -> tuple[RequestSlot, ...]:
    """The slots of the day whose prices are known, or all of it where none are; best paid first."""
    zone = live.home.zone
    wanted = local_date(live.request.created_at, zone) + _DAY if day is None else day
    start, end = local_day(wanted, zone)
    inside = [slot for slot in live.request.slots if start <= slot.start and slot.end <= end]
    if not inside:
        reach = live.request.end.astimezone(zone)
        msg = f"the plan has no hour of {wanted.isoformat()}: it reaches to {reach:%Y-%m-%d %H:%M}"
        raise ChangesError(msg)
    known = [slot for slot in inside if slot.price_known] or inside
    return tuple(sorted(known, key=lambda slot: (-slot.export_price, slot.start)))


def _sale(request: PlanRequest, kwh: float, slots: Iterable[RequestSlot]) -> tuple[SaleSlot, ...]:
    """As much in each slot as battery and meter can do beside the load, until all is sold."""
    power_kw = sum(battery.max_discharge_kw for battery in request.batteries if battery.discharge_to_grid)
    found, left = [], kwh
    for slot in slots:
        most = power_kw * slot.hours + slot.pv_kwh - slot.load_kwh
        limit_kw = request.grid.max_export_kw if slot.max_export_kw is None else slot.max_export_kw
        if limit_kw is not None:
            most = min(most, limit_kw * slot.hours)
        if most < _ENOUGH_KWH or left < _ENOUGH_KWH:
            continue
        found.append(SaleSlot(slot.start, slot.end, min(most, left), slot.export_price))
        left -= found[-1].kwh
    if not found:
        msg = "nothing can be sold on this day: the load takes all that battery and panels can give"
        raise ChangesError(msg)
    return tuple(sorted(found, key=lambda slot: slot.start))


def _forced(slot: RequestSlot, kwh: float, request: PlanRequest) -> RequestSlot:
    if kwh <= 0:
        return slot
    limit_kw = request.grid.max_export_kw if slot.max_export_kw is None else slot.max_export_kw
    left_kw = None if limit_kw is None else max(limit_kw - kwh / slot.hours, 0.0)
    return replace(
        slot, load_kwh=slot.load_kwh + kwh, load_band=None, pv_band=None, max_import_kw=0.0, max_export_kw=left_kw
    )


def _as_sold(slot: PlanSlot, kwh: float) -> PlanSlot:
    """The slot as the meter sees it: what was put in as load is sold, less what would have to be bought for it."""
    if kwh <= 0:
        return slot
    washed = min(slot.import_kwh, kwh)
    return replace(
        slot,
        load_kwh=slot.load_kwh - kwh,
        export_kwh=slot.export_kwh + kwh - washed,
        import_kwh=slot.import_kwh - washed,
    )


def _words(found: ExportWhatIf, live: Live) -> str:
    zone, currency = live.home.zone, found.currency
    first, last = found.slots[0], found.slots[-1]
    hours = f"{first.start.astimezone(zone):%Y-%m-%d %H:%M} to {last.end.astimezone(zone):%H:%M}"
    if found.sold_kwh < found.asked_kwh - _ENOUGH_KWH:
        most = f"only {found.sold_kwh:.1f} of {found.asked_kwh:g} kWh can be sold ({hours})"
        return f"{most}: {found.gain:+.2f} {currency} against the plan"
    if abs(found.gain) < _ENOUGH_KWH and found.planned_kwh >= found.asked_kwh - _ENOUGH_KWH:
        return f"the plan sells {found.planned_kwh:.1f} kWh then anyway ({hours})"
    verdict = "gains" if found.gain > 0 else "loses"
    return f"selling {found.sold_kwh:.1f} kWh ({hours}) {verdict} {abs(found.gain):.2f} {currency} against the plan"
