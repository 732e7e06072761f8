"""App Trainer: records what happened every quarter-hour, fetches the past at the first start, trains on schedule."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .app import EVENT_LEARNING, DarkstarApp
from .home.counters import CounterSnapshot
from .home.observation import Observation
from .home.problem import Problem, Severity
from .home.slots import SLOT_MINUTES, local_date
from .inputs.counters import read_counters
from .inputs.day_context import is_occupied
from .inputs.helpers import is_on
from .inputs.history import read_history
from .inputs.past_prices import PastPrices, read_past_prices
from .inputs.price_source import read_prices
from .learning.backfill import first_unpriced, missing_span
from .learning.circumstances import Circumstances, lowest_charge_limit_kw
from .learning.counters import MAX_GAP, record
from .learning_reset import reset_today
from .money.ledger_runs import LedgerRun, keep_ledger, run_is_due
from .reflex_runs import ReflexRuns
from .storage.executions import Executions
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.prices import PRICES_NOTE, Prices
from .storage.retention import purge
from .training.desk import NoTrainingError, TrainingDesk
from .training.process import TrainingAnswer, TrainingOrder, TrainingProcess

COUNTERS = "trainer.counters"
PURGED = "trainer.purged"
BACKFILL_DELAY_S = 5
BACKFILL_RETRY_S = 300
SLOT = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the statistics answered. A bare empty tuple would never arrive: AppDaemon 4.5 trips over it."""

    rows: tuple[Observation, ...] = ()
    error: ConnectionError | None = None


@dataclass(frozen=True, slots=True)
class FetchedPrices:
    """What could be read of past prices; None: Home Assistant did not answer."""

    found: PastPrices | None = None


