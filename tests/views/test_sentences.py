import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import (
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    Decision,
    HeaterMode,
    Override,
    OverrideKind,
    Source,
)
from darkstar.forecast.bands import Forecast
from darkstar.home.prices import PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.home.readings import Measurement
from darkstar.optimizer.plan import PlanStatus
from darkstar.views.sentences import hero, next_run, story
from darkstar.views.snapshot import Snapshot
from tests.views.samples import NOON, empty, home, sample, troubled

NIGHT = datetime(2026, 4, 13, 23, 40, tzinfo=UTC)
EVENING = datetime(2026, 4, 14, 16, 20, tzinfo=UTC)


def _decided(snapshot: Snapshot, **changes: object) -> Snapshot:
    assert snapshot.execution is not None
    decision: Decision = replace(snapshot.execution.decision, **changes)  # type: ignore[arg-type]  # test's own keys
    return replace(snapshot, execution=replace(snapshot.execution, decision=decision))


def _battery(snapshot: Snapshot) -> BatterySettingsNow:
    assert snapshot.execution is not None
    assert snapshot.execution.decision.battery is not None
    return snapshot.execution.decision.battery


def _measuring(snapshot: Snapshot, **values: float | None) -> Snapshot:
    assert snapshot.readings is not None
    readings = snapshot.readings
    for name, value in values.items():
        measured = None if value is None else Measurement(value, NOON, f"sensor.{name}")
        readings = replace(readings, **{name: measured})  # type: ignore[arg-type]  # names of measurements
    return replace(snapshot, readings=readings)


def test_grid_charging_says_power_end_and_money() -> None:
    first = story(sample(NIGHT))[0]
    assert first.startswith("Charging from the grid at 4.0 kW until 02:00 up to 60 %: a stored kWh is worth 2.10 SEK")


def test_a_sale_says_what_arrives_in_the_grid() -> None:
    snapshot = sample(EVENING)
    assert snapshot.readings is not None
    assert snapshot.readings.grid_kw is not None
    sold = -snapshot.readings.grid_kw.value
    assert story(snapshot)[0].startswith(f"Selling from the battery at {sold:.1f} kW until 19:15 down to 45 %")


def test_self_use_says_what_is_measured_and_why() -> None:
    lines = story(sample())
    assert lines[0] == "Storing solar power at 2.9 kW until 14:45."
    assert lines[1].startswith("Sold now, a kWh of it would bring ")
    sold, stored = (float(amount) for amount in re.findall(r"(\d\.\d+) SEK", lines[1]))
    assert sold < stored


def test_storing_is_explained_by_the_rule_where_selling_is_not_what_it_is_weighed_against() -> None:
    for snapshot in (replace(sample(), curve=PriceCurve()), replace(sample(), plan=None, policy=None)):
        assert "Sold now" not in " ".join(story(snapshot))
    assert story(replace(sample(), home=home(grid={"export_allowed": False})))[1].startswith("Covering the load")


def test_a_measurement_against_the_plan_has_no_end() -> None:
    lines = story(_measuring(sample(), battery_kw=-0.8))
    assert lines[0] == "Running the home from the battery at 0.8 kW."


def test_a_command_that_has_not_taken_is_not_claimed_as_done() -> None:
    line = story(_measuring(sample(NIGHT), battery_kw=-1.0))[0]
    assert line.startswith("Told to charge from the grid at up to 5.0 kW until 02:00, and waiting")


def test_an_unmeasured_battery_gets_its_limit_named() -> None:
    snapshot = _measuring(sample(NIGHT), battery_kw=None, grid_kw=None)
    assert story(snapshot)[0].startswith("Charging from the grid at up to 5.0 kW until 02:00")


def test_a_resting_battery_is_explained_by_its_reason() -> None:
    snapshot = _measuring(sample(), battery_kw=0.0)
    settings = replace(_battery(snapshot), reason="keeping what is stored: worth 2 SEK later")
    assert story(_decided(snapshot, battery=settings))[0] == "Keeping what is stored: worth 2 SEK later."


def test_water_heating_is_mentioned() -> None:
    snapshot = sample()
    assert snapshot.execution is not None
    heater = snapshot.execution.decision.heater
    assert heater is not None
    heating = _decided(snapshot, heater=replace(heater, mode=HeaterMode.BOOST))
    assert story(heating)[0] == "Storing solar power at 2.9 kW until 14:45 while heating water."
    assert "The water heater is on." in story(_measuring(heating, battery_kw=0.0))


