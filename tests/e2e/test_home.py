"""The whole house: real Home Assistant, AppDaemon, CBC, SQLite and Chromium around a simulated home.

One house lives through all tests of this file, in their order, as a real one does.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from darkstar.bundles.replay import bundle_from_json, replay
from darkstar.control.decision import BatteryMode, Execution, Source, StepResult
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
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
def browser() -> Iterator[Browser]:
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        pytest.fail("No Chromium: install it with `apt-get install chromium` (as root) and run `make e2e` again.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@dataclass
class Tablet:
    """A page in HADashboard, and what went wrong in it."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def note_failure(self, url: str, why: str | None) -> None:
        """A request failed; one that the browser gives up because it goes to another page is none."""
        if why != "net::ERR_ABORTED":
            self.faults.append(f"failed: {url}, {why}")

    @property
    def inside(self) -> FrameLocator:
        """The embedded page."""
        return self.page.frame_locator("iframe").first

    def open(self, dashboard: str) -> float:
        """Go to a dashboard; returns how many seconds its embedded page took to show something, if it has one."""
        self.page.goto(f"{self.base}/{dashboard}?skin=darkstar")
        if "tiles" in dashboard:
            # A click before the page has its connection would be lost: wait until a tile shows a number.
            self.page.wait_for_function(f"() => /\\d/.test(document.querySelector('{BATTERY_TILE}')?.innerText ?? '')")
            return 0.0
        self.inside.locator("#main:not([hidden])").wait_for()
        return float(self.inside.locator("#main").evaluate("() => performance.now()")) / 1000


@pytest.fixture
def tablet(stack: Stack, browser: Browser) -> Tablet:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    watched = Tablet(page, stack.page_url)
    page.on("console", lambda message: watched.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: watched.faults.append(str(error)))
    page.on("requestfailed", lambda request: watched.note_failure(request.url, request.failure))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((stack.page_url, "data:"))
            else watched.faults.append(f"not our host: {request.url}")
        ),
    )
    return watched


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


def test_a_tap_on_the_page_charges_the_battery_and_another_returns_to_the_plan(stack: Stack, tablet: Tablet) -> None:
    tablet.open("darkstar")
    charge = tablet.inside.locator("#action-force_charge")
    charge.click()
    _await_state(stack, GRID_CHARGING, "on")
    stack.wait_for(lambda: _mode(stack) is BatteryMode.GRID_CHARGE, 10, "the decision to be recorded")
    stack.wait_for(lambda: stack.ha.number("sensor.demo_battery_power") > 1000, 20, "the battery to charge")
    stack.wait_for(lambda: "left, tap to end" in charge.inner_text(), 10, "the time left on the page")
    charge.click()
    stack.wait_for(lambda: not _is_overridden(_latest(stack)), 10, "the plan's decision")
    wanted_on = _mode(stack) is BatteryMode.GRID_CHARGE
    _await_state(stack, GRID_CHARGING, "on" if wanted_on else "off")
    assert tablet.faults == []


def test_the_tiles_press_the_same_buttons(stack: Stack, tablet: Tablet) -> None:
    tablet.open("darkstar_tiles")
    tablet.page.click("#default-stop > span")
    _await_state(stack, "sensor.darkstar_override", "stop_all")
    tablet.page.click("#default-clear > span")
    _await_state(stack, "sensor.darkstar_override", "none")


def test_toggles_and_selectors_of_the_page_reach_home_assistant(stack: Stack, tablet: Tablet) -> None:
    tablet.open("darkstar")
    tablet.inside.locator("#toggle-shadow").click()
    _await_state(stack, "input_boolean.darkstar_shadow", "on")
    stack.wait_for(lambda: _latest(stack).shadow, 10, "the executor to only watch")
    tablet.inside.locator("#toggle-shadow").click()
    stack.wait_for(lambda: not _latest(stack).shadow, 10, "the executor to act")
    tablet.inside.locator("#comfort button[data-level='5']").click()
    _await_state(stack, "input_select.darkstar_comfort_level", "5 Always warm")
    tablet.inside.locator("#comfort button[data-level='0']").click()
    _await_state(stack, "input_select.darkstar_comfort_level", "As in apps.yaml")
    assert tablet.faults == []


def _shown_hours(tablet: Tablet) -> float:
    edges = "element => element.layout.xaxis.range[1] - element.layout.xaxis.range[0]"
    return float(tablet.inside.locator("#chart").evaluate(edges)) / 3_600_000


