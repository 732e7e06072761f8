"""App Overrides: from button press to stored override, its end, and restarts between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.app import EVENT_OVERRIDE, EVENT_PAUSE_REMINDER
from darkstar.control.decision import NO_OVERRIDES, ActiveOverrides, OverrideKind
from darkstar.home.devices import EvSettings
from darkstar.overrides import Overrides
from darkstar.storage.overrides import Overrides as OverrideStore
from tests.driver import Driver
from tests.homes import ENTITIES, home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    for button in (*OverrideKind, "clear_override"):
        driver.set(f"input_button.darkstar_{button}", "unknown")
    driver.set("input_number.darkstar_override_minutes", "30.0")
    return driver


def _home() -> dict[str, Any]:
    entities = ENTITIES.model_copy(update={"ev_connected": "binary_sensor.plug"})
    return home(ev=EvSettings(capacity_kwh=60), entities=entities).model_dump(mode="json", exclude_unset=True)


def _held(app: Any, world: Driver) -> ActiveOverrides:
    return OverrideStore(app.database).active(world.now)


def _active(app: Any, world: Driver) -> Any:
    """The newest quick action, or None."""
    return next(iter(_held(app, world).all), None)


def _post(world: Driver, data: object, content_type: str = "application/json") -> tuple[dict[str, Any], int]:
    request = SimpleNamespace(method="POST", content_type=content_type)
    answer: tuple[dict[str, Any], int] = world.endpoints["darkstar_quick_action"](data, {"request": request})
    return answer


def _serve(world: Driver, **data: object) -> dict[str, Any]:
    answer: dict[str, Any] = world.services["darkstar/quick_action"]("darkstar", "darkstar", "quick_action", **data)
    return answer


def _tap(world: Driver, action: str) -> None:
    world.fire("mobile_app_notification_action", action=action)


def _heard(world: Driver, app: Any) -> list[str]:
    heard: list[str] = []
    app.listen_event(lambda event, data, **_: heard.append(event), EVENT_OVERRIDE, namespace="darkstar")
    return heard


def test_a_call_by_another_app_brings_appdaemons_own_timeout(world: Driver) -> None:
    app = world.start(Overrides, _home())
    assert _serve(world, kind="pause", timeout=None)["ok"]
    assert _active(app, world).kind is OverrideKind.PAUSE


@pytest.mark.parametrize("kind", list(OverrideKind))
def test_a_press_starts_its_action_for_the_chosen_minutes_and_is_announced(world: Driver, kind: OverrideKind) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press(f"input_button.darkstar_{kind}")
    override = _active(app, world)
    assert override.kind is kind
    assert (override.expires_at - world.now).total_seconds() == 30 * 60
    assert heard == [EVENT_OVERRIDE]


def test_a_new_action_replaces_the_old_one(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_force_charge")
    world.advance(60)
    world.press("input_button.darkstar_stop_all")
    assert _active(app, world).kind is OverrideKind.STOP_ALL


def test_clear_returns_to_the_plan_at_once(world: Driver) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press("input_button.darkstar_force_charge")
    world.press("input_button.darkstar_clear_override")
    assert _active(app, world) is None
    assert len(heard) == 2


def test_the_end_is_announced_within_two_seconds(world: Driver) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press("input_button.darkstar_force_charge")
    world.advance(30 * 60 - 1)
    assert _active(app, world) is not None
    assert len(heard) == 1
    world.advance(3)
    assert _active(app, world) is None
    assert len(heard) == 2


def test_an_action_survives_a_restart_and_still_ends(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_force_export")
    world.stop(app)
    world.advance(10 * 60)
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    assert _active(app, world).kind is OverrideKind.FORCE_EXPORT
    world.advance(20 * 60 + 2)
    assert heard == [EVENT_OVERRIDE]
    assert _active(app, world) is None


def test_an_action_that_ended_while_away_does_not_come_back(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_force_export")
    world.stop(app)
    world.advance(3600)
    app = world.start(Overrides, _home())
    assert _active(app, world) is None


def test_a_restored_button_is_no_press(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.set("input_button.darkstar_force_charge", "unavailable")
    world.set("input_button.darkstar_force_charge", "2026-01-15T08:00:00+00:00")
    assert _active(app, world) is None


def test_an_unreadable_duration_is_the_setting(world: Driver) -> None:
    world.set("input_number.darkstar_override_minutes", "unavailable")
    app = world.start(Overrides, {**_home(), "overrides": {"default_minutes": 45}})
    world.press("input_button.darkstar_force_heat")
    assert (_active(app, world).expires_at - world.now).total_seconds() == 45 * 60


def test_the_helpers_for_the_soc_are_followed_and_zero_leaves_it_to_the_setting(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.set("input_number.darkstar_force_charge_soc", "70.0")
    world.set("input_number.darkstar_force_export_soc", "0.0")
    world.press("input_button.darkstar_force_charge")
    assert _active(app, world).soc_percent == 70
    world.press("input_button.darkstar_force_export")
    assert _active(app, world).soc_percent == 20


def test_actions_of_different_devices_hold_at_the_same_time_and_end_one_by_one(world: Driver) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press("input_button.darkstar_force_charge")
    world.advance(600)
    world.press("input_button.darkstar_force_heat")
    world.press("input_button.darkstar_force_ev")
    held = _held(app, world)
    assert held.battery is not None
    assert held.heater is not None
    assert held.ev is not None
    world.advance(20 * 60 + 2)
    assert len(heard) == 4
    held = _held(app, world)
    assert (held.battery, held.heater is None, held.ev is None) == (None, False, False)
    world.advance(10 * 60)
    assert len(heard) == 5
    assert _held(app, world) == NO_OVERRIDES


def test_pause_pressed_again_resumes(world: Driver) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press("input_button.darkstar_pause")
    assert {override.kind for override in _held(app, world).all} == {OverrideKind.PAUSE}
    world.advance(1)
    world.press("input_button.darkstar_pause")
    assert _held(app, world) == NO_OVERRIDES
    assert len(heard) == 2


def test_resume_leaves_what_was_started_after_the_pause(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_pause")
    world.press("input_button.darkstar_force_heat")
    _tap(world, "DARKSTAR_RESUME")
    assert [override.kind for override in _held(app, world).all] == [OverrideKind.FORCE_HEAT]


def _reminders(app: Any) -> list[str]:
    heard: list[str] = []
    app.listen_event(lambda event, data, **_: heard.append(data["until"]), EVENT_PAUSE_REMINDER, namespace="darkstar")
    return heard


def test_a_long_pause_is_recalled_once_and_a_tap_resumes(world: Driver) -> None:
    world.set("input_number.darkstar_override_minutes", "120")
    app = world.start(Overrides, _home())
    reminders = _reminders(app)
    world.press("input_button.darkstar_pause")
    until = (world.now + timedelta(minutes=120)).isoformat()
    world.advance(30 * 60 - 1)
    assert reminders == []
    world.advance(3)
    assert reminders == [until]
    world.advance(3600)
    assert reminders == [until]
    _tap(world, "SOMETHING_ELSE")
    assert _active(app, world).kind is OverrideKind.PAUSE
    _tap(world, "DARKSTAR_RESUME")
    assert _held(app, world) == NO_OVERRIDES


def test_a_reminder_that_fell_due_while_away_comes_after_the_start_and_only_once(world: Driver) -> None:
    world.set("input_number.darkstar_override_minutes", "120")
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_pause")
    world.stop(app)
    world.advance(40 * 60)
    app = world.start(Overrides, _home())
    reminders = _reminders(app)
    world.advance(60)
    assert len(reminders) == 1
    world.stop(app)
    app = world.start(Overrides, _home())
    again = _reminders(app)
    world.advance(3600)
    assert again == []


def test_each_pause_has_its_own_reminder(world: Driver) -> None:
    world.set("input_number.darkstar_override_minutes", "60")
    app = world.start(Overrides, {**_home(), "overrides": {"pause_reminder_minutes": 10}})
    reminders = _reminders(app)
    for _ in range(2):
        world.press("input_button.darkstar_pause")
        world.advance(11 * 60)
        world.press("input_button.darkstar_pause")
        world.advance(60)
    assert len(reminders) == 2


@pytest.mark.parametrize("setting", [None, 60])
def test_a_pause_that_ends_before_its_reminder_has_none(world: Driver, setting: int | None) -> None:
    app = world.start(Overrides, {**_home(), "overrides": {"pause_reminder_minutes": setting}})
    reminders = _reminders(app)
    world.press("input_button.darkstar_pause")
    world.advance(3 * 3600)
    assert reminders == []
    assert _held(app, world) == NO_OVERRIDES


def test_the_service_starts_and_clears(world: Driver) -> None:
    app = world.start(Overrides, _home())
    answer = _serve(world, kind="force_charge", minutes=15, soc=75)
    held = _held(app, world).battery
    assert held is not None
    assert (held.soc_percent, held.expires_at - world.now) == (75, timedelta(minutes=15))
    expected = {"kind": "force_charge", "until": "2026-01-15T12:15:00+01:00", "soc": 75.0}
    assert answer == {"ok": True, "active": {"battery": expected}}
    assert _serve(world, kind="clear") == {"ok": True, "active": {}}
    assert _held(app, world) == NO_OVERRIDES


def test_the_service_clears_single_devices(world: Driver) -> None:
    world.start(Overrides, _home())
    _serve(world, kind="stop_all", until="18:00")
    answer = _serve(world, kind="clear", groups=["heater", "ev"])
    assert set(answer["active"]) == {"battery"}


def test_the_endpoint_takes_orders_and_tells_what_is_in_force(world: Driver) -> None:
    app = world.start(Overrides, _home())
    answer, code = _post(world, {"kind": "force_heat", "until": "13:30"})
    assert (code, answer["active"]["heater"]["until"]) == (200, "2026-01-15T13:30:00+01:00")
    held = _held(app, world).heater
    assert held is not None
    assert held.expires_at == datetime(2026, 1, 15, 12, 30, tzinfo=UTC)
    shown = world.endpoints["darkstar_quick_action"]({}, {"request": SimpleNamespace(method="GET")})
    assert shown == (answer, 200)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "force_export", "minutes": -5}, "minutes"),
        ({"kind": "dance"}, "kind must be one of"),
        ({"kind": "stop_all", "until": "2020-01-01T00:00"}, "must lie ahead"),
        ([1, 2], "an order is an object"),
    ],
)
def test_bad_orders_are_refused_with_a_reason_and_change_nothing(world: Driver, data: object, words: str) -> None:
    app = world.start(Overrides, _home())
    heard = _heard(world, app)
    world.press("input_button.darkstar_force_charge")
    before = _held(app, world)
    answer, code = _post(world, data)
    assert (code, answer["ok"]) == (400, False)
    assert words in answer["reason"]
    assert _held(app, world) == before
    assert len(heard) == 1
    assert app.problems.open() == ()


def test_only_json_is_taken_so_that_no_page_of_another_site_can_order(world: Driver) -> None:
    app = world.start(Overrides, _home())
    answer, code = _post(world, {"kind": "stop_all"}, "text/plain")
    assert (code, answer["ok"]) == (415, False)
    assert _held(app, world) == NO_OVERRIDES


def test_an_order_that_cannot_be_kept_is_refused(world: Driver) -> None:
    app = world.start(Overrides, _home())
    app.database.close()
    answer, code = _post(world, {"kind": "stop_all"})
    assert (code, answer["ok"]) == (503, False)


def test_an_expired_action_does_not_come_back_with_the_clock(world: Driver) -> None:
    app = world.start(Overrides, _home())
    world.press("input_button.darkstar_stop_all")
    world.advance(31 * 60)
    world.stop(app)
    world.now -= timedelta(minutes=20)
    app = world.start(Overrides, _home())
    assert _held(app, world) == NO_OVERRIDES


def test_an_action_that_the_settings_forbid_is_refused_with_words(world: Driver) -> None:
    app = world.start(Overrides, {**_home(), "grid": {"export_allowed": False}})
    world.press("input_button.darkstar_force_export")
    assert _active(app, world) is None
    (problem,) = app.problems.open()
    assert "export_allowed" in problem.meaning
    world.press("input_button.darkstar_clear_override")
    assert app.problems.open() == ()


def test_wrong_settings_are_told_and_nothing_starts(world: Driver) -> None:
    app = world.start(Overrides, {**_home(), "batery": {}})
    assert any("batery" in line and line.startswith("ERROR") for line in world.log)
    world.press("input_button.darkstar_force_charge")
    assert not hasattr(app, "database")
