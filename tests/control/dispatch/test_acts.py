"""Calls of services and presses of buttons: done once, done again when they no longer hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from darkstar.control.decision import BatteryMode, Decision, ExecutionStep, StepResult
from darkstar.control.devices.writes import Call, Option, Phase, Press, Write
from darkstar.control.dispatch import orders
from darkstar.control.dispatch.dispatcher import Dispatcher, Remembered
from darkstar.home.ports import CallResult, EntityState
from darkstar.home.settings import HomeSettings
from tests.control.samples import NOW, decided, sample_home

CONFIRM = "sensor.forcible_charge"
BUTTON = "button.apply"
SELECT = "select.mode"
CHARGE = Write(
    "huawei_solar.forcible_charge",
    Call("huawei_solar/forcible_charge", (("power", 3000),), CONFIRM, ("Charging",), 30.0),
    Phase.OPEN,
)
STOP = Write("huawei_solar.stop", Call("huawei_solar/stop", (), CONFIRM, ("Stopped",)), Phase.CLOSE)
MODE = Write(SELECT, Option("Forced"), Phase.ADJUST)
APPLY = Write(BUTTON, Press(("select.mode=Forced",), frozenset({SELECT})), Phase.ADJUST)
CHARGING = decided(BatteryMode.GRID_CHARGE)
RESTING = decided(BatteryMode.SELF_USE)


@dataclass
class Device:
    """A device with services and a button; it does what it is told unless `deaf` or `refusing`."""

    states: dict[str, str] = field(default_factory=lambda: {CONFIRM: "Stopped", BUTTON: "unknown", SELECT: "Normal"})
    calls: list[str] = field(default_factory=list)
    deaf: bool = False
    refusing: bool = False

    def state(self, entity_id: str) -> EntityState | None:
        state = self.states.get(entity_id)
        return None if state is None else EntityState(entity_id, state, {}, NOW)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append(service)
        if self.refusing:
            return CallResult(ok=False, error="refused")
        if not self.deaf:
            self._obey(service, data)
        return CallResult(ok=True)

    def _obey(self, service: str, data: dict[str, Any]) -> None:
        effects = {"huawei_solar/forcible_charge": "Charging (3000 W)", "huawei_solar/stop": "Stopped"}
        if service in effects:
            self.states[CONFIRM] = effects[service]
        if service == "select/select_option":
            self.states[SELECT] = data["option"]


@dataclass
class Bench:
    device: Device
    dispatcher: Dispatcher
    minutes: float = 0.0

    def tick(self, decision: Decision, after_minutes: float = 5) -> dict[str, ExecutionStep]:
        self.minutes += after_minutes
        steps = self.dispatcher.dispatch(decision, NOW + timedelta(minutes=self.minutes))
        return {step.entity_id: step for step in steps}

    def restarted(self) -> Bench:
        remembered = self.dispatcher.remembered
        return Bench(self.device, Dispatcher(self.device, live(), lambda _: None, remembered), self.minutes)


def live(**executor: Any) -> HomeSettings:
    return sample_home(executor={"shadow_mode": False, "read_back_seconds": 0, **executor})


@pytest.fixture
def it(monkeypatch: pytest.MonkeyPatch) -> Bench:
    wishes = {BatteryMode.GRID_CHARGE: (CHARGE, MODE, APPLY), BatteryMode.SELF_USE: (STOP,)}
    monkeypatch.setattr(orders, "wanted", lambda settings, home, soc: wishes[settings.mode])
    device = Device()
    return Bench(device, Dispatcher(device, live(), lambda _: None, Remembered()))


def test_a_call_is_made_once_and_confirmed(it: Bench) -> None:
    steps = it.tick(CHARGING)
    assert steps[CHARGE.entity_id].result is StepResult.WRITTEN
    assert steps[CHARGE.entity_id].read_back == "Charging (3000 W)"
    assert it.device.calls == ["select/select_option", "button/press", "huawei_solar/forcible_charge"]
    it.device.calls.clear()
    assert {step.result for step in it.tick(CHARGING).values()} == {StepResult.UNCHANGED}
    assert it.device.calls == []


def test_what_already_shows_is_not_called(it: Bench) -> None:
    assert it.tick(RESTING)[STOP.entity_id].result is StepResult.UNCHANGED
    assert it.device.calls == []


def test_a_call_is_renewed_before_the_device_lets_go(it: Bench) -> None:
    it.tick(CHARGING)
    it.device.calls.clear()
    it.tick(CHARGING, after_minutes=29)
    assert it.device.calls == []
    step = it.tick(CHARGING, after_minutes=1)[CHARGE.entity_id]
    assert it.device.calls == ["huawei_solar/forcible_charge"]
    assert "renewed every 30 min" in step.message


def test_a_renewal_is_remembered_over_a_restart(it: Bench) -> None:
    it.tick(CHARGING)
    it.device.calls.clear()
    again = it.restarted()
    again.tick(CHARGING)
    assert it.device.calls == []
    again.tick(CHARGING, after_minutes=30)
    assert it.device.calls == ["huawei_solar/forcible_charge"]


def test_other_data_are_another_call(it: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    it.tick(CHARGING)
    it.device.calls.clear()
    slower = replace(CHARGE, value=Call("huawei_solar/forcible_charge", (("power", 1000),), CONFIRM, ("Charging",), 30))
    monkeypatch.setattr(orders, "wanted", lambda *_: (slower,))
    it.tick(CHARGING)
    assert it.device.calls == ["huawei_solar/forcible_charge"]


def test_a_call_that_stopped_showing_is_made_again(it: Bench) -> None:
    it.tick(CHARGING)
    it.device.states[CONFIRM] = "Stopped"
    step = it.tick(CHARGING)[CHARGE.entity_id]
    assert step.result is StepResult.WRITTEN
    assert "somebody else changed it from Charging (3000 W) to Stopped" in step.message
    assert it.device.states[CONFIRM] == "Charging (3000 W)"


def test_a_button_is_pressed_again_when_a_setting_before_it_was_written(it: Bench) -> None:
    it.tick(CHARGING)
    it.device.states[SELECT] = "Normal"
    it.device.calls.clear()
    it.tick(CHARGING)
    assert it.device.calls == ["select/select_option", "button/press"]


def test_charge_and_stop_follow_each_other_as_often_as_wanted(it: Bench) -> None:
    for _ in range(2):
        it.tick(CHARGING)
        it.tick(RESTING)
    charges = [call for call in it.device.calls if call.startswith("huawei")]
    assert charges == ["huawei_solar/forcible_charge", "huawei_solar/stop"] * 2


def test_a_call_without_effect_is_unconfirmed_and_tried_again_with_back_off(it: Bench) -> None:
    it.device.deaf = True
    assert it.tick(CHARGING)[CHARGE.entity_id].result is StepResult.UNCONFIRMED
    for _ in range(7):
        it.tick(CHARGING)
    assert it.device.calls.count("huawei_solar/forcible_charge") == 4


def test_a_refused_call_becomes_a_problem(it: Bench) -> None:
    it.device.refusing = True
    for _ in range(8):
        step = it.tick(CHARGING)[CHARGE.entity_id]
    assert step.result in {StepResult.FAILED, StepResult.DEFERRED}
    assert "command_failed_huawei_solar_forcible_charge" in [p.problem_id for p in it.dispatcher.problems]


@pytest.mark.parametrize(("entity_id", "state"), [(CONFIRM, None), (CONFIRM, "unavailable"), (BUTTON, "unavailable")])
def test_a_device_that_is_away_is_not_called(it: Bench, entity_id: str, state: str | None) -> None:
    if state is None:
        del it.device.states[entity_id]
    else:
        it.device.states[entity_id] = state
    it.tick(CHARGING)
    spared = {CONFIRM: "huawei_solar/forcible_charge", BUTTON: "button/press"}[entity_id]
    assert spared not in it.device.calls


def test_shadow_mode_calls_nothing(it: Bench) -> None:
    shadow = Dispatcher(it.device, live(shadow_mode=True), lambda _: None)
    results = {step.result for step in shadow.dispatch(CHARGING, NOW)}
    assert results == {StepResult.SHADOW}
    assert it.device.calls == []


def test_a_call_that_shows_late_is_not_made_twice(it: Bench) -> None:
    it.device.deaf = True
    assert it.tick(CHARGING)[CHARGE.entity_id].result is StepResult.UNCONFIRMED
    it.device.states[CONFIRM] = "Charging (3000 W)"
    it.device.calls.clear()
    assert it.tick(CHARGING)[CHARGE.entity_id].result is StepResult.UNCHANGED
    assert "huawei_solar/forcible_charge" not in it.device.calls
