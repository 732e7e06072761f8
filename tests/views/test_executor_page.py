"""A tick in words: planned, decided, commanded, read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    Execution,
    ExecutionStatistics,
    ExecutionStep,
    Override,
    OverrideKind,
    PlannedNow,
    Source,
    StepResult,
)
from darkstar.learning.shadow_verdict import ShadowVerdict, WouldWrite
from darkstar.optimizer.plan import Action
from darkstar.views.executor_page import battery_words, executor_page, history, verdict_words
from tests.storage.samples import execution, executions
from tests.views.samples import NOON, home, sample

PLANNED = PlannedNow(NOON, 2.0, 0.0, 0.0, 0.0, 0.0, 64.2, "charge")


def row(tick: Execution) -> dict[str, Any]:
    (found,) = history([(1, tick)], home(), more=False)["rows"]
    assert isinstance(found, dict)
    return found


def badges(tick: Execution) -> list[str]:
    return [badge["text"] for badge in row(tick)["badges"]]


def test_a_row_tells_the_four_stages() -> None:
    step = ExecutionStep("select.mode", "auto", "charge", StepResult.WRITTEN, "", "charge", Source.PLAN)
    found = row(replace(execution(NOON), steps=(step,), planned=PLANNED))
    assert dict(found["planned"])["Battery"] == "charges 2.0 kW"
    assert dict(found["planned"])["SoC at its end"] == "64 %"
    assert [one["words"] for one in found["decided"]] == ["charge from the grid to 72 % at up to 3.3 kW", "heating"]
    assert found["steps"] == [
        {
            "entity": "select.mode",
            "was": "auto",
            "wanted": "charge",
            "read": "charge",
            "result": "written",
            "tone": "good",
            "who": "plan",
            "message": "",
        }
    ]
    assert dict(found["measured"])["Sold"] == "1.2 kW"


def test_a_tick_that_changes_nothing_is_idle() -> None:
    assert badges(execution(NOON, StepResult.UNCHANGED, StepResult.UNCHANGED)) == ["Idle"]
    assert row(execution(NOON, StepResult.UNCHANGED))["idle"]


@pytest.mark.parametrize("result", sorted(set(StepResult) - {StepResult.UNCHANGED}))
def test_a_tick_with_anything_to_tell_is_not(result: StepResult) -> None:
    assert not row(execution(NOON, StepResult.UNCHANGED, result))["idle"]
    assert "Idle" not in badges(execution(NOON, result))


def test_the_badges_count_writes_failures_and_what_is_held_back() -> None:
    tick = execution(NOON, StepResult.WRITTEN, StepResult.FAILED, StepResult.OVER_BUDGET, StepResult.DEFERRED)
    assert badges(tick) == ["1 failed", "2 writes", "2 held back"]


def test_shadow_quick_action_and_breakdown_are_seen_at_once() -> None:
    override = Override(OverrideKind.PAUSE, NOON, NOON + timedelta(hours=1))
    assert badges(replace(execution(NOON, StepResult.SHADOW), shadow=True)) == ["Shadow: 1 would be written"]
    assert badges(replace(execution(NOON), overrides=(override,))) == ["Pause", "Idle"]
    broken = replace(execution(NOON), error="OSError: gone", problems=("The fuse is near its limit.",))
    assert badges(broken) == ["Broke off"]
    assert row(broken)["problems"] == ["OSError: gone", "The fuse is near its limit."]


def test_hands_off_says_why() -> None:
    found = row(replace(execution(NOON), decision=Decision(NOON, None, None, "x", hands_off="hands off: you steer")))
    assert found["summary"] == "hands off: you steer"
    assert [badge["text"] for badge in found["badges"]] == ["Hands off"]


def test_an_unchanged_setting_was_not_commanded() -> None:
    (step,) = row(execution(NOON, StepResult.UNCHANGED))["steps"]
    assert (step["wanted"], step["read"], step["result"]) == ("", "5", "already so")


@settings(max_examples=60, deadline=None)
@given(executions, st.sampled_from(Action))
def test_every_tick_can_be_shown(tick: Execution, action: Action) -> None:
    planned = None if tick.planned is None else replace(tick.planned, action=action.value)
    json.dumps(history([(1, replace(tick, planned=planned))], home(), more=True), allow_nan=False)


def test_the_page_has_statistics_budget_and_next_slot() -> None:
    counted = ExecutionStatistics(200, 3, 10, 41, 4, 20, {"pause": 20})
    following = Decision(NOON, None, None, "Charges from the grid.")
    snapshot = replace(
        sample(), statistics=counted, next_decision=following, writes_today={"switch.a": 3, "number.b": 190}
    )
    page = executor_page(snapshot, [(date(2026, 4, 14), counted)], [], more=False, shadow_ticks=0)
    tiles = {tile["title"]: (tile["value"], tile["words"]) for tile in page["statistics"]}
    assert tiles["Success"] == ("98.5 %", "197 of 200 ticks")
    assert tiles["Under quick actions"] == ("20", "Pause 20")
    assert page["budget"]["left"] == 10
    assert [(one["name"], one["tone"]) for one in page["budget"]["entities"]] == [
        ("number.b", "warn"),
        ("switch.a", ""),
    ]
    assert page["next"]["summary"] == "Charges from the grid."
    assert page["days"][0]["day"] == "Tue 14"
    assert page["days"][0]["ok"] + page["days"][0]["hands_off"] + page["days"][0]["failed"] == 200


def test_before_anything_is_done_the_page_is_empty() -> None:
    page = executor_page(replace(sample(), next_decision=None), [], [], more=False, shadow_ticks=0)
    assert page["next"] is None
    assert page["statistics"][0]["value"] == "-"
    json.dumps(page, allow_nan=False)


def test_modes_in_words() -> None:
    kept = BatterySettingsNow(BatteryMode.SELF_USE, 0.0, 0.0, 20.0, Source.PLAN, "")
    assert battery_words(kept) == "self-use, no charging and no discharging"
    assert battery_words(replace(kept, charge_kw=5.0, discharge_kw=5.0)) == "self-use"
    sale = replace(kept, mode=BatteryMode.EXPORT, discharge_kw=5.0)
    assert battery_words(sale) == "sell down to 20 % at up to 5.0 kW"


def test_the_verdict_says_what_speaks_against_it() -> None:
    days = tuple(date(2026, 4, day) for day in range(1, 9))
    writes = WouldWrite(40.0, "number.limit", 300.0)
    verdict = ShadowVerdict(NOON, days, "SEK", 120.0, 90.0, 110.0, writes, 200, ("Broken.",), ("too many writes",))
    words = verdict_words(verdict)
    assert words["decision"] == "no-go"
    assert "30.00 SEK saved" in words["words"]
    assert words["against"] == ["Too many writes."]
    assert dict(words["facts"])["Busiest setting"] == "number.limit, 300 a day of 200"
