"""What energy costs: spot prices as published, and the curve that the home pays and is paid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .slots import Slot, overlap_hours

PUBLICATION_HOUR = 13
"""Local hour from which the day-ahead market's prices of tomorrow are known."""
_MOST_MISSING_HOURS = 1 / 3600
"""A slot has a price when no more than this is missing of it."""


@dataclass(frozen=True, slots=True, order=True)
class SpotPrice:
    """A published price for `[start, end)`, in the home's currency per kWh, without fees or taxes."""

    start: datetime
    end: datetime
    per_kwh: float


@dataclass(frozen=True, slots=True, order=True)
class PriceBand:
    """Prices per kWh that are undercut with 10 and with 90 % probability."""

    import_p10: float
    import_p90: float
    export_p10: float
    export_p90: float


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """What the home pays (`import_per_kwh`) and is paid (`export_per_kwh`) in `[start, end)`.

    `known` is False for a forecast price: official prices always win over it. Then the two are the medians,
    and `band` says how far it may be off; None: not known how far.
    """

    start: datetime
    end: datetime
    import_per_kwh: float
    export_per_kwh: float
    known: bool = True
    band: PriceBand | None = None


@dataclass(frozen=True, slots=True)
class PriceCurve:
    """Prices sorted by start, without overlap. Gaps are legal and stay gaps."""

    prices: tuple[Price, ...] = ()

    def __post_init__(self) -> None:
        """Reject an unsorted or overlapping curve: a shifted price is worse than a missing one."""
        for earlier, later in zip(self.prices, self.prices[1:], strict=False):
            if later.start < earlier.end:
                msg = f"prices overlap at {later.start.isoformat()}"
                raise ValueError(msg)

    def at(self, instant: datetime) -> Price | None:
        """The price that holds at `instant`, or None in a gap."""
        index = bisect_right(self.prices, instant, key=lambda price: price.start) - 1
        if index < 0 or instant >= self.prices[index].end:
            return None
        return self.prices[index]

    def known_until(self, now: datetime) -> datetime:
        """End of the gapless stretch of known prices that contains `now` (`now` itself if none)."""
        edge = now
        for price in self.prices:
            if price.end <= edge:
                continue
            if price.start > edge or not price.known:
                break
            edge = price.end
        return edge

    def mean_over(self, slot: Slot) -> Price | None:
        """Time-weighted mean price of a slot, or None when any part of the slot has no price.

        A slot longer than the price interval (hourly planning on 15-min prices) gets the mean; a
        shorter one gets the price of the interval it lies in. The band is the mean of the bands: prices
        of one slot go up and down together. A price without one counts with itself.
        """
        covered_hours = 0.0
        bought = sold = 0.0
        known = True
        pieces: list[tuple[float, Price]] = []
        index = max(bisect_right(self.prices, slot.start, key=lambda price: price.start) - 1, 0)
        for price in self.prices[index:]:
            if price.start >= slot.end:
                break
            hours = overlap_hours(price.start, price.end, slot.start, slot.end)
            if hours == 0:
                continue
            covered_hours += hours
            bought += price.import_per_kwh * hours
            sold += price.export_per_kwh * hours
            known = known and price.known
            pieces.append((hours / slot.hours, price))
        if slot.hours - covered_hours > _MOST_MISSING_HOURS:
            return None
        return Price(slot.start, slot.end, bought / slot.hours, sold / slot.hours, known, _mean_band(pieces))


def _mean_band(pieces: Sequence[tuple[float, Price]]) -> PriceBand | None:
    """Mean of the bands of prices that each hold for a share of a slot; None where no price has one."""
    if all(price.band is None for _, price in pieces):
        return None
    bands = [(share, price.band or _exact(price)) for share, price in pieces]
    return PriceBand(
        import_p10=sum(share * band.import_p10 for share, band in bands),
        import_p90=sum(share * band.import_p90 for share, band in bands),
        export_p10=sum(share * band.export_p10 for share, band in bands),
        export_p90=sum(share * band.export_p90 for share, band in bands),
    )


def _exact(price: Price) -> PriceBand:
    bought, sold = price.import_per_kwh, price.export_per_kwh
    return PriceBand(bought, bought, sold, sold)
