"""App Notifier: told once, also over restarts, through what is there, and never more than is wanted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from darkstar import notifier
from darkstar.app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PAUSE_REMINDER, EVENT_PROBLEM
from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    Execution,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.notice import Notice
from darkstar.home.problem import Problem, Severity
from darkstar.notifier import Notifier
from darkstar.storage.database import DATABASE_FILE, Database
from darkstar.storage.executions import Executions
from darkstar.storage.overrides import Overrides
from darkstar.storage.plans import Plans, SavedPlan
from tests.driver import Driver
from tests.homes import home
from tests.storage.samples import saved_plan
from tests.views import samples

TOKEN = "s3cr3t-T0ken"
ADDRESS = f"https://discord.com/api/webhooks/123/{TOKEN}"
PHONE = {"services": ["notify.phone"]}
BUTTON = "input_button.darkstar_test_notification"


class Discord:
    """Stands in for the webhook: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.error = ""

    def post(self, address: SecretStr, notice: Notice) -> str:
        assert address.get_secret_value() == ADDRESS
        self.posts.append(notice.title)
        return self.error


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.set(BUTTON, "unknown")
    return driver


@pytest.fixture
def discord(monkeypatch: pytest.MonkeyPatch) -> Discord:
    stand_in = Discord()
    monkeypatch.setattr(notifier, "post", stand_in.post)
    return stand_in


def _start(world: Driver, notifications: Mapping[str, object] = PHONE) -> Any:
    block = home().model_dump(mode="json", exclude_unset=True)
    return world.start(Notifier, {**block, "notifications": dict(notifications)})


def _titles(world: Driver, service: str = "notify/phone") -> list[str]:
    return [data["title"] for called, data in world.calls if called == service]


def _tick(app: Any, world: Driver, mode: BatteryMode, minutes: float = 5, *, shadow: bool = False) -> None:
    battery = BatterySettingsNow(mode, 5, 5, 80, Source.PLAN, "because")
    decision = Decision(world.now, battery, None, "sentence")
    Executions(app.database).save(Execution(world.now, None, decision, (), 50, None, None, None, shadow=shadow))
    world.fire(EVENT_EXECUTION, "darkstar")
    world.advance(minutes * 60)


def _problem(app: Any, world: Driver, name: str = "x", severity: Severity = Severity.WARNING) -> None:
    app.problems.report(Problem(name, severity, world.now, f"{name} is broken.", "Mend it."))
    world.fire(EVENT_PROBLEM, "darkstar")


def _solved(app: Any, world: Driver, name: str = "x") -> None:
    app.problems.clear(name)
    world.fire(EVENT_PROBLEM, "darkstar")


def test_only_edges_are_told(world: Driver) -> None:
    app = _start(world)
    for mode in (BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE, BatteryMode.GRID_CHARGE, BatteryMode.SELF_USE):
        _tick(app, world, mode)
    assert _titles(world) == ["Grid charging started"]


def test_a_flap_is_not_told(world: Driver) -> None:
    app = _start(world)
    for mode in (BatteryMode.SELF_USE, BatteryMode.EXPORT, BatteryMode.SELF_USE, BatteryMode.EXPORT):
        _tick(app, world, mode, minutes=0.5)
    _tick(app, world, BatteryMode.SELF_USE)
    assert _titles(world) == []


def test_nothing_starts_in_shadow(world: Driver) -> None:
    app = _start(world)
    _tick(app, world, BatteryMode.SELF_USE)
    _tick(app, world, BatteryMode.GRID_CHARGE, shadow=True)
    assert _titles(world) == []


def test_a_restart_repeats_nothing(world: Driver) -> None:
    app = _start(world)
    _tick(app, world, BatteryMode.SELF_USE)
    _tick(app, world, BatteryMode.GRID_CHARGE)
    for _ in range(3):
        world.stop(app)
        app = _start(world)
        _tick(app, world, BatteryMode.GRID_CHARGE)
    assert _titles(world) == ["Grid charging started"]


def test_the_very_first_start_takes_what_runs_for_known(world: Driver) -> None:
    battery = BatterySettingsNow(BatteryMode.GRID_CHARGE, 5, 5, 80, Source.PLAN, "because")
    decision = Decision(world.now, battery, None, "sentence")
    with Database.open(world.folder / "darkstar" / DATABASE_FILE, world.now) as database:
        Executions(database).save(Execution(world.now, None, decision, (), 50, None, None, None, shadow=False))
        Overrides(database).replace(Override(OverrideKind.FORCE_HEAT, world.now, world.now + timedelta(hours=1)))
    app = _start(world)
    _tick(app, world, BatteryMode.GRID_CHARGE)
    assert _titles(world) == []


