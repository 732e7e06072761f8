"""The account of the running day, worked out beside the apps' threads: it reads weeks and may take seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock, Thread

from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..learning.ledger import LedgerDay
from ..storage.database import Database, StorageError
from .ledger_runs import account_of_today

EVERY = timedelta(minutes=15)


class RunningAccount:
    """What today has cost so far, worked out anew every quarter of an hour on a thread of its own: nobody waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._worked_out_at: datetime | None = None
        self._known: LedgerDay | None = None
        self.worker: Thread | None = None

    def __call__(self, home: HomeSettings, database: Database, now: datetime) -> LedgerDay | None:
        """What is known by now; None until the first answer of the day."""
        with self._lock:
            if self._worked_out_at is None or abs(now - self._worked_out_at) >= EVERY:
                self._worked_out_at = now
                self.worker = Thread(target=self._work_out, args=(home, database, now), daemon=True)
                self.worker.start()
            is_of_today = self._known is not None and self._known.day == local_date(now, home.zone)
            return self._known if is_of_today else None

    def _work_out(self, home: HomeSettings, database: Database, now: datetime) -> None:
        try:
            account = account_of_today(home, database, now)
        except (StorageError, ValueError, ArithmeticError):
            return  # the day cannot be accounted for yet: nothing is shown
        with self._lock:
            self._known = account
