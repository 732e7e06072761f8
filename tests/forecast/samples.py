"""Made-up histories: load and PV as functions of time, in rows of any length."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from darkstar.forecast.bands import Forecast
from darkstar.home.observation import Observation
from darkstar.home.slots import slots_between

Power = Callable[[datetime], float]
"""Power in kW at an instant in UTC."""


def history(start: datetime, end: datetime, load_kw: Power, pv_kw: Power, minutes: int = 15) -> list[Observation]:
    """Rows of `minutes` from `start` to `end` with the power at each row's start."""
    return [
        Observation(slot.start, slot.hours, load_kw(slot.start) * slot.hours, pv_kw(slot.start) * slot.hours)
        for slot in slots_between(start, end, minutes)
    ]


def noisy(seed: int, kw: Power, spread: float = 0.8) -> Power:
    """`kw` times a random factor per instant, the same on each call."""
    return lambda instant: kw(instant) * (1 + spread * Random(seed * 10**11 + int(instant.timestamp())).uniform(-1, 1))


def sunny(instant: datetime) -> float:
    """A crude sun over central Europe: up from 05 to 19 UTC."""
    hours = instant.hour + instant.minute / 60 - 5
    return max(0.0, 4 - 4 * ((hours - 7) / 7) ** 2) if 0 < hours < 14 else 0.0


def flat(kw: float) -> Power:
    """The same power at all times."""
    return lambda _: kw


def load_kwh(forecast: Forecast) -> list[float]:
    """Expected load per slot."""
    return [slot.load_kwh.expected for slot in forecast.slots]


def pv_kwh(forecast: Forecast) -> list[float]:
    """Expected PV per slot."""
    return [slot.pv_kwh.expected for slot in forecast.slots]


def days(count: float) -> timedelta:
    """So many days of 24 hours."""
    return timedelta(days=count)


def drifting(seed: int, kw: Power, hours: int = 6, spread: float = 0.6) -> Power:
    """`kw` times a random factor that lasts some hours, so that the last hour tells about the next."""

    def power(instant: datetime) -> float:
        block = int(instant.timestamp()) // (3600 * hours)
        return kw(instant) * (1 + spread * Random(seed * 10**9 + block).uniform(-1, 1))

    return power