def test_a_problem_is_told_once_and_its_end_too_even_over_a_restart(world: Driver) -> None:
    app = _start(world)
    _problem(app, world, severity=Severity.CRITICAL)
    _problem(app, world, severity=Severity.CRITICAL)
    world.stop(app)
    app = _start(world)
    world.fire(EVENT_PROBLEM, "darkstar")
    _solved(app, world)
    world.fire(EVENT_PROBLEM, "darkstar")
    assert _titles(world) == ["Darkstar needs you", "Problem solved"]


def test_quick_actions_are_told_with_their_ends(world: Driver) -> None:
    app = _start(world)
    store = Overrides(app.database)
    store.replace(Override(OverrideKind.FORCE_HEAT, world.now, world.now + timedelta(minutes=15)))
    world.fire(EVENT_OVERRIDE, "darkstar")
    store.replace(Override(OverrideKind.FORCE_CHARGE, world.now, world.now + timedelta(minutes=60), 80))
    world.fire(EVENT_OVERRIDE, "darkstar")
    world.fire(EVENT_OVERRIDE, "darkstar")
    world.advance(16 * 60)
    assert _titles(world) == ["Force heat", "Force charge", "Force heat ended"]


def test_a_replaced_quick_action_is_told_once(world: Driver) -> None:
    app = _start(world)
    store, hour = Overrides(app.database), timedelta(hours=1)
    store.replace(Override(OverrideKind.FORCE_CHARGE, world.now, world.now + hour, 80))
    world.fire(EVENT_OVERRIDE, "darkstar")
    store.replace(Override(OverrideKind.FORCE_EXPORT, world.now, world.now + hour, 20))
    world.fire(EVENT_OVERRIDE, "darkstar")
    store.clear()
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert _titles(world) == ["Force charge", "Force export", "Force export ended"]


def test_a_long_pause_is_remembered_with_a_button_where_there_are_buttons(world: Driver) -> None:
    app = _start(world, {"services": ["notify.phone", "notify.mobile_app_phone"]})
    until = world.now + timedelta(hours=2)
    Overrides(app.database).replace(Override(OverrideKind.PAUSE, world.now, until))
    world.advance(30 * 60)
    world.fire(EVENT_PAUSE_REMINDER, "darkstar", until=until.isoformat())
    world.fire(EVENT_OVERRIDE, "darkstar")
    reminders = {service: data for service, data in world.calls if data["title"] == "Darkstar is paused"}
    assert reminders["notify/mobile_app_phone"]["data"]["actions"] == [{"action": "DARKSTAR_RESUME", "title": "Resume"}]
    assert "data" not in reminders["notify/phone"]
    assert "until 14:00" in reminders["notify/phone"]["message"]
    assert _titles(world).count("Darkstar is paused") == 1


@pytest.mark.parametrize("until", ["soon", "2026-01-15T14:00:00", None])
def test_a_reminder_that_makes_no_sense_is_left_out(world: Driver, until: object) -> None:
    _start(world)
    world.fire(EVENT_PAUSE_REMINDER, "darkstar", until=until)
    assert _titles(world) == []
    assert any("reminder" in line for line in world.log)


def test_a_dead_home_assistant_is_waited_for_with_growing_pauses(world: Driver) -> None:
    app = _start(world)
    world.connected = False
    _problem(app, world, severity=Severity.CRITICAL)
    world.advance(3600)
    assert sum("not delivered" in line for line in world.log) == 2
    world.connected = True
    world.fire("plugin_started")
    world.advance(10)
    assert _titles(world) == ["Darkstar needs you"]


def test_a_new_message_is_tried_at_once_although_an_old_one_waits(world: Driver) -> None:
    app = _start(world)
    world.connected = False
    _problem(app, world)
    world.connected = True
    _problem(app, world, "y")
    assert _titles(world) == ["Darkstar needs you", "Darkstar needs you"]


