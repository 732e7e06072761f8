from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.views.words import clock, duration, fit, moment, money, power, rate, span

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 4, 14, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 4, 14, 15, 45, tzinfo=UTC), "17:45"),
        (datetime(2026, 4, 14, 22, 0, tzinfo=UTC), "midnight"),
        (datetime(2026, 4, 15, 2, 15, tzinfo=UTC), "tomorrow 04:15"),
        (datetime(2026, 4, 16, 2, 15, tzinfo=UTC), "Thu 04:15"),
        (datetime(2026, 4, 13, 2, 15, tzinfo=UTC), "Mon 04:15"),
    ],
)
def test_a_time_is_said_as_one_says_it_at_home(instant: datetime, words: str) -> None:
    assert clock(instant, NOW, ZONE) == words


def test_local_time_follows_the_clock_change() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [clock(before + timedelta(hours=hours), before, ZONE) for hours in range(3)] == ["02:30", "02:30", "03:30"]


def test_moments_and_spans_name_the_day() -> None:
    assert moment(NOW, ZONE) == "Tue 14 Apr 13:20"
    assert span(NOW, NOW + timedelta(minutes=10), ZONE) == "Tue 13:20-13:30"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(seconds=20), "1 min"),
        (timedelta(minutes=43), "43 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=72), "3 days"),
    ],
)
def test_durations(length: timedelta, words: str) -> None:
    assert duration(length) == words


@pytest.mark.parametrize(("kw", "words"), [(3.21, "3.2 kW"), (-3.21, "3.2 kW"), (0.09, "90 W"), (0.0, "0 W")])
def test_powers(kw: float, words: str) -> None:
    assert power(kw) == words


@pytest.mark.parametrize(
    ("per_kwh", "words"),
    [(2.456, "2.46"), (0.284, "0.284"), (0.28, "0.28"), (-0.0831, "-0.083"), (-0.0001, "0.00"), (0.9996, "1.00")],
)
def test_prices_have_the_digits_that_matter(per_kwh: float, words: str) -> None:
    assert rate(per_kwh) == words


def test_money_is_never_minus_zero() -> None:
    assert money(-0.001, "EUR") == "0.00 EUR"
    assert money(-1.239, "SEK") == "-1.24 SEK"


def test_whole_sentences_are_kept_in_order() -> None:
    assert fit(("One.", "", "Two.", "A third one that is long.", "End."), 12) == "One. Two."


def test_a_first_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    assert fit(("The battery rests because",), 20) == "The battery rests…"
    assert fit(("x" * 30,), 20) == "x" * 19 + "…"


@given(st.lists(st.text(max_size=60), max_size=8), st.integers(2, 120))
def test_what_fits_fits(sentences: list[str], limit: int) -> None:
    text = fit(sentences, limit)
    assert len(text) <= limit
    assert bool(text) == any(sentences)
