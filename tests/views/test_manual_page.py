"""Two days of strips, blocks and previews in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from darkstar.home.devices import EvSettings
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.optimizer.plan import PlanSlot
from darkstar.views.manual_page import block_words, manual_page, preview_words
from tests.homes import DEYE
from tests.homes import home as any_home
from tests.views.samples import NOON, home, sample

HOUR = timedelta(hours=1)
CHARGE = ManualBlock(BlockKind.CHARGE, NOON.replace(hour=14, minute=0), NOON.replace(hour=16, minute=0), 2.5, 80.0, 7)


@dataclass(frozen=True)
class Found:
    currency: str
    plan_made_at: datetime
    extra: float
    words: str
    limits: tuple[object, ...]
    before: tuple[PlanSlot, ...]
    after: tuple[PlanSlot, ...]
    capacity_kwh: float
    elsewhere: tuple[object, ...]


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 28, 12, 7, tzinfo=UTC), 48),
        (datetime(2026, 10, 24, 12, 7, tzinfo=UTC), 48),
    ],
)
def test_two_days_are_as_long_as_they_are_also_when_the_clocks_change(now: datetime, hours: int) -> None:
    page = manual_page(home(), now, None, ())
    assert page["end"] - page["start"] == hours * 3_600_000
    assert len(page["ticks"]) == hours + 1
    steps = {later["x"] - earlier["x"] for earlier, later in pairwise(page["quarters"])}
    assert steps == {900_000}
    json.dumps(page, allow_nan=False)


def test_the_hour_that_is_left_out_in_spring_has_no_tick() -> None:
    page = manual_page(home(), datetime(2026, 3, 28, 20, tzinfo=UTC), None, ())
    assert "02:00" not in [tick["label"] for tick in page["ticks"]][:8]
    assert [tick["label"] for tick in page["ticks"]][3:7] == ["00:00", "01:00", "03:00", "04:00"]


def test_the_plan_is_shown_as_runs_below_the_blocks() -> None:
    snapshot = sample()
    page = manual_page(snapshot.home, NOON, snapshot.plan, (CHARGE,))
    battery, heater = page["devices"]
    assert (battery["title"], heater["title"]) == ("Battery", "Water")
    assert battery["planned"]
    assert all(run["from"] < run["to"] for run in battery["planned"])
    assert [block["number"] for block in battery["blocks"]] == [7]
    assert heater["blocks"] == []
    assert len(page["soc"]["x"]) == len(page["soc"]["y"]) > 0


def test_every_kind_is_offered_with_what_it_takes_and_what_forbids_it() -> None:
    page = manual_page(any_home(inverter=DEYE, ev=EvSettings(capacity_kwh=60)), NOON, None, ())
    kinds = {kind["kind"]: kind for device in page["devices"] for kind in device["kinds"]}
    assert set(kinds) == {kind.value for kind in BlockKind}
    assert kinds["hold"]["most_kw"] is None
    assert (kinds["charge"]["most_kw"], kinds["charge"]["takes_soc"]) == (5, True)
    assert kinds["export"]["forbidden"] == ""
    deaf = manual_page(any_home(), NOON, None, ())
    assert "cannot sell" in deaf["devices"][0]["kinds"][1]["forbidden"]


def test_a_block_in_words() -> None:
    words = block_words(CHARGE, home(), NOON)
    assert words["title"] == "Charge at 2.5 kW to 80 %"
    assert words["span"] == "16:00-18:00"
    assert words["state"] == "In 2 h 40 min"
    running = block_words(replace(CHARGE, start=NOON - HOUR / 3), home(), NOON)
    assert running["state"] == "Now, for 4 h 40 min more"
    sale = replace(
        CHARGE, kind=BlockKind.EXPORT, power_kw=None, start=CHARGE.start + 8 * HOUR, end=CHARGE.end + 9 * HOUR
    )
    assert block_words(sale, home(), NOON)["title"] == "Sell down to 80 %"
    assert block_words(sale, home(), NOON)["span"] == "midnight-03:00"


@pytest.mark.parametrize(
    ("extra", "amount", "tone"),
    [
        (0.314, "+0.31 SEK", "bad"),
        (-2.0, "-2.00 SEK", "good"),
        (0.001, "0.00 SEK", "even"),
        (-0.001, "0.00 SEK", "even"),
    ],
)
def test_a_preview_says_how_much_and_which_way(extra: float, amount: str, tone: str) -> None:
    slots = sample().plan.slots if sample().plan else ()  # type: ignore[union-attr] # the sample has a plan
    found = Found("SEK", NOON, extra, "charge (2.0 kWh): more", (), slots, slots, 10.0, ())
    words = preview_words(CHARGE, found, home())
    assert (words["amount"], words["tone"]) == (amount, tone)
    assert words["words"] == "Charge (2.0 kWh): more."
    assert words["against"] == "Against the plan of 13:20."