def test_a_dead_channel_stops_no_other_and_is_shown_as_a_problem(
    world: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _start(world, {"services": ["notify.gone", "notify.phone"]})
    world.set("notify.gone", "unavailable")
    _problem(app, world)
    world.advance(11 * 60)
    _problem(app, world, "y")
    world.advance(11 * 60)
    assert len(_titles(world)) == 2
    (dead,) = [one for one in app.problems.open() if one.problem_id.startswith("notification_")]
    assert "notify.gone is unavailable" in dead.meaning
    world.set("notify.gone", "unknown")
    _problem(app, world, "z")
    assert {one.problem_id for one in app.problems.open()} == {"x", "y", "z"}
    assert _titles(world) == ["Darkstar needs you"] * 3


def test_quiet_hours_hold_back_and_one_message_sums_up(world: Driver) -> None:
    app = _start(world, {**PHONE, "quiet_start": "11:30", "quiet_end": "12:30"})
    for name in "xyz":
        _problem(app, world, name)
    _problem(app, world, "grave", Severity.CRITICAL)
    _solved(app, world, "z")
    assert _titles(world) == ["Darkstar needs you"]
    world.stop(app)
    app = _start(world, {**PHONE, "quiet_start": "11:30", "quiet_end": "12:30"})
    world.advance(3600)
    assert _titles(world)[1:] == ["Darkstar: 2 messages held back"]


def test_the_limit_holds_over_a_restart(world: Driver) -> None:
    limited = {**PHONE, "max_per_hour": 2}
    app = _start(world, limited)
    for name in "abc":
        _problem(app, world, name)
    world.stop(app)
    app = _start(world, limited)
    _problem(app, world, "d")
    assert len(_titles(world)) == 2
    world.advance(3700)
    assert _titles(world)[2:] == ["Darkstar: 2 messages held back"]
    assert "2 messages waited" in world.calls[-1][1]["message"]


def test_home_assistants_list_has_a_problem_as_long_as_it_lasts(world: Driver) -> None:
    app = _start(world, {"persistent": True, "on_problem_end": False})
    _problem(app, world)
    world.fire("plugin_started")
    world.advance(5)
    _solved(app, world)
    own_id = "darkstar_problem_x"
    assert [(service, data["notification_id"]) for service, data in world.calls] == [
        ("persistent_notification/create", own_id),
        ("persistent_notification/create", own_id),
        ("persistent_notification/dismiss", own_id),
    ]


def test_the_list_gets_the_single_messages_of_a_summary(world: Driver) -> None:
    app = _start(world, {**PHONE, "persistent": True, "quiet_start": "11:30", "quiet_end": "12:30"})
    for name in "xy":
        _problem(app, world, name)
    world.advance(3600)
    assert _titles(world) == ["Darkstar: 2 messages held back"]
    kept = [data["notification_id"] for service, data in world.calls if service.startswith("persistent")]
    assert kept == ["darkstar_problem_x", "darkstar_problem_y"]


def test_discord_is_only_asked_when_home_assistant_delivers_nothing(world: Driver, discord: Discord) -> None:
    app = _start(world, {**PHONE, "persistent": True, "discord_webhook_url": ADDRESS})
    _problem(app, world)
    assert discord.posts == []
    world.connected = False
    _problem(app, world, "planning_failed", Severity.CRITICAL)
    _problem(app, world, "y")
    assert discord.posts == ["Darkstar needs you", "Darkstar needs you"]
    world.connected = True
    world.advance(3600)
    assert len(discord.posts) == 2
    assert len(_titles(world)) == 1


def test_a_failed_planner_passes_quiet_hours_limit_and_outage(world: Driver, discord: Discord) -> None:
    quiet = {"quiet_start": "11:00", "quiet_end": "13:30", "max_per_hour": 1}
    app = _start(world, {**PHONE, **quiet, "discord_webhook_url": ADDRESS})
    for name in "abc":
        _problem(app, world, name, Severity.CRITICAL)
    world.connected = False
    _problem(app, world, "planning_failed", Severity.CRITICAL)
    _problem(app, world, "d")
    assert len(_titles(world)) == 3
    assert discord.posts == ["Darkstar needs you"]


def test_discord_alone_is_a_channel_too(world: Driver, discord: Discord) -> None:
    app = _start(world, {"discord_webhook_url": ADDRESS})
    _problem(app, world)
    _solved(app, world)
    assert discord.posts == ["Darkstar needs you", "Problem solved"]


def test_a_discord_that_fails_is_tried_again_with_growing_pauses(world: Driver, discord: Discord) -> None:
    app = _start(world, {"discord_webhook_url": ADDRESS})
    discord.error = "Discord answered 500"
    for name in "xy":
        _problem(app, world, name)
    asked = len(discord.posts)
    world.advance(3600)
    assert asked < len(discord.posts) < 20
    discord.posts.clear()
    discord.error = ""
    world.advance(16 * 60)
    assert discord.posts == ["Darkstar needs you", "Darkstar needs you"]


def test_nothing_is_sent_twice_while_discord_thinks(world: Driver, discord: Discord) -> None:
    app = _start(world, {"discord_webhook_url": ADDRESS})
    world.posts = []
    _problem(app, world, "x")
    _problem(app, world, "y")
    world.advance(60)
    assert len(world.posts) == 1
    world.posts.pop()()
    assert len(world.posts) == 1
    world.posts.pop()()
    world.advance(600)
    assert world.posts == []
    assert discord.posts == ["Darkstar needs you", "Darkstar needs you"]


def test_an_answer_that_is_lost_does_not_stop_the_rest(world: Driver, discord: Discord) -> None:
    app = _start(world, {"discord_webhook_url": ADDRESS})
    world.posts = []
    _problem(app, world)
    world.advance(180)
    assert len(world.posts) == 2
    world.posts[1]()
    world.posts[0]()
    world.posts.clear()
    world.advance(600)
    assert world.posts == []


def test_the_test_button_tries_each_channel_and_says_what_became_of_it(world: Driver, discord: Discord) -> None:
    app = _start(
        world, {"services": ["notify.gone", "notify.phone"], "persistent": True, "discord_webhook_url": ADDRESS}
    )
    world.set("notify.gone", "unavailable")
    world.press(BUTTON)
    assert _titles(world) == ["Darkstar test"]
    assert discord.posts == ["Darkstar test"]
    (problem,) = app.problems.open()
    assert problem.problem_id == "notification_test"
    assert problem.meaning == "A test message did not arrive: notify.gone: notify.gone is unavailable."
    result = world.calls[-1][1]
    assert result["message"].splitlines() == [
        "notify.gone: notify.gone is unavailable",
        "notify.phone: sent",
        "persistent notification: sent",
        "Discord: sent",
    ]
    world.set("notify.gone", "unknown")
    world.advance(1)
    world.press(BUTTON)
    assert app.problems.open() == ()
    world.advance(600)
    assert "Darkstar needs you" not in _titles(world)


def test_the_test_button_says_when_there_is_no_channel(world: Driver) -> None:
    app = _start(world, {})
    world.press(BUTTON)
    (problem,) = app.problems.open()
    assert "no channel is set" in problem.meaning


def test_without_a_channel_nothing_is_kept_for_later(world: Driver) -> None:
    app = _start(world, {})
    _problem(app, world)
    world.stop(app)
    app = _start(world)
    world.advance(600)
    assert _titles(world) == []


def _plan(app: Any, world: Driver) -> None:
    settings = samples.home()
    plan = samples.planned(world.now, settings, samples.prices(world.now, settings))
    Plans(app.database).save(SavedPlan(saved_plan().request, plan, None))


EVENING = {**PHONE, "digest_at": "20:30"}


def _digests(world: Driver) -> int:
    return sum(title.startswith("Tomorrow: ") for title in _titles(world))


def test_the_digest_comes_once_a_day_at_its_time_also_over_restarts(world: Driver) -> None:
    world.now = datetime(2026, 4, 14, 18, 0, tzinfo=UTC)
    app = _start(world, EVENING)
    _plan(app, world)
    world.advance(29 * 60)
    assert _digests(world) == 0
    world.advance(3 * 60)
    assert _digests(world) == 1
    world.stop(app)
    app = _start(world, EVENING)
    world.advance(3600)
    assert _digests(world) == 1
    world.advance(22.5 * 3600)
    _plan(app, world)
    world.advance(3600)
    assert _digests(world) == 2


def test_the_digest_waits_for_a_plan_but_not_longer_than_an_hour(world: Driver) -> None:
    world.now = datetime(2026, 4, 14, 18, 25, tzinfo=UTC)
    app = _start(world, EVENING)
    world.advance(30 * 60)
    assert _digests(world) == 0
    _plan(app, world)
    world.advance(2 * 60)
    assert _digests(world) == 1


def test_a_late_start_sends_no_digest(world: Driver) -> None:
    world.now = datetime(2026, 4, 14, 19, 35, tzinfo=UTC)
    app = _start(world, EVENING)
    _plan(app, world)
    world.advance(3600)
    assert _digests(world) == 0


def test_an_old_plan_is_no_digest(world: Driver) -> None:
    world.now = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
    app = _start(world, EVENING)
    _plan(app, world)
    world.advance(10 * 3600)
    assert _digests(world) == 0


def test_the_secret_is_in_no_log_no_state_and_no_table(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "post", lambda address, notice: "Discord answered 404")
    app = _start(world, {**PHONE, "discord_webhook_url": ADDRESS})
    world.connected = False
    _problem(app, world)
    world.press(BUTTON)
    world.advance(3600)
    assert world.admin["app.notifier"]["args"]["home"]["notifications"]["discord_webhook_url"] == "**********"
    shown = [*world.log, repr(world.states), repr(world.admin), repr(app.home), repr(app.problems.open())]
    assert any("Discord" in line for line in world.log)
    assert not [text for text in shown if TOKEN in text]
    world.stop(app)
    stored = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert TOKEN.encode() not in stored


def test_without_a_secret_the_arguments_stay_as_they_are(world: Driver) -> None:
    _start(world)
    assert world.admin == {}
