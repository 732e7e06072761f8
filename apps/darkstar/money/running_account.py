"""The account of the running day, worked out beside the apps' threads: it reads weeks and may take seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread

from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..learning.ledger import LedgerDay
from ..storage.database import Database, StorageError
from .ledger_runs import account_of_today

EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Running:
    """The account of today as far as it is known; None until the first answer of the day, or with a reason `why`."""

    account: LedgerDay | None = None
    why: str = ""
    """Why the last try gave none; empty when it did, or there was none yet."""


class RunningAccount:
    """What today has cost so far, worked out anew every quarter of an hour on a thread of its own: nobody waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._worked_out_at: datetime | None = None
        self._known = Running()
        self.worker: Thread | None = None

    def __call__(self, home: HomeSettings, database: Database, now: datetime) -> Running:
        """What is known by now."""
        with self._lock:
            if self._worked_out_at is None or abs(now - self._worked_out_at) >= EVERY:
                self._worked_out_at = now
                self.worker = Thread(target=self._work_out, args=(home, database, now), daemon=True)
                self.worker.start()
            account = self._known.account
            if account is not None and account.day != local_date(now, home.zone):
                return Running(why=self._known.why)
            return self._known

    def _work_out(self, home: HomeSettings, database: Database, now: datetime) -> None:
        try:
            found = Running(account_of_today(home, database, now))
        except (StorageError, ValueError, ArithmeticError) as error:
            found = Running(self._known.account, str(error))  # what was known before stays, as long as the day does
        with self._lock:
            self._known = found
