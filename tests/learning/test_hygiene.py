"""Which cycles against legionella count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.control.decision import (
    Decision,
    Execution,
    ExecutionStep,
    HeaterMode,
    HeaterSettingsNow,
    Source,
    StepResult,
)
from darkstar.home.devices import WaterHeaterSettings
from darkstar.home.observation import Observation
from darkstar.learning.hygiene import HotSpell, hot_spells
from tests.homes import home

START = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
"""Midnight in Stockholm; the clocks go forward two hours later."""
HEATER = WaterHeaterSettings(power_kw=3.0)
HOME = home(water_heater=HEATER)
MINUTE = timedelta(minutes=1)


def tick(minute: float, mode: HeaterMode | None = HeaterMode.HYGIENE, **changes: Any) -> Execution:
    """A tick so many minutes after the start, with the heater's entity in the wanted state."""
    heater = None if mode is None else HeaterSettingsNow(mode, Source.PLAN, "because")
    result = changes.pop("result", StepResult.UNCHANGED)
    steps = () if result is None else (ExecutionStep("number.water_heater", "65", "65", result),)
    values: dict[str, Any] = {
        "plan_id": None, "soc_percent": 50.0, "load_kw": 1.0, "pv_kw": 0.0, "grid_kw": 1.0, "shadow": False,
    }  # fmt: skip
    at = START + minute * MINUTE
    return Execution(executed_at=at, decision=Decision(at, None, heater, "sentence"), steps=steps, **values | changes)


def cycle(minutes: int = 180, step: int = 5, **changes: Any) -> list[Execution]:
    """Three hours of the cycle, and the tick that ends it."""
    return [tick(at, **changes) for at in range(0, minutes, step)] + [tick(minutes, HeaterMode.OFF)]


def rows(hours: float = 3.0, kw: float | None = 3.0, after: float = 0.0) -> list[Observation]:
    quarters = range(round(hours * 4))
    begin = START + timedelta(hours=after)
    return [Observation(begin + 15 * MINUTE * n, 0.25, heater_kwh=None if kw is None else kw / 4) for n in quarters]


def spells(
    executions: list[Execution], observed: list[Observation], hot_at: datetime | None = None, hours: float = 5
) -> tuple[HotSpell, ...]:
    return hot_spells(executions, observed, hot_at, HOME, START + timedelta(hours=hours))


def test_a_cycle_that_was_commanded_and_delivered_counts() -> None:
    (spell,) = spells(cycle(), rows())
    assert (spell.start, spell.end) == (START, START + 180 * MINUTE)
    assert spell.kwh == pytest.approx(9.0)
    assert spell.is_complete(HEATER)
    assert spell.is_long(HEATER)


def test_ninety_percent_of_the_energy_is_enough_and_less_is_not() -> None:
    (enough,) = spells(cycle(), rows(kw=2.71))
    (short,) = spells(cycle(), rows(kw=2.69))
    assert enough.is_complete(HEATER)
    assert not short.is_complete(HEATER)


def test_planned_and_commanded_but_without_heat_is_no_cycle() -> None:
    for observed in ([], rows(kw=None), rows(kw=0.0)):
        (spell,) = spells(cycle(), observed)
        assert not spell.is_complete(HEATER)
        assert spell.is_long(HEATER)


def test_heat_without_the_command_is_no_cycle() -> None:
    assert spells([tick(at, HeaterMode.NORMAL) for at in range(0, 180, 5)], rows()) == ()
    assert spells([], rows()) == ()
    assert spells([tick(at, None) for at in range(0, 180, 5)], rows()) == ()


def test_heat_outside_the_cycle_does_not_count() -> None:
    (spell,) = spells(cycle(), rows(after=3.0))
    assert spell.kwh == 0


@pytest.mark.parametrize("hot_after_minutes", [0, 40, 180])
def test_a_thermostat_that_cuts_off_early_counts_where_the_temperature_is_measured(hot_after_minutes: int) -> None:
    (spell,) = spells(cycle(), rows(hours=0.75), START + hot_after_minutes * MINUTE)
    assert spell.is_complete(HEATER)


@pytest.mark.parametrize("hot_after_minutes", [-1, 181, None])
def test_heat_from_before_or_after_the_cycle_is_none_of_it(hot_after_minutes: int | None) -> None:
    hot_at = None if hot_after_minutes is None else START + hot_after_minutes * MINUTE
    (spell,) = spells(cycle(), rows(hours=0.75), hot_at)
    assert not spell.is_complete(HEATER)


@pytest.mark.parametrize("result", [StepResult.FAILED, StepResult.UNREADABLE, StepResult.SHADOW, StepResult.YIELDED])
def test_a_command_that_did_not_reach_the_heater_is_none(result: StepResult) -> None:
    assert spells(cycle(result=result), rows()) == ()


def test_shadow_mode_carries_nothing_out() -> None:
    assert spells(cycle(shadow=True), rows()) == ()


def test_an_interruption_splits_it_and_neither_part_counts() -> None:
    executions = [tick(at) for at in range(0, 90, 5)]
    executions += [tick(at, HeaterMode.OFF) for at in range(90, 120, 5)]
    executions += [tick(at) for at in range(120, 180, 5)] + [tick(180, HeaterMode.OFF)]
    found = spells(executions, rows(1.5) + rows(1.0, after=2.0))
    assert len(found) == 2
    assert not any(spell.is_complete(HEATER) or spell.is_long(HEATER) for spell in found)


def test_hands_off_in_the_middle_is_an_interruption() -> None:
    executions = cycle()
    executions[18] = tick(90, None)
    assert len(spells(executions, rows())) == 2


def test_a_restart_in_the_middle_does_not_split_it() -> None:
    executions = [each for each in cycle() if not 60 <= (each.executed_at - START) / MINUTE < 110]
    (spell,) = spells(executions, rows())
    assert spell.is_complete(HEATER)


def test_a_silence_of_hours_splits_it() -> None:
    executions = [each for each in cycle() if not 30 <= (each.executed_at - START) / MINUTE < 120]
    first, second = spells(executions, rows())
    assert first.end == START + 25 * MINUTE
    assert second.start == START + 120 * MINUTE


@pytest.mark.parametrize(
    "unclear", [{"result": StepResult.UNCONFIRMED}, {"result": StepResult.DEFERRED}, {"result": None}, {"error": "x"}]
)
def test_a_tick_that_says_nothing_of_the_heater_does_not_split_it(unclear: dict[str, Any]) -> None:
    executions = cycle()
    executions[10] = tick(50, **unclear)
    (spell,) = spells(executions, rows())
    assert spell.is_complete(HEATER)


def test_a_quick_action_that_heats_more_does_not_split_it() -> None:
    executions = cycle()
    executions[10:14] = [tick(50 + 5 * n, HeaterMode.BOOST) for n in range(4)]
    (spell,) = spells(executions, rows())
    assert spell.is_complete(HEATER)


def test_heat_as_hot_as_a_cycle_that_was_none_is_not_taken_for_one() -> None:
    executions = [tick(at, HeaterMode.MAX) for at in range(0, 180, 5)]
    assert spells(executions, rows()) == ()


def test_one_that_still_runs_ends_now() -> None:
    (spell,) = spells(cycle()[:-1], rows(), hours=2.95)
    assert spell.end == START + timedelta(hours=2.95)


def test_a_home_without_a_heater_has_no_cycles() -> None:
    assert hot_spells(cycle(), rows(), None, home(water_heater=None), START + timedelta(hours=5)) == ()