class Trainer(DarkstarApp):
    """Keeps the observations that forecasts and accounts are made from, and the models that learn from them."""

    def start(self) -> None:
        """Record at each quarter-hour, train when it is due; fetch what was missed since the last observation."""
        self.observations = Observations(self.database)
        self.prices = Prices(self.database)
        self.memory = Memory(self.database)
        self.executions = Executions(self.database)
        self.desk = TrainingDesk(self.home, self.database)
        self.process = TrainingProcess()
        self.reflex = ReflexRuns(self)
        self.faults: dict[str, tuple[Problem, ...]] = {}
        self.shown = ""
        self.run_every(self.on_quarter, time(0, 0, 2), SLOT_MINUTES * 60)
        self.run_in(self.on_backfill, BACKFILL_DELAY_S)
        self.run_in(self.on_missing_prices, BACKFILL_DELAY_S)
        entities = self.home.entities
        self.on_press(entities.train_now, self.train_now)
        self.on_press(entities.reset_learning, self.reset_learning)
        self.on_press(entities.clear_learning, self.clear_learning)
        self.on_press(entities.run_backfill, self.run_backfill)

    def terminate(self) -> None:
        """A training that runs ends with its app."""
        if hasattr(self, "process"):
            self.process.end()
        super().terminate()

    def on_quarter(self, **kwargs: object) -> None:
        """The slot that has just ended becomes an observation; once a day the old is purged; is it time to train?"""
        now = self.now()
        self._record(now)
        self._purge_daily(now)
        self._train_when_due()
        self.reflex.daily()
        if run_is_due(self.home, self.database, now):
            self.submit_to_executor(keep_ledger, self.home, self.database, now, callback=self.on_ledger)

    def on_ledger(self, result: LedgerRun, **kwargs: object) -> None:
        """The days that are over stand in the savings ledger."""
        if result.error:
            self.log("%s", result.error, level="WARNING")
        for day in result.entered:
            self.log("ledger: %s entered, %.2f %s saved", day.day, day.saved, day.currency)

    def _record(self, now: datetime) -> None:
        reading = read_counters(self.ha, self.home, now)
        previous = self.memory.get(COUNTERS, CounterSnapshot)
        paid = self.prices.between(now - MAX_GAP, now)
        recorded = record(previous, reading.snapshot, self.home, reading.soc_percent, paid, self._circumstances(now))
        self.observations.save(recorded.observations)
        self.memory.put(COUNTERS, recorded.snapshot, now)
        self._tell("counters", reading.problems)

    def _circumstances(self, now: datetime) -> Circumstances:
        """What was special about the slot that has just ended."""
        entities = self.home.entities
        return Circumstances(
            vacation=is_on(self.ha, entities.vacation),
            occupied=is_occupied(self.ha, entities.occupancy),
            charge_limit_kw=lowest_charge_limit_kw(self.executions.between(now - SLOT, now)),
        )

    def _purge_daily(self, now: datetime) -> None:
        """At the first quarter-hour of each local day, also of one whose midnight was slept through."""
        today = local_date(now, self.home.zone)
        if self.memory.get(PURGED, date) != today:
            purge(self.database, self.home.storage, now)
            self.memory.put(PURGED, today, now)
            self.on_missing_prices()

    def on_backfill(self, **kwargs: object) -> None:
        """Read what was missed from Home Assistant's statistics, off this thread."""
        span = self._missing(self.observations.latest_start())
        if span is not None:
            self.submit_to_executor(self._fetch, *span, callback=self.on_history)

    def run_backfill(self) -> None:
        """Read the past again; what Darkstar has measured itself is kept."""
        span = self._missing(None)
        if span is None:
            self._answer("no past is read: storage.backfill_days is 0")
            return
        self._answer("reading the past from Home Assistant's statistics")
        self.submit_to_executor(self._fetch, *span, callback=self.on_history)
        self.on_missing_prices()

    def _missing(self, latest_start: datetime | None) -> tuple[datetime, datetime] | None:
        return missing_span(latest_start, self.now(), self.home.storage.backfill_days)

    def _fetch(self, start: datetime, end: datetime) -> Fetched:
        try:
            return Fetched(read_history(self.ha, self.home, start, end))
        except ConnectionError as error:
            return Fetched(error=error)

    def on_history(self, result: Fetched, **kwargs: object) -> None:
        """The past has arrived, or has not."""
        if result.error is not None:
            self._tell("history", [_history_problem(result.error, self.now())])
            self._answer(f"the past could not be read: {result.error}")
            self.run_in(self.on_backfill, BACKFILL_RETRY_S)
            return
        self.observations.fill(result.rows)
        self._tell("history", ())
        self._answer(f"{len(result.rows)} quarter-hours of history read from Home Assistant's statistics")
        self._train_when_due()

    def on_missing_prices(self, **kwargs: object) -> None:
        """Read the prices of days that Darkstar did not see, off this thread."""
        now = self.now()
        span = missing_span(None, now, self.home.storage.backfill_days)
        if span is not None:
            self.submit_to_executor(self._fetch_prices, *span, callback=self.on_past_prices)

    def _fetch_prices(self, start: datetime, end: datetime) -> FetchedPrices:
        first = first_unpriced(self.prices.between(start, end), start, end)
        if first is None:
            return FetchedPrices()
        published = (self.prices.published(first, end), read_prices(self.ha, self.home, end).curve)
        try:
            return FetchedPrices(read_past_prices(self.ha, self.home, first, end, published))
        except ConnectionError:
            return FetchedPrices()  # what holds for the energies is told already; the next day asks again

    def on_past_prices(self, result: FetchedPrices, **kwargs: object) -> None:
        """Past prices have arrived, or why there are none."""
        if result.found is None:
            return
        added = self.prices.fill(result.found.curve)
        self.memory.put(PRICES_NOTE, result.found.note, self.now())
        if added:
            self.log("%d quarter-hours of past prices read. %s", added, result.found.note)

    def train_now(self) -> None:
        """Train the models, whatever the schedule says."""
        try:
            order = self.desk.begin(self.now())
        except NoTrainingError as reason:
            self._answer(f"not trained: {reason}")
            return
        self._answer("training has begun")
        self._train(order)

    def _train_when_due(self) -> None:
        if self.desk.is_due(self.now()):
            with suppress(NoTrainingError):  # its reason is shown as the state of training
                self._train(self.desk.begin(self.now()))
        self._show()

    def _train(self, order: TrainingOrder) -> None:
        self.submit_to_executor(self.process.run, order, callback=self.on_trained)

    def on_trained(self, result: TrainingAnswer, **kwargs: object) -> None:
        """The models are there, or are not."""
        self._answer(self.desk.finish(result, self.now()))

    def reset_learning(self) -> None:
        """Take back what was learned today."""
        reset = reset_today(self.database, self.home, self.now())
        if reset.settings:
            self.announce_settings()
        self._answer(reset.text)

    def clear_learning(self) -> None:
        """Put the trained models aside: the simple forecasters serve until the next training."""
        try:
            self._answer(self.desk.clear(self.now()))
        except OSError as error:
            self._answer(f"the trained models could not be put aside: {error}")

    def _answer(self, text: str) -> None:
        """Say what came of a wish or of a training, where the owner looks."""
        self.log("%s", text)
        self.desk.answer(text, self.now())
        self._show()
        self.announce(EVENT_LEARNING, text=text)

    def _show(self) -> None:
        """Bring what is shown of learning up to date."""
        progress = self.desk.progress(self.now())
        if progress.state != self.shown:
            self.log("learning: %s", progress.state)
        self.shown = progress.state
        self._tell("training", self.desk.problems(self.now()))

    def _tell(self, source: str, problems: Iterable[Problem]) -> None:
        """Report the problems of one part of this app, beside those of the others."""
        self.faults[source] = tuple(problems)
        self.report(problem for each in self.faults.values() for problem in each)


def _history_problem(error: ConnectionError, now: datetime) -> Problem:
    return Problem(
        "history_unreadable",
        Severity.WARNING,
        now,
        f"The past could not be read from Home Assistant's statistics ({error}); forecasts start without it.",
        "Check that the recorder integration runs and that the energy counters have a state_class; tried again soon.",
    )
