"""Flags for what was special about a slot."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Decision, Execution, Source
from darkstar.home.observation import AWAY, CURTAILED, VACATION, Observation
from darkstar.learning.circumstances import (
    UNKNOWN,
    Circumstances,
    left_at,
    lowest_charge_limit_kw,
    marks,
)
from tests.learning.samples import START, home

SUNNY = Observation(START, 0.25, load_kwh=0.1, pv_kwh=0.5, import_kwh=0.0, export_kwh=0.0, charge_kwh=0.4)


def found(row: Observation, circumstances: Circumstances = UNKNOWN, **grid: Any) -> frozenset[str]:
    return marks(row, home(grid={"max_import_kw": 11, **grid}), circumstances, None)


def test_a_vacation_is_flagged_where_somebody_says_so() -> None:
    assert found(SUNNY) == frozenset()
    assert found(SUNNY, Circumstances(vacation=False, occupied=False)) == frozenset()
    assert found(SUNNY, Circumstances(vacation=True)) == {VACATION}


@pytest.mark.parametrize(("hours", "flagged"), [(0, False), (23.5, False), (24, True), (200, True)])
def test_a_day_at_work_is_no_absence(hours: float, flagged: bool) -> None:
    left = START - timedelta(hours=hours)
    assert marks(SUNNY, home(), Circumstances(occupied=False), left) == ({AWAY} if flagged else set())


def test_an_absence_ends_when_someone_is_at_home_and_not_when_a_sensor_fails() -> None:
    later = START + timedelta(hours=5)
    assert left_at(None, START, Circumstances(occupied=True)) is None
    assert left_at(None, START, Circumstances(occupied=False)) == START
    assert left_at(START, later, Circumstances(occupied=False)) == START
    assert left_at(START, later, UNKNOWN) == START
    assert left_at(START, later, Circumstances(occupied=True)) is None


@pytest.mark.parametrize(("export_kwh", "curtailed"), [(0.9, False), (0.98, True), (1.02, True), (None, False)])
def test_feeding_in_at_the_limit_is_curtailed(export_kwh: float | None, curtailed: bool) -> None:
    row = replace(SUNNY, export_kwh=export_kwh)
    assert found(row, max_export_kw=4.0) == ({CURTAILED} if curtailed else set())
    assert found(row) == frozenset()


@pytest.mark.parametrize(
    ("change", "limit_kw", "curtailed"),
    [
        ({"soc_percent": 60.0}, None, False),
        ({"soc_percent": 99.5}, None, True),
        ({"soc_percent": 60.0, "charge_kwh": 1.25}, None, True),
        ({"soc_percent": 60.0}, 0.0, True),
        ({"soc_percent": 60.0}, 3.0, False),
        ({"soc_percent": 99.5, "import_kwh": 0.1}, None, False),
        ({"soc_percent": 99.5, "pv_kwh": 0.0}, None, False),
        ({"soc_percent": None}, None, True),
    ],
)
def test_where_nothing_is_fed_in_a_full_or_held_battery_throttles(
    change: dict[str, float | None], limit_kw: float | None, curtailed: bool
) -> None:
    row = replace(SUNNY, **change)  # type: ignore[arg-type]  # one test table for several fields
    said = found(row, Circumstances(charge_limit_kw=limit_kw), export_allowed=False)
    assert said == ({CURTAILED} if curtailed else set())


def executed(charge_kw: float | None) -> Execution:
    wanted = (
        None
        if charge_kw is None
        else BatterySettingsNow(BatteryMode.SELF_USE, charge_kw, 5.0, 10.0, Source.PLAN, "a test")
    )
    decision = Decision(START, wanted, None, "a test")
    return Execution(START, None, decision, (), None, None, None, None, shadow=False)


def test_the_lowest_charge_limit_of_a_slot_counts() -> None:
    assert lowest_charge_limit_kw([]) is None
    assert lowest_charge_limit_kw([executed(None)]) is None
    assert lowest_charge_limit_kw([executed(5.0), executed(None), executed(1.5)]) == 1.5
