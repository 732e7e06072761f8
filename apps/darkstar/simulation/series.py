"""A measured home and its prices on one time grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.observation import Observation
from ..home.prices import Price, PriceCurve, SpotPrice
from ..home.slots import Slot, slots_between
from ..home.tariff import TariffSettings

INTERVALS_MINUTES = (15, 30, 60)
"""Intervals that a home may be measured in."""


class SeriesError(ValueError):
    """Data cannot be used; the message names place, value and the way out."""


@dataclass(frozen=True, slots=True)
class HomeSeries:
    """Load and PV of a home without gaps: kWh per interval of `minutes`, the first one at `start` (UTC)."""

    start: datetime
    minutes: int
    load_kwh: tuple[float, ...]
    pv_kwh: tuple[float, ...]

    @property
    def hours(self) -> float:
        """Length of an interval."""
        return self.minutes / 60

    @property
    def end(self) -> datetime:
        """The first instant after the series."""
        return self.start + timedelta(minutes=self.minutes * len(self.load_kwh))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The intervals as slots."""
        return slots_between(self.start, self.end, self.minutes)

    @property
    def observations(self) -> tuple[Observation, ...]:
        """The intervals as a home without battery would have measured them."""
        return tuple(
            Observation(start=slot.start, hours=slot.hours, load_kwh=load, pv_kwh=pv)
            for slot, load, pv in zip(self.slots, self.load_kwh, self.pv_kwh, strict=True)
        )

    def parted(self, count: int) -> tuple[HomeSeries, HomeSeries]:
        """The first `count` intervals, and the rest."""
        rest = self.start + timedelta(minutes=self.minutes * count)
        return (
            HomeSeries(self.start, self.minutes, self.load_kwh[:count], self.pv_kwh[:count]),
            HomeSeries(rest, self.minutes, self.load_kwh[count:], self.pv_kwh[count:]),
        )

    def in_intervals_of(self, minutes: int) -> HomeSeries:
        """The same energies over other intervals: added up over longer ones, spread evenly over shorter ones.

        An incomplete last interval is dropped.

        Raises:
            SeriesError: the one interval is no whole multiple of the other.
        """
        if minutes not in INTERVALS_MINUTES or max(minutes, self.minutes) % min(minutes, self.minutes):
            msg = f"--interval-minutes {minutes}: the home has {self.minutes}-minute data; use 15, 30 or 60"
            raise SeriesError(msg)
        if minutes < self.minutes:
            parts = self.minutes // minutes
            load = tuple(kwh / parts for kwh in self.load_kwh for _ in range(parts))
            pv = tuple(kwh / parts for kwh in self.pv_kwh for _ in range(parts))
            return HomeSeries(self.start, minutes, load, pv)
        width = minutes // self.minutes
        count = len(self.load_kwh) // width
        load = tuple(sum(self.load_kwh[index * width : (index + 1) * width]) for index in range(count))
        pv = tuple(sum(self.pv_kwh[index * width : (index + 1) * width]) for index in range(count))
        return HomeSeries(self.start, minutes, load, pv)


def shift_prices(
    prices: Sequence[SpotPrice], slots: Sequence[Slot], zone: ZoneInfo, years: int, price_zone: ZoneInfo | None = None
) -> tuple[SpotPrice, ...]:
    """Prices of `years` years ago for these slots: 364 days per year back on the local clock, so weekdays stay.

    A negative number takes prices of later years. With a `price_zone` the clock of the home in `zone`
    is read as the clock there: the evening's price of a far market becomes the evening's price here.
    Slots without a price are left out.
    """
    curve = PriceCurve(tuple(Price(spot.start, spot.end, spot.per_kwh, spot.per_kwh) for spot in prices))
    back = timedelta(days=364 * years)
    found: list[SpotPrice] = []
    for slot in slots:
        clock = slot.start.astimezone(zone) - back
        there = clock if price_zone is None else clock.replace(tzinfo=price_zone)
        price = curve.mean_over(Slot(there.astimezone(UTC), slot.hours))
        if price is not None:
            found.append(SpotPrice(slot.start, slot.end, price.import_per_kwh))
    return tuple(found)


def home_prices(
    spot: Sequence[SpotPrice],
    slots: Sequence[Slot],
    tariff: TariffSettings,
    zone: ZoneInfo,
    export_floor: float | None = None,
) -> PriceCurve:
    """What the home pays and is paid in each slot that has a spot price, at least `export_floor` for export."""
    means = PriceCurve(tuple(Price(price.start, price.end, price.per_kwh, price.per_kwh) for price in spot))
    found: list[Price] = []
    for slot in slots:
        mean = means.mean_over(slot)
        if mean is None:
            continue
        price = tariff.price(SpotPrice(slot.start, slot.end, mean.import_per_kwh), zone)
        paid = price.export_per_kwh if export_floor is None else max(price.export_per_kwh, export_floor)
        found.append(Price(slot.start, slot.end, price.import_per_kwh, paid))
    return PriceCurve(tuple(found))


def require_prices(series: HomeSeries, curve: PriceCurve) -> tuple[Price, ...]:
    """The price of each interval of the series.

    Raises:
        SeriesError: intervals without a price.
    """
    found = [(slot.start, curve.mean_over(slot)) for slot in series.slots]
    missing = [start for start, price in found if price is None]
    if missing:
        msg = (
            f"no price for {len(missing)} interval(s) of the home, the first at {missing[0].isoformat()}: "
            "choose --start and --end where both have data, or --shift-prices-years"
        )
        raise SeriesError(msg)
    return tuple(price for _, price in found if price is not None)
