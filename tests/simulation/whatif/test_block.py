"""What a block of the owner's would cost, and which limits it meets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.home.devices import EvSettings
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.simulation.whatif.block import BlockWhatIf, what_if_block
from darkstar.simulation.whatif.changes import ChangesError
from tests.simulation.whatif.lives import HOME, NOW, live, with_grid

HOUR = timedelta(hours=1)
EVENING = NOW + 8 * HOUR
GAP = 0.03


def met(found: BlockWhatIf) -> set[str]:
    return {limit.what for limit in found.limits}


@pytest.mark.parametrize("kind", [BlockKind.CHARGE, BlockKind.EXPORT, BlockKind.HOLD])
def test_no_block_beats_a_proven_plan(kind: BlockKind) -> None:
    found = what_if_block(live(), ManualBlock(kind, EVENING, EVENING + 2 * HOUR))
    assert found.extra >= -GAP
    assert found.after != found.before or abs(found.extra) <= GAP
    assert "plan" in found.words


def test_what_the_plan_does_anyway_costs_nothing() -> None:
    first = max(live().plan.slots, key=lambda slot: slot.charge_kwh)
    percent = first.soc_kwh / HOME.battery.capacity_kwh * 100
    same = ManualBlock(BlockKind.CHARGE, first.start, first.end, first.charge_kwh / first.hours, percent)
    assert what_if_block(live(), same).extra == pytest.approx(0.0, abs=GAP)


def test_nothing_live_is_touched() -> None:
    request, plan = live().request, live().plan
    what_if_block(live(), ManualBlock(BlockKind.HOLD, EVENING, EVENING + HOUR))
    assert (live().request, live().plan) == (request, plan)


def test_a_full_battery_is_said_with_time_and_energy() -> None:
    found = what_if_block(live(), ManualBlock(BlockKind.CHARGE, EVENING, EVENING + 8 * HOUR))
    (limit,) = [limit for limit in found.limits if limit.what == "soc"]
    assert "at its ceiling (100 %)" in limit.words
    assert "kWh find no more room" in limit.words
    assert limit.at is not None
    assert EVENING < limit.at < EVENING + 8 * HOUR


def test_an_empty_battery_is_said_too() -> None:
    found = what_if_block(live(), ManualBlock(BlockKind.EXPORT, EVENING, EVENING + 8 * HOUR))
    assert any("at its floor" in limit.words for limit in found.limits)


def test_more_power_and_soc_than_there_is_are_told_by_how_much() -> None:
    found = what_if_block(live(), ManualBlock(BlockKind.CHARGE, EVENING, EVENING + HOUR, 6.5))
    assert any("2.5 kW less than the 6.5 kW asked for" in limit.words for limit in found.limits)
    deep = what_if_block(live(), ManualBlock(BlockKind.EXPORT, EVENING, EVENING + HOUR, None, 5.0))
    assert any("beyond the battery's floor" in limit.words for limit in deep.limits)


def test_the_main_fuse_is_told() -> None:
    narrow = with_grid(live(), max_import_kw=2.0)
    empty = min(live().plan.slots, key=lambda slot: slot.soc_kwh).end
    found = what_if_block(narrow, ManualBlock(BlockKind.CHARGE, empty, empty + HOUR))
    assert "fuse" in met(found)
    assert any("cannot be charged" in limit.words for limit in found.limits)


def test_the_limit_of_sales_is_told() -> None:
    narrow = with_grid(live(), max_export_kw=1.0)
    found = what_if_block(narrow, ManualBlock(BlockKind.EXPORT, EVENING, EVENING + HOUR))
    assert "export" in met(found)


def test_a_car_that_is_away_is_told() -> None:
    owner = replace(live(), home=HOME.model_copy(update={"ev": EvSettings(capacity_kwh=60)}))
    found = what_if_block(owner, ManualBlock(BlockKind.EV, EVENING, EVENING + HOUR))
    assert met(found) == {"car"}
    assert found.extra == pytest.approx(0.0, abs=GAP)


def test_a_block_after_the_plan_is_refused_and_one_that_reaches_over_its_end_is_told() -> None:
    end = live().request.end
    with pytest.raises(ChangesError, match="the plan has no hour of this block"):
        what_if_block(live(), ManualBlock(BlockKind.HOLD, end, end + HOUR))
    assert "horizon" in met(what_if_block(live(), ManualBlock(BlockKind.HOLD, end - HOUR, end + HOUR)))
