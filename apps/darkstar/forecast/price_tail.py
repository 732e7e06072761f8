"""Prices where none are published yet: the usual ones of the time of day, at half of the recent level's change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ..home.prices import Price, PriceCurve
from ..home.slots import Slot, slots_between
from ..home.tariff import TariffSettings
from .day_grid import CELL_S, DAY_CELLS, Cells, Floats, cells_at, is_weekend

MEMORY = timedelta(days=14)
LEVEL_SPAN = timedelta(days=1)
LEVEL_SHARE = 0.5
"""Share of the last day's distance from the usual that is expected to stay. Measured on day-ahead prices of three zones
(DE-LU, SE4, FI): mean absolute error 24.4, 25.3, 30.3 EUR/MWh, without it 26.3, 28.7, 33.3."""
_ENOUGH_DAYS = 3
"""From as many days on, weekends and working days have a median of their own."""


def extend(
    curve: PriceCurve, past: PriceCurve, now: datetime, until: datetime, zone: ZoneInfo, tariff: TariffSettings
) -> PriceCurve:
    """Fill every gap of `curve` in `[now, until)` with forecast prices (`known` False), in quarter-hours.

    A forecast price is the median at the same local time of day over the last 14 days of known
    prices (`past` and `curve` together; of the same kind of day where there are three), moved by half
    of what the newest day differs from its own medians; a time of day never seen gets the median of
    all. The transfer fee is taken off before and added after, so fees by weekday and season stay
    right. Known prices are never touched. Without any known price the curve is returned as it is.
    """
    gaps = tuple(_gaps(curve, now, until))
    known = _known(curve, past)
    if not gaps or not known:
        return curve
    usual = _Usual.of(known, zone, tariff)
    tail = usual.prices([piece for start, end in gaps for piece in slots_between(start, end)])
    return PriceCurve(tuple(sorted([*curve.prices, *tail], key=_start)))


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
    """Known prices of the last 14 days that there are, by start; of two of the same start the curve's."""
    merged = {price.start: price for source in (past, curve) for price in source.prices if price.known}
    newest = max((price.end for price in merged.values()), default=None)
    if newest is None:
        return []
    oldest = newest - MEMORY
    return sorted((price for price in merged.values() if price.start >= oldest), key=_start)


def _start(price: Price) -> datetime:
    return price.start


@dataclass(frozen=True, slots=True)
class _Usual:
    """Usual prices of both directions, import without transfer fee."""

    zone: ZoneInfo
    tariff: TariffSettings
    imported: _Profile
    exported: _Profile

    @classmethod
    def of(cls, known: Sequence[Price], zone: ZoneInfo, tariff: TariffSettings) -> Self:
        """Learn from known prices, oldest first; each counts for every quarter-hour of it."""
        starts_s = np.array([price.start.timestamp() for price in known])
        ends_s = np.array([price.end.timestamp() for price in known])
        quarters = np.maximum(np.ceil((ends_s - starts_s) / CELL_S), 1).astype(np.int64)
        within = np.arange(quarters.sum()) - np.repeat(np.cumsum(quarters) - quarters, quarters)
        epoch_s = np.repeat(starts_s, quarters) + CELL_S * within
        recent = epoch_s >= ends_s[-1] - LEVEL_SPAN.total_seconds()
        cells = cells_at(epoch_s, zone)
        imported = np.repeat([price.import_per_kwh for price in known], quarters) - _fees(epoch_s, zone, tariff)
        exported = np.repeat([price.export_per_kwh for price in known], quarters)
        return cls(zone, tariff, _Profile.of(cells, imported, recent), _Profile.of(cells, exported, recent))

    def prices(self, slots: Sequence[Slot]) -> list[Price]:
        """Forecast prices of quarter-hours or parts of them."""
        epoch_s = np.array([slot.start.timestamp() for slot in slots])
        cells = cells_at(epoch_s, self.zone)
        imported = self.imported.at(cells) + _fees(epoch_s, self.zone, self.tariff)
        both = zip(slots, imported.tolist(), self.exported.at(cells).tolist(), strict=True)
        return [Price(slot.start, slot.end, bought, sold, known=False) for slot, bought, sold in both]


@dataclass(frozen=True, slots=True)
class _Profile:
    """Usual price by kind of day (working day, weekend) and quarter-hour, at the level to come."""

    table: Floats

    @classmethod
    def of(cls, cells: Cells, prices: Floats, recent: npt.NDArray[np.bool_]) -> Self:
        kinds, quarters = is_weekend(cells).astype(np.int64), cells % DAY_CELLS
        of_kind = _medians(kinds * DAY_CELLS + quarters, prices, 2 * DAY_CELLS, _ENOUGH_DAYS).reshape(2, DAY_CELLS)
        of_any = _medians(quarters, prices, DAY_CELLS, 1)
        of_any = np.where(np.isfinite(of_any), of_any, np.median(prices))
        table = np.where(np.isfinite(of_kind), of_kind, of_any)
        level = (prices - table[kinds, quarters])[recent].mean()
        return cls(table + LEVEL_SHARE * level)

    def at(self, cells: Cells) -> Floats:
        return np.asarray(self.table[is_weekend(cells).astype(np.int64), cells % DAY_CELLS], dtype=np.float64)


def _medians(groups: Cells, values: Floats, count: int, fewest: int) -> Floats:
    """Median of the values of each of `count` groups; NaN for a group of less than `fewest`."""
    ordered = values[np.lexsort((values, groups))]
    sizes = np.bincount(groups, minlength=count)
    first = np.cumsum(sizes) - sizes
    middle = [np.minimum(first + offset, len(ordered) - 1) for offset in (np.maximum(sizes - 1, 0) // 2, sizes // 2)]
    return np.where(sizes >= fewest, (ordered[middle[0]] + ordered[middle[1]]) / 2, np.nan)


def _fees(epoch_s: Floats, zone: ZoneInfo, tariff: TariffSettings) -> Floats:
    """Transfer fees that change with time, with VAT; a fee that never changes need not be taken off."""
    if tariff.import_price_is_final or not tariff.fee_periods:
        return np.zeros_like(epoch_s)
    fees = [tariff.transfer_fee(datetime.fromtimestamp(instant, zone)) for instant in epoch_s.tolist()]
    return np.array(fees) * (1 + tariff.vat_percent / 100)
