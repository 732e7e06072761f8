"""The doors into Darkstar beside its pages: sensors by a real MQTT broker, and AppDaemon's password before everything.

One house lives through all tests of this file, in their order; its AppDaemon has a password.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import bcrypt
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.e2e.broker import Broker
from tests.e2e.ingress import Ingress
from tests.e2e.ports import free_port
from tests.e2e.stack import Stack
from tests.e2e.test_home import browser  # noqa: F401 - the fixture

PASSWORD = "correct horse"
KNOWN = {"x-ad-access": PASSWORD}
METER = "input_number.demo_spare_w"
PV = "sensor.darkstar_pv_power"
OVERRIDE = "sensor.darkstar_override"
PLAN = "sensor.darkstar_plan"
LAST = "sensor.darkstar_export_price"
"""No sensor is published after it."""
NOT_KNOWN = ("unknown", "unavailable")
ROUND_S = 45
"""Within so long all sensors are published again."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    changes = {"entities": {"pv_power": METER}}
    with Stack(history_days=2, changes=changes, password=PASSWORD, with_broker=True) as running:
        running.wait_for(lambda: running.ha.attributes(PLAN).get("import_price"), 60, "the first plan")
        running.wait_for(lambda: running.ha.entity(LAST), 60, "all sensors")
        yield running


@pytest.fixture
def broker(stack: Stack) -> Broker:
    assert stack.broker is not None
    return stack.broker


def _get(stack: Stack, path: str, **more: Any) -> requests.Response:
    return requests.get(f"{stack.page_url}/{path}", timeout=30, **more)


def _post(stack: Stack, path: str, order: Mapping[str, object], **more: Any) -> requests.Response:
    return requests.post(f"{stack.page_url}/api/appdaemon/{path}", json=order, timeout=30, **more)


def _asked(stack: Stack, question: str) -> Any:
    answer = _get(stack, f"api/appdaemon/darkstar?ask={question}", headers=KNOWN).json()
    assert answer["ok"] is True
    return answer


def _send_through(stack: Stack, way: str | None) -> None:
    """Choose how sensors come to Home Assistant, as the Settings page does; None is the default."""
    order = {"action": "save_settings", "changes": {"sensors.through": way}}
    assert _post(stack, "darkstar_action", order, headers=KNOWN).json()["ok"] is True


def _registered(stack: Stack) -> dict[str, dict[str, Any]]:
    """Our entities in Home Assistant's registry: those that something stands behind."""
    (listed,) = stack.ha.websocket({"type": "config/entity_registry/list"})
    return {each["entity_id"]: each for each in listed if each["platform"] == "mqtt"}


def _shown(stack: Stack) -> dict[str, str]:
    """States of all our sensors in Home Assistant."""
    (states,) = stack.ha.websocket({"type": "get_states"})
    return {each["entity_id"]: each["state"] for each in states if each["entity_id"].startswith("sensor.darkstar_")}


def _publish_now(stack: Stack) -> None:
    """A quick action has everything published at once."""
    wanted = "stop_all" if stack.ha.state(OVERRIDE) != "stop_all" else "pause"
    stack.ha.press(f"input_button.darkstar_{wanted}")
    stack.wait_for(lambda: stack.ha.state(OVERRIDE) == wanted, ROUND_S, "the quick action to be shown")


def test_states_make_way_for_entities_of_mqtt_with_all_that_describes_them(stack: Stack, broker: Broker) -> None:
    assert _registered(stack) == {}
    before = set(_shown(stack))
    _send_through(stack, "mqtt")
    stack.wait_for(lambda: len(_registered(stack)) >= len(before), ROUND_S, "the entities in the registry")
    registered = _registered(stack)
    assert set(registered) == before
    (entries,) = stack.ha.websocket({"type": "config/entity_registry/get_entries", "entity_ids": sorted(before)})
    assert {name: f"sensor.{each['unique_id']}" for name, each in entries.items()} == {name: name for name in before}
    assert len({each["device_id"] for each in registered.values()} - {None}) == 1

    stack.wait_for(lambda: stack.ha.state(PV) == "0", ROUND_S, "a zero to arrive as a zero")
    told = stack.ha.attributes(PV)
    assert (told["device_class"], told["unit_of_measurement"], told["state_class"]) == ("power", "kW", "measurement")
    assert told["friendly_name"] == "Darkstar solar power"
    money = stack.ha.attributes("sensor.darkstar_cost_today")
    assert (money["device_class"], money["unit_of_measurement"], money["icon"]) == ("monetary", "EUR", "mdi:cash")
    assert datetime.fromisoformat(money["last_reset"]) <= datetime.now(UTC)
    assert stack.ha.attributes("sensor.darkstar_heartbeat")["device_class"] == "timestamp"
    assert len(stack.ha.attributes(PLAN)["import_price"]) > 100
    (counted,) = stack.ha.websocket({"type": "recorder/list_statistic_ids"})
    assert {PV, "sensor.darkstar_soc_target", "sensor.darkstar_cost_today"} <= {
        each["statistic_id"] for each in counted
    }

    stack.ha.set(METER, 1500)
    _publish_now(stack)
    stack.wait_for(lambda: stack.ha.state(PV) == "1.5", ROUND_S, "the new value")
    print(f"{len(registered)} sensors in the registry, one device, none of them twice")