def test_shadow_mode_does_not_claim_to_act() -> None:
    snapshot = sample(NIGHT)
    assert snapshot.execution is not None
    watching = replace(snapshot, execution=replace(snapshot.execution, shadow=True))
    assert story(watching)[0] == "Only watching: would now charge from the grid until 02:00."


def test_hands_off_says_so() -> None:
    snapshot = _decided(sample(), battery=None, heater=None, hands_off="manual override is on")
    assert story(snapshot)[0] == "Hands off: manual override is on."


def test_a_decision_without_battery_gives_its_summary() -> None:
    assert story(_decided(sample(), battery=None, summary="There is no battery"))[0] == "There is no battery."


def test_an_override_says_how_long_it_lasts_and_its_reason_how_far() -> None:
    lines = story(troubled())
    assert lines[0] == "Charging from the grid at 2.9 kW."
    assert lines[1].startswith("Force charge to 100 %")
    assert lines[2] == "Force charge: 43 min left, then back to the plan."


def test_every_quick_action_in_force_is_mentioned_the_newest_first() -> None:
    charge = Override(OverrideKind.FORCE_CHARGE, NOON - timedelta(minutes=17), NOON + timedelta(minutes=43))
    heat = Override(OverrideKind.FORCE_HEAT, NOON, NOON + timedelta(minutes=90))
    snapshot = replace(sample(), overrides=ActiveOverrides(battery=charge, heater=heat))
    assert "Force heat: 1 h 30 min left; Force charge: 43 min left, then back to the plan." in story(snapshot)
    assert not any("back to the plan" in line for line in story(sample()))


def test_a_silent_executor_is_reported() -> None:
    assert story(replace(sample(), now=NOON + timedelta(hours=1)))[0] == (
        "Nothing has been decided since 13:18: the executor does not run."
    )


def test_the_next_change_comes_with_its_money() -> None:
    snapshot = sample(datetime(2026, 4, 14, 15, 20, tzinfo=UTC))
    run = next_run(snapshot)
    assert run is not None
    assert f"From 18:00: sell from the battery (about {run.money:.2f} SEK)." in story(snapshot)


def test_the_next_change_is_never_to_what_is_being_done() -> None:
    snapshot = _measuring(sample(), battery_kw=-0.8)
    run = next_run(snapshot)
    assert run is not None
    assert run.action.value == "hold"


def test_today_is_summed_up() -> None:
    today = next(line for line in story(sample()) if line.startswith("Today"))
    assert today == "Today: 13.32 SEK spent so far, about 11.94 SEK spent by midnight."
    rest_only = story(replace(sample(), observations=()))
    assert any(line.startswith("Today: 1.38 SEK earned by midnight, as planned") for line in rest_only)


def test_what_is_assumed_is_said() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    assert snapshot.forecast is not None
    forecast: Forecast = replace(snapshot.forecast, assumed=("load from a standard household",))
    plan = replace(
        snapshot.plan,
        status=PlanStatus.FALLBACK,
        unmet=("2 kWh of heat",),
        notes=("vacation",),
        created_at=NOON - timedelta(hours=9),
    )
    lines = story(replace(snapshot, forecast=forecast, plan=plan))
    assert "Assumed for lack of history: load from a standard household." in lines
    assert "Prices are a forecast from Thu 00:00." in lines
    assert "No solver answered, so the plan is plain self-use." in lines
    assert "The plan is 9 h old." in lines
    assert "Not possible: 2 kWh of heat." in lines
    assert "vacation." in lines


def test_a_newborn_darkstar_speaks_sensibly() -> None:
    assert hero(empty()) == "Darkstar has just started: no plan and no decision yet."
    assert hero(replace(empty(), plan=sample().plan)).startswith("The plan is ready; nothing has been decided yet.")
    fault = Problem("prices_missing", Severity.CRITICAL, NOON, "sensor.nordpool has no prices", "look at it")
    assert hero(replace(empty(), problems=(fault,))) == "Darkstar cannot start yet. sensor.nordpool has no prices."


@pytest.mark.parametrize("snapshot", [sample(), sample(NIGHT), sample(EVENING), troubled(), empty()])
def test_the_hero_is_the_beginning_of_the_story(snapshot: Snapshot) -> None:
    text = hero(snapshot)
    assert 0 < len(text) <= 255
    assert " ".join(story(snapshot)).startswith(text)


@given(st.text(min_size=1, max_size=600), st.sampled_from(list(Source)), st.sampled_from(list(BatteryMode)))
def test_no_reason_is_too_long(reason: str, source: Source, mode: BatteryMode) -> None:
    snapshot = sample()
    settings = replace(_battery(snapshot), reason=reason, source=source, mode=mode)
    assert 0 < len(hero(_decided(snapshot, battery=settings))) <= 255
