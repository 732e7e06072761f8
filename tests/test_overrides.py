"""App Overrides: from button press to stored override, its end, and restarts between."""

from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_OVERRIDE
from darkstar.control.decision import OverrideKind
from darkstar.overrides import Overrides
from darkstar.storage.overrides import Overrides as OverrideStore
from tests.driver import Driver
from tests.homes import home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    for button in ("force_charge", "force_export", "force_heat", "stop_all", "clear_override"):
        driver.set(f"input_button.darkstar_{button}", "unknown")
    driver.set("input_number.darkstar_override_minutes", "30.0")
    return driver


def _home() -> dict[str, Any]:
    return home().model_dump(mode="json", exclude_unset=True)


def _active(app: Any, world: Driver) -> Any:
    return OverrideStore(app.database).active(world.now)


def _heard(world: Driver, app: Any) -> list[str]:
    heard: list[str] = []
    app.listen_event(lambda event, data, **_: heard.append(event), EVENT_OVERRIDE, namespace="darkstar")
    return heard


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
