"""From published prices to what the home pays and is paid: the tariff, piece by piece."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..home.prices import Price, SpotPrice
from ..home.settings import HomeSettings
from ..home.slots import slots_between, to_utc


def home_prices(
    spots: Sequence[SpotPrice], sold: Sequence[SpotPrice] | None, home: HomeSettings, *, known: bool
) -> Iterator[Price]:
    """Prices of the home for sorted spot prices, cut so that each has one transfer fee.

    `sold` are the supplier's own export prices, sorted; None where the tariff's formula gives them.
    Where one is missing, exported energy counts as unpaid (unless the feed-in price is fixed): on a
    guess nothing is sold.
    """
    for spot in spots:
        for piece in _pieces(spot, sold or (), home):
            exported = None if sold is None else price_at(sold, piece) or _unpaid(piece, home)
            yield home.tariff.price(piece, home.zone, exported, known=known)


def price_at(prices: Sequence[SpotPrice], piece: SpotPrice) -> SpotPrice | None:
    """The one of the sorted prices that holds at the start of `piece`, or None in a gap."""
    index = bisect_right(prices, piece.start, key=lambda price: price.start) - 1
    if index < 0 or piece.start >= prices[index].end:
        return None
    return prices[index]


def _unpaid(piece: SpotPrice, home: HomeSettings) -> SpotPrice | None:
    if home.tariff.fixed_feed_in_per_kwh is not None:
        return None
    return SpotPrice(piece.start, piece.end, 0.0)


def _pieces(spot: SpotPrice, exports: Sequence[SpotPrice], home: HomeSettings) -> Iterator[SpotPrice]:
    """The interval cut at the quarter-hours where the fee changes and where the export price does."""
    edges = {spot.start, spot.end}
    edges.update(edge for price in exports for edge in (price.start, price.end) if spot.start < edge < spot.end)
    if not home.tariff.import_price_is_final:
        quarters = [slot.start.astimezone(home.zone) for slot in slots_between(spot.start, spot.end)]
        fees = [home.tariff.transfer_fee(quarter) for quarter in quarters]
        changes = zip(quarters[1:], pairwise(fees), strict=True)
        edges.update(to_utc(quarter) for quarter, (before, after) in changes if before != after)
    for start, end in pairwise(sorted(edges)):
        yield SpotPrice(start, end, spot.per_kwh)
