"""How far a slot's energy may lie from its mean: quantiles of the past days."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from .day_grid import Floats, Pieces, cells_at
from .slot_mean import SlotMean

_LOW, _HIGH = 0.1, 0.9


def bands_kwh(mean: SlotMean, issued_at: datetime, pieces: Pieces, low_day: float, high_day: float) -> Floats:
    """Rows p10, p50 (the mean) and p90 of the energy of each slot.

    `low_day` and `high_day`, as multiples of the mean, count as one more day each: they widen a band
    that rests on few days, and are all there is without history.
    """
    cells = cells_at(pieces.epoch_s, mean.grid.zone)
    p50 = pieces.energy_kwh(mean.expected_kw(issued_at, cells))
    days = pieces.energy_kwh(mean.samples_kw(issued_at, cells))
    high = np.minimum(p50 * high_day, pieces.energy_kwh(mean.ceiling_kw(cells)))
    samples = np.sort(np.vstack([days, p50 * low_day, high]), axis=0)
    return np.stack([np.minimum(_quantile(samples, _LOW), p50), p50, np.maximum(_quantile(samples, _HIGH), p50)])


def _quantile(ordered: Floats, share: float) -> Floats:
    """Quantile of each column of samples in rising order, NaN last; linear between neighbours."""
    last = np.isfinite(ordered).sum(axis=0) - 1
    position = share * last
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, last)
    low, high = (np.take_along_axis(ordered, at[None, :], axis=0)[0] for at in (below, above))
    return np.asarray(low + (position - below) * (high - low), dtype=np.float64)
