"""What a day missed against perfect foresight, divided by cause: load, PV, prices, execution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DayRegret:
    """The split of one local day, in money of `currency`; wear and stored energy counted.

    `load + pv + prices + execution = paid - perfect`. The first three are what a better forecast would have saved.
    `execution` is the rest: that devices did other things than was decided, and what planning loses although all is
    known (slots, modes, the value at the horizon's end). `replayed` is what the same forecasts and decisions come
    to in the simulated house. `reason` says why there is no split; its figures are 0 then.

    All four and all costs count power tariffs, for a peak is no cause of its own: it was not foreseen, or not kept
    low. What a day's peaks cost is what they add to the bill of the month, held against the peaks before that day
    and those that the planner expects of the rest of the month. `paid_peaks` and `perfect_peaks` are that part of
    `paid` and of `perfect`.
    """

    day: date
    currency: str
    paid: float
    replayed: float
    perfect: float
    load: float
    pv: float
    prices: float
    execution: float
    entered_at: datetime
    reason: str = ""
    notes: tuple[str, ...] = ()
    paid_peaks: float = 0.0
    perfect_peaks: float = 0.0

    @property
    def total(self) -> float:
        """What perfect foresight would have saved."""
        return self.paid - self.perfect

    @property
    def peaks(self) -> float:
        """The part of `total` that power tariffs charged; below zero where a higher peak saves more than it costs."""
        return self.paid_peaks - self.perfect_peaks


def with_overlap(pieces: tuple[float, float, float], overlap: float) -> tuple[float, float, float]:
    """Pieces that overlap made to add up: what they save only together goes to each in proportion to its own size.

    Where no piece saves anything alone, each gets a third.
    """
    size = sum(map(abs, pieces))
    shares = [abs(piece) / size if size else 1 / 3 for piece in pieces]
    load, pv, prices = (piece + share * overlap for piece, share in zip(pieces, shares, strict=True))
    return load, pv, prices
