"""Compare, write, read back, try again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import (
    BatteryMode,
    Decision,
    ExecutionStep,
    HeaterMode,
    HeaterSettingsNow,
    Source,
    StepResult,
)
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.home.settings import HomeSettings
from tests.control.fake_devices import FakeDevices
from tests.control.samples import (
    CHARGE_CURRENT,
    DEYE_ENTITIES,
    DISCHARGE_CURRENT,
    GENERIC,
    GRID_CHARGING,
    HEATER,
    NOW,
    SOC_TARGET,
    WORK_MODE,
    decided,
    sample_home,
)

ALL = {WORK_MODE, GRID_CHARGING, CHARGE_CURRENT, DISCHARGE_CURRENT, SOC_TARGET, HEATER}
CHARGING = decided(BatteryMode.GRID_CHARGE, charge_kw=3.0, target=62.3)
EXPORTING = decided(BatteryMode.EXPORT, target=40.0)
RESTING = decided(BatteryMode.SELF_USE)
HEATING = replace(RESTING, heater=HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "as the test wants it"))


@dataclass
class Bench:
    """A dispatcher on fake devices, and its clock."""

    devices: FakeDevices
    dispatcher: Dispatcher
    ticks: int = 0

    def tick(self, decision: Decision) -> dict[str, ExecutionStep]:
        now = NOW + timedelta(minutes=5) * self.ticks
        self.ticks += 1
        return {step.entity_id: step for step in self.dispatcher.dispatch(decision, now)}


def bench(home: HomeSettings | None = None, **changes: Any) -> Bench:
    devices = FakeDevices()
    settings = home if home is not None else sample_home(**changes)
    return Bench(devices, Dispatcher(devices, settings, devices.sleep))


def results(steps: dict[str, ExecutionStep]) -> dict[str, StepResult]:
    return {entity_id: step.result for entity_id, step in steps.items()}


def test_a_charge_is_written_in_order_and_read_back() -> None:
    it = bench()
    steps = it.tick(CHARGING)
    assert it.devices.calls == [
        ("number/set_value", {"entity_id": CHARGE_CURRENT, "value": 65.0}),
        ("number/set_value", {"entity_id": SOC_TARGET, "value": 63.0}),
        ("switch/turn_on", {"entity_id": GRID_CHARGING}),
    ]
    assert results(steps)[GRID_CHARGING] is StepResult.WRITTEN
    assert results(steps)[WORK_MODE] is StepResult.UNCHANGED
    assert steps[CHARGE_CURRENT].previous == "110.0"
    assert steps[CHARGE_CURRENT].wanted == "65"


def test_a_change_of_sides_closes_before_it_opens() -> None:
    it = bench()
    it.tick(CHARGING)
    it.devices.calls.clear()
    it.tick(EXPORTING)
    names = [name for name, _ in it.devices.calls]
    assert names[0] == "switch/turn_off"
    assert names[-1] == "select/select_option"


def test_nothing_is_opened_before_the_other_side_is_closed() -> None:
    it = bench()
    it.tick(EXPORTING)
    it.devices.deaf = {WORK_MODE}
    steps = it.tick(CHARGING)
    assert results(steps)[WORK_MODE] is StepResult.UNCONFIRMED
    assert results(steps)[GRID_CHARGING] is StepResult.DEFERRED
    assert it.devices.entities[GRID_CHARGING].state == "off"
    assert WORK_MODE in steps[GRID_CHARGING].message
    it.devices.deaf = set()
    assert results(it.tick(CHARGING))[GRID_CHARGING] is StepResult.WRITTEN


def test_a_wait_after_a_failure_can_be_ended() -> None:
    it = bench()
    it.devices.deaf = {GRID_CHARGING}
    tried = [results(it.tick(CHARGING))[GRID_CHARGING] for _ in range(3)]
    assert tried == [StepResult.UNCONFIRMED, StepResult.UNCONFIRMED, StepResult.DEFERRED]
    it.devices.deaf = set()
    it.dispatcher.try_all_at_once()
    assert results(it.tick(CHARGING))[GRID_CHARGING] is StepResult.WRITTEN


def test_what_is_there_already_is_not_written() -> None:
    it = bench()
    it.tick(CHARGING)
    it.devices.calls.clear()
    assert set(results(it.tick(CHARGING)).values()) == {StepResult.UNCHANGED}
    assert it.devices.calls == []


@pytest.mark.parametrize(("state", "result"), [("109.5", "unchanged"), ("112.5", "unchanged"), ("113", "written")])
def test_half_a_step_is_no_difference(state: str, result: str) -> None:
    it = bench()
    it.devices.put(CHARGE_CURRENT, state)
    assert it.tick(RESTING)[CHARGE_CURRENT].result == result


def test_zero_is_zero() -> None:
    it = bench()
    it.devices.put(DISCHARGE_CURRENT, "2")
    assert results(it.tick(decided(discharge_kw=0.0)))[DISCHARGE_CURRENT] is StepResult.WRITTEN
    assert it.devices.entities[DISCHARGE_CURRENT].state == "0.0"


def test_hands_off_touches_nothing() -> None:
    it = bench()
    assert it.tick(Decision(NOW, None, None, "off", hands_off="hands off")) == {}
    assert it.devices.calls == []


def test_devices_without_settings_are_not_touched() -> None:
    it = bench()
    assert it.tick(Decision(NOW, None, HEATING.heater, "no SoC")).keys() == {HEATER}


def test_shadow_mode_says_what_it_would_do_and_calls_nothing() -> None:
    it = bench(executor={"shadow_mode": True})
    steps = it.tick(CHARGING)
    assert it.devices.calls == []
    assert results(steps)[GRID_CHARGING] is StepResult.SHADOW
    assert results(steps)[WORK_MODE] is StepResult.UNCHANGED
    assert "would change 110.0 to 65" in steps[CHARGE_CURRENT].message


def test_helpers_get_the_services_of_their_own_domain() -> None:
    own = {"work_mode": "input_select.mode", "grid_charging": "input_boolean.grid", "soc_target": "input_number.target"}
    it = bench(inverter={"entities": {**DEYE_ENTITIES, **own}}, entities={"water_heater": "switch.boiler"})
    it.devices.put("input_select.mode", "Zero Export To CT", options=["Export First", "Zero Export To CT"])
    it.devices.put("input_boolean.grid", "on")
    it.devices.put("input_number.target", "50", min=5, max=100)
    it.devices.put("switch.boiler", "off")
    it.tick(replace(EXPORTING, heater=HEATING.heater))
    assert {name for name, _ in it.devices.calls} == {
        "input_boolean/turn_off",
        "input_number/set_value",
        "switch/turn_on",
        "input_select/select_option",
    }


@pytest.mark.parametrize("state", [None, "unavailable", "unknown", "warm"])
def test_an_unreadable_entity_is_not_written(state: str | None) -> None:
    it = bench()
    if state is None:
        del it.devices.entities[CHARGE_CURRENT]
    else:
        it.devices.put(CHARGE_CURRENT, state)
    steps = it.tick(CHARGING)
    assert results(steps)[CHARGE_CURRENT] is StepResult.UNREADABLE
    assert CHARGE_CURRENT in steps[CHARGE_CURRENT].message
    assert it.devices.calls_to(CHARGE_CURRENT) == 0


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    it = bench(inverter={"options": {"export": "Selling First"}})
    step = it.tick(EXPORTING)[WORK_MODE]
    assert step.result is StepResult.FAILED
    assert "'Selling First'" in step.message
    assert "'Export First'" in step.message
    assert it.devices.calls_to(WORK_MODE) == 0


def test_a_number_in_another_unit_is_refused() -> None:
    it = bench()
    it.devices.put(CHARGE_CURRENT, "5000", unit_of_measurement="W", max=10000)
    step = it.tick(RESTING)[CHARGE_CURRENT]
    assert step.result is StepResult.FAILED
    assert "is in W" in step.message
    assert it.devices.calls_to(CHARGE_CURRENT) == 0


def test_a_number_outside_the_range_becomes_the_nearest_allowed() -> None:
    it = bench()
    it.devices.put(HEATER, "40", max=65)
    step = it.tick(replace(HEATING, heater=HeaterSettingsNow(HeaterMode.BOOST, Source.OVERRIDE, "boost")))[HEATER]
    assert (step.result, step.wanted) == (StepResult.WRITTEN, "65")
    assert "65 instead of 70" in step.message
    assert (
        it.tick(replace(HEATING, heater=HeaterSettingsNow(HeaterMode.BOOST, Source.OVERRIDE, "boost")))[HEATER].result
        is StepResult.UNCHANGED
    )


def test_a_domain_that_cannot_be_set_is_refused() -> None:
    it = bench(entities={"water_heater": "sensor.boiler"})
    it.devices.put("sensor.boiler", "on")
    step = it.tick(HEATING)["sensor.boiler"]
    assert step.result is StepResult.FAILED
    assert "switch or input_boolean" in step.message


def test_what_the_inverter_cannot_do_is_said_in_every_result() -> None:
    it = bench(inverter=GENERIC)
    step = it.tick(EXPORTING)[GRID_CHARGING]
    assert step.result is StepResult.UNCHANGED
    assert "cannot sell" in step.message


def test_a_refused_call_fails_and_is_waited_for_no_longer_than_allowed() -> None:
    it = bench()
    it.devices.refusing = ALL
    steps = it.tick(CHARGING)
    assert results(steps)[CHARGE_CURRENT] is StepResult.FAILED
    assert "Service call refused" in steps[CHARGE_CURRENT].message
    assert it.devices.slept <= 3 * 2.0


def test_success_without_effect_is_unconfirmed() -> None:
    it = bench()
    it.devices.deaf = {SOC_TARGET}
    step = it.tick(CHARGING)[SOC_TARGET]
    assert step.result is StepResult.UNCONFIRMED
    assert "'10' is read back" in step.message


def test_a_late_read_back_is_waited_for() -> None:
    it = bench()
    it.devices.slow = {CHARGE_CURRENT: 4}
    assert results(it.tick(CHARGING))[CHARGE_CURRENT] is StepResult.WRITTEN
    assert 0 < it.devices.slept < 2.0


def test_a_call_that_fails_but_was_carried_out_counts_as_written() -> None:
    it = bench()
    it.devices.late = {CHARGE_CURRENT}
    dispatcher = Dispatcher(it.devices, sample_home(), lambda _: it.devices.catch_up())
    step = next(step for step in dispatcher.dispatch(CHARGING, NOW) if step.entity_id == CHARGE_CURRENT)
    assert step.result is StepResult.WRITTEN
    assert "TIMEOUT" in step.message
    assert dispatcher.problems == ()


def test_a_timed_out_call_that_is_carried_out_later_is_put_right() -> None:
    it = bench()
    it.devices.late = {CHARGE_CURRENT}
    assert results(it.tick(CHARGING))[CHARGE_CURRENT] is StepResult.FAILED
    it.devices.late = set()
    assert results(it.tick(RESTING))[CHARGE_CURRENT] is StepResult.UNCHANGED
    it.devices.catch_up()
    assert it.devices.entities[CHARGE_CURRENT].state == "65.0"
    assert results(it.tick(RESTING))[CHARGE_CURRENT] is StepResult.WRITTEN
    assert it.devices.entities[CHARGE_CURRENT].state == "110.0"


def test_failures_become_a_problem_and_clear_themselves() -> None:
    it = bench()
    it.devices.refusing = {GRID_CHARGING}
    for expected in (0, 0, 0, 1):
        it.tick(CHARGING)
        assert len(it.dispatcher.problems) == expected
    problem = it.dispatcher.problems[0]
    assert problem.problem_id == "command_failed_switch_inverter_grid_charging"
    assert problem.since == NOW
    assert GRID_CHARGING in problem.meaning
    it.devices.refusing = set()
    for _ in range(4):
        it.tick(CHARGING)
    assert it.dispatcher.problems == ()
    assert it.devices.entities[GRID_CHARGING].state == "on"


def test_an_entity_that_stays_away_becomes_a_problem() -> None:
    it = bench()
    it.devices.put(CHARGE_CURRENT, "unavailable")
    for _ in range(3):
        it.tick(RESTING)
    assert [problem.problem_id for problem in it.dispatcher.problems] == [
        "command_failed_number_inverter_charge_current"
    ]
    it.devices.put(CHARGE_CURRENT, "110")
    it.tick(RESTING)
    assert it.dispatcher.problems == ()


def test_hands_off_ends_problems_of_commands() -> None:
    it = bench(executor={"max_attempts": 1})
    it.devices.refusing = {GRID_CHARGING}
    it.tick(CHARGING)
    assert it.dispatcher.problems
    it.tick(Decision(NOW, None, None, "off", hands_off="hands off"))
    assert it.dispatcher.problems == ()


def test_retries_back_off_and_another_value_is_tried_at_once() -> None:
    it = bench()
    it.devices.deaf = {CHARGE_CURRENT}
    tried = []
    for tick in range(36):
        before = it.devices.calls_to(CHARGE_CURRENT)
        it.tick(CHARGING)
        if it.devices.calls_to(CHARGE_CURRENT) > before:
            tried.append(tick)
    assert tried == [0, 1, 3, 7, 15, 31]
    it.tick(replace(CHARGING, battery=replace(CHARGING.battery, charge_kw=1.0) if CHARGING.battery else None))
    assert it.devices.calls_to(CHARGE_CURRENT) == 7


def test_a_day_of_the_same_decision_writes_each_setting_once() -> None:
    it = bench()
    for _ in range(288):
        it.tick(replace(CHARGING, heater=HEATING.heater))
    assert len(it.devices.calls) == len({data["entity_id"] for _, data in it.devices.calls}) == 4


def test_a_setting_that_somebody_changed_is_put_back_at_the_next_tick() -> None:
    it = bench()
    it.tick(CHARGING)
    it.devices.put(GRID_CHARGING, "off")
    assert results(it.tick(CHARGING))[GRID_CHARGING] is StepResult.WRITTEN


entity_sets = st.sets(st.sampled_from(sorted(ALL)))
decisions = st.sampled_from([CHARGING, EXPORTING, RESTING, HEATING, decided(charge_kw=0.0, discharge_kw=0.0)])


@given(st.lists(st.tuples(decisions, entity_sets, entity_sets, entity_sets, entity_sets), max_size=8), decisions)
def test_whatever_went_wrong_the_devices_match_in_the_end(
    history: list[tuple[Decision, set[str], set[str], set[str], set[str]]], final: Decision
) -> None:
    it = bench()
    for decision, refusing, late, deaf, away in history:
        devices = it.devices
        devices.refusing, devices.late, devices.deaf = refusing, late - refusing, deaf
        lost = {entity_id: devices.entities[entity_id] for entity_id in away}
        for entity_id in away:
            del devices.entities[entity_id]
        it.tick(decision)
        for entity_id, state in lost.items():
            devices.entities[entity_id] = state
    it.devices.refusing, it.devices.late, it.devices.deaf = set(), set(), set()
    it.devices.catch_up()
    for _ in range(18):
        last = it.tick(final)
    assert set(results(last).values()) == {StepResult.UNCHANGED}
    assert it.dispatcher.problems == ()
    states = {entity_id: it.devices.entities[entity_id].state for entity_id in (WORK_MODE, GRID_CHARGING)}
    assert states != {WORK_MODE: "Export First", GRID_CHARGING: "on"}


def test_someone_elses_write_is_recorded_and_reported_once() -> None:
    it = bench()
    it.tick(CHARGING)
    it.devices.put(GRID_CHARGING, "off")
    step = it.tick(CHARGING)[GRID_CHARGING]
    assert "somebody else changed it from on to off" in step.message
    assert (step.previous, step.read_back) == ("off", "on")
    assert [problem.problem_id for problem in it.dispatcher.problems] == [
        "changed_by_others_switch_inverter_grid_charging"
    ]
    assert "somebody else" not in it.tick(CHARGING)[GRID_CHARGING].message


def test_after_three_re_assertions_the_setting_is_left_to_them_and_nothing_opens_against_it() -> None:
    it = bench()
    it.tick(EXPORTING)
    for _ in range(3):
        it.devices.put(GRID_CHARGING, "on")
        assert results(it.tick(EXPORTING))[GRID_CHARGING] is StepResult.WRITTEN
    it.devices.put(GRID_CHARGING, "on")
    it.devices.put(WORK_MODE, "Zero Export To CT")
    steps = it.tick(EXPORTING)
    assert results(steps)[GRID_CHARGING] is StepResult.YIELDED
    assert results(steps)[WORK_MODE] is StepResult.DEFERRED
    assert any(problem.problem_id.startswith("left_to_others_") for problem in it.dispatcher.problems)


def test_safety_does_not_yield() -> None:
    it = bench(executor={"max_reassertions": 0})
    safe = decided(source=Source.SAFETY)
    it.tick(safe)
    for _ in range(6):
        it.devices.put(GRID_CHARGING, "on")
        assert results(it.tick(safe))[GRID_CHARGING] is StepResult.WRITTEN


def test_hands_off_lets_others_change_everything_unaccused() -> None:
    it = bench()
    it.tick(CHARGING)
    it.tick(Decision(NOW, None, None, "off", hands_off="hands off"))
    it.devices.put(GRID_CHARGING, "off")
    assert "somebody else" not in it.tick(CHARGING)[GRID_CHARGING].message
    assert it.dispatcher.problems == ()


def test_what_was_seen_and_counted_survives_a_restart() -> None:
    it = bench()
    it.tick(CHARGING)
    again = Dispatcher(it.devices, sample_home(), it.devices.sleep, it.dispatcher.remembered)
    it.devices.put(GRID_CHARGING, "off")
    now = NOW + timedelta(minutes=5)
    step = next(step for step in again.dispatch(CHARGING, now) if step.entity_id == GRID_CHARGING)
    assert "somebody else changed it from on to off" in step.message
    assert again.remembered.writes is not None
    assert again.remembered.writes.counts[GRID_CHARGING] == 2


def test_near_the_budget_only_the_owner_and_safety_write_and_closing_always_passes() -> None:
    it = bench(executor={"write_budget_per_day": 10})
    amount = iter(float(value) for value in range(1, 100))

    def write(source: Source) -> StepResult:
        settings = decided(charge_kw=next(amount) % 5 + 0.1, source=source)
        return results(it.tick(settings))[CHARGE_CURRENT]

    assert [write(Source.PLAN) for _ in range(9)] == [StepResult.WRITTEN] * 9
    assert write(Source.PLAN) is StepResult.OVER_BUDGET
    assert write(Source.OVERRIDE) is StepResult.WRITTEN
    assert write(Source.OVERRIDE) is StepResult.OVER_BUDGET
    assert write(Source.SAFETY) is StepResult.WRITTEN
    assert [problem.problem_id for problem in it.dispatcher.problems] == ["write_budget_used_up"]


def test_a_purchase_is_ended_whatever_the_budget_says() -> None:
    it = bench(executor={"write_budget_per_day": 10, "max_reassertions": 20})
    for _ in range(12):
        it.tick(CHARGING)
        it.tick(RESTING)
    assert it.devices.calls_to(GRID_CHARGING) >= 9
    it.devices.put(GRID_CHARGING, "on")
    it.tick(RESTING)
    assert it.devices.entities[GRID_CHARGING].state == "off"


@pytest.mark.parametrize(
    ("midnight", "next_midnight"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (datetime(2026, 1, 14, 23, tzinfo=UTC), datetime(2026, 1, 15, 23, tzinfo=UTC)),
    ],
)
def test_the_budget_is_counted_from_local_midnight_to_local_midnight(
    midnight: datetime, next_midnight: datetime
) -> None:
    devices = FakeDevices()
    dispatcher = Dispatcher(devices, sample_home(executor={"write_budget_per_day": 10}), devices.sleep)

    def write(at: datetime, kw: float) -> StepResult:
        steps = dispatcher.dispatch(decided(charge_kw=kw), at)
        return next(step.result for step in steps if step.entity_id == CHARGE_CURRENT)

    minute = timedelta(minutes=1)
    used = [write(midnight + minute * index, 1.0 + index % 2) for index in range(9)]
    assert used == [StepResult.WRITTEN] * 9
    assert write(next_midnight - minute, 4.0) is StepResult.OVER_BUDGET
    assert write(next_midnight, 4.0) is StepResult.WRITTEN


def test_a_step_names_who_wants_it_and_what_was_read_back() -> None:
    it = bench()
    step = it.tick(replace(HEATING, heater=HeaterSettingsNow(HeaterMode.NORMAL, Source.SURPLUS, "sun")))[HEATER]
    assert (step.source, step.read_back) == (Source.SURPLUS, "60.0")
    unchanged = it.tick(HEATING)[GRID_CHARGING]
    assert (unchanged.source, unchanged.read_back) == (Source.PLAN, None)


def test_frequent_ticks_do_not_shorten_the_back_off() -> None:
    devices = FakeDevices(deaf={CHARGE_CURRENT})
    dispatcher = Dispatcher(devices, sample_home(), devices.sleep)
    for second in range(0, 3600, 5):
        dispatcher.dispatch(CHARGING, NOW + timedelta(seconds=second))
    assert devices.calls_to(CHARGE_CURRENT) == 4


def test_release_brings_the_inverter_alone_to_self_use() -> None:
    it = bench()
    it.tick(replace(CHARGING, heater=HEATING.heater))
    battery = decided().battery
    assert battery is not None
    steps = {step.entity_id for step in it.dispatcher.release(battery, NOW)}
    assert steps == ALL - {HEATER}
    assert it.devices.entities[GRID_CHARGING].state == "off"
