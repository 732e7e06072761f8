"""An invented home with weather and prices: any instant of any year, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from math import cos, exp, floor, pi, sqrt
from zoneinfo import ZoneInfo

import numpy as np

from ..forecast.bands import PvInterval
from ..forecast.clear_sky import clear_sky_kw
from ..forecast.day_grid import Floats
from ..home.devices import PvArraySettings
from ..home.prices import SpotPrice
from ..home.slots import local_date, local_day, slots_between, to_utc
from .series import HomeSeries

_DAY_S = 86400
_SAMPLE_MINUTES = 5
_DAY_STEPS_S = np.arange(0, _DAY_S + 1, 300.0)
_LIGHT_UNDER_CLOUD = 0.2
_LEAST_LIGHT = 0.04
_FORECAST_STEP_MINUTES = 60
_FORECAST_ERROR = 0.08
_FORECAST_ERROR_PER_DAY = 0.08


@dataclass(frozen=True, slots=True)
class _Habit:
    """An appliance used on some days, starting somewhere in a span of local hours; done before midnight."""

    name: str
    likelihood: float
    earliest: float
    latest: float
    hours: float
    kw: float


_HABITS = (
    _Habit("coffee", 0.95, 6.5, 7.5, 0.15, 1.1),
    _Habit("kettle", 0.8, 15.0, 21.0, 0.1, 2.0),
    _Habit("washing", 0.4, 9.0, 16.0, 1.3, 1.0),
    _Habit("oven", 0.65, 17.0, 18.5, 0.8, 2.0),
    _Habit("dishes", 0.75, 19.0, 22.0, 1.4, 1.1),
)


class SyntheticHome:
    """Load (without hot water), PV, PV forecasts and spot prices as pure functions of time.

    Nothing is stored or drawn in sequence: all chance comes from a hash of seed and time, so that
    history, the present and a forecast fit together however they are asked for.
    """

    def __init__(
        self,
        seed: int,
        latitude: float,
        longitude: float,
        zone: ZoneInfo,
        arrays: tuple[PvArraySettings, ...] = (PvArraySettings(kwp=8.0),),
    ) -> None:
        self._seed = seed
        self._latitude = latitude
        self._longitude = longitude
        self._zone = zone
        self._arrays = arrays

    def load_kw(self, instant: datetime) -> float:
        """Household power at an instant: base, daily rhythm by local clock, appliances."""
        local = to_utc(instant).astimezone(self._zone)
        hour = local.hour + local.minute / 60 + local.second / 3600
        up_at = 7.3 if local.weekday() < 5 else 9.0  # noqa: PLR2004 - Saturday
        mood = 1 + 0.25 * self._noise("mood", _days(instant))
        rhythm = 0.4 * _bell(hour, up_at, 1.1) + 0.12 * _bell(hour, 13.0, 3.0) + 0.6 * _bell(hour, 19.0, 2.2)
        fridge = 0.09 if self._noise("fridge", _days(instant) * 48) > 0 else 0.0
        winter = 0.12 * (1 + _winter(instant)) / 2
        return 0.18 + winter + rhythm * mood + fridge + self._running_kw(local.date(), hour)

    def pv_kw(self, instant: datetime) -> float:
        """AC power of the PV arrays at an instant: a clear sky, dimmed by the weather."""
        return self._clear_kw(instant) * self._light(instant, flicker=1.0)

    def series(self, start: datetime, end: datetime, minutes: int = 15) -> HomeSeries:
        """Load and PV energies of `[start, end)`, as meters would have counted them."""
        slots = slots_between(start, end, minutes)
        load, pv = [], []
        for slot in slots:
            count = max(round(slot.hours * 60 / _SAMPLE_MINUTES), 1)
            step = timedelta(hours=slot.hours / count)
            instants = [slot.start + step * (index + 0.5) for index in range(count)]
            load.append(sum(map(self.load_kw, instants)) / count * slot.hours)
            pv.append(sum(map(self.pv_kw, instants)) / count * slot.hours)
        return HomeSeries(to_utc(start), minutes, tuple(load), tuple(pv))

    def pv_forecast(self, issued_at: datetime, start: datetime, end: datetime) -> tuple[PvInterval, ...]:
        """What a weather service would have said at `issued_at` for `[start, end)`, per hour.

        It knows the passing weather but not single clouds, and errs more the further it looks; a new
        opinion is formed every six hours.
        """
        issue = floor(to_utc(issued_at).timestamp() / (_DAY_S / 4))
        return tuple(
            self._forecast_interval(issue, to_utc(issued_at), slot.start, slot.end)
            for slot in slots_between(start, end, _FORECAST_STEP_MINUTES)
        )

    def spot_prices(self, day: date) -> tuple[SpotPrice, ...]:
        """Spot prices of a local calendar day, EUR per kWh, in quarter-hours (92 to 100 of them).

        Peaks in the morning and evening, cheap nights, a dip at noon that turns negative on sunny days.
        """
        start, end = local_day(day, self._zone)
        noon = start + (end - start) / 2
        sun = max(1 - self._cloud(noon), 0.0) * max(1 - _winter(noon), 0.0) / 2
        level = 0.105 + 0.03 * _winter(noon) + 0.05 * self._noise("wind", _days(noon) / 3)
        calm = 1.0 if day.weekday() < 5 else 0.65  # noqa: PLR2004 - Saturday
        prices = []
        for slot in slots_between(start, end):
            local = slot.start.astimezone(self._zone)
            hour = local.hour + local.minute / 60
            peaks = 0.05 * _bell(hour, 8.0, 1.6) + 0.085 * _bell(hour, 18.75, 2.0)
            dips = 0.03 * _bell(hour, 3.0, 2.5) + 0.17 * sun * _bell(hour, 13.0, 3.0)
            ripple = 0.004 * self._noise("ripple", _days(slot.start) * 96)
            prices.append(SpotPrice(slot.start, slot.end, round(level + calm * peaks - dips + ripple, 5)))
        return tuple(prices)

    def spot_between(self, start: datetime, end: datetime) -> tuple[SpotPrice, ...]:
        """Spot prices of all local days that `[start, end)` touches."""
        day, last = local_date(start, self._zone), local_date(end - timedelta(microseconds=1), self._zone)
        prices: list[SpotPrice] = []
        while day <= last:
            prices += self.spot_prices(day)
            day += timedelta(days=1)
        return tuple(prices)

    def _forecast_interval(self, issue: int, issued_at: datetime, start: datetime, end: datetime) -> PvInterval:
        middle = start + (end - start) / 2
        lead_days = max((middle - issued_at) / timedelta(days=1), 0.0)
        spread = _FORECAST_ERROR + _FORECAST_ERROR_PER_DAY * lead_days
        error = self._noise(f"forecast {issue}", _days(middle) * 3)
        clear = self._clear_kw(middle)
        hours = (end - start) / timedelta(hours=1)
        kwh = clear * min(self._light(middle, flicker=0.0) * (1 + 2 * spread * error), 1.0) * hours
        high_kwh = max(min(kwh * (1 + 2 * spread), clear * hours), kwh)
        return PvInterval(start, end, kwh, kwh * max(1 - 2 * spread, 0.0), high_kwh)

    def _clear_kw(self, instant: datetime) -> float:
        at_s = instant.timestamp()
        day = int(at_s // _DAY_S)
        curve = _clear_day_kw(self._arrays, self._latitude, self._longitude, day)
        return float(np.interp(at_s - day * _DAY_S, _DAY_STEPS_S, curve))

    def _cloud(self, instant: datetime) -> float:
        """0 cloudless, 1 overcast: fronts over days, and changes within a day."""
        days = _days(instant)
        wanted = 0.5 + 0.55 * self._noise("front", days / 2.5) + 0.25 * self._noise("hours", days * 6)
        return min(max(wanted, 0.0), 1.0)

    def _light(self, instant: datetime, flicker: float) -> float:
        """Share of clear-sky light that passes the clouds; single clouds matter on half-clouded days."""
        cloud = self._cloud(instant)
        steady = 1 - (1 - _LIGHT_UNDER_CLOUD) * cloud * sqrt(cloud)
        passing = cloud * (1 - cloud) * self._noise("passing", _days(instant) * 144)
        return min(max(steady + flicker * passing, _LEAST_LIGHT), 1.0)

    def _running_kw(self, day: date, hour: float) -> float:
        """Power of the appliances that run at a local hour."""
        total = 0.0
        for habit in _HABITS:
            if not habit.earliest <= hour < habit.latest + habit.hours:
                continue
            begins = habit.earliest + self._chance(f"{habit.name} when", day.toordinal()) * (
                habit.latest - habit.earliest
            )
            used = self._chance(habit.name, day.toordinal()) <= habit.likelihood
            total += habit.kw if used and begins <= hour < begins + habit.hours else 0.0
        return total

    def _noise(self, name: str, position: float) -> float:
        """Smooth chance between -1 and 1 that changes from whole number to whole number."""
        knot = floor(position)
        blend = (1 - cos(pi * (position - knot))) / 2
        before, after = self._chance(name, knot), self._chance(name, knot + 1)
        return 2 * (before + (after - before) * blend) - 1

    def _chance(self, name: str, index: int) -> float:
        """Even chance in [0, 1) from a hash, the same on every machine."""
        digest = blake2b(f"{self._seed}/{name}/{index}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


@lru_cache(maxsize=64)
def _clear_day_kw(arrays: tuple[PvArraySettings, ...], latitude: float, longitude: float, day: int) -> Floats:
    """The cloudless sky over a day of UTC: kept, as the sun's way is slow to work out instant by instant."""
    return clear_sky_kw(arrays, day * _DAY_S + _DAY_STEPS_S, latitude, longitude)


def _days(instant: datetime) -> float:
    return instant.timestamp() / _DAY_S


def _winter(instant: datetime) -> float:
    """1 in mid-January, -1 in mid-July (northern half of the globe)."""
    return cos(2 * pi * (_days(instant) / 365.2425 - 15 / 365.2425))


def _bell(hour: float, middle: float, width: float) -> float:
    return exp(-(((hour - middle) / width) ** 2))
