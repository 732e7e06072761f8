"""p10, p50 and p90 around what a model expects, from how its own forecasts came out.

A forecast's quantiles are those of measured over expected power of the forecasts before it, at this time of day and so
far ahead. They rest on forecasts that were issued before the answer was known, so as many slots lie between p10
and p90 as should, however good the model is on what it has learned from (split conformal prediction).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from .day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats
from .slot_mean import Issues

QUANTILES = (0.1, 0.5, 0.9)

_LEAD_CELLS = (0, 2 * CELLS_PER_HOUR, 6 * CELLS_PER_HOUR, 24 * CELLS_PER_HOUR)
"""Where the groups of hours ahead begin."""
_AROUND_CELLS = CELLS_PER_HOUR
"""Quarter-hours to either side that tell about a time of day."""
_LEAST_SHARE = 0.05
"""Of the mean power: less counts as so much, or ratios would be without bounds."""
_FEWEST = 40
"""With fewer forecasts a time of day takes the quantiles of the whole day."""


@dataclass(frozen=True, slots=True)
class BandTable:
    """Quantiles as multiples of the expected power, but at least `least_kw`: (quantile, group, quarter-hour)."""

    factors: Floats
    least_kw: float

    @classmethod
    def of(cls, issues: Issues, offsets: Cells, expected_kw: Floats, measured_kw: Floats) -> Self | None:
        """From past forecasts (issue, offset), NaN where unknown; None when there are too few."""
        known = np.isfinite(expected_kw) & np.isfinite(measured_kw) & ((expected_kw > 0) | (measured_kw > 0))
        if known.sum() < _FEWEST:
            return None
        least = _LEAST_SHARE * float(expected_kw[known].mean())
        ratio = measured_kw[known] / np.maximum(expected_kw[known], max(least, np.finfo(float).tiny))
        time = ((issues.cells[:, None] + offsets) % DAY_CELLS)[known]
        group = np.broadcast_to(_group_of(offsets), known.shape)[known]
        whole = np.quantile(ratio, QUANTILES)
        factors = [_by_time(time[group == each], ratio[group == each], whole) for each in range(len(_LEAD_CELLS))]
        return cls(np.stack(factors, axis=1), least)

    def bands_kw(self, cells: Cells, offsets: Cells, expected_kw: Floats, ceiling_kw: Floats) -> Floats:
        """Rows p10, p50, p90 of the power in `cells`, which lie `offsets` after the issue."""
        factors = self.factors[:, _group_of(offsets), cells % DAY_CELLS]
        return np.minimum(factors * np.maximum(expected_kw, self.least_kw), ceiling_kw)


def _group_of(offsets: Cells) -> Cells:
    return np.searchsorted(np.array(_LEAD_CELLS), offsets, side="right") - 1


def _by_time(time: Cells, ratio: Floats, whole: Floats) -> Floats:
    """Quantiles (rows) by quarter-hour of the day."""
    day = np.quantile(ratio, QUANTILES) if len(ratio) >= _FEWEST else whole
    by_time = np.repeat(day[:, None], DAY_CELLS, axis=1)
    order = np.argsort(time, kind="stable")
    around = np.concatenate([time[order] + shift for shift in (-DAY_CELLS, 0, DAY_CELLS)])
    thrice = np.tile(ratio[order], 3)
    quarters = np.arange(DAY_CELLS)
    begin = np.searchsorted(around, quarters - _AROUND_CELLS, side="left")
    end = np.searchsorted(around, quarters + _AROUND_CELLS, side="right")
    for quarter in np.flatnonzero(end - begin >= _FEWEST).tolist():
        by_time[:, quarter] = np.quantile(thrice[begin[quarter] : end[quarter]], QUANTILES)
    return by_time
