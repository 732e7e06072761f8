"""Past prices as days by time of day, and what they say of the days to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from .day_grid import DAY_CELLS, Cells, Floats
from .price_weights import PriceWeights, weights_at

MEMORY_DAYS = 42
_RECENT_DAYS = 14
_WEEK = 7
_SATURDAY = 5
_THURSDAY = 3
"""Weekday of day 0 (1970-01-01)."""
_ENOUGH_DAYS = 3
"""From as many days on, weekends and working days have a usual day of their own."""
_MOSTLY = 0.5
"""A day counts as known when so much of it is."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What past prices say of one day, by time of day: the usual price, and why it may differ.

    `reasons` has a row per time of day and a column per reason, in the order of the weights. `below` and `above`
    are how far prices of the time of day have lain from their median: to the 10 % and the 90 % quantile.
    """

    usual: Floats
    reasons: Floats
    below: Floats
    above: Floats

    def priced(self, weights: PriceWeights) -> tuple[Floats, Floats, Floats]:
        """The price of each time of day that is undercut with 10, 50 and 90 % probability."""
        median = self.usual + self.reasons @ np.array(weights.reasons)
        spread = np.stack([self.below, self.above])
        return median - np.array(weights.down) @ spread, median, median + np.array(weights.up) @ spread


@dataclass(frozen=True, slots=True)
class PriceDays:
    """Known prices of whole days: a row per day up to the newest, a column per time of day, NaN where unknown.

    `weekday` is that of the last row.
    """

    table: Floats
    weekday: int

    @classmethod
    def until(cls, table: Floats, last: int, weekday: int) -> Self:
        """The days of `table` up to row `last`, which is a `weekday`."""
        return cls(table[max(0, last - MEMORY_DAYS + 1) : last + 1], weekday)

    def clues(self, lead: int) -> Clues:
        """What is known of the day `lead` days after the last one."""
        kinds = self._kinds()
        weekend = (self.weekday + lead) % _WEEK >= _SATURDAY
        usual = self._usual(MEMORY_DAYS, kinds == weekend)
        newest = self.table[-1] - self._usual(_RECENT_DAYS, kinds == kinds[-1])
        level = _mean(newest)
        newest = np.where(np.isfinite(newest), newest, level)
        same_weekday = self._row(lead - _WEEK * -(-lead // _WEEK))
        reasons = (
            self._usual(_RECENT_DAYS, kinds == weekend) - usual,
            newest,
            self._lately(kinds),
            same_weekday - usual,
            np.full_like(usual, _mean(newest[-len(newest) // 4 :])),
        )
        low, middle, high = (_quantile(self.table, share) for share in (0.1, 0.5, 0.9))
        known = [np.where(np.isfinite(reason), reason, 0.0) for reason in reasons]
        return Clues(usual, np.stack(known, axis=1), _filled(middle - low), _filled(high - middle))

    def _lately(self, kinds: npt.NDArray[np.bool_]) -> Floats:
        """Mean difference of the last three days from the usual days of their kinds."""
        differences = [
            self.table[at] - self._usual(MEMORY_DAYS, kinds == kinds[at])
            for at in range(-1, -min(3, len(kinds)) - 1, -1)
        ]
        return _by_time(np.stack(differences))

    def _kinds(self) -> npt.NDArray[np.bool_]:
        """Of each day whether it is on a weekend."""
        back = np.arange(len(self.table) - 1, -1, -1)
        return (self.weekday - back) % _WEEK >= _SATURDAY

    def _usual(self, days: int, chosen: npt.NDArray[np.bool_]) -> Floats:
        """Median by time of day over the chosen ones of the last `days` days; where those are few, over all of them."""
        rows, of_kind = self.table[-days:], chosen[-days:]
        median = _quantile(rows[of_kind] if of_kind.sum() >= _ENOUGH_DAYS else rows, 0.5)
        return np.where(np.isfinite(median), median, np.nanmedian(self.table))

    def _row(self, back: int) -> Floats:
        """The day that is `back` days (0 or less) from the last one; NaN where there is none."""
        at = len(self.table) - 1 + back
        return self.table[at] if at >= 0 else np.full(self.table.shape[1], np.nan)


def lay_out(cells: Cells, prices: Floats) -> tuple[Floats, int]:
    """Prices of quarter-hours, oldest first, as a table of days; also says which day (since 1970) its last row is.

    The newest day of which at least half is known is the last row, or where there is none the newest of all;
    what is known after it teaches nothing.
    """
    first = int(cells[0] // DAY_CELLS)
    days, quarters = cells // DAY_CELLS - first, cells % DAY_CELLS
    counts = np.bincount(days)
    whole = np.flatnonzero(counts >= DAY_CELLS * _MOSTLY)
    rows = int(whole[-1] if len(whole) else len(counts) - 1) + 1
    table = np.full((rows, DAY_CELLS), np.nan)
    kept = days < rows
    table[days[kept], quarters[kept]] = prices[kept]
    return table, first + rows - 1


def weekday_of(day: int) -> int:
    """Weekday of a day numbered since 1970-01-01: 0 is Monday."""
    return (day + _THURSDAY) % _WEEK


def forecast_days(days: PriceDays, leads: Sequence[int]) -> dict[int, tuple[Floats, Floats, Floats]]:
    """Per lead in days the p10, p50 and p90 by time of day; a hole in a known day is filled as the day after it."""
    return {lead: days.clues(max(lead, 1)).priced(weights_at(lead)) for lead in leads}


def _by_time(rows: Floats) -> Floats:
    known = np.isfinite(rows)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _filled(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, _mean(values))


def _quantile(rows: Floats, share: float) -> Floats:
    """Quantile of each column without its NaN, between neighbours linearly; NaN for a column without any number."""
    ordered = np.sort(rows, axis=0)
    counts = np.isfinite(ordered).sum(axis=0)
    place = share * np.maximum(counts - 1, 0)
    lower = place.astype(np.intp)
    upper = np.minimum(lower + 1, np.maximum(counts - 1, 0))
    columns = np.arange(rows.shape[1])
    below, above = ordered[lower, columns], ordered[upper, columns]
    return np.asarray(below + (place - lower) * (above - below), dtype=np.float64)
