"""Which blocks the owner may put into the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from darkstar.home.devices import EvSettings
from darkstar.home.grid import GridSettings
from darkstar.home.manual_block import BlockDevice, BlockError, BlockKind, ManualBlock, block_at, check, span_words
from tests.homes import DEYE, home

NOW = datetime(2026, 3, 28, 22, 5, tzinfo=UTC)
HOME = home(inverter=DEYE, ev=EvSettings(capacity_kwh=60))
HOUR = timedelta(hours=1)
START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
CHARGE = ManualBlock(BlockKind.CHARGE, START, START + 2 * HOUR)


@pytest.mark.parametrize("kind", BlockKind)
def test_every_kind_can_be_put(kind: BlockKind) -> None:
    check(replace(CHARGE, kind=kind), (), HOME, NOW)


def test_a_block_over_the_change_of_clocks_is_named_in_local_time() -> None:
    assert span_words(CHARGE, HOME) == "charge Sun 29 Mar 01:30-04:30"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": START + timedelta(minutes=7)}, "not on a quarter-hour"),
        ({"end": START}, "ends after it begins"),
        ({"start": NOW.replace(hour=20, minute=0), "end": NOW.replace(hour=21, minute=0)}, "is over"),
        ({"end": START + timedelta(hours=25)}, "at most 24 hours"),
        ({"start": START + timedelta(days=2), "end": START + timedelta(days=2, hours=1)}, "within the next 48 hours"),
        ({"kind": BlockKind.HOLD, "power_kw": 2.0}, "takes no power"),
        ({"kind": BlockKind.EV, "soc_percent": 50.0}, "takes no SoC"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BlockError, match=words):
        check(replace(CHARGE, **changes), (), HOME, NOW)  # type: ignore[arg-type] # any field


def test_a_running_block_may_be_put_and_ends_in_the_future() -> None:
    check(ManualBlock(BlockKind.HOLD, NOW.replace(minute=0), NOW.replace(minute=15)), (), HOME, NOW)


def test_blocks_of_one_device_do_not_overlap() -> None:
    check(replace(CHARGE, kind=BlockKind.HEAT), (CHARGE,), HOME, NOW)
    check(replace(CHARGE, kind=BlockKind.HOLD, start=CHARGE.end, end=CHARGE.end + HOUR), (CHARGE,), HOME, NOW)
    with pytest.raises(BlockError, match="there is a block already: charge Sun 29 Mar 01:30-04:30"):
        check(replace(CHARGE, kind=BlockKind.EXPORT, start=START + HOUR), (CHARGE,), HOME, NOW)


def test_what_the_settings_forbid_names_the_setting() -> None:
    bare = home(inverter=DEYE, water_heater=None)
    for kind, words in ((BlockKind.HEAT, "water_heater"), (BlockKind.EV, "ev")):
        with pytest.raises(BlockError, match=words):
            check(replace(CHARGE, kind=kind), (), bare, NOW)
    closed = home(inverter=DEYE, grid=GridSettings(export_allowed=False))
    with pytest.raises(BlockError, match=r"grid\.export_allowed is false"):
        check(replace(CHARGE, kind=BlockKind.EXPORT), (), closed, NOW)
    with pytest.raises(BlockError, match="cannot sell from the battery"):
        check(replace(CHARGE, kind=BlockKind.EXPORT), (), home(), NOW)


def test_the_block_of_a_moment_is_that_of_the_device() -> None:
    heat = replace(CHARGE, kind=BlockKind.HEAT)
    assert block_at((CHARGE, heat), BlockDevice.HEATER, START) is heat
    assert block_at((CHARGE, heat), BlockDevice.BATTERY, CHARGE.end) is None
    assert block_at((CHARGE,), BlockDevice.EV, START) is None
