"""When the models are trained: fixed local times, one catch-up after a pause, back-off after failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.learning import LearningSettings
from ..home.slots import local_date

BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
"""Pauses after the first, second, ... failure in a row; the last one holds for all that follow."""
_WEEK = range(-8, 9)


@dataclass(frozen=True, slots=True)
class TrainingState:
    """How training has gone so far.

    `failures` counts attempts since the last success, the running one too: an attempt that never came to
    its end, because the power went, is one that failed. `cause` says why the last one failed, `no_data`
    why there was nothing to train from. `cleared_at` is when the owner threw the models away.
    """

    succeeded_at: datetime | None = None
    started_at: datetime | None = None
    cleared_at: datetime | None = None
    failures: int = 0
    cause: str = ""
    no_data: str = ""


def started(state: TrainingState, now: datetime) -> TrainingState:
    """An attempt begins."""
    return replace(state, started_at=now, failures=state.failures + 1, no_data="")


def succeeded(state: TrainingState, now: datetime) -> TrainingState:
    """The attempt has brought models."""
    return TrainingState(succeeded_at=now, started_at=state.started_at, cleared_at=state.cleared_at)


def failed(state: TrainingState, cause: str) -> TrainingState:
    """The attempt has brought nothing."""
    return replace(state, cause=cause)


def without_data(state: TrainingState, reason: str) -> TrainingState:
    """There is nothing to train from: neither a success nor a failure."""
    return replace(state, failures=0, cause="", no_data=reason)


def cleared(state: TrainingState, now: datetime) -> TrainingState:
    """The models are gone because the owner wanted it: the next training is the next one on schedule."""
    return TrainingState(cleared_at=now, started_at=state.started_at)


def last_due(now: datetime, settings: LearningSettings, zone: ZoneInfo) -> datetime | None:
    """The newest time of training that is not after `now`; None without `run_days`."""
    return max((due for due in _around(now, settings, zone) if due <= now), default=None)


def next_due(now: datetime, settings: LearningSettings, zone: ZoneInfo) -> datetime | None:
    """The first time of training after `now`; None without `run_days`."""
    return min((due for due in _around(now, settings, zone) if due > now), default=None)


def next_run(state: TrainingState, now: datetime, settings: LearningSettings, zone: ZoneInfo) -> datetime | None:
    """When to train next; `now` when a training is due, None when there will be none.

    One that was due since the last success, or since the start of all, is made up for once.
    """
    last = last_due(now, settings, zone)
    if last is None or not settings.enabled:
        return None
    done = max(filter(None, (_past(state.succeeded_at, now), _past(state.cleared_at, now))), default=None)
    wanted = now if done is None or done < last else next_due(now, settings, zone)
    attempt = _past(state.started_at, now)
    if wanted is None or attempt is None or not state.failures:
        return wanted
    return max(wanted, attempt + BACK_OFF[min(state.failures, len(BACK_OFF)) - 1])


def is_due(state: TrainingState, now: datetime, settings: LearningSettings, zone: ZoneInfo) -> bool:
    """Whether to train now."""
    run = next_run(state, now, settings, zone)
    return run is not None and run <= now


def _around(now: datetime, settings: LearningSettings, zone: ZoneInfo) -> list[datetime]:
    """The times of training of the week before and the week after, in UTC.

    A local time that a clock change skips lies as much later as the clocks went forward; of one that
    comes twice the first counts.
    """
    today = local_date(now, zone)
    days = [today + timedelta(days=offset) for offset in _WEEK]
    return [
        datetime.combine(day, settings.run_time, zone).astimezone(UTC)
        for day in days
        if day.weekday() in settings.run_days
    ]


def _past(stamp: datetime | None, now: datetime) -> datetime | None:
    """A time after `now` was written by a clock that was wrong, and says nothing."""
    return stamp if stamp is not None and stamp <= now else None
