"""App Trainer: records what happened every quarter-hour, and fetches the past at the first start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from .app import DarkstarApp
from .home.counters import CounterSnapshot
from .home.observation import Observation
from .home.problem import Problem, Severity
from .home.slots import SLOT_MINUTES, local_date
from .inputs.counters import read_counters
from .inputs.history import read_history
from .learning.backfill import missing_span
from .learning.counters import MAX_GAP, record
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.prices import Prices
from .storage.retention import purge

COUNTERS = "trainer.counters"
PURGED = "trainer.purged"
BACKFILL_DELAY_S = 5
BACKFILL_RETRY_S = 300


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the statistics answered. A bare empty tuple would never arrive: AppDaemon 4.5 trips over it."""

    rows: tuple[Observation, ...] = ()
    error: ConnectionError | None = None


class Trainer(DarkstarApp):
    """Keeps the observations that forecasts and accounts are made from."""

    def start(self) -> None:
        """Record at each quarter-hour; fill the gap since the last observation from statistics."""
        self.observations = Observations(self.database)
        self.prices = Prices(self.database)
        self.memory = Memory(self.database)
        self.run_every(self.on_quarter, time(0, 0, 2), SLOT_MINUTES * 60)
        self.run_in(self.on_backfill, BACKFILL_DELAY_S)

    def on_quarter(self, **kwargs: object) -> None:
        """The slot that has just ended becomes an observation; once a day the old is purged."""
        now = self.now()
        reading = read_counters(self.ha, self.home, now)
        previous = self.memory.get(COUNTERS, CounterSnapshot)
        paid = self.prices.between(now - MAX_GAP, now)
        recorded = record(previous, reading.snapshot, self.home, reading.soc_percent, paid)
        self.observations.save(recorded.observations)
        self.memory.put(COUNTERS, recorded.snapshot, now)
        self.report(reading.problems)
        self._purge_daily(now)

    def _purge_daily(self, now: datetime) -> None:
        """At the first quarter-hour of each local day, also of one whose midnight was slept through."""
        today = local_date(now, self.home.zone)
        if self.memory.get(PURGED, date) != today:
            purge(self.database, self.home.storage, now)
            self.memory.put(PURGED, today, now)

    def on_backfill(self, **kwargs: object) -> None:
        """Read what was missed from Home Assistant's statistics, off this thread."""
        span = missing_span(self.observations.latest_start(), self.now(), self.home.storage.backfill_days)
        if span is not None:
            self.submit_to_executor(self._fetch, *span, callback=self.on_history)

    def _fetch(self, start: datetime, end: datetime) -> Fetched:
        try:
            return Fetched(read_history(self.ha, self.home, start, end))
        except ConnectionError as error:
            return Fetched(error=error)

    def on_history(self, result: Fetched, **kwargs: object) -> None:
        """The past has arrived, or has not."""
        if result.error is not None:
            self.report([_history_problem(result.error, self.now())])
            self.run_in(self.on_backfill, BACKFILL_RETRY_S)
            return
        self.observations.save(result.rows)
        self.log("%d quarter-hours of history read from Home Assistant's statistics", len(result.rows))
        self.report(())


def _history_problem(error: ConnectionError, now: datetime) -> Problem:
    return Problem(
        "history_unreadable",
        Severity.WARNING,
        now,
        f"The past could not be read from Home Assistant's statistics ({error}); forecasts start without it.",
        "Check that the recorder integration runs and that the energy counters have a state_class; tried again soon.",
    )
