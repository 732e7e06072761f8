"""Public holidays."""

import sys
from datetime import date

import pytest

from darkstar.forecast.days_off import days_off

EPOCH = date(1970, 1, 1)


def numbers(*days: date) -> set[int]:
    return {(day - EPOCH).days for day in days}


def test_a_country_has_its_own() -> None:
    found = days_off("SE", date(2026, 6, 1), date(2026, 6, 30))
    assert numbers(date(2026, 6, 6)) <= found
    assert not numbers(date(2026, 6, 9)) & found


def test_a_part_of_a_country_has_more() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 10)
    epiphany = numbers(date(2026, 1, 6))
    assert epiphany <= days_off("DE-BY", first, last)
    assert not epiphany & days_off("DE", first, last)


def test_none_are_known_of_no_place() -> None:
    assert days_off("", date(2026, 1, 1), date(2026, 12, 31)) == frozenset()


def test_a_place_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"load_forecast.holidays.*'XX'"):
        days_off("XX", date(2026, 1, 1), date(2026, 1, 2))


def test_without_the_library_no_day_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    days_off.cache_clear()
    assert days_off("SE", date(2026, 6, 1), date(2026, 6, 30)) == frozenset()
    days_off.cache_clear()
