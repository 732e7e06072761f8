"""What the trainer app does about training: whether it is time, what came of it, what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..forecast.training import Quantity
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..learning.level import level_of, skills
from ..learning.progress import PROGRESS, Answer, Progress
from ..learning.schedule import TrainingState, cleared, failed, is_due, next_run, started, succeeded, without_data
from ..storage.database import Database
from ..storage.memory import Memory
from ..storage.trainings import Trainings
from .process import TrainingAnswer, TrainingOrder
from .run import measured_days, missing_data
from .trained_models import model_files

STATE = "trainer.training"
ANSWER = "trainer.answer"
_UNHEARD = timedelta(minutes=5)
"""So long after its time limit a training that was not heard of again counts as over."""
BASELINES = {Quantity.LOAD: "mean of 7 days", Quantity.PV: "mean of 7 days", Quantity.PRICE: "price_week_mean"}
"""The models that skill is measured against."""


class NoTrainingError(RuntimeError):
    """No training can begin; the message says why."""


class TrainingDesk:
    """Keeps the books of training in the database. Who runs the process is the app."""

    def __init__(self, home: HomeSettings, database: Database) -> None:
        self.home = home
        self.database = database
        self.memory = Memory(database)
        self.trainings = Trainings(database)
        self._files = model_files(database.path.parent, home)
        self._running_until: datetime | None = None

    def is_running(self, now: datetime) -> bool:
        """Whether a training runs. One whose end was never heard of is over when its time is."""
        return self._running_until is not None and now < self._running_until

    def is_due(self, now: datetime) -> bool:
        """Whether the schedule wants a training now."""
        return not self.is_running(now) and is_due(self._state(), now, self.home.learning, self.home.zone)

    def begin(self, now: datetime) -> TrainingOrder:
        """An attempt begins: what is to be done.

        Raises:
            NoTrainingError: one runs already, or there is nothing to train from.
        """
        if self.is_running(now):
            msg = "a training is running already"
            raise NoTrainingError(msg)
        state, missing = self._state(), missing_data(measured_days(self.database, self.home, now))
        if missing:
            self._keep(without_data(state, missing), now)
            raise NoTrainingError(missing)
        self._keep(started(state, now), now)
        self._files = model_files(self.database.path.parent, self.home)  # the code may have been updated since
        limit = timedelta(minutes=self.home.learning.time_limit_minutes)
        self._running_until = now + limit + _UNHEARD
        return TrainingOrder(
            home_json=self.home.model_dump_json(exclude={"notifications"}, exclude_unset=True),
            database=self.database.path,
            limit_s=limit.total_seconds(),
        )

    def finish(self, answer: TrainingAnswer, now: datetime) -> str:
        """An attempt has ended: keep what came of it, and say it."""
        self._running_until = None
        state = self._state()
        if answer.no_data:
            self._keep(without_data(state, answer.no_data), now)
            return f"not trained: {answer.no_data}"
        error = answer.error or self._fault_of_newest()
        if error or answer.training is None:
            self._keep(failed(state, error or "it brought no models"), now)
            return f"training failed: {error}"
        self.trainings.save(answer.training)
        self._keep(succeeded(state, now), now)
        verdicts = "; ".join(f"{each.quantity}: {each.champion} ({each.reason})" for each in answer.training.verdicts)
        return f"trained from {answer.training.days:.0f} days in {answer.training.seconds:.0f} s; {verdicts}"

    def clear(self, now: datetime) -> str:
        """Put the trained models aside: the simple forecasters serve until the next training; what came of it.

        Raises:
            OSError: the files cannot be moved.
        """
        aside = self._files.clear(now)
        if aside is None:
            return "there are no trained models to clear"
        self._keep(cleared(self._state(), now), now)
        return f"the trained models are put aside in {aside.name}: the simple forecasters serve until the next training"

    def answer(self, text: str, now: datetime) -> None:
        """Keep what came of a wish or of a training, for the owner to see."""
        self.memory.put(ANSWER, Answer(text, now), now)

    def problems(self, now: datetime) -> tuple[Problem, ...]:
        """A training that failed, with its cause and the next try."""
        state = self._state()
        if self.is_running(now) or not state.cause:
            return ()
        again = next_run(state, now, self.home.learning, self.home.zone)
        when = f"Next try at {again.astimezone(self.home.zone):%a %H:%M}" if again else "There is no next try"
        problem = Problem(
            "training_failed",
            Severity.WARNING,
            state.started_at or now,
            f"The forecasting models could not be trained ({state.failures} times in a row): {state.cause}",
            f"{when}; the forecasters so far serve. Mend the cause, then press the button 'train now'. If it was out "
            "of memory or time, lower learning.max_history_days or raise learning.time_limit_minutes.",
        )
        return (problem,)

    def progress(self, now: datetime) -> Progress:
        """What has been learned, and when more will be; kept for the pages."""
        state, has_models = self._state(), self._has_models()
        days = measured_days(self.database, self.home, now)
        training = self.trainings.latest() if has_models else None
        since = {quantity: change.at for quantity, change in self.trainings.serving_since().items()}
        progress = Progress(
            level=level_of(days, has_models=has_models),
            days=days,
            state=self._words(state, now, has_models=has_models),
            running=self.is_running(now),
            next_training=next_run(state, now, self.home.learning, self.home.zone),
            training=training,
            skills=skills(training, since, BASELINES),
            answer=self.memory.get(ANSWER, Answer),
        )
        self.memory.put(PROGRESS, progress, now)
        return progress

    def _words(self, state: TrainingState, now: datetime, *, has_models: bool) -> str:
        if self.is_running(now):
            return "training"
        if state.no_data:
            return f"waiting for data: {state.no_data}"
        if state.cause:
            return f"failed: {state.cause}"
        if has_models:
            return "trained"
        return "not trained yet"

    def _state(self) -> TrainingState:
        """How training has gone; what brought models that cannot be used any more was no success."""
        state = self.memory.get(STATE, TrainingState) or TrainingState()
        return state if self._has_models() else replace(state, succeeded_at=None)

    def _keep(self, state: TrainingState, now: datetime) -> None:
        self.memory.put(STATE, state, now)

    def _has_models(self) -> bool:
        return any(not self._files.fault(path) for path in self._files.newest_first())

    def _fault_of_newest(self) -> str:
        newest = self._files.newest_first()[:1]
        return self._files.fault(newest[0]) if newest else "it left no file of models"
