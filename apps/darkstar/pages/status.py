"""The data of the Status page: the snapshot, and what the owner's helpers say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from typing import Any

from ..home.finite import number
from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..inputs.day_context import chosen_level
from ..ledger_runs import account_of_today
from ..storage.database import Database, StorageError
from ..views.status_page import Comparison, Controls, Selector, status_page
from .actions import CHOICES, NUMBERS, TOGGLES, entity_of
from .desk import Desk, Query

EVERY = timedelta(minutes=15)
_WORDS = {"on": True, "off": False}


def status_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the Status page shows."""
    return status_page(desk.snapshot(), read_controls(desk), saved_today(desk))


class SavedToday:
    """What was saved today, worked out anew every quarter of an hour on a thread of its own: no page waits for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._worked_out_at: datetime | None = None
        self._known: tuple[date, Comparison] | None = None
        self.worker: Thread | None = None

    def __call__(self, desk: Desk) -> Comparison | None:
        """What is known by now; None until the first answer of the day."""
        now, today = desk.now(), local_date(desk.now(), desk.home.zone)
        with self._lock:
            if self._worked_out_at is None or abs(now - self._worked_out_at) >= EVERY:
                self._worked_out_at = now
                self.worker = Thread(target=self._work_out, args=(desk.home, desk.database, now), daemon=True)
                self.worker.start()
            return self._known[1] if self._known is not None and self._known[0] == today else None

    def _work_out(self, home: HomeSettings, database: Database, now: datetime) -> None:
        try:
            account = account_of_today(home, database, now)
        except (StorageError, ValueError, ArithmeticError):
            return  # the day cannot be accounted for yet: nothing is shown
        known = (account.day, Comparison(account.saved)) if account.counted_hours > 0 else None
        with self._lock:
            self._known = known


saved_today = SavedToday()


def read_controls(desk: Desk) -> Controls:
    """The owner's helpers as they are."""
    home = desk.home
    heater = home.water_heater
    risk, comfort = CHOICES
    return Controls(
        toggles={name: _toggle(desk, name) for name in TOGGLES},
        risk=_selector(desk, risk, home.risk.appetite),
        comfort=None if heater is None else _selector(desk, comfort, heater.comfort_level),
        numbers={name: _number(desk, name) for name in NUMBERS},
        always_shadow=home.executor.shadow_mode,
    )


def _toggle(desk: Desk, name: str) -> bool | None:
    state = desk.ha.state(entity_of(desk.home, name))
    return None if state is None else _WORDS.get(state.state)


def _selector(desk: Desk, name: str, default: int | None) -> Selector:
    state = desk.ha.state(entity_of(desk.home, name))
    if state is None:
        return Selector(None, default, present=False)
    return Selector(chosen_level(state), default)


def _number(desk: Desk, name: str) -> float | None:
    state = desk.ha.state(entity_of(desk.home, name))
    return None if state is None else number(state.state)
