"""The program of a what-if over the past: it lives through a home's own days, and says why where it cannot."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic_core import from_json

from darkstar.money.whatif_job import Teller, run
from darkstar.money.whatif_process import PastLine, PastOrder, order_from_json
from darkstar.money.whatif_runs import past_of
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.prices import PRICES_NOTE, Prices
from tests.simulation.whatif.lives import HOME, NOW, ROWS, curve_of

DAYS = 1


@pytest.fixture
def order(tmp_path: Path) -> PastOrder:
    path = tmp_path / "darkstar.sqlite3"
    with Database.open(path, NOW) as database:
        Observations(database).save(row for row in ROWS if row.start > NOW - timedelta(days=4))
        for start in (NOW - timedelta(days=4), NOW - timedelta(days=1)):
            Prices(database).save(curve_of(start))
    return PastOrder(HOME.model_dump_json(exclude_unset=True), path, {"battery_kwh": 14}, DAYS)


def test_it_answers_as_the_command_does(order: PastOrder) -> None:
    stream = io.StringIO()
    answer = run(order, Teller(stream), NOW).answer
    assert answer is not None
    lines = [PastLine(**from_json(line)) for line in stream.getvalue().splitlines()]
    assert [line.done for line in lines] == sorted({line.done for line in lines})
    assert lines[-1].done == lines[-1].total > 0
    assert len(lines) <= 101
    with Database.open(order.database, NOW) as database:
        from darkstar.simulation.whatif.changes import changes_from

        found = past_of(HOME, database, changes_from(order.changes), NOW, days=DAYS)
    assert answer["saved"] == pytest.approx(found.saved, abs=0.005)
    assert answer["days"] == DAYS


@pytest.mark.parametrize(
    ("changes", "told"), [({}, "nothing is changed"), ({"battery_kwh": -1}, "battery_kwh"), ({"moon": 1}, "moon")]
)
def test_what_cannot_be_changed_is_an_answer(order: PastOrder, changes: dict[str, object], told: str) -> None:
    asked = PastOrder(order.home_json, order.database, changes, DAYS)
    line = run(asked, Teller(io.StringIO()), NOW)
    assert line.answer is None
    assert told in line.error


def test_a_fresh_home_lives_through_days_whose_prices_were_read_back(order: PastOrder) -> None:
    """All but today's prices came from Home Assistant: the past is the same, and says so."""
    with_published = run(order, Teller(io.StringIO()), NOW).answer
    with Database.open(order.database, NOW) as database:
        prices = Prices(database)
        known = prices.between(NOW - timedelta(days=5), NOW)
        prices.purge(NOW + timedelta(days=5))
        prices.fill(known)
        Memory(database).put(PRICES_NOTE, "sensor.price has no prices before 2026-01-01.", NOW)
    answer = run(order, Teller(io.StringIO()), NOW).answer
    assert with_published is not None
    assert answer is not None
    assert answer["saved"] == with_published["saved"]
    told = " ".join(answer["assumptions"])
    assert "the prices of 24 hours are read back from Home Assistant" in told
    assert "sensor.price has no prices before 2026-01-01." in told


def test_a_home_without_a_past_is_told(order: PastOrder) -> None:
    line = run(order, Teller(io.StringIO()), NOW + timedelta(days=100))
    assert "no day has measured load and prices" in line.error


def test_an_order_survives_the_way(order: PastOrder) -> None:
    from pydantic_core import to_json

    assert order_from_json(to_json(order).decode()) == order
