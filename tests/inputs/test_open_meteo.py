"""Open-Meteo, as a server on this machine plays it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.weather import WeatherHour
from darkstar.inputs import open_meteo
from darkstar.inputs.open_meteo import MOST_PAST_DAYS, fetch_open_meteo
from darkstar.inputs.weather import WeatherReading
from tests.inputs.meteo_server import START, Meteo, recorded, serving

HOUR = timedelta(hours=1)


@pytest.fixture
def meteo() -> Iterator[Meteo]:
    with serving() as server:
        yield server


def fetched(meteo: Meteo, past_days: int = 1) -> WeatherReading:
    return fetch_open_meteo(meteo.url, 59.3293, 18.0686, past_days, timeout_s=2.0)


def test_hours_count_from_their_start_and_radiation_is_of_the_hour_before(meteo: Meteo) -> None:
    reading = fetched(meteo)
    assert reading.error == ""
    assert reading.hours == (
        WeatherHour(START, 10.0, 1.5, 100.0, 4.0, 0.05),
        WeatherHour(START + HOUR, 30.0, 2.5, 200.0, 4.0, 0.05),
        WeatherHour(START + 2 * HOUR, 50.0, 3.5, 300.0, 4.0, 0.05),
    )


def test_it_tells_the_place_to_a_kilometre_and_no_more(meteo: Meteo) -> None:
    fetched(meteo, 400)
    (asked,) = meteo.asked
    assert (asked["latitude"], asked["longitude"]) == ("59.33", "18.07")
    assert asked["past_days"] == str(MOST_PAST_DAYS)
    assert (asked["timeformat"], asked["timezone"], asked["wind_speed_unit"]) == ("unixtime", "GMT", "ms")
    assert asked["hourly"].split(",") == [
        "temperature_2m",
        "cloud_cover",
        "shortwave_radiation",
        "wind_speed_10m",
        "snow_depth",
    ]


def test_what_cannot_be_is_missing(meteo: Meteo) -> None:
    answer = json.loads(recorded(3))
    answer["hourly"]["temperature_2m"] = [None, "NaN", 900]
    answer["hourly"]["cloud_cover"] = [50, None, -3]
    answer["hourly"]["shortwave_radiation"] = [0, -5, 250]
    answer["hourly"]["wind_speed_10m"] = [1, 2]
    del answer["hourly"]["snow_depth"]
    meteo.body = json.dumps(answer).encode()
    assert fetched(meteo).hours == (WeatherHour(START, 50.0), WeatherHour(START + HOUR, shortwave_w_m2=250.0))


def test_a_gap_in_the_times_is_no_hour(meteo: Meteo) -> None:
    answer = json.loads(recorded(4))
    answer["hourly"]["time"][1] = None
    meteo.body = json.dumps(answer).encode()
    assert [hour.start for hour in fetched(meteo).hours] == [START + 2 * HOUR]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b'{"error": true, "reason": "Latitude must be in range"}', "Open-Meteo answered 400: Latitude must be"),
        (429, b'{"error": true, "reason": "Daily API request limit exceeded."}', "429: Daily API request limit"),
        (502, b"<html>Bad gateway</html>", "Open-Meteo answered 502"),
        (200, b"<html>", "did not answer in JSON"),
        (200, b"[]", "has no hourly forecast"),
        (200, b'{"hourly": {"time": "now"}}', "has no hourly forecast"),
        (200, b'{"hourly": {"time": [1e300, {}, 3]}}', "has no hourly forecast"),
    ],
)
def test_what_goes_wrong_is_said_in_words(meteo: Meteo, status: int, body: bytes, said: str) -> None:
    meteo.status, meteo.body = status, body
    reading = fetched(meteo)
    assert reading.hours == ()
    assert said in reading.error


def test_a_redirect_is_not_followed(meteo: Meteo) -> None:
    meteo.status, meteo.headers = 302, {"Location": meteo.url}
    assert "302" in fetched(meteo).error
    assert len(meteo.asked) == 1


def test_a_server_that_does_not_answer(meteo: Meteo) -> None:
    meteo.slow = Event()
    assert "did not answer in 0.05 s" in fetch_open_meteo(meteo.url, 59, 18, 1, timeout_s=0.05).error


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1/forecast"
        assert "could not be reached" in fetch_open_meteo(url, 59, 18, 1, timeout_s=1.0).error


def test_an_endless_answer_is_cut(meteo: Meteo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_meteo, "LARGEST_BYTES", 1_000)
    meteo.body = b" " * 50_000
    assert "more than" in fetched(meteo).error


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["hourly", "time", "cloud_cover"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_answer_makes_it_fail(answer: object) -> None:
    reading = open_meteo._reading(json.dumps(answer).encode(), "there")
    assert bool(reading.hours) != bool(reading.error)
