"""What load depends on, as far as it is known when a forecast is issued: the rows that models learn from.

A feature is a power in kW, a part of the calendar, or a change of temperature. What the past does not tell is filled
with the mean of the week, so a forecast of any slot of the next seven days has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .candidates import Material
from .day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats, is_weekend
from .slot_mean import WEEK_CELLS, Issues, Past
from .temperatures import Temperatures

DAYS = 28
"""How far back a row looks."""
CLOCK_FEATURES = 3
"""The last features of a row are weekday, quarter-hour and hours ahead: for trees, not for a linear model."""

_MEAN_DAYS = (3, 7, 14, DAYS)
_LEVEL_DAYS = (1, 2, 3, 7, DAYS)
_LAST_CELLS = (1, 2, 4, 8, 16)
_RECENT_CELLS = 3 * CELLS_PER_HOUR
_WIDTHS = (2, 4, 8, 16)
"""Quarter-hours to either side that a smoothed profile averages."""
_HARMONICS = (1, 2, 3)
_RATIO_LIMITS = (0.0, 3.0)
_RECENT_LIMITS = (-1.0, 2.0)
_RATIO_PULL = 0.2
"""Share of the mean power added to what a ratio is taken of, so that quiet hours say little."""
_DECAYS_HOURS = (2.0, 3.0)
"""How the last hours lose their meaning."""
_QUIET_SHARE = 6
"""One quarter-hour of so many, the lowest ones: what always runs."""
_LEAST_KW = 0.05
_FARTHEST_HOURS = 48.0
_THURSDAY = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Forecasts of slots: what the weighted same-slot mean expects in kW, and the features along one more axis."""

    base_kw: Floats
    values: npt.NDArray[np.float32]


