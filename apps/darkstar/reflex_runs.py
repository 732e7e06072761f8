"""The daily run of Reflex: gathers the evidence, keeps what came of it, makes and undoes changes.

The Trainer has it done with two lines: `self.reflex = ReflexRuns(self)` in `start`, `self.reflex.daily()` at each
quarter-hour. A page makes and undoes changes by the functions below, and then calls its app's `announce_settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from .forecast.bands import Forecast
from .home.overlay import SettingValue, Settled, value_at
from .home.ports import StateReader
from .home.settings import HomeSettings
from .home.slots import local_date, local_day
from .inputs.day_context import chosen_level
from .learning.reflex.evidence import PATHS, WINDOW, Evidence
from .learning.reflex.finding import Change, Ending, Outcome, Review, Standing
from .learning.reflex.review import REST, outcome_of, review
from .storage.database import Database, StorageError
from .storage.forecasts import Forecasts
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.prices import Prices
from .storage.reflex import ReflexChanges

REVIEW = "reflex.review"
"""What came of the last look."""
REVIEWED_ON = "reflex.reviewed_on"
NOT_BEFORE = time(4)
"""Local time of the daily look: the day before is complete, and the house is quiet."""
DAY_AHEAD = timedelta(hours=12)
"""The forecast for a day is the last one that was issued in so long a time before it began."""


class Host(Protocol):
    """What a run needs of the app that has it done."""

    @property
    def home(self) -> HomeSettings:
        """The settings that are in force."""

    @property
    def owner_home(self) -> HomeSettings:
        """The settings as the owner has written them."""

    @property
    def settled(self) -> Settled:
        """What differs between the two."""

    @property
    def database(self) -> Database:
        """Where everything is kept."""

    @property
    def ha(self) -> StateReader:
        """What Home Assistant says."""

    def now(self) -> datetime:
        """The present, in UTC."""

    def on_press(self, button: str, action: Callable[[], None]) -> None:
        """Do something when the owner presses a button."""

    def announce_settings(self) -> None:
        """Tell all apps that other settings are in force."""

    @property
    def submit_to_executor(self) -> Callable[..., Any]:
        """Run a function off the app's thread, and its callback on it."""

    @property
    def log(self) -> Callable[..., Any]:
        """Tell the log."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look: AppDaemon calls nobody back when a thread fails."""

    review: Review | None = None
    error: StorageError | None = None


class ReflexRuns:
    """Looks once a local day whether settings fit what was measured, and carries out the owner's two buttons."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._memory = Memory(host.database)
        self._changes = ReflexChanges(host.database)
        self._looking = False
        now = host.now()
        self._end_dropped(now)
        self._changes.note({path: value_at(host.home, path) for path in PATHS}, now)
        host.on_press(host.owner_home.entities.reflex_apply, self.apply)
        host.on_press(host.owner_home.entities.reflex_undo, self.undo)

    def daily(self) -> None:
        """Look, once a local day; off this thread, and again at the next call when it failed."""
        host = self._host
        local = host.now().astimezone(host.home.zone)
        is_due = local.time() >= NOT_BEFORE and self._memory.get(REVIEWED_ON, date) != local.date()
        if is_due and not self._looking and host.owner_home.reflex.mode != "off":
            self._looking = True
            appetite = chosen_level(host.ha.state(host.home.entities.risk_appetite))
            host.submit_to_executor(self._look, host.now(), appetite, callback=self._on_looked)

    def apply(self) -> None:
        """Make the changes that are proposed."""
        host = self._host
        made = apply_proposals(host.database, host.home, host.owner_home, host.now())
        self._tell(made, "made")

    def undo(self) -> None:
        """Take back the last change."""
        self._tell(undo_last(self._host.database, self._host.now()), "undone")

    def _look(self, now: datetime, appetite: int | None) -> Looked:
        host = self._host
        try:
            evidence = gather(host.database, host.home, host.owner_home, now, appetite)
            return Looked(review(evidence, self._changes.since(now - REST)))
        except StorageError as error:
            return Looked(error=error)

    def _on_looked(self, result: Looked, **_: object) -> None:
        host, found = self._host, result.review
        self._looking = False
        if found is None:
            host.log("the settings could not be looked at: %s", result.error, level="WARNING")
            return
        self._memory.put(REVIEW, found, found.reviewed_at)
        self._memory.put(REVIEWED_ON, local_date(found.reviewed_at, host.home.zone), found.reviewed_at)
        for outcome in found.outcomes:
            host.log("%s, %s: %s", outcome.finding.analyzer, outcome.verdict, outcome.text)
        if host.owner_home.reflex.mode == "apply":
            self.apply()

    def _end_dropped(self, now: datetime) -> None:
        """What no longer fits the owner's settings is over, with all changes of the same setting."""
        for dropped in self._host.settled.dropped:
            path = dropped.entry.path
            numbers = [change.number for change in self._changes.active() if change.path == path]
            self._changes.end(numbers, Ending.DROPPED, now, dropped.reason)
            self._host.log("the change of %s does not hold any longer: %s", path, dropped.reason, level="WARNING")

    def _tell(self, changes: tuple[Change, ...], what: str) -> None:
        for change in changes:
            self._host.log("change %s: %s, %s and %s", what, change.path, change.before, change.value)
        if changes:
            self._host.announce_settings()


