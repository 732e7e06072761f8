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

    @property
    def total(self) -> float:
        """What perfect foresight would have saved."""
        return self.paid - self.perfect


def with_overlap(pieces: tuple[float, float, float], overlap: float) -> tuple[float, float, float]:
    """Pieces that overlap made to add up: what they save only together goes to each in proportion to its own size.

    Where no piece saves anything alone, each gets a third.
    """
    size = sum(map(abs, pieces))
    shares = [abs(piece) / size if size else 1 / 3 for piece in pieces]
    load, pv, prices = (piece + share * overlap for piece, share in zip(pieces, shares, strict=True))
    return load, pv, prices
