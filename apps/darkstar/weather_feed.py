"""The weather of the home: which service tells it, when to ask, what to keep, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .forecast.bands import Context, PvInterval
from .home.ports import HomeAssistant
from .home.problem import Problem, Severity
from .home.settings import HomeSettings
from .inputs.open_meteo import MOST_PAST_DAYS
from .inputs.weather import WeatherReading, read_weather
from .storage.database import Database
from .storage.pv_told import PvTold
from .storage.weather import Weather

ASK_EVERY = timedelta(hours=1)
ASK_AGAIN = timedelta(minutes=14)
"""After a failure: at the planner's next run."""
OLDEST = timedelta(hours=24)
"""An older forecast is not used."""
FRESH = timedelta(minutes=55)
"""A younger forecast is not replaced: services seldom change theirs faster."""


class WeatherFeed:
    """Keeps the forecasts of the weather, and gives them to whoever forecasts load and PV."""

    def __init__(self, home: HomeSettings, database: Database) -> None:
        self._home = home
        self._weather = Weather(database)
        self._pv_told = PvTold(database)
        self._asked_at: datetime | None = None
        self._error = ""

    def past_days_to_ask(self, now: datetime) -> int | None:
        """How many past days to ask Open-Meteo for; None when it is not to be asked now.

        At the first start all that it gives, to learn from; later one, for the hours that were missed.
        """
        if self._home.weather.source != "open_meteo":
            return None
        issued, pause = self._weather.issued_last(), ASK_AGAIN if self._error else ASK_EVERY
        asked = max(filter(None, (self._asked_at, None if self._error else issued)), default=None)
        if asked is not None and asked <= now < asked + pause:
            return None
        self._asked_at = now
        known_from = self._weather.known_from()
        if known_from is None or known_from > now - timedelta(days=MOST_PAST_DAYS - 1):
            return MOST_PAST_DAYS
        return 1 if issued is None else min((now - issued).days + 1, MOST_PAST_DAYS)

    def read(self, ha: HomeAssistant, now: datetime) -> WeatherReading:
        """The hours to come as they were told last, unless that is too long ago, and what is wrong with the service.

        Home Assistant is asked here; Open-Meteo is not, as that takes time.
        """
        if self._home.weather.source == "home_assistant":
            self.take(read_weather(ha, self._home.entities.weather), now)
        return WeatherReading(self._weather.newest(now, now - OLDEST), self._error)

    def take(self, reading: WeatherReading, now: datetime) -> None:
        """Keep what a service told; what it told before stays where it failed.

        Raises:
            StorageError: it cannot be kept.
        """
        self._error = reading.error
        issued = self._weather.issued_last()
        if reading.hours and (issued is None or not issued <= now < issued + FRESH):
            self._weather.save(now, reading.hours)

    def take_pv(self, intervals: Sequence[PvInterval], now: datetime) -> None:
        """Keep what the owner's own PV forecast tells, now and then, so that it can be judged.

        Raises:
            StorageError: it cannot be kept.
        """
        told = self._pv_told.issued_last()
        if intervals and (told is None or not told <= now < told + FRESH):
            self._pv_told.save(now, intervals)

    def problems(self, now: datetime) -> tuple[Problem, ...]:
        """What is wrong with the service, until it answers again."""
        if not self._error:
            return ()
        issued = self._weather.issued_last()
        problem = Problem(
            "weather_unreadable",
            Severity.WARNING,
            now,
            f"There is no new weather forecast: {self._error}. {_what_serves(issued, now)}",
            "Darkstar asks again by itself. Check entities.weather or weather.source and weather.url in apps.yaml, "
            "and whether this machine reaches the service.",
        )
        return (problem,)


def known_context(
    database: Database, now: datetime, reach: timedelta, pv_intervals: Sequence[PvInterval] = ()
) -> Context:
    """What forecasters may know at `now` besides history, which they look back on as far as `reach`."""
    weather = Weather(database)
    return Context(
        pv_intervals=tuple(each for each in pv_intervals if each.end > now),
        weather=weather.newest(now, now - OLDEST),
        past_weather=weather.past(now - reach, now),
        past_pv=PvTold(database).past(now - reach, now),
    )


def _what_serves(issued: datetime | None, now: datetime) -> str:
    if issued is None:
        return "Forecasts of load and PV do without."
    hours = (now - issued) / timedelta(hours=1)
    if now - issued > OLDEST:
        return f"The last one is {hours:.0f} hours old and not used any more."
    return f"The last one, {hours:.0f} hours old, serves until it is a day old."
