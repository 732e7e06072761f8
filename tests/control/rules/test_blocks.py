"""The owner's blocks: below safety and quick actions, above the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from darkstar.control.decide import decide
from darkstar.control.decision import (
    NO_OVERRIDES,
    ActiveOverrides,
    BatteryMode,
    Decision,
    EvMode,
    HeaterMode,
    Override,
    OverrideKind,
    Source,
)
from darkstar.control.preview import next_decision
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.home.readings import Readings
from darkstar.home.settings import HomeSettings
from tests.control.samples import (
    NOW,
    SLOT_START,
    acting,
    sample_home,
    sample_plan,
    sample_plan_slot,
    sample_policy,
    sample_policy_slot,
    sample_readings,
)

HOME = sample_home(ev={"capacity_kwh": 60.0})
HOUR = timedelta(hours=1)


def block(kind: BlockKind, **more: Any) -> ManualBlock:
    return ManualBlock(kind, SLOT_START, SLOT_START + HOUR, **more)


def decided(
    *blocks: ManualBlock,
    readings: Readings | None = None,
    overrides: ActiveOverrides = NO_OVERRIDES,
    home: HomeSettings = HOME,
    previous: Decision | None = None,
    planned: bool = True,
) -> Decision:
    seen = sample_readings(50) if readings is None else readings
    slot, levels = (sample_plan_slot(), sample_policy_slot()) if planned else (None, None)
    return decide(slot, levels, seen, overrides, home, previous, NOW, blocks)


@pytest.mark.parametrize("planned", [True, False])
def test_a_charge_is_obeyed_with_a_plan_or_without(planned: bool) -> None:
    battery = decided(block(BlockKind.CHARGE, power_kw=2.0, soc_percent=80), planned=planned).battery
    assert battery is not None
    assert (battery.mode, battery.charge_kw, battery.target_soc_percent) == (BatteryMode.GRID_CHARGE, 2.0, 80)
    assert battery.source is Source.BLOCK
    assert battery.reason.startswith("your block until 19:00")


def test_a_charge_that_is_done_keeps_what_it_has_until_it_falls_noticeably() -> None:
    wish = block(BlockKind.CHARGE, soc_percent=80)
    done = decided(wish, readings=sample_readings(80))
    assert done.battery is not None
    assert (done.battery.mode, done.battery.discharge_kw) == (BatteryMode.SELF_USE, 0.0)
    still = decided(wish, readings=sample_readings(79.5), previous=done)
    assert still.battery is not None
    assert still.battery.mode is BatteryMode.SELF_USE


def test_a_sale_ends_at_its_level_and_never_below_that_of_safety() -> None:
    battery = decided(block(BlockKind.EXPORT, power_kw=3.0, soc_percent=30)).battery
    assert battery is not None
    assert (battery.mode, battery.discharge_kw, battery.target_soc_percent) == (BatteryMode.EXPORT, 3.0, 30)
    greedy = decided(block(BlockKind.EXPORT, soc_percent=0)).battery
    assert greedy is not None
    assert greedy.target_soc_percent == HOME.executor.low_soc_export_percent
    low = decided(block(BlockKind.EXPORT), readings=sample_readings(15)).battery
    assert low is not None
    assert low.mode is BatteryMode.SELF_USE


def test_a_hold_gives_nothing_and_takes_surplus() -> None:
    battery = decided(block(BlockKind.HOLD)).battery
    assert battery is not None
    assert (battery.mode, battery.discharge_kw) == (BatteryMode.SELF_USE, 0.0)
    assert battery.charge_kw > 0


def test_a_hold_gives_what_the_main_fuse_cannot() -> None:
    home = sample_home(grid={"max_import_kw": 6.0}, water_heater=None)
    battery = decided(block(BlockKind.HOLD), readings=sample_readings(50, load_kw=7.5), home=home).battery
    assert battery is not None
    assert battery.discharge_kw == pytest.approx(1.5)
    assert battery.source is Source.SAFETY


def test_heater_and_car_do_what_is_asked() -> None:
    wishes = decided(
        block(BlockKind.HEAT), block(BlockKind.EV, power_kw=7.0), readings=sample_readings(50, connected=True)
    )
    assert wishes.heater is not None
    assert (wishes.heater.mode, wishes.heater.source) == (HeaterMode.NORMAL, Source.BLOCK)
    assert wishes.ev is not None
    assert (wishes.ev.mode, wishes.ev.current_a) == (EvMode.CHARGE, 10.0)
    assert wishes.battery is not None
    assert wishes.battery.source is Source.PLAN


def test_a_car_that_is_not_there_is_left_alone() -> None:
    assert decided(block(BlockKind.EV), readings=sample_readings(50, connected=False)).ev is None


def test_a_quick_action_wins_and_leaves_the_other_devices_to_their_blocks() -> None:
    action = Override(OverrideKind.FORCE_EXPORT, NOW - HOUR, NOW + HOUR, 20.0)
    wishes = decided(block(BlockKind.CHARGE), block(BlockKind.HEAT), overrides=acting(action))
    assert wishes.battery is not None
    assert (wishes.battery.mode, wishes.battery.source) == (BatteryMode.EXPORT, Source.OVERRIDE)
    assert wishes.heater is not None
    assert wishes.heater.source is Source.BLOCK


def test_safety_wins() -> None:
    empty = decided(block(BlockKind.EXPORT), readings=sample_readings(5))
    assert empty.emergency
    unread = decided(block(BlockKind.CHARGE), readings=sample_readings(None))
    assert unread.battery is None or unread.battery.mode is BatteryMode.SELF_USE
    assert decided(block(BlockKind.CHARGE), readings=sample_readings(50, manual=True)).hands_off


def test_a_block_ends_by_itself() -> None:
    past = replace(block(BlockKind.CHARGE), start=NOW - 2 * HOUR, end=NOW - HOUR)
    battery = decided(past).battery
    assert battery is not None
    assert battery.source is Source.PLAN


def test_the_preview_of_the_next_slot_knows_the_block() -> None:
    wish = replace(block(BlockKind.CHARGE), start=SLOT_START + HOUR / 4)
    decision = next_decision(
        sample_plan(), sample_policy(), sample_readings(50), NO_OVERRIDES, HOME, None, NOW, (wish,)
    )
    assert decision.battery is not None
    assert decision.battery.source is Source.BLOCK
