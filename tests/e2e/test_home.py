"""The whole house: real Home Assistant, AppDaemon, CBC, SQLite and Chromium around a simulated home.

One house lives through all tests of this file, in their order, as a real one does.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Page, sync_playwright

from darkstar.control.decision import BatteryMode, Execution, Source, StepResult
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.observations import Observations
from tests.e2e.stack import Stack

GRID_CHARGING = "switch.demo_inverter_grid_charging"
WORK_MODE = "select.demo_inverter_work_mode"
DISCHARGE = "number.demo_inverter_max_discharge_current"
HEATER = "number.demo_water_heater_setpoint"
CHARGER = "switch.demo_charger_charging"
SETTINGS = (GRID_CHARGING, WORK_MODE, DISCHARGE, "number.demo_inverter_max_charge_current", HEATER)
MINUTES = "input_number.darkstar_override_minutes"
AT_ONCE_S = 5
"""A quick action is at the device after so many seconds."""
BATTERY_TILE = "#default-soc"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(history_days=10) as running:
        yield running


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        pytest.fail("No Chromium: install it with `apt-get install chromium` (as root) and run `make e2e` again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_FLAGS)
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.goto(f"{stack.page_url}/darkstar?skin=darkstar")
        # A click before the page has its connection would be lost: wait until a tile shows a number.
        opened.wait_for_function(f"() => /\\d/.test(document.querySelector('{BATTERY_TILE}')?.innerText ?? '')")
        yield opened
        browser.close()


def _latest(stack: Stack) -> Execution:
    with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
        latest = Executions(database).latest()
    assert latest is not None
    return latest


def _mode(stack: Stack) -> BatteryMode | None:
    battery = _latest(stack).decision.battery
    return battery.mode if battery else None


def _is_overridden(execution: Execution) -> bool:
    battery = execution.decision.battery
    return battery is not None and battery.source is Source.OVERRIDE


def _settings(stack: Stack) -> dict[str, str | None]:
    return {entity: stack.ha.state(entity) for entity in SETTINGS}


def _problems(stack: Stack) -> set[str]:
    return {problem["id"] for problem in stack.ha.attributes("sensor.darkstar_problems").get("problems", [])}


def _await_state(stack: Stack, entity: str, state: str, timeout_s: float = 10) -> None:
    stack.wait_for(lambda: stack.ha.state(entity) == state, timeout_s, f"{entity} to be {state}")


def _nothing_overrides(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_clear_override")
    _await_state(stack, "sensor.darkstar_override", "none")


def test_a_plan_for_two_days_stands_and_is_published(stack: Stack) -> None:
    stack.wait_for(lambda: stack.ha.entity("sensor.darkstar_plan"), 60, "the plan")
    stack.wait_for(lambda: stack.ha.state("sensor.darkstar_plan") != "unknown", 60, "the plan's first slot")
    plan = stack.ha.attributes("sensor.darkstar_plan")
    assert plan["status"] in {"optimal", "feasible"}
    prices = plan["import_price"]
    assert len(prices) >= 191
    assert len(json.dumps(plan)) < 16_000


def test_the_past_was_read_from_home_assistants_statistics(stack: Stack) -> None:
    def recorded() -> int:
        with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
            rows = Observations(database).between(datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC))
        return sum(row.load_kwh is not None for row in rows)

    stack.wait_for(lambda: recorded() > 8 * 96, 60, "eight days of observations")


def test_the_decision_arrives_at_the_inverter_and_is_re_asserted(stack: Stack) -> None:
    stack.wait_for(lambda: _latest(stack).plan_id, 60, "a tick on the plan")
    done = (StepResult.UNCHANGED, StepResult.WRITTEN)
    stack.wait_for(lambda: all(step.result in done for step in _latest(stack).steps), 30, "all settings to be in place")
    assert len(_latest(stack).steps) >= 5
    wanted = stack.ha.state(DISCHARGE)
    stack.ha.set(DISCHARGE, 5)
    stack.ha.set("input_boolean.darkstar_automation", "off")
    stack.ha.set("input_boolean.darkstar_automation", "on")
    _await_state(stack, DISCHARGE, str(wanted))


def test_nothing_is_written_while_automation_is_off(stack: Stack) -> None:
    stack.ha.set("input_boolean.darkstar_automation", "off")
    stack.wait_for(lambda: _latest(stack).decision.hands_off, 10, "hands off")
    before = _settings(stack)
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, "sensor.darkstar_override", "force_charge")
    assert _settings(stack) == before
    assert _latest(stack).steps == ()
    _nothing_overrides(stack)
    stack.ha.set("input_boolean.darkstar_automation", "on")
    stack.wait_for(lambda: not _latest(stack).decision.hands_off, 10, "hands on")


def test_a_click_on_the_page_charges_the_battery_and_clear_returns_to_the_plan(stack: Stack, page: Page) -> None:
    page.wait_for_selector("text=Force charge")
    page.click("#default-charge > span")
    _await_state(stack, GRID_CHARGING, "on")
    stack.wait_for(lambda: _mode(stack) is BatteryMode.GRID_CHARGE, 10, "the decision to be recorded")
    stack.wait_for(lambda: stack.ha.number("sensor.demo_battery_power") > 1000, 20, "the battery to charge")
    page.click("#default-clear > span")
    stack.wait_for(lambda: not _is_overridden(_latest(stack)), 10, "the plan's decision")
    wanted_on = _mode(stack) is BatteryMode.GRID_CHARGE
    _await_state(stack, GRID_CHARGING, "on" if wanted_on else "off")


def test_the_page_draws_the_plan_from_real_data(stack: Stack, page: Page) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    chart = page.frame_locator("iframe").first
    chart.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20_000)
    hero = stack.ha.attributes("sensor.darkstar_status")
    assert hero
    assert not [url for url in failed if not url.startswith(stack.page_url)]
    data = requests.get(f"{stack.page_url}/app/darkstar_chart_data", timeout=10).json()
    assert len(data["prices"]["import"]["x"] if "import" in data["prices"] else data["prices"]) > 0


@pytest.mark.parametrize(
    ("button", "entity", "state"),
    [
        ("force_export", WORK_MODE, "Export First"),
        ("force_heat", HEATER, "70.0"),
        ("force_ev", CHARGER, "on"),
    ],
)
def test_each_quick_action_acts_and_clears(stack: Stack, button: str, entity: str, state: str) -> None:
    stack.ha.press(f"input_button.darkstar_{button}")
    _await_state(stack, entity, state, AT_ONCE_S)
    stack.ha.press("input_button.darkstar_stop_all")
    _await_state(stack, WORK_MODE, "Zero Export To CT", AT_ONCE_S)
    _await_state(stack, GRID_CHARGING, "off", AT_ONCE_S)
    _await_state(stack, HEATER, "40.0", AT_ONCE_S)
    _await_state(stack, CHARGER, "off", AT_ONCE_S)
    _await_state(stack, "sensor.darkstar_override", "stop_all")
    _nothing_overrides(stack)


def test_a_quick_action_ends_by_itself_and_the_plan_has_its_say_again(stack: Stack) -> None:
    minutes = stack.ha.entity(MINUTES)
    assert minutes is not None
    stack.ha.set_state(MINUTES, "0.25", minutes["attributes"])
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, WORK_MODE, "Export First", AT_ONCE_S)
    stack.wait_for(lambda: not _is_overridden(_latest(stack)), 15 + AT_ONCE_S, "the plan's decision")
    _await_state(stack, "sensor.darkstar_override", "none")
    stack.ha.set(MINUTES, 60)


def test_pause_pressed_again_resumes(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, GRID_CHARGING, "on", AT_ONCE_S)
    stack.ha.press("input_button.darkstar_pause")
    _await_state(stack, GRID_CHARGING, "off", AT_ONCE_S)
    _await_state(stack, "sensor.darkstar_override", "pause")
    stack.ha.press("input_button.darkstar_pause")
    stack.wait_for(lambda: not _is_overridden(_latest(stack)), AT_ONCE_S, "the plan's decision")
    _await_state(stack, "sensor.darkstar_override", "none")


def test_a_tap_on_the_reminder_resumes(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_pause")
    _await_state(stack, "sensor.darkstar_override", "pause")
    tap = {"action": "DARKSTAR_RESUME"}
    stack.ha.websocket({"type": "fire_event", "event_type": "mobile_app_notification_action", "event_data": tap})
    _await_state(stack, "sensor.darkstar_override", "none", AT_ONCE_S)


def test_each_group_of_devices_has_its_own_quick_action(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_stop_all")
    _await_state(stack, HEATER, "40.0", AT_ONCE_S)
    stack.ha.press("input_button.darkstar_force_heat")
    _await_state(stack, HEATER, "70.0", AT_ONCE_S)
    _await_state(stack, "sensor.darkstar_override", "force_heat")
    held = stack.ha.attributes("sensor.darkstar_override")
    assert (held["battery"], held["heater"]) == ("stop_all", "force_heat")
    assert held["battery_minutes_left"] > 0
    assert _is_overridden(_latest(stack))
    _nothing_overrides(stack)


def _order(stack: Stack, path: str, **order: object) -> requests.Response:
    return requests.post(f"{stack.page_url}/api/appdaemon/{path}", json=order, timeout=10)


def test_orders_come_by_http_and_by_service_and_bad_ones_are_refused_with_a_reason(stack: Stack) -> None:
    answer = _order(stack, "darkstar_quick_action", kind="force_export", minutes=15, soc=30)
    assert answer.status_code == 200
    assert answer.json()["active"]["battery"]["soc"] == 30
    _await_state(stack, WORK_MODE, "Export First", AT_ONCE_S)
    refused = _order(stack, "darkstar_quick_action", kind="force_export", minutes=-1)
    assert refused.status_code == 400
    assert "minutes" in refused.json()["reason"]
    shown = requests.get(f"{stack.page_url}/api/appdaemon/darkstar_quick_action", timeout=10).json()
    assert shown["active"]["battery"]["kind"] == "force_export"
    called = _order(stack, "service/darkstar/darkstar/quick_action", kind="clear")
    assert called.json() == {"response": {"ok": True, "active": {}}}
    stack.wait_for(lambda: not _is_overridden(_latest(stack)), AT_ONCE_S, "the plan's decision")
    called = _order(stack, "service/darkstar/darkstar/quick_action", kind="dance")
    assert "kind must be one of" in called.json()["response"]["reason"]


def test_an_unavailable_soc_ends_charging_and_no_command_follows(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, GRID_CHARGING, "on")
    stack.ha.set("input_boolean.demo_sim_soc_unavailable", "on")
    _await_state(stack, GRID_CHARGING, "off")
    stack.wait_for(lambda: "soc_unreadable" in _problems(stack), 20, "the problem on the page")
    before = _settings(stack)
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, "sensor.darkstar_override", "force_export")
    time.sleep(3)
    assert _settings(stack) == before
    assert _mode(stack) not in {BatteryMode.GRID_CHARGE, BatteryMode.EXPORT}
    stack.ha.set("input_boolean.demo_sim_soc_unavailable", "off")
    _await_state(stack, WORK_MODE, "Export First")
    _nothing_overrides(stack)
    stack.wait_for(lambda: "soc_unreadable" not in _problems(stack), 60, "the problem to clear itself")


def _notifications(stack: Stack) -> dict[str, tuple[str, str]]:
    """Title and text of what stands in Home Assistant's list, by id. The demo's phone puts its messages there, too."""
    (listed,) = stack.ha.websocket({"type": "persistent_notification/get"})
    return {each["notification_id"]: (each["title"], each["message"]) for each in listed}


def _on_the_phone(stack: Stack, title: str, about: str) -> int:
    told = [words for name, words in _notifications(stack).items() if not name.startswith("darkstar_")]
    return sum(words[0] == title and about in words[1] for words in told)


def test_an_unavailable_entity_is_told_once_and_so_is_its_recovery(stack: Stack) -> None:
    def told() -> tuple[int, int]:
        about = "sensor.demo_battery_soc"
        return _on_the_phone(stack, "Darkstar needs you", about), _on_the_phone(stack, "Problem solved", about)

    begun, ended = told()
    listed = "darkstar_problem_soc_unreadable"
    stack.ha.set("input_boolean.demo_sim_soc_unavailable", "on")
    stack.wait_for(lambda: listed in _notifications(stack), 30, "the problem in Home Assistant's list")
    stack.ha.press("input_button.darkstar_plan_now")
    stack.ha.press("input_button.darkstar_stop_all")
    _await_state(stack, "sensor.darkstar_override", "stop_all")
    time.sleep(3)
    assert told() == (begun + 1, ended)
    stack.ha.set("input_boolean.demo_sim_soc_unavailable", "off")
    stack.wait_for(lambda: listed not in _notifications(stack), 60, "the problem to leave Home Assistant's list")
    stack.wait_for(lambda: told() == (begun + 1, ended + 1), 10, "the end on the phone")
    _nothing_overrides(stack)


def test_the_test_button_sends_a_message_through_each_channel(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_test_notification")
    stack.wait_for(lambda: "darkstar_test_result" in _notifications(stack), 20, "the result of the test")
    assert _on_the_phone(stack, "Darkstar test", "notify.demo_phone") == 1
    assert "darkstar_test" in _notifications(stack)


def test_a_restart_of_home_assistant_brings_sensors_and_control_back(stack: Stack) -> None:
    stack.restart_home_assistant()
    stack.wait_for(lambda: stack.ha.entity("sensor.darkstar_plan"), 60, "our sensors to be published again")
    stack.wait_for(lambda: stack.ha.state("sensor.darkstar_override") == "none", 30, "the override sensor")
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, GRID_CHARGING, "on", 20)
    _nothing_overrides(stack)


def test_appdaemon_killed_and_started_again_goes_on_with_the_override(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, WORK_MODE, "Export First")
    stack.appdaemon.kill()
    stack.ha.set(WORK_MODE, "Zero Export To CT")
    stack.start_appdaemon()
    _await_state(stack, WORK_MODE, "Export First", 30)
    _nothing_overrides(stack)


def test_a_frozen_home_assistant_is_outlived(stack: Stack) -> None:
    stack.home_assistant.freeze()
    time.sleep(8)
    stack.home_assistant.thaw()
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, GRID_CHARGING, "on", 20)
    _nothing_overrides(stack)


def test_appdaemon_stays_small(stack: Stack) -> None:
    rss_mb = stack.appdaemon.rss_mb
    print(f"AppDaemon with all apps: {rss_mb:.0f} MB")
    assert rss_mb < 350
