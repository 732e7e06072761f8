"""The owner's blocks in the question that is put to the optimizer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.home.devices import EvSettings
from darkstar.home.grid import GridSettings
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.home.settings import HomeSettings
from darkstar.home.vehicle import VehicleState
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.solve import plan
from darkstar.strategy.manual_blocks import with_blocks
from darkstar.strategy.request import build_request
from tests.homes import DEYE, home
from tests.strategy.samples import NOW, forecast, prices

HOME = home(inverter=DEYE, ev=EvSettings(capacity_kwh=60))
START = NOW.replace(hour=17, minute=0)
HOUR = timedelta(hours=1)
CHARGE = ManualBlock(BlockKind.CHARGE, START, START + 2 * HOUR, 3.0, 80.0)


def asked(settings: HomeSettings = HOME, *, vacation: bool = False, vehicle: VehicleState | None = None) -> PlanRequest:
    curve = prices(0.3, 0.1, 0.2)
    return build_request(
        settings, NOW, 40.0, forecast(), curve, 1.0, heating_now=False, vacation=vacation, vehicle=vehicle
    )


def test_without_blocks_the_question_is_the_same() -> None:
    assert with_blocks(asked(), (), HOME) == asked()
    over = replace(CHARGE, start=NOW - 3 * HOUR, end=NOW - 2 * HOUR)
    assert with_blocks(asked(), (over,), HOME) == asked()


def test_a_charge_says_power_and_end() -> None:
    (rule,) = with_blocks(asked(), (CHARGE,), HOME).batteries[0].forced
    assert (rule.start, rule.end) == (CHARGE.start, CHARGE.end)
    assert (rule.max_charge_kw, rule.least_charge_kw, rule.until_kwh) == (3.0, 3.0, 8.0)
    assert rule.name == "your block (charge Thu 15 Jan 18:00-20:00)"


def test_power_and_soc_stay_within_the_battery() -> None:
    greedy = replace(CHARGE, power_kw=50.0, soc_percent=100.0)
    (rule,) = with_blocks(asked(), (greedy,), HOME).batteries[0].forced
    assert rule.least_charge_kw == HOME.battery.max_charge_kw
    assert rule.until_kwh == pytest.approx(HOME.battery.capacity_kwh * HOME.battery.max_soc_percent / 100)
    empty = replace(CHARGE, kind=BlockKind.EXPORT, power_kw=None, soc_percent=0.0)
    (rule,) = with_blocks(asked(), (empty,), HOME).batteries[0].forced
    lowest = max(HOME.battery.min_soc_percent, HOME.executor.low_soc_export_percent)
    assert rule.until_kwh == pytest.approx(HOME.battery.capacity_kwh * lowest / 100)


def test_a_hold_lets_surplus_in_and_only_what_the_fuse_lacks_out() -> None:
    settings = home(grid=GridSettings(max_import_kw=2.0))
    request = asked(settings)
    slots = tuple(
        replace(slot, load_kwh=3.0 * slot.hours, pv_kwh=0.0)
        if slot.start < START + HOUR
        else replace(slot, load_kwh=0.5 * slot.hours, pv_kwh=2.0 * slot.hours)
        for slot in request.slots
    )
    hold = ManualBlock(BlockKind.HOLD, START, START + 2 * HOUR)
    rules = with_blocks(replace(request, slots=slots), (hold,), settings).batteries[0].forced
    assert len(rules) == 8
    assert [rule.max_charge_kw for rule in rules] == pytest.approx([0.0] * 4 + [1.5] * 4)
    assert [rule.max_discharge_kw for rule in rules] == pytest.approx([1.0] * 4 + [0.0] * 4)


def test_heat_is_wanted_also_on_vacation() -> None:
    heat = ManualBlock(BlockKind.HEAT, START, START + HOUR)
    request = with_blocks(asked(vacation=True), (heat,), HOME)
    made = plan(request)
    heated = [slot for slot in made.slots if slot.heater_kwh > 0]
    assert [slot.start for slot in heated] == [START + timedelta(minutes=15 * index) for index in range(4)]


def test_a_car_that_is_there_is_charged_and_one_that_is_not_is_told() -> None:
    block = ManualBlock(BlockKind.EV, START, START + HOUR, 6.0)
    there = VehicleState(connected=True, soc_percent=50.0, target_soc_percent=50.0, departure=NOW + 20 * HOUR)
    made = plan(with_blocks(asked(vehicle=there), (block,), HOME))
    inside = [slot for slot in made.slots if block.covers(slot.start)]
    assert sum(slot.vehicle_kwh for slot in inside) == pytest.approx(6.0, abs=0.01)
    away = with_blocks(asked(), (block,), HOME)
    assert away.vehicles == ()
    assert any("the car is not plugged in" in note for note in away.notes)


@pytest.mark.parametrize("kind", [BlockKind.CHARGE, BlockKind.EXPORT, BlockKind.HOLD])
def test_the_plan_keeps_the_block_and_says_so(kind: BlockKind) -> None:
    block = ManualBlock(kind, START, START + 2 * HOUR)
    made = plan(with_blocks(asked(), (block,), HOME))
    inside = [slot for slot in made.slots if block.covers(slot.start)]
    assert made.status is PlanStatus.OPTIMAL
    assert made.unmet == ()
    assert len(inside) == 8
    assert all(slot.reason.startswith("your block: ") for slot in inside)
    assert any("is kept" in note for note in made.notes)
