"""The owner puts a block into the plan by hand: looks at its cost, applies it, sees it kept, removes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from darkstar.home.manual_block import ManualBlock
from darkstar.optimizer.plan import PlanSlot
from darkstar.storage.database import Database
from darkstar.storage.manual_blocks import ManualBlocks
from darkstar.storage.plans import Plans
from tests.e2e.stack import Stack
from tests.e2e.test_home import Tablet, browser, tablet  # noqa: F401 - fixtures

PLANNED_S = 60
"""A plan anew is there after so many seconds."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(history_days=2) as running:
        running.wait_for(lambda: running.ha.entity("sensor.darkstar_plan"), PLANNED_S, "the first plan")
        yield running


def _blocks(stack: Stack) -> tuple[ManualBlock, ...]:
    now = datetime.now(UTC)
    with Database.open(stack.data_folder / "darkstar.sqlite3", now) as database:
        return ManualBlocks(database).standing(now)


def _planned(stack: Stack, block: ManualBlock) -> list[PlanSlot]:
    """The plan's slots in a block."""
    with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
        saved = Plans(database).latest()
    return [] if saved is None else [slot for slot in saved.plan.slots if block.covers(slot.start)]


def test_a_block_is_weighed_applied_kept_and_removed(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_manual")
    page = tablet.inside
    lane = page.locator('.lane[data-device="battery"]')
    lane.wait_for()
    box = lane.bounding_box()
    assert box is not None
    begin, end, middle = box["x"] + 0.20 * box["width"], box["x"] + 0.26 * box["width"], box["y"] + box["height"] / 2
    tablet.page.mouse.move(begin, middle)
    tablet.page.mouse.down()
    tablet.page.mouse.move(end, middle, steps=5)
    tablet.page.mouse.up()
    page.locator('[data-kind="hold"]').click()

    page.locator("#look").click()
    expect(page.locator("#found")).to_be_visible(timeout=PLANNED_S * 1000)
    expect(page.locator("#amount")).to_contain_text("EUR")
    assert page.locator("#limits li").count() >= 1
    assert _blocks(stack) == ()

    page.locator("#apply").click()
    expect(page.locator("#blocks li")).to_have_count(1)
    expect(lane.locator(".block")).to_have_count(1)
    (block,) = _blocks(stack)
    kept = stack.wait_for(
        lambda: [slot for slot in _planned(stack, block) if slot.reason.startswith("your block")],
        PLANNED_S,
        "a plan that keeps the block",
    )
    assert all(slot.discharge_kwh == 0 for slot in kept)

    page.locator("[data-remove]").click()
    expect(page.locator("#blocks li")).to_have_count(0)
    assert _blocks(stack) == ()
    stack.wait_for(
        lambda: not any(slot.reason.startswith("your block") for slot in _planned(stack, block)),
        PLANNED_S,
        "a plan without the block",
    )
    assert tablet.faults == []
