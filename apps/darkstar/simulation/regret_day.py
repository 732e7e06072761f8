"""What a day missed: the closed loop lives through it again, with the forecasts as they were issued and with the truth.

It is the backtest's own split, on one day, from the real SoC at midnight and with the real past before it. Water
heater and car count as load that was known. Power tariffs charge what the day's peaks add to the bill of the month
(`day_peaks`), whoever runs the battery.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from ..forecast.bands import Band, Forecast, ForecastSlot
from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import Slot, local_day
from ..learning.ledger import DayStatus, LedgerDay
from ..learning.metered import soft_import_costs
from ..learning.regret import DayRegret, with_overlap
from ..pipeline import Outlook
from ..strategy.peaks import EXPECTED_SHARE, metered_imports, power_tariff_notes
from .backtest.contenders import Known, agents
from .backtest.ledger import Run
from .backtest.outlooks import Outlooker, Truth, own_outlook
from .backtest.regret import regret_of
from .backtest.scoring import DARKSTAR, PERFECT
from .day_peaks import DayPeaks, Peaks, peaks_kw
from .ledger_day import stretches
from .series import HomeSeries
from .whatif.own_world import Effort, own_past, own_world

REPLAN_MINUTES = 60
"""The replay plans once an hour: what planning more often brings is part of the execution."""
SOLVED_REPLAN_MINUTES = 180
"""The same with a power tariff, where every plan is a solve that takes seconds."""


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
        return not_split(account, now, reason)
    start, end = local_day(account.day, home.zone)
    past = own_past(rows, home, start, end)
    (stretch, *_), _ = stretches(rows, prices, home, start, end)
    world = own_world(
        home,
        past.series,
        prices,
        start_soc_percent=min(max(stretch.start_percent, 0.0), 100.0),
        effort=Effort(_replan_minutes(home), slot_minutes=home.planner.slot_minutes),
        regret=True,
    )
    before = tuple(row for row in rows if row.end <= start)
    charged = DayPeaks.of(home, before, start, end, world.series.minutes)
    known = Known(as_issued(forecasts, _controlled(rows, start, end, past.series)), before)
    runs = {name: world.with_agent(agent, None) for name, agent in agents(world, known).items()}
    runs[PERFECT] = world.perfect(charged)
    peaks = {name: charged.rise(_peaks_of(run, home)) for name, run in runs.items()}
    costs = {
        name: world.yardstick.valuation.cost(run) + _soft_cost(run, home) + peaks[name] for name, run in runs.items()
    }
    paid_peaks = charged.rise(account.paid.peaks_kw)
    return split_of(account, costs, now, paid_peaks, peaks[PERFECT], (*past.remarks, *_notes(home, before, start)))


def not_split(account: LedgerDay, now: datetime, reason: str) -> DayRegret:
    """A day for which there is no split, and why."""
    return DayRegret(account.day, account.currency, account.cost, *(0.0,) * 6, entered_at=now, reason=reason)


def split_of(
    account: LedgerDay,
    costs: Mapping[str, float],
    now: datetime,
    paid_peaks: float,
    perfect_peaks: float,
    notes: tuple[str, ...],
) -> DayRegret:
    """The split from the costs of all runs; what was paid beyond the replay is execution."""
    found = regret_of(costs)
    if found is None:
        msg = "the day was not lived through with each piece of the truth"
        raise ValueError(msg)
    load, pv, known_prices = with_overlap((found.load, found.pv, found.prices), found.overlap)
    paid = account.cost + paid_peaks
    return DayRegret(
        day=account.day,
        currency=account.currency,
        paid=paid,
        replayed=costs[DARKSTAR],
        perfect=costs[PERFECT],
        load=load,
        pv=pv,
        prices=known_prices,
        execution=paid - costs[DARKSTAR] + found.execution,
        entered_at=now,
        notes=notes,
        paid_peaks=paid_peaks,
        perfect_peaks=perfect_peaks,
    )


def _replan_minutes(home: HomeSettings) -> int:
    least = SOLVED_REPLAN_MINUTES if home.grid.power_tariffs else REPLAN_MINUTES
    return max(home.planner.interval_minutes, least)


def _soft_cost(run: Run, home: HomeSettings) -> float:
    return soft_import_costs(run.intervals.import_kwh.tolist(), run.intervals.minutes / 60, home)


def _peaks_of(run: Run, home: HomeSettings) -> Peaks:
    flows = run.intervals
    return peaks_kw(flows.start, flows.minutes, flows.import_kwh.tolist(), home)


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
    if len(account.paid.peaks_kw) != len(home.grid.power_tariffs):
        return "the home's power tariffs are others than when the day was entered"
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


def _notes(home: HomeSettings, before: Sequence[Observation], start: datetime) -> Iterator[str]:
    battery = home.battery
    if not (battery.charge_from_grid and home.can_sell_from_battery):
        yield (
            "perfect foresight may buy for and sell from the battery, which this home may not: part of the execution"
        )
    if home.grid.power_tariffs:
        yield (
            "peaks cost what they add to the month's bill, held against the peaks before this day and "
            f"{EXPECTED_SHARE:.0%} of usual ones for the days to come"
        )
        yield from power_tariff_notes(start, metered_imports(home, before))
