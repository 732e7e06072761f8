"""The watchdog package: valid for Home Assistant, made for this home, and missed when it is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from darkstar.control.decision import BatteryMode, Source, StepResult
from darkstar.control.devices.writes import Amperes, Call, Option, Phase, Press, Toggle, Write
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.control.dispatch.orders import battery_orders
from darkstar.control.watch import watchdog
from darkstar.control.watch.watchdog import MADE_FOR, made_for, watchdog_problems, watchdog_yaml
from darkstar.home.ports import EntityState
from darkstar.home.profiles.schema import DeviceProfile
from darkstar.home.settings import HomeSettings
from tests.control.fake_devices import FakeDevices
from tests.control.profile_calls import all_profiles, devices_of, home_with
from tests.control.profile_devices import ProfileDevices
from tests.control.samples import GENERIC, GRID_CHARGING, NOW, WORK_MODE, decided, sample_home

HOME = sample_home()
LEASE, WATCHDOG = HOME.entities.lease, HOME.entities.watchdog


class HomeAssistant:
    """Enough of Home Assistant to run the automation: templates, conditions, services."""

    def __init__(self, now_s: float, lease: float, devices: FakeDevices | ProfileDevices | None = None) -> None:
        self.devices = devices or FakeDevices()
        self.devices.entities[LEASE] = EntityState(LEASE, str(lease), {"min": 0, "max": 1e10}, NOW)
        self.now_s = now_s
        self.refusing: set[str] = set()
        self.notices: list[str] = []
        self.variables: dict[str, Any] = {}

    def render(self, text: str) -> Any:
        environment = Environment(autoescape=False)
        environment.filters["float"] = _float
        clock = type("Now", (), {"timestamp": lambda _: self.now_s})()
        names = {"states": self._state, "is_state": lambda e, v: self._state(e) == v, "state_attr": self._attribute}
        rendered = environment.from_string(text).render(now=lambda: clock, **names, **self.variables)
        return {"True": True, "False": False}.get(rendered, rendered)

    def run(self, automation: dict[str, Any]) -> None:
        if all(self.holds(condition) for condition in automation["condition"]):
            self._sequence(automation["action"])

    def holds(self, condition: dict[str, str]) -> bool:
        return self.render(condition["value_template"]) is True

    def _sequence(self, actions: list[dict[str, Any]]) -> None:
        for action in actions:
            if "condition" in action and not self.holds(action):
                return
            if "variables" in action:
                self.variables |= {name: self.render(text) for name, text in action["variables"].items()}
            if "if" in action and all(map(self.holds, action["if"])):
                self._sequence(action["then"])
            if "service" in action:
                self._call(action)

    def _call(self, action: dict[str, Any]) -> None:
        data = {
            key: self.render(value) if isinstance(value, str) else value
            for key, value in action.get("data", {}).items()
        }
        if action["service"] == "persistent_notification.create":
            self.notices.append(data["message"])
            return
        target = action.get("target", {})
        if target.get("entity_id") in self.refusing:
            assert action["continue_on_error"]
            return
        if action["service"].endswith(".set_value"):
            data["value"] = float(data["value"])
        self.devices.call(action["service"].replace(".", "/"), **target, **data)

    def _state(self, entity_id: str) -> str:
        entity = self.devices.entities.get(entity_id)
        return "unknown" if entity is None else entity.state

    def _attribute(self, entity_id: str, name: str) -> Any:
        entity = self.devices.entities.get(entity_id)
        return None if entity is None else entity.attributes.get(name)


def _float(value: Any, default: float = 0.0) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def automations(home: HomeSettings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(watchdog_yaml(home))["automation"]
    return found


def charging(lease: float, now_s: float = 1000.0) -> HomeAssistant:
    ha = HomeAssistant(now_s, lease)
    ha.devices.put(GRID_CHARGING, "on")
    ha.devices.put("number.inverter_discharge_current", "0")
    return ha


def test_a_lease_that_ran_out_returns_the_inverter_to_self_use_and_tells() -> None:
    ha = charging(lease=999)
    ha.run(automations(HOME)[0])
    assert ha.devices.entities[GRID_CHARGING].state == "off"
    assert ha.devices.entities["number.inverter_discharge_current"].state == "110.0"
    assert float(ha.devices.entities[LEASE].state) == 0
    assert len(ha.notices) == 1
    ha.devices.calls.clear()
    ha.run(automations(HOME)[0])
    assert ha.devices.calls == []


@pytest.mark.parametrize("lease", [0, 1001, 1900])
def test_nothing_is_touched_while_the_lease_holds_or_there_is_none(lease: float) -> None:
    ha = charging(lease)
    ha.run(automations(HOME)[0])
    assert ha.devices.calls == []


def test_it_tries_again_until_the_purchase_is_over() -> None:
    ha = charging(lease=999)
    ha.refusing = {GRID_CHARGING}
    ha.run(automations(HOME)[0])
    assert float(ha.devices.entities[LEASE].state) == 999
    assert ha.notices == []
    ha.refusing = set()
    ha.run(automations(HOME)[0])
    assert ha.devices.entities[GRID_CHARGING].state == "off"
    assert float(ha.devices.entities[LEASE].state) == 0


def test_limits_stay_within_what_the_entity_takes() -> None:
    ha = charging(lease=999)
    limited = EntityState("", "0", {"min": 0, "max": 60}, NOW)
    ha.devices.entities["number.inverter_discharge_current"] = limited
    ha.run(automations(HOME)[0])
    assert ha.devices.entities["number.inverter_discharge_current"].state == "60.0"


@pytest.mark.parametrize(
    ("lease", "automation", "manual", "on", "granted"),
    [
        (999, "on", "off", True, True),
        (0, "on", "off", True, True),
        (0, "off", "off", True, False),
        (0, "on", "on", True, False),
        (0, "on", "off", False, False),
    ],
)
def test_after_a_start_what_goes_on_gets_one_lease(
    lease: float, automation: str, manual: str, on: bool, granted: bool
) -> None:
    ha = charging(lease) if on else HomeAssistant(1000.0, lease)
    ha.devices.put(HOME.entities.automation, automation)
    ha.devices.put(HOME.entities.manual_override, manual)
    ha.run(automations(HOME)[1])
    assert float(ha.devices.entities[LEASE].state) == (1900 if granted else lease)


def test_acts_are_done_and_what_shows_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Call("huawei_solar/stop", (("device_id", "ab'c"),), "sensor.shown", ("Stopped", "Idle"))
    writes = (
        Write("huawei_solar.stop", stop, Phase.CLOSE),
        Write("select.mode", Option("It's \\ fine"), Phase.CLOSE),
        Write("button.apply", Press((), frozenset()), Phase.CLOSE),
        Write("sensor.cannot", Toggle.OFF, Phase.CLOSE),
        Write("number.limit", Amperes(20.0, 0.5)),
    )
    monkeypatch.setattr(watchdog, "wanted", lambda *_: writes)
    first = automations(HOME)[0]
    text = yaml.safe_dump(first)
    assert "sensor.cannot" not in text
    assert "huawei_solar.stop" in text
    assert any(action.get("service") == "button.press" for action in first["action"])
    ha = HomeAssistant(1000.0, 999)
    ended = next(action for action in first["action"] if "condition" in action)
    ha.devices.put("select.mode", "It's \\ fine")
    ha.devices.put("sensor.shown", "Stopped by user")
    assert ha.holds(ended)
    ha.devices.put("sensor.shown", "Charging")
    assert not ha.holds(ended)


def test_a_watchdog_of_this_home_is_all_right_and_any_other_is_not() -> None:
    ha = FakeDevices()

    def problems(home: HomeSettings = HOME) -> list[str]:
        return [problem.problem_id for problem in watchdog_problems(ha, home, NOW)]

    assert problems() == ["watchdog_missing"]
    ha.put(LEASE, "0")
    assert problems() == ["watchdog_missing"]
    ha.entities[WATCHDOG] = EntityState(WATCHDOG, "on", {MADE_FOR: made_for(HOME)}, NOW)
    assert problems() == []
    assert problems(sample_home(inverter=GENERIC)) == ["watchdog_outdated"]
    assert problems(sample_home(executor={"lease_minutes": 5})) == ["watchdog_outdated"]
    ha.put(WATCHDOG, "off")
    assert problems() == ["watchdog_off"]
    assert problems(sample_home(executor={"shadow_mode": True})) == []


def test_it_says_for_which_devices_it_was_made() -> None:
    package = yaml.safe_load(watchdog_yaml(HOME))
    assert package["homeassistant"]["customize"][WATCHDOG] == {MADE_FOR: made_for(HOME)}
    assert WORK_MODE in watchdog_yaml(HOME)
    assert WORK_MODE not in watchdog_yaml(sample_home(inverter=GENERIC))


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from(" '\"\\{}%#:&*-!|>åäö漢Z0"), min_size=1, max_size=12))
def test_any_option_survives_the_way_into_a_template(option: str) -> None:
    home = sample_home(inverter={"options": {"self_use": option}})
    ha = HomeAssistant(1000.0, 999)
    ha.devices.put(WORK_MODE, option)
    ended = next(action for action in automations(home)[0]["action"] if "condition" in action)
    assert ha.holds(ended)


@pytest.mark.parametrize("mode", [BatteryMode.GRID_CHARGE, BatteryMode.EXPORT])
@pytest.mark.parametrize("profile", [one for one in all_profiles() if one.kind == "inverter"], ids=lambda one: one.name)
def test_the_watchdog_leaves_every_inverter_as_darkstar_itself_would(profile: DeviceProfile, mode: BatteryMode) -> None:
    home = home_with(profile)
    devices = devices_of(home, profile)
    dispatcher = Dispatcher(devices, home, devices.sleep)
    dispatcher.dispatch(decided(mode), NOW, 50.0)
    ha = HomeAssistant(1000.0, 999, devices)
    ha.run(automations(home)[0])
    assert float(devices.entities[LEASE].state) == 0
    safe = decided(BatteryMode.SELF_USE, source=Source.SAFETY).battery
    assert safe is not None
    closing = {order.write.entity_id for order in battery_orders(safe, home, 50.0) if order.write.phase is Phase.CLOSE}
    shown = {
        order.write.entity_id
        for order in battery_orders(safe, home, 50.0)
        if not isinstance(order.write.value, Press | Call)
    }
    steps = {step.entity_id: step for step in dispatcher.release(safe, NOW + timedelta(minutes=1))}
    for entity_id in closing & shown:
        assert steps[entity_id].result is StepResult.UNCHANGED, steps[entity_id]
