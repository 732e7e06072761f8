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
NOTICED_MS = 30_000
"""So soon a page tells that Home Assistant is gone, or back."""


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


def _made_at(stack: Stack) -> datetime:
    """When the newest plan was made."""
    with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
        saved = Plans(database).latest()
    assert saved is not None
    return saved.plan.created_at


def _draw_hold(shown: Tablet, begin: float, end: float) -> None:
    """Drag over a part of the battery's lane, and choose to hold the charge there."""
    lane = shown.inside.locator('.lane[data-device="battery"]')
    lane.wait_for()
    box = lane.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    shown.page.mouse.move(box["x"] + begin * box["width"], middle)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + end * box["width"], middle, steps=5)
    shown.page.mouse.up()
    shown.inside.locator('[data-kind="hold"]').click()


def test_a_block_is_weighed_applied_kept_and_removed(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_manual")
    page = tablet.inside
    lane = page.locator('.lane[data-device="battery"]')
    _draw_hold(tablet, 0.20, 0.26)

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


def test_a_block_outlives_a_home_assistant_that_is_killed_while_it_is_put_together(
    stack: Stack,
    tablet: Tablet,  # noqa: F811 - the fixture
) -> None:
    """The last of all: a Home Assistant that is killed comes back with helpers as they were some time ago."""
    tablet.open("darkstar_manual")
    page = tablet.inside
    _draw_hold(tablet, 0.40, 0.46)
    begin = page.locator("#from").input_value()
    stack.home_assistant.kill()
    notice = page.locator("#notices")
    expect(notice).to_contain_text("Home Assistant does not answer", timeout=NOTICED_MS)
    assert page.locator("#from").input_value() == begin

    page.locator("#look").click()
    expect(page.locator("#found")).to_be_visible(timeout=PLANNED_S * 1000)
    page.locator("#apply").click()
    expect(page.locator("#blocks li")).to_have_count(1)
    (block,) = _blocks(stack)
    assert begin == str(round(block.start.timestamp() * 1000))

    back_at = datetime.now(UTC)
    stack.start_home_assistant()
    expect(notice).to_be_hidden(timeout=NOTICED_MS)
    assert _blocks(stack) == (block,)
    expect(page.locator("#blocks li")).to_have_count(1)
    stack.wait_for(lambda: _made_at(stack) > back_at, PLANNED_S, "a plan after its return")
    assert all(slot.reason.startswith("your block") for slot in _planned(stack, block))
    assert tablet.faults == []