def gather(
    database: Database, home: HomeSettings, owner_home: HomeSettings, now: datetime, appetite: int | None
) -> Evidence:
    """Everything that the analyzers look at.

    Raises:
        StorageError: the database cannot be read.
    """
    changes = ReflexChanges(database)
    return Evidence(
        home=home,
        owner_home=owner_home,
        now=now,
        observations=Observations(database).between(now - WINDOW, now),
        prices=Prices(database).between(now - WINDOW, now),
        issued=() if home.pv_forecast.source == "history" else tuple(_issued(Forecasts(database), home, now)),
        in_force={path: changes.in_force(path) for path in PATHS},
        helper_appetite=appetite,
    )


def latest_review(database: Database) -> Review | None:
    """What came of the last look, or None where there was none."""
    return Memory(database).get(REVIEW, Review)


def pending(database: Database, home: HomeSettings, now: datetime) -> tuple[Outcome, ...]:
    """The proposals of the last look that still stand."""
    found, history = latest_review(database), ReflexChanges(database).since(now - REST)
    outcomes = () if found is None else (outcome_of(each.finding, home, history, now) for each in found.outcomes)
    return tuple(outcome for outcome in outcomes if outcome.proposal is not None)


def standing(database: Database, home: HomeSettings, now: datetime) -> Standing:
    """The last look, what waits for the owner, and what is in force.

    Raises:
        StorageError: the database cannot be read.
    """
    waiting = () if home.reflex.mode == "off" else pending(database, home, now)
    return Standing(latest_review(database), waiting, ReflexChanges(database).active())


def apply_proposals(
    database: Database, home: HomeSettings, owner_home: HomeSettings, now: datetime, path: str | None = None
) -> tuple[Change, ...]:
    """Make the changes that are proposed, or only that of one setting; returns them with their numbers.

    Raises:
        StorageError: a change was not stored; those before it were.
    """
    changes = ReflexChanges(database)
    return tuple(
        changes.add(_change(outcome, owner_home, now))
        for outcome in pending(database, home, now)
        if path is None or outcome.finding.path == path
    )


def undo(database: Database, number: int, now: datetime) -> tuple[Change, ...]:
    """Take back a change, and the later ones of the same setting, which built on it; returns them, oldest first.

    Nothing is done where it has ended already, or there is no such change.

    Raises:
        StorageError: nothing was changed.
    """
    changes = ReflexChanges(database)
    active = changes.active()
    path = next((change.path for change in active if change.number == number), None)
    ended = tuple(change for change in active if change.path == path and change.number >= number)
    changes.end((change.number for change in ended), Ending.UNDONE, now)
    return ended


def undo_last(database: Database, now: datetime) -> tuple[Change, ...]:
    """Take back the newest change that is in force; nothing where there is none.

    Raises:
        StorageError: nothing was changed.
    """
    active = ReflexChanges(database).active()
    return undo(database, active[-1].number, now) if active else ()


def _change(outcome: Outcome, owner_home: HomeSettings, now: datetime) -> Change:
    path, before, value = outcome.finding.path, *_step(outcome)
    return Change(path, before, value, value_at(owner_home, path), now, outcome.finding)


def _step(outcome: Outcome) -> tuple[SettingValue, SettingValue]:
    proposal = outcome.proposal
    return (None, None) if proposal is None else (proposal.before, proposal.value)


def _issued(forecasts: Forecasts, home: HomeSettings, now: datetime) -> Iterator[tuple[date, Forecast]]:
    """Of each complete local day the last forecast that was issued before it."""
    today = local_date(now, home.zone)
    for age in range(WINDOW.days, 0, -1):
        day = today - timedelta(days=age)
        start, _ = local_day(day, home.zone)
        for forecast in forecasts.issued_between(start - DAY_AHEAD, start, DAY_AHEAD):
            yield day, forecast
