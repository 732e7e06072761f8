"""How far a slot's energy may lie from its mean: the model's own bands, else quantiles of the past days."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from .calibration import QUANTILES
from .day_grid import Cells, Floats, Pieces
from .quantity import QuantityModel


def bands_kwh(
    model: QuantityModel, issued_at: datetime, pieces: Pieces, cells: Cells, far_days: tuple[float, float]
) -> Floats:
    """Rows p10, p50, p90 and what the model expects of the energy of each slot; `cells` are those of the pieces.

    Where the model has no bands of its own they come from past days. `far_days`, a low and a high day as multiples of
    the mean, count as one more day each then: they widen a band that rests on few days, and are all there
    is without history.
    """
    mean = pieces.energy_kwh(model.expected_kw(issued_at, cells))
    own = model.bands_kw(issued_at, cells)
    if own is not None:
        return np.vstack([pieces.energy_kwh(own), mean])
    low_day, high_day = far_days
    days = pieces.energy_kwh(model.samples_kw(issued_at, cells))
    high = np.minimum(mean * high_day, pieces.energy_kwh(model.ceiling_kw(cells)))
    samples = np.sort(np.vstack([days, mean * low_day, high]), axis=0)
    low, middle, high = (_quantile(samples, share) for share in QUANTILES)
    low, high = np.minimum(low, mean), np.maximum(high, mean)
    return np.stack([low, np.clip(middle, low, high), high, mean])


def _quantile(ordered: Floats, share: float) -> Floats:
    """Quantile of each column of samples in rising order, NaN last; linear between neighbours."""
    last = np.isfinite(ordered).sum(axis=0) - 1
    position = share * last
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, last)
    low, high = (np.take_along_axis(ordered, at[None, :], axis=0)[0] for at in (below, above))
    return np.asarray(low + (position - below) * (high - low), dtype=np.float64)
