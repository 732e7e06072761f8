"""The nightly run of the savings ledger: enters the days that are over, and what each missed; off the apps' threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..control.decision import Execution
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..learning.ledger import DayStatus, LedgerDay, LedgerTotal, totals
from ..learning.regret import DayRegret
from ..learning.shadow_verdict import ShadowVerdict, judged
from ..storage.database import Database, StorageError
from ..storage.executions import Executions
from ..storage.forecasts import Forecasts
from ..storage.ledger import Ledger, Regrets, first_recorded
from ..storage.memory import Memory
from ..storage.observations import Observations
from ..storage.plans import Plans
from ..storage.prices import Prices
from ..storage.problems import Problems

LAST_RUN = "ledger.last_run"
PATIENCE = timedelta(days=2)
"""A day with gaps waits so long for what may still come from Home Assistant's statistics."""
MOST_REGRETS = 3
"""Days that one run splits: each takes seconds."""
VERDICT = "ledger.shadow_verdict"
REGRET_DAYS = 14
"""Older days are not split any more."""
PAST = timedelta(days=70)
"""What the replayed forecasts may look back on."""
SHADOW_DAYS = 14
"""So many days are looked at for the verdict on shadow mode."""
_AHEAD = timedelta(days=2)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """What a run has done. `waiting` are days with gaps that are not entered yet; `error` says why it broke off."""

    entered: tuple[LedgerDay, ...] = ()
    regrets: tuple[DayRegret, ...] = ()
    waiting: tuple[date, ...] = ()
    error: str = ""


def run_is_due(home: HomeSettings, database: Database, now: datetime) -> bool:
    """Whether this local day has had no run yet; it counts as begun when this says so.

    Raises:
        StorageError: that it is begun could not be stored.
    """
    memory, today = Memory(database), local_date(now, home.zone)
    if memory.get(LAST_RUN, date) == today:
        return False
    memory.put(LAST_RUN, today, now)
    return True