class LoadFeatures:
    """Makes the rows of one home's forecasts."""

    def __init__(self, material: Material) -> None:
        self._mean = material.mean
        self._days_off = np.array(sorted(material.days_off), dtype=np.int64)
        self._temperatures = Temperatures.of(material.weather)

    def of(self, issues: Issues, offsets: Cells) -> Rows:
        """Rows of forecasts issued then, of the cells `offsets` after each: (issue, offset)."""
        base = self._mean.issued_kw(issues, offsets)
        features = [np.broadcast_to(each, base.shape) for each in self._features(issues, offsets, base)]
        return Rows(base, np.stack(features, axis=-1, dtype=np.float32))

    def _features(self, issues: Issues, offsets: Cells, base: Floats) -> Iterator[Floats]:
        targets = issues.cells[:, None] + offsets
        rest = self._is_rest(targets)
        past = self._mean.past(issues, DAYS)
        profile = self._mean.issued_kw(issues, np.arange(DAY_CELLS))
        days = _PastDays.of(past, profile)
        yield base
        yield from days.at_time_of_day(offsets)
        yield from days.at_weekday(offsets)
        yield days.of_kind(self._is_rest(issues.cells[:, None] + np.arange(-DAYS * DAY_CELLS, 0)), rest, offsets)
        yield from days.levels(base)
        yield from days.recent(base, offsets / CELLS_PER_HOUR)
        yield from self._temperatures.changes(issues.at_s, offsets)
        yield rest.astype(np.float64)
        yield rest * base
        angle = 2 * np.pi * (targets % DAY_CELLS) / DAY_CELLS
        for harmonic in _HARMONICS:
            yield np.sin(harmonic * angle)
            yield np.cos(harmonic * angle)
        yield ((targets // DAY_CELLS + _THURSDAY) % 7).astype(np.float64)
        yield (targets % DAY_CELLS).astype(np.float64)
        yield np.minimum(offsets / CELLS_PER_HOUR, _FARTHEST_HOURS)

    def _is_rest(self, cells: Cells) -> npt.NDArray[np.bool_]:
        return is_weekend(cells) | np.isin(cells // DAY_CELLS, self._days_off)


@dataclass(frozen=True, slots=True)
class _PastDays:
    """The days before each issue: power and whether it is known (issue, day, quarter-hour), gaps filled in `filled`.

    Days are counted back from the issue: the last one ends with it.
    """

    power_kw: Floats
    known: npt.NDArray[np.bool_]
    profile_kw: Floats
    filled: Floats

    @classmethod
    def of(cls, past: Past, profile_kw: Floats) -> _PastDays:
        shape = (len(past.power_kw), DAYS, DAY_CELLS)
        power, known = past.power_kw.reshape(shape), past.known.reshape(shape)
        week = _mean(power[:, -7:], known[:, -7:], profile_kw)
        return cls(power, known, profile_kw, np.where(known, power, week[:, None]))

    def at_time_of_day(self, offsets: Cells) -> Iterator[Floats]:
        """Means, quantiles and smoothed profiles of the past days at the time of each target."""
        means = {days: _mean(self.power_kw[:, -days:], self.known[:, -days:], self.profile_kw) for days in _MEAN_DAYS}
        ordered = np.sort(self.filled, axis=1)
        middle = ordered[:, DAYS // 2]
        yesterday, before = self.filled[:, -1], self.filled[:, -2]
        error, both = yesterday - self.profile_kw, (yesterday + before) / 2 - self.profile_kw
        profiles = [
            *means.values(),
            yesterday,
            before,
            *(_smooth(self.profile_kw, width) for width in _WIDTHS),
            _smooth(means[7], 4),
            *(_smooth(means[DAYS], width) for width in (4, 8)),
            *(_smooth(yesterday, width) for width in (4, 12)),
            _smooth(before, 4),
            *(_smooth(each, 8) for each in (error, both)),
            middle,
            _smooth(middle, 4),
            *(ordered[:, int(share * DAYS)] for share in (0.1, 0.9)),
        ]
        column = offsets % DAY_CELLS
        for profile in profiles:
            yield profile[:, column]

    def at_weekday(self, offsets: Cells) -> Iterator[Floats]:
        """The same slot a week before the target, and its mean over the weeks, also smoothed."""
        path = self.filled.reshape(len(self.filled), -1)
        at = path.shape[1] + offsets - WEEK_CELLS * np.arange(1, DAYS // 7 + 1)[:, None]
        weeks = path[:, at]
        yield weeks[:, 0]
        yield weeks.mean(axis=1)
        yield _smooth(path, 4)[:, at].mean(axis=1)

    def of_kind(self, was_rest: npt.NDArray[np.bool_], rest: npt.NDArray[np.bool_], offsets: Cells) -> Floats:
        """Mean over the past days of the target's kind: of work, or of rest."""
        column = offsets % DAY_CELLS
        of_rest = was_rest.reshape(self.known.shape)
        by_kind = [_mean(self.power_kw, self.known & kind, self.profile_kw)[:, column] for kind in (~of_rest, of_rest)]
        return np.where(rest, by_kind[1], by_kind[0])

    def levels(self, base: Floats) -> Iterator[Floats]:
        """Means of whole days, and what always runs; and how the last ones differ, on what is expected."""
        daily = self.filled.mean(axis=2)
        levels = {days: daily[:, -days:].mean(axis=1)[:, None] for days in (*_LEVEL_DAYS, 14)}
        for days in _LEVEL_DAYS:
            yield levels[days]
        yield (daily[:, -1] - daily[:, -2])[:, None]
        for days, among in ((1, 7), (3, 14)):
            yield np.clip(levels[days] / np.maximum(levels[among], _LEAST_KW), *_RATIO_LIMITS) * base
        for count in (1, 7):
            lowest = np.sort(self.filled[:, -count:].reshape(len(self.filled), -1), axis=1)
            yield lowest[:, : count * DAY_CELLS // _QUIET_SHARE].mean(axis=1)[:, None]

    def recent(self, base: Floats, lead_hours: Floats) -> Iterator[Floats]:
        """The last hours, and their error, as it lasts."""
        newest, profile = self.filled[:, -1], self.profile_kw
        for cells in _LAST_CELLS:
            yield newest[:, -cells:].mean(axis=1)[:, None]
        hour, hours = (
            (newest - profile)[:, -cells:].mean(axis=1)[:, None] for cells in (CELLS_PER_HOUR, _RECENT_CELLS)
        )
        usual = profile[:, -_RECENT_CELLS:].mean(axis=1) + _RATIO_PULL * profile.mean(axis=1)
        ratio = np.clip(hours / np.where(usual > 0, usual, np.inf)[:, None], *_RECENT_LIMITS) * base
        short, long = (np.exp(-lead_hours / decay) for decay in _DECAYS_HOURS)
        yield hour
        yield hours
        yield hour * short
        yield ratio
        yield ratio * long


def _mean(power_kw: Floats, counted: npt.NDArray[np.bool_], otherwise: Floats) -> Floats:
    """Mean over the days that are counted; `otherwise` where there is none."""
    count = counted.sum(axis=1)
    total = np.where(counted, power_kw, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _smooth(power_kw: Floats, width: int) -> Floats:
    """Means over the cells up to `width` away (last axis), around its ends."""
    around = np.concatenate([power_kw[..., -width - 1 :], power_kw, power_kw[..., :width]], axis=-1)
    total = np.cumsum(around, axis=-1)
    count = 2 * width + 1
    return np.asarray((total[..., count:] - total[..., :-count]) / count, dtype=np.float64)
