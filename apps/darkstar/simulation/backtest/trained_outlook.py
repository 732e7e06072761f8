"""What Darkstar expects with models that are trained on the way, as the trainer app does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from ...forecast.bands import Context
from ...forecast.train import train
from ...forecast.trained import TrainedModels
from ...home.observation import Observation
from ...home.settings import HomeSettings
from ...home.slots import Slot
from ...learning.level import STATISTICIAN_DAYS, days_with_data
from ...pipeline import NOTHING_MORE, Outlook, foresee


class TrainedOutlook:
    """An `outlooks.Seer` that trains its models every so often, from what it has been shown until then.

    It serves one agent: it remembers what that has measured, since training looks further back than a forecast.
    `past` was measured before it began.
    """

    def __init__(self, every: timedelta, past: Sequence[Observation] = ()) -> None:
        self._every = every
        self._past = list(past)
        self._models: TrainedModels | None = None

    def __call__(
        self, home: HomeSettings, now: datetime, history: Sequence[Observation], context: Context = NOTHING_MORE
    ) -> Outlook:
        """What to expect from `now` on by the models of the last training; `history` is what was measured before."""
        self._remember(history)
        if self._is_due(home, now):
            self._train(home, now)
        return foresee(home, now, history, context, self._models)

    def _remember(self, history: Sequence[Observation]) -> None:
        newest = self._past[-1].start if self._past else None
        unseen = list(takewhile(lambda row: newest is None or row.start > newest, reversed(history)))
        self._past.extend(reversed(unseen))

    def _is_due(self, home: HomeSettings, now: datetime) -> bool:
        if self._models is not None:
            return now - self._models.made_at >= self._every
        measured = (Slot(row.start, row.hours) for row in self._past if row.load_kwh is not None)
        return days_with_data(measured, home.zone) >= STATISTICIAN_DAYS

    def _train(self, home: HomeSettings, now: datetime) -> None:
        oldest = now - timedelta(days=home.learning.max_history_days)
        self._past = [row for row in self._past if row.start >= oldest]
        _, self._models = train(home, self._past, NOTHING_MORE, now, self._models)
