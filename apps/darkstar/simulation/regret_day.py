"""What a day missed: the closed loop lives through it again, with the forecasts as they were issued and with the truth.

It is the backtest's own split, on one day, from the real SoC at midnight and with the real past before it. Water
heater and car count as load that was known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from ..forecast.bands import Band, Forecast, ForecastSlot
from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import Slot, local_day
from ..learning.ledger import DayStatus, LedgerDay
from ..learning.regret import DayRegret, with_overlap
from ..pipeline import Outlook
from .backtest.contenders import Known
from .backtest.outlooks import Outlooker, Truth, own_outlook
from .backtest.run import run_world
from .backtest.scoring import DARKSTAR, PERFECT
from .ledger_day import stretches
from .series import HomeSeries
from .whatif.own_world import Effort, own_past, own_world

REPLAN_MINUTES = 60
"""The replay plans once an hour: what planning more often brings is part of the execution."""


def day_regret(
    account: LedgerDay,
    rows: Sequence[Observation],
    prices: PriceCurve,
    forecasts: Sequence[Forecast],
    home: HomeSettings,
    now: datetime,
) -> DayRegret:
    """The split of a day that is in the ledger.

    `rows` and `prices` reach from weeks before the day to its end, prices as far on as they are known; `forecasts`
    are those that were issued, oldest first.
    """
    reason = _why_not(account, forecasts, home)
    if reason:
        return DayRegret(account.day, account.currency, account.cost, *(0.0,) * 6, entered_at=now, reason=reason)
    start, end = local_day(account.day, home.zone)
    past = own_past(rows, home, start, end)
    (stretch, *_), _ = stretches(rows, prices, home, start, end)
    world = own_world(
        home,
        past.series,
        prices,
        start_soc_percent=min(max(stretch.start_percent, 0.0), 100.0),
        effort=Effort(max(home.planner.interval_minutes, REPLAN_MINUTES), slot_minutes=home.planner.slot_minutes),
        regret=True,
    )
    before = tuple(row for row in rows if row.end <= start)
    result = run_world(world, Known(as_issued(forecasts, _controlled(rows, start, end, past.series)), before))
    replayed, perfect, found = result.score(DARKSTAR).cost, result.score(PERFECT).cost, result.regret
    if found is None:
        msg = "the backtest gave no regret although it was asked for it"
        raise ValueError(msg)
    load, pv, known_prices = with_overlap((found.load, found.pv, found.prices), found.overlap)
    return DayRegret(
        day=account.day,
        currency=account.currency,
        paid=account.cost,
        replayed=replayed,
        perfect=perfect,
        load=load,
        pv=pv,
        prices=known_prices,
        execution=account.cost - replayed + found.execution,
        entered_at=now,
        notes=(*past.remarks, *_notes(home)),
    )


def as_issued(forecasts: Sequence[Forecast], controlled: HomeSeries) -> Outlooker:
    """Outlooks with the forecasts as they were issued, and `controlled` load that was known.

    How wrong they can be was not stored: it is worked out again from what was measured before.
    """
    issue_times = [forecast.issued_at for forecast in forecasts]
    known = Truth(controlled)

    def outlook(home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
        again = own_outlook(home, now, history)
        index = bisect_right(issue_times, now) - 1
        issued = {slot.start: slot for slot in forecasts[index].slots} if index >= 0 else {}
        more = known.load_over([Slot(slot.start, slot.hours) for slot in again.forecast.slots])
        slots = tuple(
            _with_load(_same(issued.get(slot.start), slot), kwh)
            for slot, kwh in zip(again.forecast.slots, more.tolist(), strict=True)
        )
        moved = np.array(_net(slots)) - np.array(_net(again.forecast.slots))
        scenarios = tuple(tuple(path) for path in (np.array(again.scenarios) + moved).tolist())
        return Outlook(replace(again.forecast, slots=slots), scenarios if again.scenarios else ())

    return outlook


def _why_not(account: LedgerDay, forecasts: Sequence[Forecast], home: HomeSettings) -> str:
    if account.status is not DayStatus.COMPLETE:
        return f"the day is not completely measured ({account.reason})"
    if home.grid.power_tariffs:
        return "a power tariff: what a day's peak costs is only known at the end of its month"
    start, end = local_day(account.day, home.zone)
    if not any(start <= forecast.issued_at < end for forecast in forecasts):
        return "no forecast of this day is stored"
    return ""


def _same(issued: ForecastSlot | None, again: ForecastSlot) -> ForecastSlot:
    return issued if issued is not None and issued.hours == again.hours else again


def _with_load(slot: ForecastSlot, more_kwh: float) -> ForecastSlot:
    band = slot.load_kwh
    return replace(slot, load_kwh=Band(band.p10 + more_kwh, band.p50 + more_kwh, band.p90 + more_kwh))


def _net(slots: Sequence[ForecastSlot]) -> list[float]:
    return [slot.load_kwh.p50 - slot.pv_kwh.p50 for slot in slots]


def _controlled(rows: Sequence[Observation], start: datetime, end: datetime, like: HomeSeries) -> HomeSeries:
    """What water heater and car took, in the intervals of a series."""
    kwh = [0.0] * len(like.load_kwh)
    for row in rows:
        if start <= row.start < end and (row.heater_kwh or row.ev_kwh):
            for number, slot in enumerate(like.slots):
                kwh[number] += row.share_within(slot.start, slot.end) * ((row.heater_kwh or 0.0) + (row.ev_kwh or 0.0))
    return replace(like, load_kwh=tuple(kwh))


def _notes(home: HomeSettings) -> tuple[str, ...]:
    battery = home.battery
    if battery.charge_from_grid and home.can_sell_from_battery:
        return ()
    return ("perfect foresight may buy for and sell from the battery, which this home may not: part of the execution",)
