"""How far a slot's energy may lie from its mean: quantiles of the past days."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from .day_grid import Cells, Floats, Pieces
from .quantity import QuantityModel

_LOW, _HIGH = 0.1, 0.9


def bands_kwh(
    model: QuantityModel, issued_at: datetime, pieces: Pieces, cells: Cells, far_days: tuple[float, float]
) -> Floats:
    """Rows p10, p50 (what the model expects) and p90 of the energy of each slot; `cells` are those of the pieces.

    `far_days`, a low and a high day as multiples of the mean, count as one more day each: they widen a
    band that rests on few days, and are all there is without history.
    """
    low_day, high_day = far_days
    p50 = pieces.energy_kwh(model.expected_kw(issued_at, cells))
    days = pieces.energy_kwh(model.samples_kw(issued_at, cells))
    high = np.minimum(p50 * high_day, pieces.energy_kwh(model.ceiling_kw(cells)))
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
