"""What if, over the home's own past: the backtest's closed loop, once as the home is and once as it would be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...home.observation import Observation
from ...home.prices import PriceCurve
from ...home.settings import HomeSettings
from ...home.slots import local_date, local_day, overlap_hours
from ...learning.ledger import bill
from ...learning.metered import soft_import_costs
from ...strategy.metered_peaks import MeteredImport, metered_import
from ..backtest.agent import Darkstar
from ..backtest.contenders import agents, rules
from ..backtest.ledger import Run
from ..backtest.scoring import DARKSTAR, NO_BATTERY, SELF_CONSUMPTION
from ..backtest.world import PRICES_AFTER, PRICES_BEFORE, World
from ..series import SeriesError
from .car_load import car_load
from .changes import Changes, changed_home, pv_factor, words_of
from .own_world import COARSE, FINE, Effort, own_past, own_world, priced_span, with_changed_load
from .repricing import repriced

MONTH_DAYS = 30
_DAY = timedelta(days=1)
_SHORTEST = timedelta(days=1)

Progress = Callable[[int, int], None]
"""Told how many of how many quarter-hours are simulated."""


@dataclass(frozen=True, slots=True)
class CaseCost:
    """What a way of running the battery comes to. `cost` counts wear, stored energy and power tariffs."""

    name: str
    cost: float
    money: float
    power: float
    import_kwh: float
    export_kwh: float
    cycles: float


@dataclass(frozen=True, slots=True)
class PastWhatIf:
    """The home as it is and as it would be, on the same days.

    `saved` is what the changed home pays less in the period, `saved_per_year` the same for 365 days like these.
    """

    start: datetime
    end: datetime
    days: float
    currency: str
    changes: tuple[str, ...]
    as_is: tuple[CaseCost, ...]
    changed: tuple[CaseCost, ...]
    assumptions: tuple[str, ...]
    seconds: float

    @property
    def saved(self) -> float:
        """What Darkstar would have paid less in the changed home."""
        return _cost(self.as_is) - _cost(self.changed)

    @property
    def saved_per_year(self) -> float:
        """`saved` for a year of such days."""
        return self.saved / self.days * 365


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """What a what-if over the past needs: rows and prices, oldest first, and the home as it is set.

    `read_back` are those of the prices that Darkstar did not see itself; `prices_note` says what is missing or
    doubtful of them, and the way out.
    """

    home: HomeSettings
    rows: tuple[Observation, ...]
    prices: PriceCurve
    read_back: PriceCurve = field(default_factory=PriceCurve)
    prices_note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A world and the home that lives in it."""

    world: World
    home: HomeSettings


def last_days(history: OwnHistory, now: datetime, days: int = MONTH_DAYS) -> tuple[datetime, datetime]:
    """The last whole local days, at most `days`, that were measured and have prices.

    Raises:
        SeriesError: there is not one such day.
    """
    zone = history.home.zone
    today, _ = local_day(local_date(now, zone), zone)
    first, _ = local_day(local_date(now, zone) - days * _DAY, zone)
    measured = [row for row in history.rows if row.load_kwh is not None and first <= row.start < today]
    span = (
        priced_span(history.prices, max(first, measured[0].start), min(today, measured[-1].end)) if measured else None
    )
    if span is not None:
        start, midnight = local_day(local_date(span[0], zone), zone)
        start = start if start == span[0] else midnight
        end, _ = local_day(local_date(span[1], zone), zone)
        if end - start >= _SHORTEST - timedelta(hours=1):
            return start, end
    msg = "no day has measured load and prices yet: a what-if over the past needs at least one; try the days ahead"
    raise SeriesError(f"{msg}. {history.prices_note}" if history.prices_note else msg)


def effort_for(home: HomeSettings, changes: Changes) -> Effort:
    """How finely both homes are simulated: coarser where a power tariff makes every plan a solve."""
    return COARSE if home.grid.power_tariffs or changes.power_tariffs else FINE


def as_is(history: OwnHistory, start: datetime, end: datetime, effort: Effort = FINE) -> Case:
    """The home as it is.

    Raises:
        SeriesError: load or prices of the period are not known.
    """
    return _case(history, Changes(), start, end, effort)


def changed(history: OwnHistory, changes: Changes, start: datetime, end: datetime, effort: Effort = FINE) -> Case:
    """The home as it would be.

    Raises:
        SeriesError: load or prices of the period are not known.
        ChangesError: a change cannot be made.
    """
    return _case(history, changes, start, end, effort)


def run_case(case: Case, progress: Progress | None = None) -> tuple[CaseCost, ...]:
    """No battery, self-consumption and Darkstar in one world."""
    world = case.world
    runs = {
        name: world.with_rule(rule) for name, rule in rules(world).items() if name in {NO_BATTERY, SELF_CONSUMPTION}
    }
    agent: Darkstar = agents(world)[DARKSTAR]
    runs[DARKSTAR] = world.with_agent(agent, progress)
    return tuple(_costs(name, run, case) for name, run in runs.items())


