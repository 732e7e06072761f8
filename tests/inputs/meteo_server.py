"""A stand-in for Open-Meteo on this machine, and an answer in the shape of a recorded one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

START = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
"""The first hour of the answer."""


@dataclass
class Meteo:
    """What it was asked, and how it answers. `slow` holds an answer back until it is set."""

    port: int = 0
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    slow: Event | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/forecast"


def recorded(hours: int = 4, start: datetime = START) -> bytes:
    """An answer as api.open-meteo.com gives it with `timeformat=unixtime`."""
    first = int(start.timestamp())
    answer = {
        "latitude": 59.34,
        "longitude": 18.08,
        "generationtime_ms": 0.0769,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 14.0,
        "hourly_units": {
            "time": "unixtime",
            "temperature_2m": "°C",
            "cloud_cover": "%",
            "shortwave_radiation": "W/m²",
            "wind_speed_10m": "m/s",
            "snow_depth": "m",
        },
        "hourly": {
            "time": [first + 3600 * hour for hour in range(hours)],
            "temperature_2m": [1.0 + hour for hour in range(hours)],
            "cloud_cover": [20 * min(hour, 5) for hour in range(hours)],
            "shortwave_radiation": [100.0 * hour for hour in range(hours)],
            "wind_speed_10m": [4.0] * hours,
            "snow_depth": [0.05] * hours,
        },
    }
    return json.dumps(answer).encode()


@contextmanager
def serving() -> Iterator[Meteo]:
    """A server that runs until the end of the block."""
    meteo = Meteo(body=recorded())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            meteo.asked.append({name: values[0] for name, values in query.items()})
            if meteo.slow is not None:
                meteo.slow.wait(10)
            self.send_response(meteo.status)
            for name, value in meteo.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(meteo.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library names it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    meteo.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield meteo
    finally:
        if meteo.slow is not None:
            meteo.slow.set()
        server.shutdown()
        server.server_close()
        thread.join()
