"""The data of the Money page, and the ledger as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..learning.ledger import Every, LedgerDay, totals
from ..learning.ledger_csv import days_csv, totals_csv
from ..money.ledger_runs import account_of_today
from ..storage.database import Database
from ..storage.executions import Executions
from ..storage.ledger import Ledger, Regrets
from ..views.money_page import REGRET_DAYS, Accounts, money_page, today_row
from .desk import Desk, Payload, Query, RefusedError

FRESH = timedelta(minutes=5)
"""So long the account of the running day serves: it takes seconds."""
PERIODS: tuple[Every, ...] = ("week", "month", "year")


class TodayAccount:
    """The account of the running day, worked out for one browser at a time and kept for a while."""

    def __init__(self, work_out: Callable[[HomeSettings, Database, datetime], LedgerDay] = account_of_today) -> None:
        self._work_out = work_out
        self._lock = Lock()
        self._known: tuple[datetime, LedgerDay] | None = None

    def __call__(self, desk: Desk) -> Mapping[str, Any]:
        """The running day in words."""
        with self._lock:
            now = desk.now()
            if self._known is None or not timedelta(0) <= now - self._known[0] < FRESH:
                try:
                    self._known = (now, self._work_out(desk.home, desk.database, now))
                except (ValueError, ArithmeticError) as error:
                    msg = f"today cannot be accounted for yet: {error}"
                    raise RefusedError(msg) from error
            return today_row(self._known[1])


account_now = TodayAccount()


def money_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the page shows; with `today` in the query the running day."""
    if "today" in query:
        return account_now(desk)
    database, home = desk.database, desk.home
    days = Ledger(database).all()
    weeks, months, years = (totals(days, every, home.grid.power_tariffs) for every in PERIODS)
    today = local_date(desk.now(), home.zone)
    newest = Executions(database).latest()
    return money_page(
        Accounts(days, weeks, months, years),
        Regrets(database).between(today - timedelta(days=REGRET_DAYS), today),
        home,
        today,
        in_shadow=home.executor.shadow_mode or (newest is not None and newest.shadow),
    )


def ledger_csv(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """The ledger with every figure as a CSV file, one line per `by`: name and content."""
    by = payload.get("by", "day")
    days = Ledger(desk.database).all()
    today = local_date(desk.now(), desk.home.zone)
    if by == "day":
        return _file(by, today, days_csv(days))
    every = next((one for one in PERIODS if one == by), None)
    if every is None:
        msg = f"by must be one of day, {', '.join(PERIODS)}; it is {by!r}"
        raise RefusedError(msg)
    return _file(every, today, totals_csv(totals(days, every, desk.home.grid.power_tariffs)))


def _file(by: str, today: date, content: str) -> Mapping[str, Any]:
    return {"file": f"darkstar-ledger-by-{by}-{today.isoformat()}.csv", "content": content}
