from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.control.decision import (
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    Decision,
    EvMode,
    EvSettingsNow,
    Execution,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.notice import Notice
from darkstar.home.operation import NotificationSettings
from darkstar.home.problem import Problem, Severity
from darkstar.views.notices import (
    RESUME,
    Fact,
    PauseReminder,
    override_facts,
    problem_facts,
    reminder_facts,
    running_facts,
    trial_notice,
)

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
ALL = NotificationSettings(
    on_charge_stop=True, on_heat_stop=True, on_ev_start=True, on_ev_stop=True, on_soc_target_change=True
)


def _execution(
    mode: BatteryMode = BatteryMode.SELF_USE,
    heater: HeaterMode = HeaterMode.OFF,
    ev: EvMode = EvMode.STOP,
    *,
    shadow: bool = False,
) -> Execution:
    battery = BatterySettingsNow(mode, 5, 5, 50, Source.PLAN, f"why {mode}")
    decision = Decision(
        NOW,
        battery,
        HeaterSettingsNow(heater, Source.PLAN, f"why {heater}"),
        "the sentence",
        ev=EvSettingsNow(ev, 16, Source.PLAN, f"why {ev}"),
    )
    return Execution(NOW, None, decision, (), 50, None, None, None, shadow=shadow)


def _facts(execution: Execution, settings: NotificationSettings = ALL) -> dict[str, Fact]:
    return {fact.key: fact for fact in running_facts(execution, settings)}


def test_the_defaults_are_those_of_the_specification() -> None:
    defaults = NotificationSettings().model_dump(exclude={"services", "persistent", "discord_webhook_url"})
    assert {name: value for name, value in defaults.items() if name.startswith("on_")} == {
        "on_problem": True,
        "on_problem_end": True,
        "on_charge_start": True,
        "on_charge_stop": False,
        "on_export_start": True,
        "on_export_stop": True,
        "on_heat_start": True,
        "on_heat_stop": False,
        "on_ev_start": False,
        "on_ev_stop": False,
        "on_soc_target_change": False,
        "on_override": True,
    }


@pytest.mark.parametrize(
    ("execution", "key", "started", "stopped", "why"),
    [
        (
            _execution(BatteryMode.GRID_CHARGE),
            "charge",
            "Grid charging started",
            "Grid charging stopped",
            "grid_charge",
        ),
        (_execution(BatteryMode.EXPORT), "export", "Export from the battery started", None, "export"),
        (_execution(heater=HeaterMode.BOOST), "heat", "Water heating started", "Water heating stopped", "boost"),
        (_execution(ev=EvMode.CHARGE), "ev", "Car charging started", "Car charging stopped", "charge"),
    ],
)
def test_what_runs_is_a_fact_with_its_reason(
    execution: Execution, key: str, started: str, stopped: str | None, why: str
) -> None:
    fact = _facts(execution, ALL.model_copy(update={"on_export_stop": False}))[key]
    assert fact.begun == Notice(started, f"why {why}", tag=key)
    assert (fact.ended and fact.ended.title) == stopped
    assert fact.min_minutes == 2


def test_at_rest_only_the_soc_target_is_a_fact() -> None:
    (fact,) = running_facts(_execution(), ALL)
    assert (fact.key, fact.version, fact.ended) == ("soc_target", "50", None)
    assert fact.begun == Notice("SoC target 50 %", "why self_use", tag="soc_target")


def test_in_shadow_nothing_runs() -> None:
    assert running_facts(_execution(BatteryMode.GRID_CHARGE, shadow=True), ALL) == ()


def test_hands_off_nothing_runs() -> None:
    execution = _execution()
    off = replace(execution, decision=Decision(NOW, None, None, "hands off", hands_off="off"))
    assert running_facts(off, ALL) == ()


@pytest.mark.parametrize("kind", ["charge", "export", "heat", "ev"])
@pytest.mark.parametrize("end", ["start", "stop"])
def test_each_toggle_silences_its_edge_and_no_other(kind: str, end: str) -> None:
    settings = ALL.model_copy(update={f"on_{kind}_{end}": False})
    facts = {
        **_facts(_execution(BatteryMode.GRID_CHARGE, HeaterMode.NORMAL, EvMode.CHARGE), settings),
        **_facts(_execution(BatteryMode.EXPORT), settings),
    }
    silent = {(key, name) for key, fact in facts.items() for name in ("begun", "ended") if getattr(fact, name) is None}
    assert silent - {("soc_target", "ended")} == {(kind, {"start": "begun", "stop": "ended"}[end])}


def test_a_new_soc_target_is_told_only_when_it_is_wanted() -> None:
    quiet = ALL.model_copy(update={"on_soc_target_change": False})
    assert _facts(_execution(), quiet)["soc_target"].begun is None


def test_an_override_says_until_when_in_local_time() -> None:
    override = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + HOUR, 100)
    (fact,) = override_facts(ActiveOverrides(battery=override), ALL, NOW, ZONE)
    assert fact.begun == Notice("Force charge", "In force until 14:00.", tag="override_force_charge")
    assert fact.ended is not None
    assert fact.ended.title == "Force charge ended"
    assert fact.groups == ("battery",)


