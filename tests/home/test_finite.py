from __future__ import annotations

import pytest

from darkstar.home.finite import number


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12.5", 12.5), (3, 3.0), ("-0.25", -0.25), (0, 0.0), (" 7 ", 7.0), ("1e3", 1000.0)],
)
def test_numbers_come_out_of_text_and_numbers(value: object, expected: float) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "value", ["unavailable", "unknown", "", "nan", "inf", "-inf", None, True, [], {}, float("nan"), 10**400]
)
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number(value) is None
