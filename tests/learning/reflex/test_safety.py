"""Safety: evenings without reserve are found, in local time, at any floor; full batteries are none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.learning.reflex.evidence import Evidence
from darkstar.learning.reflex.finding import InForce, Verdict
from darkstar.learning.reflex.safety import BOLDER, SAFER, safety
from tests.learning.reflex.synthetic import IN_FORCE, LONG_AGO, home

HOUR = timedelta(hours=1)
FIRST = date(2026, 3, 1)
BATTERY = {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5, "min_soc_percent": 12}
SocOf = Callable[[int, int], float]
"""SoC by day and local hour."""


def seen(soc_of: SocOf, days: int = 30, zone: str = "Europe/Stockholm", dear: float = 0.5, **changes: Any) -> Evidence:
    """Hours of a home that buys 2 kWh each, dear from 16 to 20 h local time."""
    settings = home(time_zone=zone, battery=BATTERY, **changes.pop("blocks", {}))
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=settings.zone).astimezone(UTC)
    rows, prices = [], []
    for index in range(days * 24):
        at = start + index * HOUR
        local = at.astimezone(settings.zone)
        day = (local.date() - FIRST).days
        is_evening = 16 <= local.hour < 20
        rows.append(
            Observation(at, 1.0, import_kwh=2.0, export_kwh=0.0, discharge_kwh=0.0, soc_percent=soc_of(day, local.hour))
        )
        prices.append(Price(at, at + HOUR, dear if is_evening else 0.2, 0.1))
    fields: dict[str, Any] = {
        "home": settings,
        "owner_home": settings,
        "now": start + days * timedelta(days=1),
        "observations": tuple(rows),
        "prices": PriceCurve(tuple(prices)),
        "in_force": IN_FORCE,
    }
    return Evidence(**{**fields, **changes})


def empty_in_the_evening(day: int, hour: int) -> float:
    return 12.0 if 16 <= hour < 20 else 50.0


def never_empty(day: int, hour: int) -> float:
    return 50.0


def test_empty_evenings_ask_for_more_safety_at_any_floor() -> None:
    """The reference looked for less than 5 %: above a floor of 12 % that never happens."""
    finding = safety(seen(empty_in_the_evening))
    assert (finding.verdict, finding.target) == (Verdict.PROPOSED, 3)
    assert finding.value == 1.0


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Europe/Stockholm"])
def test_the_evening_is_local(zone: str) -> None:
    """The reference looked at 16 to 20 h UTC."""
    assert safety(seen(empty_in_the_evening, zone=zone)).verdict is Verdict.PROPOSED


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_an_empty_night_is_no_empty_evening(zone: str) -> None:
    def empty_at_night(day: int, hour: int) -> float:
        return 12.0 if hour < 8 else 50.0

    finding = safety(seen(empty_at_night, zone=zone))
    assert (finding.verdict, finding.value) == (Verdict.STABLE, 0.0)


def test_evenings_below_the_floor_count_though_nothing_was_dear() -> None:
    def below(day: int, hour: int) -> float:
        return 6.0 if 16 <= hour < 20 and day % 3 == 0 else 50.0

    finding = safety(seen(below, dear=0.2))
    assert finding.verdict is Verdict.PROPOSED
    assert "below the floor on 10, 6 points on the mean" in finding.text


def test_a_battery_that_was_full_could_not_have_held_more() -> None:
    def full_before(day: int, hour: int) -> float:
        return 12.0 if 16 <= hour < 20 else 100.0

    assert safety(seen(full_before)).verdict is Verdict.STABLE


def test_an_empty_battery_in_a_cheap_evening_is_no_lack() -> None:
    assert safety(seen(empty_in_the_evening, dear=0.22)).verdict is Verdict.STABLE


def test_a_sensor_that_shows_a_point_too_little_is_no_lack() -> None:
    assert safety(seen(lambda _, hour: 11.0 if 16 <= hour < 20 else 50.0, dear=0.2)).verdict is Verdict.STABLE


def test_rare_evenings_propose_nothing() -> None:
    for seed in range(50):
        random = Random(seed)
        short = {day for day in range(30) if random.random() < 0.05}
        found = safety(seen(lambda day, hour, short=short: 12.0 if day in short and 16 <= hour < 20 else 50.0))  # type: ignore[misc]
        assert found.verdict is Verdict.STABLE


@pytest.mark.parametrize(("level", "safer"), SAFER.items())
def test_safety_goes_one_level_at_a_time(level: int | None, safer: int) -> None:
    finding = safety(seen(empty_in_the_evening, blocks={"risk": {"appetite": level}}))
    assert (finding.verdict, finding.target) == (Verdict.PROPOSED, safer)


@pytest.mark.parametrize("level", [1, 2])
def test_the_safest_levels_are_the_limit(level: int) -> None:
    assert safety(seen(empty_in_the_evening, blocks={"risk": {"appetite": level}})).verdict is Verdict.AT_LIMIT


def test_the_owners_helper_has_the_say_and_is_told() -> None:
    finding = safety(seen(empty_in_the_evening, helper_appetite=4))
    assert finding.verdict is Verdict.NOTHING_TO_DO
    assert "level 3 would fit better than 4, which you have chosen" in finding.text


@pytest.mark.parametrize(("level", "bolder"), BOLDER.items())
def test_a_dear_reserve_that_nobody_needed_goes_down(level: int, bolder: int) -> None:
    finding = safety(seen(never_empty, days=60, blocks={"risk": {"appetite": level}}))
    assert (finding.verdict, finding.target) == (Verdict.PROPOSED, bolder)
    assert safety(seen(never_empty, blocks={"risk": {"appetite": level}})).verdict is Verdict.STABLE, (
        "not after 30 days"
    )


@pytest.mark.parametrize(("owner", "level", "back"), [(None, 3, None), (5, 4, 5), (5, 3, 4), (4, 3, 4), (3, 2, 3)])
def test_a_step_of_its_own_is_taken_back_towards_the_owners_level(
    owner: int | None, level: int, back: int | None
) -> None:
    owned = home(battery=BATTERY, risk={"appetite": owner})
    finding = safety(seen(never_empty, days=60, blocks={"risk": {"appetite": level}}, owner_home=owned))
    assert (finding.verdict, finding.target) == (Verdict.PROPOSED, back)


@pytest.mark.parametrize("level", [None, 3, 4, 5])
def test_the_owners_cheap_level_is_left_alone(level: int | None) -> None:
    finding = safety(seen(never_empty, days=60, blocks={"risk": {"appetite": level}}))
    assert finding.verdict is Verdict.STABLE


def test_evenings_before_the_last_change_do_not_count() -> None:
    """An integrator that goes on with the same evidence every day was a flaw of the reference."""
    late = seen(empty_in_the_evening)
    changed = {**IN_FORCE, "risk.appetite": (InForce(LONG_AGO, None), InForce(late.now - timedelta(days=10), 3.0))}
    assert safety(replace(late, in_force=changed)).verdict is Verdict.INSUFFICIENT
