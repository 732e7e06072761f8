"""What the pages order reaches Home Assistant, and what they may not order is refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.home.ports import CallResult, EntityState
from darkstar.pages.actions import choose, order, press, set_number, switch
from darkstar.pages.desk import RefusedError
from darkstar.pages.status import read_controls
from darkstar.views.steering import Selector
from tests.homes import home

RISK = ["As in apps.yaml", "1 Safety", "2 Conservative", "3 Neutral", "4 Aggressive", "5 Gambler"]
STATES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "input_boolean.darkstar_automation": ("on", {}),
    "input_boolean.darkstar_vacation": ("unavailable", {}),
    "input_select.darkstar_risk_appetite": ("2 Conservative", {"options": RISK}),
    "input_select.darkstar_comfort_level": ("As in apps.yaml", {"options": []}),
    "input_number.darkstar_override_minutes": ("45.0", {}),
    "input_button.darkstar_plan_now": ("unknown", {}),
}


class Telephone:
    """A desk with a Home Assistant that remembers what it was told."""

    def __init__(self, error: str = "") -> None:
        self.home = home()
        self.ha = self
        self.error = error
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answer: Mapping[str, Any] = {"ok": True, "active": {}}

    def state(self, entity_id: str) -> EntityState | None:
        if entity_id not in STATES:
            return None
        said, attributes = STATES[entity_id]
        return EntityState(entity_id, said, attributes, datetime(2026, 1, 15, tzinfo=UTC))

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        return CallResult(ok=not self.error, error=self.error)

    def order(self, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append(("order", dict(wanted)))
        return self.answer


def a_desk(error: str = "") -> Any:
    """What an action uses of a desk."""
    return Telephone(error)


@pytest.mark.parametrize(
    ("action", "payload", "service", "data"),
    [
        (switch, {"name": "automation", "on": False}, "homeassistant/turn_off", {}),
        (switch, {"name": "automation", "on": True}, "homeassistant/turn_on", {}),
        (choose, {"name": "risk_appetite", "level": 3}, "input_select/select_option", {"option": "3 Neutral"}),
        (choose, {"name": "risk_appetite", "level": 0}, "input_select/select_option", {"option": "As in apps.yaml"}),
        (set_number, {"name": "override_minutes", "value": 30}, "input_number/set_value", {"value": 30}),
        (press, {"name": "plan_now"}, "input_button/press", {}),
    ],
)
def test_an_order_reaches_its_helper(action: Any, payload: dict[str, Any], service: str, data: dict[str, Any]) -> None:
    desk = a_desk()
    action(desk, payload)
    ((called, given),) = desk.calls
    assert called == service
    assert payload["name"] in given.pop("entity_id")
    assert given == data


@pytest.mark.parametrize(
    ("action", "payload", "about"),
    [
        (switch, {"name": "automation"}, "true or false"),
        (switch, {"name": "automation", "on": "yes"}, "true or false"),
        (switch, {"name": "water_heater", "on": True}, "name must be one of"),
        (switch, {"name": ["automation"], "on": True}, "name must be one of"),
        (switch, {"name": "shadow", "on": True}, "install the package"),
        (switch, {"name": "vacation", "on": True}, "unavailable"),
        (choose, {"name": "risk_appetite", "level": 6}, "none of the options"),
        (choose, {"name": "risk_appetite", "level": True}, "none of the options"),
        (choose, {"name": "risk_appetite", "level": "3; drop"}, "none of the options"),
        (choose, {"name": "comfort_level", "level": 1}, "it has none"),
        (set_number, {"name": "override_minutes", "value": "30"}, "must be a number"),
        (set_number, {"name": "override_minutes", "value": True}, "must be a number"),
        (press, {"name": "force_charge"}, "name must be one of"),
        (order, {"kind": "pause", "namespace": "default"}, "namespace is unknown"),
    ],
)
def test_what_may_not_be_ordered_is_refused(action: Any, payload: dict[str, Any], about: str) -> None:
    desk = a_desk()
    with pytest.raises(RefusedError, match=about):
        action(desk, payload)
    assert desk.calls == []


def test_what_home_assistant_does_not_take_is_said() -> None:
    with pytest.raises(RefusedError, match=r"input_number\.darkstar_override_minutes.*out of range"):
        set_number(a_desk("out of range"), {"name": "override_minutes", "value": 1e9})


def test_a_quick_action_goes_to_its_app_and_its_refusal_comes_back() -> None:
    desk = a_desk()
    assert order(desk, {"kind": "pause", "minutes": 30}) == {"active": {}}
    desk.answer = {"ok": False, "reason": "kind must be one of"}
    with pytest.raises(RefusedError, match="kind must be one of"):
        order(desk, {"kind": "dance"})
    desk.answer = {}
    with pytest.raises(RefusedError, match="does not answer"):
        order(desk, {"kind": "pause"})


def test_the_helpers_are_read_as_they_are() -> None:
    controls = read_controls(a_desk())
    assert controls.toggles == {"automation": True, "manual_override": None, "vacation": None, "shadow": None}
    assert controls.risk == Selector(2, None)
    assert controls.comfort == Selector(None, 3)
    assert controls.numbers["override_minutes"] == 45
    assert controls.numbers["ev_target_soc"] is None


def test_a_home_without_heater_has_no_comfort() -> None:
    desk: Any = SimpleNamespace(home=home(water_heater=None), ha=a_desk())
    assert read_controls(desk).comfort is None
