"""A slot against what else could be done: weighed once, refused when it is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.home.slots import Slot
from darkstar.optimizer.plan import Alternative
from darkstar.pages.desk import RefusedError
from darkstar.pages.plan import SlotWhy
from darkstar.storage.database import Database
from darkstar.storage.plans import Plans
from tests.homes import home
from tests.storage.samples import NOW, saved_plan

OTHERS = (
    Alternative("battery", "hold", 0.31, "hold: costs 0.31 EUR more"),
    Alternative("battery", "sell", None, "sell: not possible"),
    Alternative("water heater 1", "heat", -0.001, "heat: as good"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    def weigh(request: Any, plan: Any, start: Any, *, time_limit_s: float) -> tuple[Alternative, ...]:
        seen.append(start)
        return OTHERS

    monkeypatch.setattr("darkstar.optimizer.alternatives.alternatives", weigh)
    return seen


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    database = Database.open(tmp_path / "d.sqlite3", NOW)
    Plans(database).save(saved_plan())
    yield SimpleNamespace(home=home(), database=database)
    database.close()


def _milliseconds(slot: Any) -> float:
    return float(slot.start.timestamp() * 1000)


def test_a_slot_is_weighed_once_and_told_with_the_cheapest_first(desk: Any, asked: list[Any]) -> None:
    why, slot = SlotWhy(), saved_plan().plan.slots[0]
    told = why(desk, {"at": _milliseconds(slot) + 1000})
    assert told["reason"] == slot.reason
    assert [row["extra"] for row in told["others"]] == [-0.001, 0.31, None]
    assert [row["amount"] for row in told["others"]] == ["the same", "+0.31 SEK", "not possible"]
    assert why(desk, {"at": _milliseconds(slot)}) == told
    assert asked == [slot.start]


@pytest.mark.parametrize("at", [None, "now", True, 1e300, float("nan")])
def test_what_is_no_time_is_refused(desk: Any, asked: list[Any], at: object) -> None:
    with pytest.raises(RefusedError, match="at "):
        SlotWhy()(desk, {"at": at})


def test_a_slot_that_is_gone_is_refused(desk: Any, asked: list[Any]) -> None:
    last = saved_plan().plan.slots[-1]
    gone = Slot(last.start + timedelta(days=3), 0.25)
    with pytest.raises(RefusedError, match="no such slot"):
        SlotWhy()(desk, {"at": _milliseconds(gone)})
