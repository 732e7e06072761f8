"""The data of the Money page, and the ledger as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..home.slots import local_date
from ..learning.ledger import Every, totals
from ..learning.ledger_csv import days_csv, totals_csv
from ..storage.executions import Executions
from ..storage.ledger import Ledger, Regrets
from ..views.money_page import REGRET_DAYS, Accounts, money_page, today_tile
from .desk import Desk, Payload, Query, RefusedError

PERIODS: tuple[Every, ...] = ("week", "month", "year")


def money_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the page shows."""
    snapshot = desk.snapshot()
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
        today_tile(snapshot.account, snapshot.why_no_account),
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