def test_sensors_outlive_a_restart_of_home_assistant_without_darkstar_and_expire(stack: Stack, broker: Broker) -> None:
    stack.appdaemon.kill()
    before = _shown(stack)
    assert before[PV] == "1.5"
    stack.restart_home_assistant()
    stack.wait_for(lambda: _shown(stack) == before, 20, "every sensor as it was, though nobody sent it again")
    assert set(_registered(stack)) == set(before)
    kept = [name for name, state in before.items() if state not in NOT_KNOWN]
    print(f"{len(kept)} of {len(before)} sensors with a value after the restart, the others were not known before")
    assert len(kept) > 15

    topic, state = f"homeassistant/sensor/{PV.removeprefix('sensor.')}/config", "darkstar/pv_power/state"
    description = json.loads(broker.kept(topic)[topic])
    assert description["expire_after"] == 900
    broker.send(topic, json.dumps({**description, "expire_after": 2}))
    broker.send(state, "1.5")
    stack.wait_for(lambda: stack.ha.state(PV) == "unavailable", 15, "a sensor that is not renewed to be unavailable")
    broker.send(topic, json.dumps(description))
    stack.ha.set(METER, 0)
    stack.start_appdaemon()
    _publish_now(stack)
    stack.wait_for(lambda: stack.ha.state(PV) == "0", ROUND_S, "Darkstar to bring the sensor back")
    assert json.loads(broker.kept(topic)[topic]) == description


def test_a_broker_that_forgets_everything_is_told_everything_again(stack: Stack, broker: Broker) -> None:
    broker.service.kill()
    stack.wait_for(lambda: stack.ha.state(PV) == "unavailable", 20, "Home Assistant to miss the broker")
    stack.ha.press("input_button.darkstar_stop_all")

    def told() -> set[str]:
        return {each["problem_id"] for each in _asked(stack, "problems")["problems"]}

    stack.wait_for(lambda: "mqtt_unavailable" in told(), ROUND_S, "the problem")
    broker.start()
    stack.wait_for(lambda: set(_shown(stack)) == set(_registered(stack)), 5, "the entities")
    stack.wait_for(lambda: stack.ha.state(PV) == "0", 2 * ROUND_S, "the sensors to be back")
    _publish_now(stack)
    stack.wait_for(lambda: "mqtt_unavailable" not in told(), ROUND_S, "the problem to end")
    described = broker.kept("homeassistant/#")
    assert len(described) == len(_registered(stack))


def test_back_to_states_nothing_is_left_at_the_broker_and_in_the_registry(stack: Stack, broker: Broker) -> None:
    names = set(_registered(stack))
    _send_through(stack, None)
    stack.wait_for(lambda: not _registered(stack), ROUND_S, "the registry to be empty")
    stack.wait_for(lambda: set(_shown(stack)) == names, ROUND_S, "the states to be set")
    assert broker.kept("homeassistant/#") == {}
    assert broker.kept("darkstar/#") == {}


OPEN_TO_NOBODY = (
    "app/darkstar_status",
    "app/darkstar_settings",
    "app/darkstar_status_data",
    "app/darkstar_log_data",
    "api/appdaemon/darkstar?ask=status",
    "api/appdaemon/darkstar_quick_action",
    "api/appdaemon/state/default",
)


