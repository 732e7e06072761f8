"""What Darkstar is measured against: no battery, plain self-consumption, a timer for the cheapest hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from ...control.decision import BatteryMode, BatterySettingsNow, Source
from ...home.prices import Price, PriceCurve
from ...home.slots import floor_to_slot, local_date, local_day
from ..house import HouseFlows, Plant
from .loop import Moment

CHEAP_HOURS = 4
"""How many hours of a local day the cheap-hours rule charges in."""


class _Fixed:
    """Always the same settings."""

    def __init__(self, wanted: BatterySettingsNow) -> None:
        self._wanted = wanted

    def settings(self, moment: Moment) -> BatterySettingsNow:  # noqa: ARG002 - the protocol's signature
        """The settings."""
        return self._wanted

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Nothing to learn."""


class NoBattery(_Fixed):
    """The battery rests all the time."""

    def __init__(self) -> None:
        super().__init__(_self_use(0.0, 0.0, 0.0, "no battery"))


class SelfConsumption(_Fixed):
    """PV surplus in, load out, down to `min_soc_percent`; prices do not matter."""

    def __init__(self, plant: Plant, min_soc_percent: float = 0.0) -> None:
        super().__init__(_self_use(plant.max_charge_kw, plant.max_discharge_kw, min_soc_percent, "self-consumption"))


class CheapHours:
    """The timer many owners set: each local day, charge in the four hours with the lowest mean import price.

    In these hours the battery charges at full power up to `max_soc_percent`. In the other hours PV
    surplus is stored, and the load is covered where the hour's price is at least the median of the
    day. The hours of a day are those that have a price; ties go to the earlier hour.
    """

    def __init__(
        self,
        plant: Plant,
        curve: PriceCurve,
        zone: ZoneInfo,
        min_soc_percent: float = 0.0,
        max_soc_percent: float = 100.0,
    ) -> None:
        self._curve = curve
        self._zone = zone
        full, off = plant.max_charge_kw, plant.max_discharge_kw
        self._charge = BatterySettingsNow(
            BatteryMode.GRID_CHARGE, full, 0.0, max_soc_percent, Source.PLAN, "one of the cheapest hours"
        )
        self._cover = _self_use(full, off, min_soc_percent, "an hour above the median")
        self._store = _self_use(full, 0.0, min_soc_percent, "an hour below the median")
        self._hours: dict[datetime, BatterySettingsNow] = {}
        self._day: date | None = None

    def settings(self, moment: Moment) -> BatterySettingsNow:
        """The settings of the running hour."""
        day = local_date(moment.now, self._zone)
        if day != self._day:
            self._day, self._hours = day, self._timetable(day)
        return self._hours.get(floor_to_slot(moment.now, 60), self._cover)

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Nothing to learn."""

    def _timetable(self, day: date) -> dict[datetime, BatterySettingsNow]:
        means = _hourly_means(self._curve, *local_day(day, self._zone))
        if not means:
            return {}
        cheapest = sorted(means, key=lambda hour: (means[hour], hour))[:CHEAP_HOURS]
        middle = median(means.values())
        usual = {hour: self._cover if price >= middle else self._store for hour, price in means.items()}
        return usual | dict.fromkeys(cheapest, self._charge)


def _hourly_means(curve: PriceCurve, start: datetime, end: datetime) -> dict[datetime, float]:
    hours: dict[datetime, list[Price]] = {}
    for price in _between(curve, start, end):
        hours.setdefault(floor_to_slot(price.start, 60), []).append(price)
    return {hour: _mean(prices) for hour, prices in hours.items()}


def _between(curve: PriceCurve, start: datetime, end: datetime) -> Iterable[Price]:
    instant = start
    while instant < end:
        price = curve.at(instant)
        if price is not None:
            yield price
        instant = price.end if price is not None else instant + timedelta(minutes=15)


def _mean(prices: list[Price]) -> float:
    return sum(price.import_per_kwh for price in prices) / len(prices)


def _self_use(charge_kw: float, discharge_kw: float, floor_percent: float, reason: str) -> BatterySettingsNow:
    return BatterySettingsNow(BatteryMode.SELF_USE, charge_kw, discharge_kw, floor_percent, Source.PLAN, reason)
