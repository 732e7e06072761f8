"""The data of the Executor page: statistics, next slot, write budget, history a page at a time, shadow verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

from ..control.decision import ExecutionStatistics
from ..home.slots import local_date, local_day
from ..money.ledger_runs import verdict_on_shadow
from ..storage.executions import Executions, Pick
from ..views.executor_page import executor_page, history, verdict_words
from ..views.executor_sensors import STATISTICS_DAYS
from .desk import Desk, Payload, Query, RefusedError

ROWS = 30
VERDICT_AGE = timedelta(hours=1)
"""A verdict rests on whole days: so long it stays as it is."""
PATIENCE_S = 60.0
"""So long a second browser waits for a verdict that is being worked out."""


def executor_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the page shows; with `before` or `pick` in the query only rows of the history."""
    executions, pick, before = Executions(desk.database), _pick(query), _before(query)
    rows = executions.page(ROWS + 1, before, pick)
    more = len(rows) > ROWS
    if query:
        return history(rows[:ROWS], desk.home, more=more)
    return executor_page(
        desk.snapshot(),
        list(_days(desk, executions)),
        rows[:ROWS],
        more=more,
        shadow_ticks=sum(execution.shadow for _, execution in rows),
    )


class Judge:
    """Works out the verdict on the days in shadow mode: at most once an hour, on the thread that asks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: tuple[datetime, Mapping[str, Any]] | None = None

    def __call__(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """The verdict, in words and figures."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            msg = "the verdict is being worked out; try again in a moment"
            raise RefusedError(msg)
        try:
            now = desk.now()
            if self._known is None or not timedelta(0) <= now - self._known[0] < VERDICT_AGE:
                self._known = (now, verdict_words(verdict_on_shadow(desk.home, desk.database, now)))
            return self._known[1]
        except ValueError as error:
            msg = f"the days in shadow mode cannot be judged: {error}"
            raise RefusedError(msg) from error
        finally:
            self._lock.release()


judge_shadow = Judge()


def _days(desk: Desk, executions: Executions) -> Iterator[tuple[date, ExecutionStatistics]]:
    zone = desk.home.zone
    today = local_date(desk.now(), zone)
    for back in reversed(range(STATISTICS_DAYS)):
        day = today - timedelta(days=back)
        yield day, executions.statistics(*local_day(day, zone))


def _pick(query: Query) -> Pick:
    wanted = query.get("pick", Pick.ALL)
    if wanted not in set(Pick):
        msg = f"pick must be one of {', '.join(Pick)}; it is {wanted!r}"
        raise RefusedError(msg)
    return Pick(wanted)


def _before(query: Query) -> int | None:
    number = query.get("before")
    if number is None:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 - SQLite's integers have 64 bits
        msg = f"before must be the number of a row; it is {number!r}"
        raise RefusedError(msg)
    return int(number)
