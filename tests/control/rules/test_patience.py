"""Purchases and sales that begin as late as they can still end with their slot."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.control.decide import decide
from darkstar.control.decision import NO_OVERRIDES, BatteryMode, Decision
from darkstar.control.rules.levels import Levels, levels_of_policy
from darkstar.control.rules.patience import Patience, patient
from darkstar.control.rules.situation import Situation
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import SLOT_START, sample_home, sample_policy_slot, sample_readings

HOME = sample_home(executor={"interval_seconds": 300})
"""10 kWh and 5 kW: 4 kWh in an hour are 40 % of SoC."""
SELF_USE, GRID_CHARGE, EXPORT = BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE, BatteryMode.EXPORT


def late_slot(buy_to: float = 0.0, sell_to: float = 100.0) -> PolicySlot:
    """An hour in which the battery buys and sells 40 % of SoC."""
    slot = sample_policy_slot(buy_to, 100.0, buy_to, sell_to)
    return replace(slot, hours=1.0, buys_kwh_per_hour=4.0, sells_kwh_per_hour=4.0)


def at(minutes: float, soc: float, previous: Decision | None = None) -> Situation:
    """A situation so long after the slot's start."""
    return Situation(HOME, sample_readings(soc), previous, SLOT_START + timedelta(minutes=minutes), soc)


def found(slot: PolicySlot | None, situation: Situation) -> Patience:
    """What waits of the slot's own levels."""
    levels = levels_of_policy(slot, HOME) if slot is not None else Levels(50.0, 100.0, 50.0, math.inf)
    return patient(levels, slot, situation)


def hour(slot: PolicySlot, soc: float, percent_per_tick: float) -> list[tuple[BatteryMode, float]]:
    """Modes and SoC of twelve ticks; in self-use the SoC moves by itself."""
    previous, rows = None, []
    for tick in range(12):
        now = SLOT_START + timedelta(minutes=5 * tick)
        previous = decide(None, slot, sample_readings(soc), NO_OVERRIDES, HOME, previous, now)
        assert previous.battery is not None
        mode = previous.battery.mode
        moved = {GRID_CHARGE: 40 / 12, EXPORT: -40 / 12, SELF_USE: percent_per_tick}[mode]
        soc += moved
        rows.append((mode, soc))
    return rows


def test_a_purchase_waits_until_it_must_begin_and_then_goes_on() -> None:
    rows = hour(late_slot(buy_to=50.0), soc=30.0, percent_per_tick=0.0)
    modes = [mode for mode, _ in rows]
    assert modes == [SELF_USE] * 6 + [GRID_CHARGE] * 6
    assert rows[-1][1] == pytest.approx(50.0)


def test_what_pv_brings_until_then_is_not_bought() -> None:
    rows = hour(late_slot(buy_to=50.0), soc=30.0, percent_per_tick=1.0)
    assert rows[-1][1] == pytest.approx(50.0, abs=40 / 24)
    assert [mode for mode, _ in rows].count(GRID_CHARGE) < 6


def test_a_sale_waits_and_leaves_the_load_what_it_takes_until_then() -> None:
    rows = hour(replace(late_slot(sell_to=50.0), load_floor_kwh=1.0), soc=70.0, percent_per_tick=-1.0)
    modes = [mode for mode, _ in rows]
    assert modes[0] is SELF_USE
    assert modes[-1] is EXPORT
    assert 0 < modes.count(EXPORT) < 6
    assert rows[-1][1] == pytest.approx(50.0, abs=40 / 24)


def test_more_than_the_slot_can_move_begins_at_once() -> None:
    assert hour(late_slot(buy_to=90.0), 30.0, 0.0)[0][0] is GRID_CHARGE
    assert hour(late_slot(sell_to=20.0), 90.0, 0.0)[0][0] is EXPORT


def test_what_begins_before_half_of_the_next_interval_begins_now() -> None:
    """20 % take half an hour."""
    slot = late_slot(buy_to=50.0)
    assert found(slot, at(27.4, 30.0)).levels.grid_charge_to == 0
    assert found(slot, at(27.6, 30.0)).levels.grid_charge_to == 50
    assert found(late_slot(sell_to=50.0), at(27.4, 70.0)).levels.export_floor == math.inf
    assert found(late_slot(sell_to=50.0), at(27.6, 70.0)).levels.export_floor == 50


def test_what_has_begun_in_an_earlier_slot_is_asked_again() -> None:
    slot = late_slot(buy_to=50.0)
    begun = decide(None, late_slot(buy_to=90.0), sample_readings(30.0), NO_OVERRIDES, HOME, None, SLOT_START)
    assert begun.battery is not None
    assert begun.battery.mode is GRID_CHARGE
    assert found(slot, at(1.0, 30.0, begun)).levels.grid_charge_to == 50
    before = replace(begun, decided_at=SLOT_START - timedelta(minutes=5))
    assert found(slot, at(1.0, 30.0, before)).levels.grid_charge_to == 0


def test_the_reason_says_what_waits_and_until_when() -> None:
    bought = decide(None, late_slot(buy_to=50.0), sample_readings(30.0), NO_OVERRIDES, HOME, None, SLOT_START)
    assert bought.battery is not None
    clock = (SLOT_START + timedelta(minutes=30)).astimezone(HOME.zone)
    assert f"charging from the grid up to 50 % can wait until {clock:%H:%M}" in bought.battery.reason
    sold = decide(None, late_slot(sell_to=50.0), sample_readings(70.0), NO_OVERRIDES, HOME, None, SLOT_START)
    assert sold.battery is not None
    assert f"selling down to 50 % can wait until {clock:%H:%M}" in sold.battery.reason


@pytest.mark.parametrize("slot", [None, replace(late_slot(50.0, 60.0), buys_kwh_per_hour=0.0, sells_kwh_per_hour=0.0)])
@pytest.mark.parametrize("soc", [30.0, 55.0, 70.0])
def test_without_a_rate_nothing_waits(slot: PolicySlot | None, soc: float) -> None:
    patience = found(slot, at(1.0, soc))
    assert patience.words == ""
    assert patience.levels == found(slot, at(59.0, soc)).levels
    assert patience.levels.grid_charge_to == 50
