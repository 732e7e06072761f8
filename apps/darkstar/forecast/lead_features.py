"""What the ridge looks at: the recent errors of the same-slot mean, by the hours ahead.

Hours are counted from the issue time. A feature is a power in kW; all are zero where the past was as
the mean expects it, so a model without a constant falls back to the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from .day_grid import CELLS_PER_HOUR, Floats
from .slot_mean import Issues, SlotMean

LEAD_HOURS = 48
_DAY_HOURS = 24
_LEADS = np.arange(LEAD_HOURS)
_PAST_DAYS = 2

_RECENT_HOURS = (1, 3)
_DECAY = np.exp(-_LEADS / 3.0)
"""How the last hours lose their meaning."""
_SMOOTH_HOURS = (1, 2)
_RATIO_PULL = 0.5
"""Hours of mean power added to both sides of a ratio, so that dawn says little."""
_RATIO_LIMITS = (-1.0, 2.0)


@dataclass(frozen=True, slots=True)
class LeadHours:
    """Hours ahead of issue times: what the mean expects in kW (issue, lead), and features (issue, lead, feature)."""

    expected_kw: Floats
    features: Floats

    @classmethod
    def of(cls, mean: SlotMean, issues: Issues) -> Self:
        """Look at the past of each issue as it was known then."""
        cells = mean.issued_kw(issues, np.arange(LEAD_HOURS * CELLS_PER_HOUR))
        expected = hourly_kw(cells)
        day = cells[:, : _DAY_HOURS * CELLS_PER_HOUR]
        errors = _errors_kw(mean, issues, day)
        features = [np.broadcast_to(each, expected.shape) for each in _features(expected, errors)]
        return cls(expected, np.stack(features, axis=-1))


def hourly_kw(power_kw: Floats) -> Floats:
    """Means over hours of quarter-hours (last axis)."""
    return np.asarray(power_kw.reshape(*power_kw.shape[:-1], -1, CELLS_PER_HOUR).mean(axis=-1), dtype=np.float64)


def _errors_kw(mean: SlotMean, issues: Issues, day_kw: Floats) -> Floats:
    """Measured less expected power by day back (newest first) and hour; zero where nothing was known."""
    past = mean.past(issues, _PAST_DAYS)
    shape = (len(issues.cells), _PAST_DAYS, _DAY_HOURS, CELLS_PER_HOUR)
    known = past.known.reshape(shape)
    error = np.where(known, past.power_kw.reshape(shape) - day_kw.reshape(-1, 1, *shape[2:]), 0.0)
    return np.asarray(error.sum(axis=-1) / np.maximum(known.sum(axis=-1), 1), dtype=np.float64)[:, ::-1]


def _features(expected: Floats, errors: Floats) -> Iterator[Floats]:
    day, newest = expected[:, :_DAY_HOURS], errors[:, 0]
    at_lead = _LEADS % _DAY_HOURS
    yield newest[:, at_lead]
    yield _smooth(errors.mean(axis=1), _SMOOTH_HOURS[-1])[:, at_lead]
    for width in _SMOOTH_HOURS:
        yield (_smooth(day, width) - day)[:, at_lead]
    for hours in (*_RECENT_HOURS, _DAY_HOURS):
        error = newest[:, -hours:].mean(axis=1, keepdims=True)
        usual = day[:, -hours:].mean(axis=1, keepdims=True) + _RATIO_PULL / hours * day.mean(axis=1, keepdims=True)
        ratio = np.clip(error / np.where(usual > 0, usual, np.inf), *_RATIO_LIMITS)
        for lasting in (error, ratio * expected):
            yield lasting
            if hours in _RECENT_HOURS:
                yield lasting * _DECAY


def _smooth(by_hour: Floats, width: int) -> Floats:
    """Means over the hours up to `width` away, around the clock."""
    moved = [np.roll(by_hour, shift, axis=1) for shift in range(-width, width + 1)]
    return np.asarray(np.mean(moved, axis=0), dtype=np.float64)
