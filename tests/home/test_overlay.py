"""Changes over the owner's settings: they hold as long as the owner's own value stays, and never break the settings."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.overlay import OverlayEntry, SettingValue, Settled, settle, value_at
from darkstar.home.settings import SettingsError, load_settings
from tests.homes import home

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
BLOCK: dict[str, Any] = home().model_dump(mode="json", exclude_unset=True)


def entry(path: str, value: SettingValue, owner_value: SettingValue) -> OverlayEntry:
    return OverlayEntry(path, value, owner_value, SINCE, "measured")


def settled(*entries: OverlayEntry, block: dict[str, Any] | None = None) -> Settled:
    given_block = BLOCK if block is None else block
    return settle(load_settings(given_block), given_block, load_settings, entries)


def test_a_change_lies_over_the_owners_value_and_says_so() -> None:
    change = entry("battery.capacity_kwh", 9.0, 10)
    found = settled(change)
    assert found.home.battery.capacity_kwh == 9.0
    assert found.applied == (change,)
    (shown,) = found.applied
    assert (shown.path, shown.owner_value, shown.value, shown.since, shown.why) == (
        "battery.capacity_kwh",
        10,
        9.0,
        SINCE,
        "measured",
    )


def test_everything_else_stays_as_the_owner_wrote_it() -> None:
    before = copy.deepcopy(BLOCK)
    found = settled(entry("battery.capacity_kwh", 9.0, 10))
    assert before == BLOCK
    restored = found.home.model_copy(update={"battery": load_settings(BLOCK).battery})
    assert restored == load_settings(BLOCK)


def test_a_block_that_the_owner_left_out_gets_the_change() -> None:
    assert "risk" not in BLOCK
    found = settled(entry("risk.appetite", 3, None), entry("planner.cycle_margin_per_kwh", 0.01, 0.0))
    assert (found.home.risk.appetite, found.home.planner.cycle_margin_per_kwh) == (3, 0.01)
    assert settled(entry("risk.appetite", 3, None), block={**BLOCK, "risk": None}).home.risk.appetite == 3


def test_the_owners_new_value_drops_the_change_and_this_is_said() -> None:
    block = {**BLOCK, "battery": {**BLOCK["battery"], "capacity_kwh": 12}}
    found = settled(entry("battery.capacity_kwh", 9.0, 10), block=block)
    assert found.home.battery.capacity_kwh == 12
    assert found.applied == ()
    (dropped,) = found.dropped
    assert "battery.capacity_kwh: you have set it to 12 since (it was 10)" in dropped.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (entry("battery.capacity_kwh", -1.0, 10), "battery.capacity_kwh"),
        (entry("risk.appetite", 9, None), "risk.appetite"),
        (entry("battery.gone", 1.0, 1.0), "no such setting"),
        (entry("nothing.at_all", 1.0, None), "no such setting"),
        (entry("time_zone", 1.0, None), "only numbers"),
        (entry("executor.shadow_mode", 1.0, 1.0), "only numbers"),
    ],
)
def test_what_does_not_fit_is_dropped_and_the_rest_holds(change: OverlayEntry, words: str) -> None:
    found = settled(change, entry("battery.capacity_kwh", 9.5, 10))
    assert [each.entry for each in found.dropped] == [change]
    assert words in found.dropped[0].reason
    assert found.home.battery.capacity_kwh == 9.5


@given(
    st.lists(st.tuples(st.sampled_from(["battery.capacity_kwh", "pv_forecast.scale", "risk.appetite"]), st.floats()))
)
def test_the_settings_in_force_are_always_valid(changes: list[tuple[str, float]]) -> None:
    owner = load_settings(BLOCK)
    found = settled(*(entry(path, value, value_at(owner, path)) for path, value in changes))
    assert load_settings(found.home.model_dump(mode="json", exclude_unset=True)) == found.home
    assert len(found.applied) + len(found.dropped) == len(changes)


def test_a_setting_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"battery\.gone: no such setting"):
        value_at(home(), "battery.gone")


@pytest.mark.parametrize(
    ("text", "mode"), [("off", "off"), ("'off'", "off"), ("propose", "propose"), ("apply", "apply")]
)
def test_off_may_be_written_as_it_comes(text: str, mode: str) -> None:
    block = yaml.safe_load(f"mode: {text}")
    assert load_settings({**BLOCK, "reflex": block}).reflex.mode == mode


def test_only_changes_are_written_that_the_owner_asked_for() -> None:
    assert load_settings(BLOCK).reflex.mode == "propose"
