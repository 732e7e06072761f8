"""The evening's message: tomorrow's plan in three sentences - what it costs, when what happens, what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ..forecast.bands import Forecast
from ..home.notice import Notice
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..optimizer.plan import Action, Plan, PlanSlot, PlanStatus
from .runs import Run, runs_from
from .words import money, power

DAY = timedelta(days=1)
MOST_WINDOWS = 3
MOST_RISKS = 3
LEAST_KWH = 0.05
"""Windows of less energy are not worth a word."""
LEAST_SPREAD = 0.005
"""In money: a smaller difference does not show."""


def digest_day(now: datetime, at: time | None, zone: ZoneInfo, latest: timedelta = timedelta(hours=1)) -> date | None:
    """The local day whose digest is due at `now`: from its time on, at most `latest` after it; None: nothing is due."""
    if at is None:
        return None
    today = local_date(now, zone)
    for day in (today, today - DAY):
        due = datetime.combine(day, at, zone).astimezone(now.tzinfo)
        if due <= now < due + latest:
            return day
    return None


def digest(plan: Plan, forecast: Forecast | None, home: HomeSettings, sent_on: date) -> Notice | None:
    """The message of the evening of `sent_on` about the day after it; None when the plan has nothing of that day."""
    day = sent_on + DAY
    start, end = local_day(day, home.zone)
    slots = tuple(slot for slot in plan.slots if start <= slot.start < end)
    if not slots:
        return None
    cost = sum(map(_cost, slots))
    sentences = (
        _cost_sentence(day, slots, cost, home, whole=slots[-1].end >= end),
        _windows_sentence(plan, slots, home.zone),
        _risk_sentence(plan, slots, cost, forecast, home),
    )
    return Notice(f"Tomorrow: {_about(cost, home.currency)}", " ".join(sentences), tag="digest")


def _cost(slot: PlanSlot) -> float:
    """What the grid is paid for a slot; wear is no bill."""
    return slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price


def _about(cost: float, currency: str) -> str:
    return f"about {money(abs(cost), currency)} {'earned' if cost < 0 else 'spent'}"


def _cost_sentence(day: date, slots: Sequence[PlanSlot], cost: float, home: HomeSettings, *, whole: bool) -> str:
    bought, sold = sum(slot.import_kwh for slot in slots), sum(slot.export_kwh for slot in slots)
    until = "" if whole else f" until {_clock(slots[-1].end, home.zone)}, where the plan ends,"
    verb = "should earn" if cost < 0 else "should cost"
    amount = money(abs(cost), home.currency)
    return f"{day:%A} {day.day} {day:%B}{until} {verb} about {amount}: {bought:.1f} kWh bought, {sold:.1f} kWh sold."


def _windows_sentence(plan: Plan, slots: tuple[PlanSlot, ...], zone: ZoneInfo) -> str:
    runs = runs_from(replace(plan, slots=slots), slots[0].start)
    parts = [
        *_windows("charges from the grid", [run for run in runs if run.action is Action.CHARGE], zone),
        *_windows("sells", [run for run in runs if run.action is Action.EXPORT], zone),
    ]
    heat = _stretches([slot for slot in slots if slot.heater_kwh > LEAST_KWH])
    car = _stretches([slot for slot in slots if slot.vehicle_kwh > LEAST_KWH])
    battery = f"The battery {' and '.join(parts)}" if parts else "The battery neither charges from the grid nor sells"
    others = [*_times("the water is heated", heat, zone), *_times("the car charges", car, zone)]
    return f"{'; '.join([battery, *others])}."


def _windows(verb: str, runs: Sequence[Run], zone: ZoneInfo) -> list[str]:
    worth = [run for run in runs if run.energy_kwh > LEAST_KWH]
    if not worth:
        return []
    kwh = sum(run.energy_kwh for run in worth)
    return [f"{verb} {_list([(run.start, run.end) for run in worth], zone)} ({kwh:.1f} kWh)"]


def _times(words: str, stretches: Sequence[tuple[datetime, datetime]], zone: ZoneInfo) -> list[str]:
    return [f"{words} {_list(stretches, zone)}"] if stretches else []


def _list(stretches: Sequence[tuple[datetime, datetime]], zone: ZoneInfo) -> str:
    shown = ", ".join(f"{_clock(start, zone)}-{_clock(end, zone)}" for start, end in stretches[:MOST_WINDOWS])
    more = len(stretches) - MOST_WINDOWS
    return f"{shown} and {more} more {'time' if more == 1 else 'times'}" if more > 0 else shown


def _stretches(slots: Sequence[PlanSlot]) -> list[tuple[datetime, datetime]]:
    """Consecutive slots as one stretch each."""
    if not slots:
        return []
    edges = [slots[0].start]
    for before, after in pairwise(slots):
        if after.start != before.end:
            edges += [before.end, after.start]
    edges.append(slots[-1].end)
    return list(zip(edges[::2], edges[1::2], strict=True))


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"


def _risk_sentence(
    plan: Plan, slots: Sequence[PlanSlot], cost: float, forecast: Forecast | None, home: HomeSettings
) -> str:
    risks = list(_risks(plan, slots, cost, forecast, home))[:MOST_RISKS]
    return f"Risk: {'; '.join(risks)}." if risks else "Risk: none is known."


def _risks(
    plan: Plan, slots: Sequence[PlanSlot], cost: float, forecast: Forecast | None, home: HomeSettings
) -> Iterator[str]:
    """What may come otherwise, the gravest first."""
    if plan.status is PlanStatus.FALLBACK:
        yield "no solver answered, so the plan is plain self-use"
    yield from (f"not possible: {wish.strip().rstrip('.')}" for wish in plan.unmet[:1])
    yield from _dear_import(slots, home)
    yield from _spread(slots, cost, forecast, home)
    guessed = next((slot.start for slot in slots if not slot.price_known), None)
    if guessed is not None:
        yield f"prices from {_clock(guessed, home.zone)} are a forecast"
    for peak in plan.peaks:
        yield f"{peak.name or 'the power tariff'} comes to {power(peak.billed_kw)} ({money(peak.cost, home.currency)})"


def _dear_import(slots: Sequence[PlanSlot], home: HomeSettings) -> Iterator[str]:
    limit = home.grid.soft_import_kw
    if limit is None:
        return
    above = [slot for slot in slots if slot.import_kwh / slot.hours > limit + 1e-6]
    if above:
        most = max(slot.import_kwh / slot.hours for slot in above)
        yield f"{power(most)} is drawn at {_clock(above[0].start, home.zone)}, above the {power(limit)} subscribed"


def _spread(slots: Sequence[PlanSlot], cost: float, forecast: Forecast | None, home: HomeSettings) -> Iterator[str]:
    """The cost at the edges of the forecast's bands, with battery and heater as planned."""
    bands = {band.start: band for band in forecast.slots} if forecast is not None else {}
    dear = cheap = 0.0
    for slot in slots:
        band = bands.get(slot.start)
        if band is None or band.hours != slot.hours:
            return
        dear += _cost_with(slot, band.load_kwh.p90 - band.load_kwh.expected + band.pv_kwh.expected - band.pv_kwh.p10)
        cheap += _cost_with(slot, band.load_kwh.p10 - band.load_kwh.expected + band.pv_kwh.expected - band.pv_kwh.p90)
    if dear - cost < LEAST_SPREAD:
        return
    yield (
        f"{_signed(dear, home.currency)} if much is used and the sun fails all day, "
        f"{_signed(cheap, home.currency)} the other way round"
    )


def _cost_with(slot: PlanSlot, more_kwh: float) -> float:
    """What the slot costs when so much more is needed from the grid, or less."""
    net = slot.import_kwh - slot.export_kwh + more_kwh
    return net * (slot.import_price if net > 0 else slot.export_price)


def _signed(cost: float, currency: str) -> str:
    return f"{money(abs(cost), currency)} {'earned' if cost < 0 else 'spent'}"
