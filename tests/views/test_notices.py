from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.operation import NotificationSettings
from darkstar.home.problem import Problem, Severity
from darkstar.views.notices import Notice, deliverable, mode_notices, override_notice, problem_notices

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")
ALL = NotificationSettings(on_charge_stop=True, on_heat_start=True, on_heat_stop=True)


def _decision(mode: BatteryMode, heater: HeaterMode = HeaterMode.OFF) -> Decision:
    battery = BatterySettingsNow(mode, 5, 5, 50, Source.PLAN, f"why {mode}")
    return Decision(NOW, battery, HeaterSettingsNow(heater, Source.PLAN, f"why {heater}"), "the sentence")


@pytest.mark.parametrize(
    ("before", "after", "titles"),
    [
        (BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE, ["Grid charging started"]),
        (BatteryMode.GRID_CHARGE, BatteryMode.SELF_USE, ["Grid charging stopped"]),
        (BatteryMode.SELF_USE, BatteryMode.EXPORT, ["Export from the battery started"]),
        (BatteryMode.EXPORT, BatteryMode.GRID_CHARGE, ["Grid charging started", "Export from the battery stopped"]),
        (BatteryMode.EXPORT, BatteryMode.EXPORT, []),
    ],
)
def test_edges_are_told_once(before: BatteryMode, after: BatteryMode, titles: list[str]) -> None:
    assert [notice.title for notice in mode_notices(_decision(before), _decision(after), ALL)] == titles


def test_heating_edges() -> None:
    off, on = _decision(BatteryMode.SELF_USE), _decision(BatteryMode.SELF_USE, HeaterMode.BOOST)
    assert mode_notices(off, on, ALL) == (Notice("Water heating started", "why boost"),)
    assert mode_notices(on, off, ALL) == (Notice("Water heating stopped", "the sentence"),)


@pytest.mark.parametrize(
    ("toggle", "before", "after"),
    [
        ("on_charge_start", BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE),
        ("on_charge_stop", BatteryMode.GRID_CHARGE, BatteryMode.SELF_USE),
        ("on_export_start", BatteryMode.SELF_USE, BatteryMode.EXPORT),
        ("on_export_stop", BatteryMode.EXPORT, BatteryMode.SELF_USE),
    ],
)
def test_each_toggle_silences_its_edge(toggle: str, before: BatteryMode, after: BatteryMode) -> None:
    assert not mode_notices(_decision(before), _decision(after), ALL.model_copy(update={toggle: False}))


def test_the_first_decision_after_a_start_is_no_edge() -> None:
    assert mode_notices(None, _decision(BatteryMode.EXPORT), ALL) == ()


def test_an_override_is_told_with_its_local_end() -> None:
    override = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + timedelta(hours=1), 100)
    assert override_notice(None, override, ALL, ZONE) == Notice("Force charge", "In force until 14:00.")
    ended = override_notice(override, None, ALL, ZONE)
    assert ended is not None
    assert ended.title == "Force charge ended"
    assert override_notice(override, override, ALL, ZONE) is None
    assert override_notice(None, override, ALL.model_copy(update={"on_override": False}), ZONE) is None


def test_a_problem_is_told_at_its_beginning_and_its_end() -> None:
    problem = Problem("soc_unreadable", Severity.CRITICAL, NOW, "No SoC.", "Mend it.")
    assert problem_notices([], [problem], ALL) == {
        "soc_unreadable": Notice("Darkstar needs you", "No SoC. Mend it.", critical=True)
    }
    assert problem_notices([problem], [replace(problem, meaning="Still no SoC.")], ALL) == {}
    assert problem_notices([problem], [], ALL) == {"soc_unreadable": Notice("Problem solved", "No SoC.", critical=True)}
    silent = ALL.model_copy(update={"on_problem": False, "on_problem_end": False})
    assert problem_notices([], [problem], silent) == {}
    assert problem_notices([problem], [], silent) == {}


@pytest.mark.parametrize(
    ("hour_utc", "critical", "sent"), [(12, False, True), (22, False, False), (22, True, True), (5, False, False)]
)
def test_quiet_hours_run_over_midnight_in_local_time(hour_utc: int, critical: bool, sent: bool) -> None:
    quiet = ALL.model_copy(update={"quiet_start": time(22), "quiet_end": time(7)})
    assert deliverable(Notice("t", "x", critical), NOW.replace(hour=hour_utc), quiet, ZONE) is sent
