"""The owner's blocks by the page: looked at, applied, refused, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.manual_block import BLOCKS_CHANGED, ManualBlock
from darkstar.home.settings import HomeSettings
from darkstar.pages.desk import RefusedError
from darkstar.pages.manual import MOST_BLOCKS, BlockDesk, manual_data
from darkstar.simulation.whatif.block import what_if_block
from darkstar.storage.database import Database
from darkstar.storage.manual_blocks import ManualBlocks
from darkstar.storage.plans import Plans, SavedPlan
from tests.desk import TestDesk
from tests.simulation.whatif.lives import HOME, NOW, live

HOUR = timedelta(hours=1)


class Desk(TestDesk):
    """Of the home with the running plan."""

    __test__ = False

    @property
    def home(self) -> HomeSettings:
        return HOME


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        Plans(database).save(SavedPlan(live().request, live().plan, None))
        yield Desk(tmp_path, database, time=NOW)


def wish(kind: str = "charge", begin: float = 8, hours: float = 2, **more: Any) -> dict[str, Any]:
    start = NOW + begin * HOUR
    return {"kind": kind, "start": _ms(start), "end": _ms(start + hours * HOUR), **more}


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def standing(desk: Desk) -> tuple[ManualBlock, ...]:
    return ManualBlocks(desk.database).standing(desk.now())


def test_a_look_changes_nothing(desk: Desk) -> None:
    found = BlockDesk().preview(desk, wish())
    assert found["amount"].endswith("EUR")
    assert found["soc"]["after"]["x"]
    assert standing(desk) == ()
    assert desk.announced == []
    json.dumps(found, allow_nan=False)


def test_the_same_look_is_answered_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ManualBlock] = []

    def weighed(live: Any, block: ManualBlock) -> Any:
        asked.append(block)
        return what_if_block(live, block)

    monkeypatch.setattr("darkstar.pages.manual.what_if_block", weighed)
    blocks = BlockDesk()
    assert blocks.preview(desk, wish()) == blocks.preview(desk, wish())
    blocks.preview(desk, wish(power_kw=2.0))
    assert len(asked) == 2


def test_an_applied_block_is_kept_announced_and_shown(desk: Desk) -> None:
    answer = BlockDesk().put(desk, wish(power_kw=2.5, soc_percent=80))
    (block,) = standing(desk)
    assert (block.power_kw, block.soc_percent) == (2.5, 80)
    assert desk.announced == [BLOCKS_CHANGED]
    assert answer["block"]["title"] == "Charge at 2.5 kW to 80 %"
    shown = manual_data(desk, {})
    assert [one["number"] for one in shown["blocks"]] == [block.number]
    assert shown["devices"][0]["blocks"] == shown["blocks"]
    json.dumps(shown, allow_nan=False)


def test_a_block_upon_another_is_refused_before_it_is_weighed(desk: Desk) -> None:
    blocks = BlockDesk()
    blocks.put(desk, wish())
    for action in (blocks.preview, blocks.put):
        with pytest.raises(RefusedError, match="there is a block already"):
            action(desk, wish("export", begin=9))
    assert len(standing(desk)) == 1


def test_a_removed_block_is_gone_and_announced(desk: Desk) -> None:
    blocks = BlockDesk()
    number = blocks.put(desk, wish())["block"]["number"]
    blocks.remove(desk, {"number": number})
    assert standing(desk) == ()
    assert desk.announced == [BLOCKS_CHANGED, BLOCKS_CHANGED]
    with pytest.raises(RefusedError, match="gone already"):
        blocks.remove(desk, {"number": number})


@pytest.mark.parametrize(
    "payload",
    [
        {},
        wish("fly"),
        wish(power_kw=-1),
        wish(power_kw=float("nan")),
        wish(soc_percent=120),
        wish(hours=0),
        wish(colour="red"),
        {**wish(), "start": 1e300},
        {**wish(), "start": "now"},
        wish("heat"),
        wish("ev"),
        wish("hold", power_kw=2),
    ],
)
def test_nonsense_is_refused(desk: Desk, payload: dict[str, Any]) -> None:
    for action in (BlockDesk().preview, BlockDesk().put):
        with pytest.raises(RefusedError):
            action(desk, payload)
    assert standing(desk) == ()


def test_there_is_an_end_to_blocks(desk: Desk) -> None:
    for index in range(MOST_BLOCKS):
        BlockDesk().put(desk, wish(begin=index, hours=1))
    with pytest.raises(RefusedError, match="remove one first"):
        BlockDesk().put(desk, wish(begin=MOST_BLOCKS, hours=1))


def test_without_a_plan_nothing_can_be_compared_but_a_block_be_put(tmp_path: Path) -> None:
    with Database.open(tmp_path / "empty.sqlite3", NOW) as database:
        desk = Desk(tmp_path, database, time=NOW)
        with pytest.raises(RefusedError, match="there is no plan yet"):
            BlockDesk().preview(desk, wish())
        BlockDesk().put(desk, wish())
        assert manual_data(desk, {})["prices"] == []


def test_the_page_offers_what_the_home_has(desk: Desk) -> None:
    page = manual_data(desk, {})
    assert [device["name"] for device in page["devices"]] == ["battery"]
    assert [kind["kind"] for kind in page["devices"][0]["kinds"]] == ["charge", "export", "hold"]
    assert page["end"] - page["start"] == 48 * 3_600_000
    assert len(page["quarters"]) == 48 * 4 + 1
