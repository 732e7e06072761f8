"""Prices where none are published yet: the usual ones of the time of day and week, moved by what the last days say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from ..home.prices import Price, PriceBand, PriceCurve
from ..home.slots import Slot, slots_between
from ..home.tariff import TariffSettings
from .day_grid import CELL_S, DAY_CELLS, Cells, Floats, cells_at
from .price_days import MEMORY_DAYS, PriceDays, forecast_days, lay_out, weekday_of

MEMORY = timedelta(days=MEMORY_DAYS)


def extend(
    curve: PriceCurve, past: PriceCurve, now: datetime, until: datetime, zone: ZoneInfo, tariff: TariffSettings
) -> PriceCurve:
    """Fill every gap of `curve` in `[now, until)` with forecast prices (`known` False, with `band`), in quarter-hours.

    A forecast price is the median at the same local time of day over the last 42 days of known prices
    (`past` and `curve` together; of the same kind of day where there are three), moved by a share of what
    the last days, the newest one and the same weekday differ from it (`price_weights`); a time of day
    never seen gets the median of all. The transfer fee is taken off before and added after, so fees by
    weekday and season stay right. Known prices are never touched. Without any known price the curve is
    returned as it is.
    """
    gaps = tuple(_gaps(curve, now, until))
    known = _known(curve, past)
    if not gaps or not known:
        return curve
    tail = _Tail.of(known, zone, tariff)
    forecast = tail.prices([piece for start, end in gaps for piece in slots_between(start, end)])
    return PriceCurve(tuple(sorted([*curve.prices, *forecast], key=_start)))


def _gaps(curve: PriceCurve, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    edge = start
    for price in curve.prices:
        if price.end <= edge:
            continue
        if price.start >= end:
            break
        if price.start > edge:
            yield edge, price.start
        edge = price.end
    if edge < end:
        yield edge, end


def _known(curve: PriceCurve, past: PriceCurve) -> list[Price]:
    """Known prices of the last 42 days that there are, by start; of two of the same start the curve's."""
    merged = {price.start: price for source in (past, curve) for price in source.prices if price.known}
    newest = max((price.end for price in merged.values()), default=None)
    if newest is None:
        return []
    oldest = newest - MEMORY
    return sorted((price for price in merged.values() if price.start >= oldest), key=_start)


def _start(price: Price) -> datetime:
    return price.start


@dataclass(frozen=True, slots=True)
class _Tail:
    """Past prices of both directions, import without transfer fee, up to the day numbered `last`."""

    zone: ZoneInfo
    tariff: TariffSettings
    last: int
    imported: PriceDays
    exported: PriceDays

    @classmethod
    def of(cls, known: Sequence[Price], zone: ZoneInfo, tariff: TariffSettings) -> Self:
        """Learn from known prices, oldest first; each counts for every quarter-hour of it."""
        epoch_s, imported, exported = quarter_hours(known)
        cells = cells_at(epoch_s, zone)
        imported -= fees(epoch_s, zone, tariff)
        bought, last = lay_out(cells, imported)
        sold, _ = lay_out(cells, exported)
        newest, weekday = len(bought) - 1, weekday_of(last)
        return cls(zone, tariff, last, PriceDays.until(bought, newest, weekday), PriceDays.until(sold, newest, weekday))

    def prices(self, slots: Sequence[Slot]) -> list[Price]:
        """Forecast prices of quarter-hours or parts of them."""
        epoch_s = np.array([slot.start.timestamp() for slot in slots])
        cells = cells_at(epoch_s, self.zone)
        bought = self._at(self.imported, cells) + fees(epoch_s, self.zone, self.tariff)[:, np.newaxis]
        sold = self._at(self.exported, cells)
        return [
            Price(slot.start, slot.end, p50, e50, known=False, band=PriceBand(p10, p90, e10, e90))
            for slot, (p10, p50, p90), (e10, e50, e90) in zip(slots, bought.tolist(), sold.tolist(), strict=True)
        ]

    def _at(self, days: PriceDays, cells: Cells) -> Floats:
        """Rows of p10, p50 and p90, one per cell."""
        leads = cells // DAY_CELLS - self.last
        bands = {lead: np.stack(band) for lead, band in forecast_days(days, np.unique(leads).tolist()).items()}
        quarters = (cells % DAY_CELLS).tolist()
        return np.array([bands[lead][:, quarter] for lead, quarter in zip(leads.tolist(), quarters, strict=True)])


def quarter_hours(prices: Sequence[Price]) -> tuple[Floats, Floats, Floats]:
    """Starts of the quarter-hours of prices (seconds since 1970 UTC), and their import and export prices."""
    starts_s = np.array([price.start.timestamp() for price in prices])
    ends_s = np.array([price.end.timestamp() for price in prices])
    count = np.maximum(np.ceil((ends_s - starts_s) / CELL_S), 1).astype(np.int64)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    imported = np.repeat([price.import_per_kwh for price in prices], count)
    exported = np.repeat([price.export_per_kwh for price in prices], count)
    return np.repeat(starts_s, count) + CELL_S * within, imported, exported


def fees(epoch_s: Floats, zone: ZoneInfo, tariff: TariffSettings) -> Floats:
    """Transfer fees that change with time, with VAT; a fee that never changes need not be taken off."""
    if tariff.import_price_is_final or not tariff.fee_periods:
        return np.zeros_like(epoch_s)
    fees = [tariff.transfer_fee(datetime.fromtimestamp(instant, zone)) for instant in epoch_s.tolist()]
    return np.array(fees) * (1 + tariff.vat_percent / 100)