def test_the_plan_is_drawn_zoomed_and_explained(stack: Stack, tablet: Tablet) -> None:
    for dashboard in ("darkstar", "darkstar_plan", "darkstar", "darkstar_plan"):
        print(f"{dashboard} shows something after {tablet.open(dashboard):.2f} s")
    tablet.inside.locator("#chart .main-svg").first.wait_for(timeout=20_000)
    whole = _shown_hours(tablet)
    assert whole >= 47
    area = tablet.inside.locator("#touch").bounding_box()
    assert area is not None
    x, y = area["x"] + area["width"] * 0.6, area["y"] + area["height"] * 0.4
    tablet.page.mouse.move(x, y)
    tablet.page.mouse.wheel(0, -600)
    stack.wait_for(lambda: _shown_hours(tablet) < whole * 0.8, 5, "the wheel to zoom")
    tip, cursor = (tablet.inside.locator(name).bounding_box() for name in ("#tip", "#cursor"))
    assert (
        tip is None
        or cursor is None
        or tip["x"] >= cursor["x"] + cursor["width"]
        or tip["x"] + tip["width"] <= cursor["x"]
    )
    tablet.inside.locator("#reset").click()
    stack.wait_for(lambda: _shown_hours(tablet) == whole, 5, "the whole plan")
    tablet.page.mouse.click(x, y)
    tablet.inside.locator("#others li").first.wait_for(timeout=60_000)
    assert "EUR" in tablet.inside.locator("#others").inner_text()
    assert tablet.inside.locator("#plan tr[aria-selected='true']").count() == 1
    assert tablet.faults == []


def test_settings_of_the_page_are_refused_or_written_and_taken(stack: Stack, tablet: Tablet) -> None:
    apps = stack.data_folder.parent / "apps" / "apps.yaml"
    before = apps.read_text(encoding="utf-8")
    tablet.open("darkstar_settings")
    wear = tablet.inside.locator("[id='f-battery.wear_cost_per_kwh']")
    wear.fill("-3")
    tablet.inside.locator("#save").click()
    refusal = tablet.inside.locator("#refusal:not([hidden])")
    refusal.wait_for()
    assert "battery.wear_cost_per_kwh (is -3)" in refusal.inner_text()
    assert apps.read_text(encoding="utf-8") == before
    tablet.faults.clear()  # the browser itself reports the refused answer
    wear.fill("0.0125")
    tablet.inside.locator("#save").click()
    wanted = before.replace("wear_cost_per_kwh: 0.01\n", "wear_cost_per_kwh: 0.0125\n")
    stack.wait_for(lambda: apps.read_text(encoding="utf-8") == wanted, 10, "the setting in the file")

    def wear_of_the_plan() -> float:
        with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
            saved = Plans(database).latest()
        assert saved is not None
        return saved.request.batteries[0].wear_cost_per_kwh

    stack.wait_for(lambda: wear_of_the_plan() == 0.0125, 60, "a plan with the setting")
    assert tablet.faults == []


def test_the_doctor_finds_the_home_well_and_gives_away_a_bundle_that_replays(stack: Stack, tablet: Tablet) -> None:
    tablet.open("darkstar_doctor")
    tablet.inside.locator("#again").click()
    stack.wait_for(lambda: "Nothing must be mended" in tablet.inside.locator("#words").inner_text(), 60, "a well home")
    with tablet.page.expect_download() as download:
        tablet.inside.locator("#bundle").click()
    bundle = bundle_from_json(download.value.path().read_text(encoding="utf-8"))
    assert replay(bundle).is_identical
    assert bundle.log
    tablet.open("darkstar_log")
    assert "planner" in tablet.inside.locator("#lines").inner_text()
    tablet.inside.locator("#until").fill("2020-01-01T00:00")
    stack.wait_for(lambda: tablet.inside.locator("#lines").inner_text() == "", 10, "nothing to have been said before")
    assert tablet.faults == []


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


def test_models_were_trained_from_that_past_in_a_process_of_their_own(stack: Stack) -> None:
    def learning() -> dict[str, object]:
        return stack.ha.attributes("sensor.darkstar_learning")

    stack.wait_for(lambda: learning().get("trained_at"), 240, "the first training")
    assert list((stack.data_folder / "models").glob("*.model"))
    assert "models_unreadable" not in _problems(stack)
    stack.ha.press("input_button.darkstar_reset_learning")
    stack.wait_for(lambda: "today" in str(learning().get("answer")), 30, "the button's answer")


def test_appdaemon_stays_small(stack: Stack) -> None:
    rss_mb = stack.appdaemon.rss_mb
    print(f"AppDaemon with all apps: {rss_mb:.0f} MB")
    assert rss_mb < 350


def test_a_page_says_that_home_assistant_is_gone_and_still_takes_orders(stack: Stack, tablet: Tablet) -> None:
    """The last of all: a Home Assistant that is killed comes back with helpers as they were some time ago."""
    tablet.open("darkstar")
    stack.home_assistant.kill()
    told = tablet.inside.locator("#notices")
    stack.wait_for(lambda: "Home Assistant does not answer" in told.inner_text(), 30, "the notice")
    tablet.inside.locator("#action-pause").click()
    pause = tablet.inside.locator("#action-pause[aria-pressed='true']")
    pause.wait_for(timeout=20_000)
    stack.start_home_assistant()
    _await_state(stack, "sensor.darkstar_override", "pause", 60)
    stack.wait_for(lambda: not told.is_visible(), 30, "the notice to go")
    pause.click()
    _await_state(stack, "sensor.darkstar_override", "none", 20)
