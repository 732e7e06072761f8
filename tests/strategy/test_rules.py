"""The rules: all run in every plan, and each says what it does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from darkstar.home.day_context import DayContext, DayEvent
from darkstar.strategy.rules import RULES, Circumstances, effects_of, occupancy, price_spread, vacation, weather
from tests.homes import home
from tests.strategy.samples import NOW, hours, prices

HOUR = timedelta(hours=1)
USUAL = Circumstances(
    NOW, NOW + 48 * HOUR, home().zone, prices(0.2, 0.25, 0.3), vacation=False, reserve_moves=True, context=DayContext()
)


def having(**special: Any) -> Circumstances:
    return replace(USUAL, context=DayContext(**special))


def test_every_rule_is_named_once_with_or_without_effect() -> None:
    quiet = effects_of(USUAL)
    names = [effect.rule for effect in quiet.each]
    assert len(names) == len(set(names)) == len(RULES)
    assert quiet.notes == (f"rules without effect: {', '.join(names)}",)
    busy = effects_of(replace(having(events=(DayEvent(NOW, NOW + HOUR, "oven"),), occupied=False), vacation=True))
    told = " ".join(busy.notes)
    assert all(name in told for name in names)


def test_vacation_has_the_lowest_likely_load_all_along() -> None:
    (change,) = vacation(replace(USUAL, vacation=True)).loads
    assert (change.start, change.end, change.towards) == (USUAL.start, USUAL.end, -1.0)
    assert vacation(USUAL).loads == ()


@pytest.mark.parametrize(("occupied", "changes"), [(None, 0), (True, 0), (False, 1)])
def test_an_empty_home_uses_little_for_some_hours(occupied: bool | None, changes: int) -> None:
    found = occupancy(having(occupied=occupied)).loads
    assert len(found) == changes
    assert all(change.end == NOW + 3 * HOUR for change in found)
    assert occupancy(replace(having(occupied=occupied), vacation=True)).loads == ()


def test_events_outside_the_horizon_do_nothing() -> None:
    over = DayEvent(NOW - 2 * HOUR, NOW, "oven")
    later = DayEvent(NOW + 48 * HOUR, NOW + 50 * HOUR, "oven")
    assert effects_of(having(events=(over, later))).loads == ()


def test_changeable_weather_moves_the_reserve_where_there_is_one() -> None:
    changeable = having(weather=hours((40, 60), (5, 5)))
    assert weather(changeable).volatility == pytest.approx(0.5)
    assert weather(replace(changeable, reserve_moves=False)).words == ""
    assert weather(
        having(weather=tuple(replace(one, start=one.start - 9 * HOUR) for one in hours((0, 90), (1, 1))))
    ) == (weather(USUAL))


@pytest.mark.parametrize(
    ("imports", "points"),
    [((0.2, 0.2, 0.21), 4.0), ((0.2, 0.25, 0.3), 0.0), ((0.1, 0.2, 0.6), -4.0), ((-0.2, -0.1), 0.0), ((0.0,), 0.0)],
)
def test_even_prices_make_the_reserve_larger_and_uneven_ones_smaller(imports: tuple[float, ...], points: float) -> None:
    seen = replace(USUAL, curve=prices(*imports))
    found = price_spread(seen)
    assert found.reserve_points == points
    assert bool(found.words) == bool(points)
    assert price_spread(replace(seen, reserve_moves=False)).reserve_points == 0.0
