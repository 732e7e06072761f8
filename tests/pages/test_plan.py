"""A slot against what else could be done: weighed once, refused when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.control.decision import PlannedNow
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import Slot, floor_to_slot
from darkstar.optimizer.plan import Alternative
from darkstar.pages.desk import RefusedError
from darkstar.pages.plan import Foreseen, PriceTail, SlotWhy
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.plans import Plans
from darkstar.storage.prices import Prices
from tests.desk import TestDesk
from tests.homes import home
from tests.storage.samples import NOW, execution, saved_plan
from tests.views.samples import sample

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


@pytest.fixture
def seeing(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "seen.sqlite3", sample().now) as database:
        yield TestDesk(tmp_path, database, time=sample().now)


def test_of_each_slot_the_first_tick_tells_what_was_foreseen_and_only_of_today(seeing: TestDesk) -> None:
    now, told, executions = seeing.time, Foreseen(), Executions(seeing.database)
    quarter = floor_to_slot(now)
    for minutes, percent in ((-30, 40.0), (-25, 41.0), (-15, 45.0), (0, 60.0)):
        start = floor_to_slot(quarter + timedelta(minutes=minutes))
        planned = PlannedNow(start, 0.0, 0.0, 0.0, 0.0, 0.0, percent, "hold")
        executions.save(replace(execution(quarter + timedelta(minutes=minutes)), planned=planned))
    executions.save(execution(quarter - timedelta(minutes=40)))
    expected = ((quarter - timedelta(minutes=15), 40.0), (quarter, 45.0))
    assert told(seeing) == expected
    assert told(seeing) == expected, "what was read is kept"
    seeing.time = quarter + timedelta(minutes=15)
    assert told(seeing)[-1] == (seeing.time, 60.0)
    seeing.time = now + timedelta(days=1)
    assert told(seeing) == ()


def test_the_tail_begins_where_prices_end_and_knows_its_spread(seeing: TestDesk) -> None:
    snapshot, quarter = sample(), timedelta(minutes=15)
    plan = snapshot.plan
    assert plan is not None
    edge = snapshot.curve.known_until(snapshot.now)
    past = [edge - (number + 1) * quarter for number in range(20 * 96)]
    curve = PriceCurve(tuple(sorted(Price(at, at + quarter, 1.0 + at.day % 7 / 10, 0.5) for at in past)))
    Prices(seeing.database).save(curve)
    tail = PriceTail()
    found = tail(seeing, snapshot)
    assert (found[0].start, found[-1].end) == (edge, plan.slots[-1].end)
    bands = [price.band for price in found]
    assert all(band is not None and band.import_p10 < band.import_p90 for band in bands)
    assert tail(seeing, snapshot) is found, "worked out once for a plan"
    assert PriceTail()(seeing, replace(snapshot, plan=None)) == ()
