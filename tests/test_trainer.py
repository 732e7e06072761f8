"""App Trainer: quarter-hours from counters, the past from statistics, nothing lost over restarts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.gateway import Gateway
from darkstar.home.observation import Observation
from darkstar.home.ports import StatisticsRow
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import slots_between
from darkstar.inputs.past_prices import PastPrices
from darkstar.storage.executions import Executions
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.prices import PRICES_NOTE, Prices
from darkstar.trainer import Trainer
from tests.driver import Driver
from tests.homes import ENTITIES, home
from tests.storage.samples import execution

COUNTERS = {"load_energy": "sensor.load_energy", "pv_energy": "sensor.pv_energy"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path, now=datetime(2026, 1, 15, 11, 0, 10, tzinfo=UTC))
    driver.install(monkeypatch)
    driver.set("sensor.soc", "50", unit_of_measurement="%")
    for name in COUNTERS.values():
        driver.set(name, "1000", unit_of_measurement="kWh")
    return driver


def _start(world: Driver, backfill_days: int = 0) -> Any:
    blocks = home(
        entities=ENTITIES.model_copy(update=COUNTERS), water_heater=None, storage={"backfill_days": backfill_days}
    )
    return world.start(Trainer, blocks.model_dump(mode="json", exclude_unset=True))


def _run(world: Driver, minutes: int, load_kwh_per_minute: float = 0.02) -> None:
    for _ in range(minutes):
        world.advance(60)
        load = float(world.states["sensor.load_energy"]["state"]) + load_kwh_per_minute
        world.set("sensor.load_energy", f"{load:.3f}")
        world.set("sensor.pv_energy", world.states["sensor.pv_energy"]["state"])


def _rows(app: Any, world: Driver) -> list[Any]:
    return list(Observations(app.database).between(world.now - timedelta(days=400), world.now))


def test_each_quarter_hour_becomes_one_observation_with_its_energy(world: Driver) -> None:
    app = _start(world)
    _run(world, 65)
    rows = _rows(app, world)
    assert [row.start.minute for row in rows] == [30, 45]
    assert [row.load_kwh for row in rows] == pytest.approx([0.3, 0.3], abs=0.02)
    assert [row.pv_kwh for row in rows] == [0, 0]


def test_a_restart_loses_no_energy(world: Driver) -> None:
    app = _start(world)
    _run(world, 35)
    world.stop(app)
    _run(world, 15)
    app = _start(world)
    _run(world, 25)
    assert [row.load_kwh for row in _rows(app, world)] == pytest.approx([0.3, 0.3, 0.3], abs=0.02)


def test_a_counter_that_is_gone_is_a_problem(world: Driver) -> None:
    app = _start(world)
    world.set("sensor.load_energy", "unavailable")
    world.advance(900)
    assert "load_counter_unreadable" in [problem.problem_id for problem in app.problems.open()]


def test_the_past_is_read_from_statistics_at_the_first_start(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def statistics(
        _: Gateway, ids: Sequence[str], start: datetime, end: datetime, period: str, units: Mapping[str, str]
    ) -> Mapping[str, Sequence[StatisticsRow]]:
        if period != "hour":
            return {}
        count = int((end - start) / timedelta(hours=1))
        hour = timedelta(hours=1)
        rows = [StatisticsRow(start + i * hour, start + (i + 1) * hour, 0.8, None) for i in range(count)]
        return {"sensor.load_energy": rows}

    monkeypatch.setattr(Gateway, "statistics", statistics)
    app = _start(world, backfill_days=2)
    world.advance(10)
    rows = _rows(app, world)
    assert len(rows) == 2 * 96
    assert {row.load_kwh for row in rows} == {0.2}


def test_no_statistics_is_a_problem_and_tried_again(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        msg = "no answer"
        raise ConnectionError(msg)

    monkeypatch.setattr(Gateway, "statistics", unreachable)
    app = _start(world, backfill_days=2)
    world.advance(10)
    assert "history_unreadable" in [problem.problem_id for problem in app.problems.open()]
    monkeypatch.setattr(Gateway, "statistics", lambda *_: {})
    world.advance(301)
    assert "history_unreadable" not in [problem.problem_id for problem in app.problems.open()]


def _old_rows(app: Any, world: Driver) -> int:
    """Saves an execution that is too old to be kept; how many there are."""
    Executions(app.database).save(execution(world.now - timedelta(days=31)))
    return len(Executions(app.database).recent(100))


def test_the_old_is_purged_once_a_day_also_when_midnight_was_slept_through(world: Driver) -> None:
    app = _start(world)
    assert _old_rows(app, world) == 1
    world.advance(900)
    assert Executions(app.database).recent(10) == ()
    assert _old_rows(app, world) == 1
    world.advance(3600)
    assert len(Executions(app.database).recent(10)) == 1
    world.stop(app)
    world.advance(20 * 3600)
    app = _start(world)
    world.advance(900)
    assert Executions(app.database).recent(10) == ()


def test_vacation_and_an_empty_home_are_noted(world: Driver) -> None:
    world.set("input_boolean.darkstar_vacation", "on")
    app = _start(world)
    _run(world, 65)
    assert {row.flags for row in _rows(app, world)} == {("vacation",)}


def test_reading_the_past_again_keeps_what_was_measured(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _start(world, backfill_days=2)
    _run(world, 65)
    measured = {row.start: row for row in _rows(app, world)}

    def again(_: object, __: object, start: datetime, end: datetime) -> tuple[Observation, ...]:
        return tuple(Observation(slot.start, slot.hours, load_kwh=9.0) for slot in slots_between(start, end))

    monkeypatch.setattr("darkstar.trainer.read_history", again)
    app.run_backfill()
    world.advance(10)
    rows = {row.start: row for row in _rows(app, world)}
    assert len(rows) > 150
    assert {start: rows[start] for start in measured} == measured


def test_prices_before_the_first_start_are_read_back_and_published_ones_stay(world: Driver) -> None:
    app = _start(world, backfill_days=2)
    seen = Price(datetime(2026, 1, 15, 9, tzinfo=UTC), datetime(2026, 1, 15, 10, tzinfo=UTC), 9.0, 8.0)
    Prices(app.database).save(PriceCurve((seen,)))
    world.advance(10)
    stored = Prices(app.database).between(world.now - timedelta(days=3), world.now)
    assert stored.at(seen.start) == seen
    assert sum((price.end - price.start) / timedelta(hours=1) for price in stored.prices) == pytest.approx(48)
    assert Prices(app.database).published(world.now - timedelta(days=3), world.now).prices == (seen,)


def test_what_is_missing_of_past_prices_is_kept_and_asked_again_the_next_day(
    world: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gateway, "statistics", lambda *_: {})
    settings = home(
        entities=ENTITIES.model_copy(update=COUNTERS),
        water_heater=None,
        storage={"backfill_days": 2},
        prices={"source": "nordpool_sensor", "entity": "sensor.nordpool"},
    )
    world.set("sensor.nordpool", "0.5", unit_of_measurement="EUR/kWh")
    app = world.start(Trainer, settings.model_dump(mode="json", exclude_unset=True))
    world.advance(10)
    assert "prices.history_entity" in (Memory(app.database).get(PRICES_NOTE, str) or "")

    def known(*_: object) -> PastPrices:
        start = world.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
        return PastPrices(PriceCurve((Price(start, start + timedelta(hours=1), 0.3, 0.2),)))

    monkeypatch.setattr("darkstar.trainer.read_past_prices", known)
    world.advance(26 * 3600)
    read_back = Prices(app.database).read_back(world.now - timedelta(days=2), world.now).prices
    assert {price.import_per_kwh for price in read_back} == {0.3}
    assert Memory(app.database).get(PRICES_NOTE, str) == ""
