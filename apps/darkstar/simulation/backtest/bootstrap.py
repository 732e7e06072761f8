"""How sure a difference between two runs is, given that neighbouring days resemble each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLOCK_DAYS = 7
"""Days that are drawn together: a whole week, so that weekday and weather stay."""
DRAWS = 2000
_SEED = 7
_TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Spread:
    """A sum over all days, and the range that holds it with 95 % confidence."""

    total: float
    low: float
    high: float


def total_spread(by_day: Sequence[float] | npt.NDArray[np.float64]) -> Spread:
    """The sum of daily differences with its moving-block bootstrap interval; the same for the same days.

    Circular blocks of seven days (Politis and Romano 1992) are drawn with replacement until the number of
    days is reached; days from the period's end go on at its start, so that all days weigh the same.
    """
    days = np.asarray(by_day, dtype=np.float64)
    count = len(days)
    blocks = -(-count // BLOCK_DAYS)
    starts = np.random.default_rng(_SEED).integers(0, count, size=(DRAWS, blocks))
    drawn = (starts[:, :, None] + np.arange(BLOCK_DAYS)).reshape(DRAWS, -1)[:, :count] % count
    low, high = np.quantile(days[drawn].sum(axis=1), _TAILS)
    return Spread(float(days.sum()), float(low), float(high))
