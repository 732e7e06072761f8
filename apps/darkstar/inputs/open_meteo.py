"""The weather forecast of Open-Meteo (open-meteo.com, or one's own server), over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPException, HTTPResponse
from itertools import pairwise
from time import monotonic
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..home.finite import number
from ..home.weather import WeatherHour
from .weather import WeatherReading

TIMEOUT_S = 20.0
LARGEST_BYTES = 4_000_000
FORECAST_DAYS = 8
_PIECE_BYTES = 65536
MOST_PAST_DAYS = 92
AGENT = "Darkstar/1.0"

_HOUR = timedelta(hours=1)
_VARIABLES = ("temperature_2m", "cloud_cover", "shortwave_radiation", "wind_speed_10m", "snow_depth")
_DECIMALS = 2
"""Of the place: a kilometre is near enough for the weather, and tells nobody the house."""
_LEAST, _MOST = (
    {"temperature_2m": -90.0, "cloud_cover": 0.0, "shortwave_radiation": 0.0, "wind_speed_10m": 0.0, "snow_depth": 0.0},
    {
        "temperature_2m": 60.0,
        "cloud_cover": 100.0,
        "shortwave_radiation": 1500.0,
        "wind_speed_10m": 120.0,
        "snow_depth": 30.0,
    },
)
"""What is outside is a fault of the service."""


class _NoRedirect(HTTPRedirectHandler):
    """A redirect is an error: the owner allowed one address."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        """Follow none."""


def fetch_open_meteo(
    url: str, latitude: float, longitude: float, past_days: int, timeout_s: float = TIMEOUT_S
) -> WeatherReading:
    """Read the forecast of the coming days and, as it was forecast shortly before, the weather of the past ones.

    Never raises: what went wrong is the reading's error. It waits for the network, so never on a thread that others
    wait for.
    """
    asked = {
        "latitude": round(latitude, _DECIMALS),
        "longitude": round(longitude, _DECIMALS),
        "hourly": ",".join(_VARIABLES),
        "wind_speed_unit": "ms",
        "timeformat": "unixtime",
        "timezone": "GMT",
        "forecast_days": FORECAST_DAYS,
        "past_days": min(max(past_days, 0), MOST_PAST_DAYS),
    }
    request = Request(f"{url}?{urlencode(asked, safe=',')}", headers={"User-Agent": AGENT})  # noqa: S310 - http(s) only, by the settings
    try:
        with build_opener(_NoRedirect).open(request, timeout=timeout_s) as answer:
            body = _body(answer, monotonic() + timeout_s)
    except HTTPError as error:
        return WeatherReading(error=_refused(error))
    except TimeoutError:
        return WeatherReading(error=f"{url} did not answer in {timeout_s:g} s")
    except (OSError, HTTPException, ValueError) as error:
        return WeatherReading(error=f"{url} could not be reached ({error})")
    if len(body) > LARGEST_BYTES:
        return WeatherReading(error=f"{url} answered with more than {LARGEST_BYTES // 1_000_000} MB")
    return _reading(body, url)


def _body(answer: HTTPResponse, until: float) -> bytes:
    """What was answered, up to a byte more than is taken. A server that sends drop by drop times out, too."""
    body = bytearray()
    while len(body) <= LARGEST_BYTES:
        piece = answer.read1(min(_PIECE_BYTES, LARGEST_BYTES + 1 - len(body)))
        if not piece:
            break
        body += piece
        if monotonic() > until:
            raise TimeoutError
    return bytes(body)


def _refused(error: HTTPError) -> str:
    """What an answer that is an error says: Open-Meteo gives its reason as JSON."""
    with error:
        try:
            said = json.loads(error.read(LARGEST_BYTES))
        except (OSError, HTTPException, ValueError):
            said = None
    reason = said.get("reason") if isinstance(said, Mapping) else None
    return f"Open-Meteo answered {error.code}" + (f": {str(reason)[:200]}" if reason else "")


def _reading(body: bytes, url: str) -> WeatherReading:
    try:
        said = json.loads(body)
    except ValueError:
        return WeatherReading(error=f"{url} did not answer in JSON")
    hourly = said.get("hourly") if isinstance(said, Mapping) else None
    hours = tuple(_hours(hourly)) if isinstance(hourly, Mapping) else ()
    return WeatherReading(hours) if hours else WeatherReading(error=f"the answer of {url} has no hourly forecast")


def _hours(hourly: Mapping[str, Any]) -> Iterator[WeatherHour]:
    """Hours from their start: radiation is told as the mean of the hour before, all else as of the instant."""
    times = hourly.get("time")
    if not isinstance(times, Sequence) or isinstance(times, str):
        return
    told = {name: _column(hourly, name, len(times)) for name in _VARIABLES}
    instants = [_instant(each) for each in times]
    for at, (start, end) in enumerate(pairwise(instants)):
        if start is None or end is None or end - start != _HOUR:
            continue
        yield WeatherHour(
            start,
            _mean(told["cloud_cover"][at], told["cloud_cover"][at + 1]),
            _mean(told["temperature_2m"][at], told["temperature_2m"][at + 1]),
            told["shortwave_radiation"][at + 1],
            _mean(told["wind_speed_10m"][at], told["wind_speed_10m"][at + 1]),
            told["snow_depth"][at],
        )


def _column(hourly: Mapping[str, Any], name: str, count: int) -> list[float | None]:
    values = hourly.get(name)
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        return [None] * count
    return [_possible(number(each), name) for each in values]


def _possible(value: float | None, name: str) -> float | None:
    return value if value is not None and _LEAST[name] <= value <= _MOST[name] else None


def _instant(told: object) -> datetime | None:
    seconds = number(told)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _mean(start: float | None, end: float | None) -> float | None:
    """Of the values at both ends of an hour; at its start alone where its end is unknown."""
    return start if start is None or end is None else (start + end) / 2
