"""The owner's blocks are kept until they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.home.operation import StorageSettings
from darkstar.storage.database import Database
from darkstar.storage.manual_blocks import ManualBlocks
from darkstar.storage.retention import purge
from tests.storage.samples import NOW

HOUR = timedelta(hours=1)
CHARGE = ManualBlock(BlockKind.CHARGE, NOW, NOW + HOUR, 2.5, 80.0)


def test_every_field_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        stored = ManualBlocks(database).add(CHARGE)
    assert stored == replace(CHARGE, number=stored.number)
    assert stored.number > 0
    with Database.open(path, NOW) as database:
        assert ManualBlocks(database).standing(NOW) == (stored,)


def test_the_earliest_comes_first_and_what_is_over_has_no_say(database: Database) -> None:
    blocks = ManualBlocks(database)
    later = blocks.add(replace(CHARGE, start=NOW + 2 * HOUR, end=NOW + 3 * HOUR))
    running = blocks.add(CHARGE)
    assert blocks.standing(NOW) == (running, later)
    assert blocks.standing(CHARGE.end) == (later,)


def test_a_removed_block_is_gone_for_good(database: Database) -> None:
    blocks = ManualBlocks(database)
    stored = blocks.add(CHARGE)
    assert blocks.remove(stored.number)
    assert not blocks.remove(stored.number)
    assert blocks.standing(NOW) == ()
    assert blocks.add(CHARGE).number > stored.number


def test_old_blocks_are_purged(database: Database) -> None:
    ManualBlocks(database).add(CHARGE)
    settings = StorageSettings(execution_days=2)
    purge(database, settings, NOW + timedelta(days=1))
    assert ManualBlocks(database).standing(NOW)
    purge(database, settings, NOW + timedelta(days=3))
    assert not ManualBlocks(database).standing(NOW)