def test_an_override_of_all_devices_is_one_fact_and_another_end_another_version() -> None:
    override = Override(OverrideKind.STOP_ALL, NOW, NOW + HOUR)
    longer = replace(override, expires_at=NOW + 2 * HOUR)
    facts = override_facts(ActiveOverrides(override, override, override), ALL, NOW, ZONE)
    assert [fact.groups for fact in facts] == [("battery", "ev", "heater")]
    assert not facts[0].is_same(override_facts(ActiveOverrides(longer), ALL, NOW, ZONE)[0])


def test_an_override_that_nobody_wants_to_hear_of_is_told_neither_way() -> None:
    override = Override(OverrideKind.PAUSE, NOW, NOW + HOUR)
    (fact,) = override_facts(ActiveOverrides(override), ALL.model_copy(update={"on_override": False}), NOW, ZONE)
    assert fact.begun is None
    assert fact.ended is not None
    assert fact.ended.silent


PROBLEM = Problem("soc_unreadable", Severity.CRITICAL, NOW, "No SoC.", "Mend it.")


def test_a_problem_is_told_with_its_remedy_and_its_end() -> None:
    (fact,) = problem_facts([PROBLEM], ALL)
    tag = "problem_soc_unreadable"
    assert fact.begun == Notice("Darkstar needs you", "No SoC. Mend it.", critical=True, tag=tag)
    assert fact.ended == Notice("Problem solved", "No SoC.", critical=True, tag=tag, clears=True)


def test_other_words_are_no_other_problem() -> None:
    (fact,), (other,) = problem_facts([PROBLEM], ALL), problem_facts([replace(PROBLEM, meaning="Still none.")], ALL)
    assert fact.is_same(other)


@pytest.mark.parametrize("toggle", ["on_problem", "on_problem_end"])
def test_an_end_that_nobody_wants_to_hear_of_only_clears(toggle: str) -> None:
    (fact,) = problem_facts([PROBLEM], ALL.model_copy(update={toggle: False}))
    assert (fact.begun is None) == (toggle == "on_problem")
    assert fact.ended is not None
    assert fact.ended.silent
    assert fact.ended.clears


def test_a_pause_is_remembered_with_a_button_until_it_ends() -> None:
    reminder = PauseReminder(NOW, NOW + HOUR)
    (fact,) = reminder_facts(reminder, NOW, ZONE)
    assert fact.begun is not None
    assert fact.begun.actions == (RESUME,)
    assert "14:00" in fact.begun.text
    assert fact.ended is None
    assert reminder_facts(reminder, NOW + HOUR, ZONE) == ()
    assert reminder_facts(None, NOW, ZONE) == ()


def test_a_trial_names_its_channel() -> None:
    assert "notify.phone" in trial_notice("notify.phone").text
