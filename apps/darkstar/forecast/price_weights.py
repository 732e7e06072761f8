"""How much each clue of past prices counts, by days after the last known one.

Learned from the day-ahead prices of Germany and Luxembourg of 2023 and 2024 by least absolute errors. They hold in
other zones, years and currencies as they are, because every clue is a difference of prices; weights learned from
the home's own prices were no better. `python -m darkstar prices FILE --learn` makes the table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceWeights:
    """Shares that are added up: `reasons` for the median, `down` and `up` for the 10 % and the 90 % quantile.

    `reasons`, each as its difference from the usual price: the last two weeks, the newest day at that time, the
    last three days, the same weekday before, and the newest day's evening.
    `down` and `up` count two distances: how far past prices lay below, and above, their median.
    """

    reasons: tuple[float, ...]
    down: tuple[float, ...]
    up: tuple[float, ...]


LEADS = (
    PriceWeights((0.39, 0.12, 0.19, 0.05, 0.33), (0.48, 0.47), (0.20, 0.55)),
    PriceWeights((0.28, 0.05, 0.20, 0.04, 0.11), (0.61, 0.48), (0.25, 0.57)),
    PriceWeights((0.30, 0.07, 0.13, 0.03, 0.08), (0.64, 0.49), (0.25, 0.58)),
    PriceWeights((0.32, 0.04, 0.06, 0.04, 0.11), (0.66, 0.49), (0.25, 0.59)),
    PriceWeights((0.26, -0.01, 0.08, 0.05, 0.09), (0.68, 0.49), (0.26, 0.58)),
    PriceWeights((0.22, 0.00, 0.07, 0.06, 0.05), (0.66, 0.53), (0.27, 0.59)),
    PriceWeights((0.18, 0.03, 0.09, 0.06, 0.05), (0.64, 0.55), (0.30, 0.57)),
)
"""Of the first day after the last known one, of the second, and so on."""


def weights_at(lead: int) -> PriceWeights:
    """The weights for the day that is `lead` days after the last known one; far days count as the farthest learned."""
    return LEADS[min(max(lead, 1), len(LEADS)) - 1]
