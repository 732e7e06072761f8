"""What is published survives AppDaemon's own cleaning, which is run here as it is."""

import json
import math
from datetime import UTC, datetime

import pytest
from appdaemon.utils import clean_http_kwargs
from hypothesis import given
from hypothesis import strategies as st

from darkstar.wire import encode, encode_state


def _arrive(value: object) -> object:
    return json.loads(json.dumps(clean_http_kwargs({"value": value})["value"]))


def test_appdaemon_still_drops_zeros() -> None:
    assert _arrive([0.0, 1.5, 0]) == [1.5]


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (0, 0.0),
        (0.0, 0.0),
        ([0.0, 1.5, 0], [0.0, 1.5, 0.0]),
        ({"price": 0, "none": None}, {"price": 0.0}),
        (True, "on"),
        (False, "off"),
        ([None, 1], ["", 1.0]),
        ([{"value": -0.0}], [{"value": 0.0}]),
        (datetime(2026, 3, 29, tzinfo=UTC), "2026-03-29T00:00:00+00:00"),
    ],
)
def test_values_arrive(value: object, arrives: object) -> None:
    assert _arrive(encode(value)) == arrives


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_no_number_is_lost(numbers: list[float]) -> None:
    assert _arrive(encode(numbers)) == numbers


@pytest.mark.parametrize("value", [math.nan, math.inf, object()])
def test_what_cannot_be_published_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode(value)


@pytest.mark.parametrize(("state", "text"), [(0, "0"), (0.0, "0"), (1.25, "1.25"), ("on", "on")])
def test_states(state: str | float, text: str) -> None:
    assert encode_state(state) == text


def test_a_long_state_is_cut_at_255_characters() -> None:
    assert len(encode_state("x" * 300)) == 255
