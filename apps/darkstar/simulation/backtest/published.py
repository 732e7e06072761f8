"""Which prices are known at an instant."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from ...home.prices import PUBLICATION_HOUR, PriceCurve
from ...home.slots import local_date, local_day
from ...pipeline import PAST_PRICES


class KnownPrices(Protocol):
    """What may be known of the prices of a period."""

    def known_until(self, now: datetime) -> datetime:
        """End of the known prices; when it moves it is time for a new plan."""

    def at(self, now: datetime) -> tuple[PriceCurve, PriceCurve]:
        """Prices from today on, and those of the weeks before."""


class PublishedPrices:
    """The day-ahead market: prices to local midnight, and from `publication_hour` (local) also tomorrow's."""

    def __init__(self, curve: PriceCurve, zone: ZoneInfo, publication_hour: int = PUBLICATION_HOUR) -> None:
        self._all = _Cut(curve)
        self._zone = zone
        self._publication_hour = publication_hour

    def known_until(self, now: datetime) -> datetime:
        """End of the last local day whose prices are published."""
        local = now.astimezone(self._zone)
        ahead = timedelta(days=1 if local.hour >= self._publication_hour else 0)
        return local_day(local.date() + ahead, self._zone)[1]

    def at(self, now: datetime) -> tuple[PriceCurve, PriceCurve]:
        """Prices of the published days, and those of the weeks before."""
        today, _ = local_day(local_date(now, self._zone), self._zone)
        return self._all.between(today, self.known_until(now)), self._all.between(today - PAST_PRICES, today)


class AllPrices:
    """As if every price were published long before."""

    AHEAD = timedelta(days=3)
    """Further than any plan looks."""

    def __init__(self, curve: PriceCurve, zone: ZoneInfo) -> None:
        self._all = _Cut(curve)
        self._zone = zone
        self._end = curve.prices[-1].end

    def known_until(self, now: datetime) -> datetime:  # noqa: ARG002 - the protocol's signature
        """The end of everything."""
        return self._end

    def at(self, now: datetime) -> tuple[PriceCurve, PriceCurve]:
        """Prices further than any plan looks, and those of the weeks before."""
        today, _ = local_day(local_date(now, self._zone), self._zone)
        return self._all.between(today, now + self.AHEAD), self._all.between(today - PAST_PRICES, today)


class _Cut:
    """Cuts pieces out of a curve."""

    def __init__(self, curve: PriceCurve) -> None:
        self._prices = curve.prices
        self._starts = [price.start for price in curve.prices]

    def between(self, start: datetime, end: datetime) -> PriceCurve:
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return PriceCurve(self._prices[first:last])