def keep_ledger(home: HomeSettings, database: Database, now: datetime) -> LedgerRun:
    """Enter every day that is over and not entered yet, also those that were slept through; never raises.

    It reads and writes the database and computes for seconds: run it in a thread.
    """
    try:
        entered, waiting = _enter_days(home, database, now)
        regrets = _split_days(home, database, now)
        _keep_verdict(home, database, now)
        return LedgerRun(entered, regrets, waiting)
    except (StorageError, ValueError, ArithmeticError) as error:
        return LedgerRun(error=f"the savings ledger could not be kept: {error}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """The verdict in the database; None outside shadow mode."""

    verdict: ShadowVerdict | None


@dataclass(frozen=True, slots=True)
class Money:
    """What the nightly runs have left to be shown: the running month, and the last verdict on shadow mode."""

    month: LedgerTotal | None
    verdict: ShadowVerdict | None


def kept_money(home: HomeSettings, database: Database, now: datetime) -> Money:
    """What is to be shown; reads, and computes nothing."""
    today = local_date(now, home.zone)
    days = Ledger(database).between(today.replace(day=1), today)
    months = totals(days, "month", home.grid.power_tariffs)
    kept = Memory(database).get(VERDICT, _Kept)
    return Money(months[-1] if months else None, kept.verdict if kept else None)


def _keep_verdict(home: HomeSettings, database: Database, now: datetime) -> None:
    """Judge shadow mode while it lasts; what was found before it ended is not shown any longer."""
    latest = Executions(database).latest()
    verdict = verdict_on_shadow(home, database, now) if latest is not None and latest.shadow else None
    Memory(database).put(VERDICT, _Kept(verdict), now)


def account_of_today(home: HomeSettings, database: Database, now: datetime) -> LedgerDay:
    """The running day's account so far; it is not entered."""
    return account_of(home, database, local_date(now, home.zone), now, needed_share=0.0)


def account_of(
    home: HomeSettings, database: Database, day: date, now: datetime, *, needed_share: float | None = None
) -> LedgerDay:
    """A day's account worked out anew from what is stored; it is not entered."""
    # the physics bring NumPy along: an app that starts does without
    from ..simulation.ledger_day import BEFORE_THE_DAY, NEEDED_SHARE, day_account

    start, end = local_day(day, home.zone)
    return day_account(
        day,
        Observations(database).between(start - BEFORE_THE_DAY, end),
        Prices(database).between(start, end),
        home,
        now,
        before=Ledger(database).on(day - _DAY),
        steered_share=_steered(Executions(database).between(start, end)),
        needed_share=NEEDED_SHARE if needed_share is None else needed_share,
    )


def _enter_days(
    home: HomeSettings, database: Database, now: datetime
) -> tuple[tuple[LedgerDay, ...], tuple[date, ...]]:
    ledger, entered, waiting = Ledger(database), [], []
    for day in _missing_days(home, database, now):
        account = account_of(home, database, day, now)
        settled = local_day(day, home.zone)[1] + PATIENCE <= now
        if account.status is not DayStatus.COMPLETE and not settled:
            waiting.append(day)
        elif ledger.enter([account]):
            entered.append(account)
    return tuple(entered), tuple(waiting)


def _missing_days(home: HomeSettings, database: Database, now: datetime) -> Iterator[date]:
    """Days from Darkstar's first one to yesterday that are not in the ledger, oldest first."""
    first = first_recorded(database)
    if first is None:
        return
    known, day, today = Ledger(database).known_days(), local_date(first, home.zone), local_date(now, home.zone)
    while day < today:
        if day not in known:
            yield day
        day += _DAY


def _split_days(home: HomeSettings, database: Database, now: datetime) -> tuple[DayRegret, ...]:
    today = local_date(now, home.zone)
    regrets = Regrets(database)
    known = regrets.known_days()
    recent = Ledger(database).between(today - REGRET_DAYS * _DAY, today)
    unsplit = [account for account in reversed(recent) if account.day not in known]
    found = tuple(regret_of_day(home, database, account, now) for account in unsplit[:MOST_REGRETS])
    regrets.enter(found)
    return found


def regret_of_day(home: HomeSettings, database: Database, account: LedgerDay, now: datetime) -> DayRegret:
    """What a day of the ledger missed, worked out anew from what is stored; it is not entered.

    A day that cannot be lived through again has a reason instead: it must not keep others from being split.
    """
    from ..simulation.regret_day import day_regret, not_split

    start, end = local_day(account.day, home.zone)
    try:
        return day_regret(
            account,
            Observations(database).between(start - PAST, end),
            Prices(database).between(start - PAST, end + _AHEAD),
            Forecasts(database).issued_between(start - _DAY, end),
            home,
            now,
        )
    except (ValueError, ArithmeticError) as error:
        return not_split(account, now, str(error))


def _steered(executions: Sequence[Execution]) -> float | None:
    """The part of the ticks in which Darkstar had the say over the devices."""
    if not executions:
        return None
    free = sum(not one.shadow and one.decision.hands_off is None and one.error is None for one in executions)
    return free / len(executions)


def verdict_on_shadow(home: HomeSettings, database: Database, now: datetime, days: int = SHADOW_DAYS) -> ShadowVerdict:
    """What the plans of the last `days` local days would have made of them; it takes seconds: run it in a thread."""
    from ..simulation.shadow_replay import KEPT, StoredPlan, replay

    today = local_date(now, home.zone)
    first, last = today - days * _DAY, today - _DAY
    accounts = Ledger(database).between(first, last)
    start, end = local_day(first, home.zone)[0], local_day(last, home.zone)[1]
    executions = Executions(database).between(start, end)
    shadowed = {local_date(execution.executed_at, home.zone) for execution in executions if execution.shadow}
    found = replay(
        [account for account in accounts if account.day in shadowed],
        Observations(database).between(start - _DAY, end),
        Prices(database).between(start, end),
        [StoredPlan.cut(saved.plan, saved.policy) for saved in Plans(database).made_between(start - KEPT, end)],
        home,
    )
    return judged(
        now=now,
        days=found.days,
        currency=home.currency,
        paid=found.paid,
        would_have_paid=found.would_have_paid,
        self_consumption=found.self_consumption,
        executions=[execution for execution in executions if execution.shadow],
        problems=Problems(database).open(),
        write_budget=home.executor.write_budget_per_day,
    )
