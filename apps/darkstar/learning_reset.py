"""Takes back what was learned today: changes of settings by Reflex, and what was measured as a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .home.settings import HomeSettings
from .home.slots import local_date, local_day
from .reflex_runs import REVIEWED_ON, undo
from .storage.database import Database
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.reflex import ReflexChanges


@dataclass(frozen=True, slots=True)
class Reset:
    """What was taken back: settings that are as before, and how many rows of today do not teach any more."""

    settings: tuple[str, ...] = ()
    rows: int = 0

    @property
    def text(self) -> str:
        """In words."""
        settings = f"as before today: {', '.join(self.settings)}" if self.settings else ""
        rows = f"{self.rows} measurements of today are not learned from" if self.rows else ""
        return "; ".join(filter(None, (settings, rows))) or "nothing was learned today"


def reset_today(database: Database, home: HomeSettings, now: datetime) -> Reset:
    """Undo Reflex's changes of this local day and let it look again; learn nothing from what was measured today.

    What was measured stays and counts in all accounts; models and what was learned on other days stay too. A second
    call changes nothing but what has come since.

    Raises:
        StorageError: nothing more was changed.
    """
    today = local_date(now, home.zone)
    midnight, _ = local_day(today, home.zone)
    undone = [
        change.path
        for made_today in ReflexChanges(database).active()
        if made_today.made_at >= midnight
        for change in undo(database, made_today.number, now)
    ]
    memory = Memory(database)
    if memory.get(REVIEWED_ON, date) == today:
        memory.put(REVIEWED_ON, today - timedelta(days=1), now)
    return Reset(tuple(dict.fromkeys(undone)), Observations(database).exclude(midnight, now))