@pytest.mark.parametrize("path", OPEN_TO_NOBODY)
def test_pages_data_and_api_are_refused_without_the_password_and_given_with_it(stack: Stack, path: str) -> None:
    assert _get(stack, path).status_code == 401
    assert _get(stack, path, headers={"x-ad-access": "wrong"}).status_code == 401
    for cookie in ("nonsense", bcrypt.hashpw(b"wrong", bcrypt.gensalt(4)).decode()):
        assert not _get(stack, path, cookies={"adcreds": cookie}).ok
    assert _get(stack, path, headers=KNOWN).status_code == 200


def test_orders_are_refused_without_the_password_and_taken_with_it(stack: Stack) -> None:
    order = {"kind": "clear"}
    assert _post(stack, "darkstar_quick_action", order, headers=KNOWN).json()["ok"] is True
    charge = {"kind": "force_charge", "minutes": 15}
    for path, refused in (
        ("darkstar", charge),
        ("darkstar_quick_action", charge),
        ("darkstar_action", {"action": "quick_action", **charge}),
        ("service/darkstar/darkstar/quick_action", charge),
    ):
        assert _post(stack, path, refused).status_code == 401
    assert _get(stack, "api/appdaemon/darkstar_quick_action", headers=KNOWN).json()["active"] == {}
    assert _post(stack, "darkstar", charge, headers=KNOWN).json()["ok"] is True
    assert _post(stack, "darkstar", order, headers=KNOWN).json()["ok"] is True


@pytest.fixture
def page(browser: Browser) -> Page:  # noqa: F811 - the fixture
    return browser.new_page(viewport={"width": 1280, "height": 800})


def test_a_browser_logs_in_on_the_page_itself_and_is_known_everywhere(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.page_url}/app/darkstar_status")
    field = page.locator("#password")
    field.fill("wrong")
    field.press("Enter")
    expect(page.locator("#refusal")).to_contain_text("not AppDaemon's password")
    field.fill(PASSWORD)
    page.locator("button").click()
    page.locator("#main:not([hidden])").wait_for()
    page.locator("#action-pause").click()
    expect(page.locator("#action-pause")).to_have_attribute("aria-pressed", "true")
    page.locator("#action-pause").click()
    expect(page.locator("#action-pause")).to_have_attribute("aria-pressed", "false")
    page.goto(f"{stack.page_url}/darkstar_plan?skin=darkstar")
    framed = page.frame_locator("iframe").first
    framed.locator("#main:not([hidden])").wait_for()
    expect(framed.locator("#pages")).to_be_hidden()  # HADashboard has its own navigation


TOKEN = "Zx9-kA_3"


def test_all_pages_work_in_a_frame_behind_ingress_and_ask_for_nothing_outside(stack: Stack, page: Page) -> None:
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    with Ingress(stack.page_url, free_port(), TOKEN, "app/darkstar_status") as ingress:
        page.goto(ingress.site)
        framed = page.frame_locator("iframe")
        framed.locator("#password").fill(PASSWORD)
        framed.locator("button").click()
        framed.locator("#main:not([hidden])").wait_for()
        assert all("status of 401" in fault for fault in faults)
        faults.clear()
        framed.locator("#action-force_export").click()
        stack.wait_for(lambda: stack.ha.state(OVERRIDE) == "force_export", 15, "the quick action")
        framed.locator("#action-force_export").click()
        stack.wait_for(lambda: stack.ha.state(OVERRIDE) == "none", 15, "its end")
        names = framed.locator("#pages a").all_inner_texts()
        for place, name in enumerate(names):
            framed.locator("#pages a").nth(place).click()
            expect(framed.locator("#pages a[aria-current]")).to_have_text(name)
            framed.locator("#main:not([hidden])").wait_for()
            if name == "Plan":
                framed.locator("#chart .main-svg").first.wait_for()
            if name == "What if":
                expect(framed.locator(".appliance b")).to_have_count(3, timeout=60_000)
        outside = [url for url in asked if not url.startswith((ingress.inside, "data:")) and url != ingress.site]
    assert outside == []
    assert faults == []
    assert len(names) == 10
    print(
        f"{len(names)} pages in a frame behind {ingress.path}/: {len(asked)} requests, none outside, no console error"
    )


def test_hadashboard_asks_for_the_password_itself(stack: Stack) -> None:
    assert "AppDaemon Logon" in _get(stack, "darkstar?skin=darkstar").text