def what_if_past(
    history: OwnHistory,
    changes: Changes,
    start: datetime,
    end: datetime,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> PastWhatIf:
    """Live through `[start, end)` as the home is and as it would be; `jobs` 2: side by side on two cores.

    Raises:
        SeriesError: load or prices of the period are not known.
        ChangesError: a change cannot be made.
    """
    began, effort = time.monotonic(), effort_for(history.home, changes)
    cases = (as_is(history, start, end, effort), changed(history, changes, start, end, effort))
    before, after = _run_both(cases, jobs, progress)
    return PastWhatIf(
        start=start,
        end=end,
        days=(end - start) / _DAY,
        currency=history.home.currency,
        changes=words_of(changes, history.home),
        as_is=before,
        changed=after,
        assumptions=_assumptions(history, changes, effort, start, end),
        seconds=time.monotonic() - began,
    )


def _run_both(
    cases: tuple[Case, Case], jobs: int, progress: Progress | None
) -> tuple[tuple[CaseCost, ...], tuple[CaseCost, ...]]:
    if jobs > 1:
        with ProcessPoolExecutor(1) as elsewhere:
            after = elsewhere.submit(run_case, cases[1])
            # both are equally long: how far this one is says how far all is
            return run_case(cases[0], progress), after.result()
    parts = [None if progress is None else _half(progress, number) for number in range(2)]
    return run_case(cases[0], parts[0]), run_case(cases[1], parts[1])


def _half(progress: Progress, number: int) -> Progress:
    return lambda done, total: progress(number * total + done, 2 * total)


def _case(history: OwnHistory, changes: Changes, start: datetime, end: datetime, effort: Effort) -> Case:
    home = changed_home(history.home, changes)
    past = own_past(history.rows, history.home, start, end)
    near = PriceCurve(
        tuple(
            price
            for price in history.prices.prices
            if start - PRICES_BEFORE < price.end and price.start < end + PRICES_AFTER
        )
    )
    curve = repriced(near, history.home, changes)
    more = (
        car_load(changes.ev, past.series, curve, home.zone)
        if changes.ev is not None
        else (0.0,) * len(past.series.load_kwh)
    )
    series = with_changed_load(past.series, more, pv_factor(history.home, changes))
    own_kwh = (
        history.home.battery.capacity_kwh * (past.start_soc_percent if past.start_soc_percent is not None else 50) / 100
    )
    percent = 100 * min(own_kwh / home.battery.capacity_kwh, 1.0)
    return Case(own_world(home, series, curve, start_soc_percent=percent, effort=effort), home)


def _costs(name: str, run: Run, case: Case) -> CaseCost:
    yardstick = case.world.yardstick
    power = power_cost(run, case.home)
    flows = run.intervals
    soft = soft_import_costs(flows.import_kwh.tolist(), flows.minutes / 60, case.home)
    return CaseCost(
        name=name,
        cost=yardstick.valuation.cost(run) + power + soft,
        money=run.cost + soft,
        power=power,
        import_kwh=run.import_kwh,
        export_kwh=run.export_kwh,
        cycles=run.discharge_kwh / yardstick.capacity_kwh,
    )


def power_cost(run: Run, home: HomeSettings) -> float:
    """What the home's power tariffs charge for a run; a month in part is charged whole."""
    flows = run.intervals
    step = timedelta(minutes=flows.minutes)
    rows = [
        Observation(flows.start + number * step, flows.minutes / 60, import_kwh=kwh)
        for number, kwh in enumerate(flows.import_kwh.tolist())
    ]
    end = flows.start + len(rows) * step
    return sum(
        bill(tariff, _billed(metered_import(tariff, home.zone, rows), first, last))
        for tariff in home.grid.power_tariffs
        for first, last in _months(flows.start, end, home.zone)
        if first.astimezone(home.zone).month in tariff.months
    )


def _billed(metered: MeteredImport, start: datetime, end: datetime) -> tuple[tuple[float], ...]:
    peaks = metered.day_peaks if metered.tariff.different_days else metered.highest
    return tuple((peak.kw,) for peak in peaks(start, end))


def _months(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The calendar months that `[start, end)` touches."""
    first = local_date(start, zone).replace(day=1)
    while (begin := local_day(first, zone)[0]) < end:
        first = (first + 31 * _DAY).replace(day=1)
        yield begin, local_day(first, zone)[0]


def _cost(cases: Sequence[CaseCost]) -> float:
    return next(case.cost for case in cases if case.name == DARKSTAR)


def _assumptions(
    history: OwnHistory, changes: Changes, effort: Effort, start: datetime, end: datetime
) -> tuple[str, ...]:
    past = own_past(history.rows, history.home, start, end)
    return (
        "water heater and car are part of the measured load; only the battery is planned",
        f"both homes are planned every {effort.replan_minutes} minutes, in {effort.slot_minutes}-minute slots, and "
        "begin without a past to learn from",
        *past.remarks,
        *_on_prices(history, start, end),
        *(
            ("the old tariff held all the time: the spot price is worked out with it",)
            if changes.concerns_money
            else ()
        ),
        *(("more panels yield in proportion to those that are there",) if changes.pv_kwp is not None else ()),
    )


def _on_prices(history: OwnHistory, start: datetime, end: datetime) -> Iterator[str]:
    read_back = sum(overlap_hours(price.start, price.end, start, end) for price in history.read_back.prices)
    if read_back:
        yield (
            f"the prices of {read_back:.0f} hours are read back from Home Assistant, with the tariff as it is set today"
        )
    if history.prices_note:
        yield history.prices_note
