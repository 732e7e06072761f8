"""Reflex in the apps: looks once a day, changes by button or by itself, is undone, and survives restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar.app import EVENT_SETTINGS, DarkstarApp
from darkstar.demo_home import DemoHome
from darkstar.executor import Executor
from darkstar.home.overlay import settle
from darkstar.home.settings import HomeSettings, load_settings
from darkstar.learning.reflex.finding import Ending, Verdict
from darkstar.learning.reflex.review import REST, review
from darkstar.overrides import Overrides
from darkstar.planner import Planner
from darkstar.reflex_runs import (
    REVIEW,
    ReflexRuns,
    apply_proposals,
    latest_review,
    pending,
    standing,
    undo,
    undo_last,
)
from darkstar.storage.database import Database, StorageError
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.reflex import ReflexChanges
from tests.driver import Driver
from tests.homes import home
from tests.learning.reflex.synthetic import FIRST_DAY, Truth, days_of, evidence, sunny_evidence

APPLY, UNDO = "input_button.darkstar_reflex_apply", "input_button.darkstar_reflex_undo"
CAPACITY = "battery.capacity_kwh"
DAYS = 30
NIGHT = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 3, 0, tzinfo=UTC) + timedelta(days=DAYS)
"""Five o'clock in Stockholm, after the days that are measured."""
DAY_S = 24 * 3600
DUMPED = home().model_dump(mode="json", exclude_unset=True)


class Keeper(DarkstarApp):
    """Does what the Trainer does for Reflex."""

    def start(self) -> None:
        """Look at each quarter-hour whether it is time."""
        self.reflex = ReflexRuns(self)
        self.run_every(self.on_quarter, time(0, 0, 2), 900)

    def on_quarter(self, **kwargs: object) -> None:
        self.reflex.daily()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path, now=NIGHT)
    driver.install(monkeypatch)
    driver.set_readings()
    for button in (APPLY, UNDO):
        driver.set(button, "unknown")
    return driver


def block(mode: str = "propose", capacity_kwh: float = 10, **changes: Any) -> dict[str, Any]:
    battery = {"capacity_kwh": capacity_kwh, "max_charge_kw": 5, "max_discharge_kw": 5}
    dumped = home(**changes).model_dump(mode="json", exclude_unset=True)
    return {**dumped, "battery": battery, "reflex": {"mode": mode}}


def begin(world: Driver, mode: str = "propose", app: type[DarkstarApp] = Keeper, **changes: Any) -> Any:
    """An app in a home whose battery holds 10 % less than its owner believes."""
    started = world.start(app, block(mode, **changes))
    Observations(started.database).save(days_of(Truth(capacity_kwh=9.0), DAYS))
    return started


def current(world: Driver, app: type[DarkstarApp] = Keeper) -> Any:
    """The newest instance of an app."""
    return world.apps[app.__name__.lower()]


def capacity_in(world: Driver, app: type[DarkstarApp] = Keeper) -> float:
    return float(current(world, app).home.battery.capacity_kwh)


def test_it_only_proposes_until_the_owner_presses_the_button(world: Driver) -> None:
    app = begin(world)
    world.advance(900)
    (outcome,) = pending(app.database, app.home, world.now)
    assert outcome.proposal is not None
    assert (outcome.proposal.path, outcome.proposal.value) == (CAPACITY, 9.8)
    assert ReflexChanges(app.database).active() == ()
    assert capacity_in(world) == 10
    world.press(APPLY)
    world.advance(1)
    assert capacity_in(world) == 9.8
    (change,) = ReflexChanges(current(world).database).active()
    assert "9.0 kWh measured" in change.finding.text
    assert change.finding.count > 50
    assert pending(current(world).database, current(world).home, world.now) == ()


def test_every_app_works_with_the_new_settings(world: Driver) -> None:
    begin(world)
    world.advance(900)
    apps: tuple[Any, ...] = (Planner, Executor, Overrides)
    olds = [world.start(app, block()) for app in apps]
    world.press(APPLY)
    world.advance(1)
    for app, old in zip(apps, olds, strict=True):
        assert current(world, app) is not old, "a new instance: nothing of the old settings is left"
        assert capacity_in(world, app) == 9.8
        assert current(world, app).owner_home.battery.capacity_kwh == 10
        (entry,) = current(world, app).settled.applied
        assert (entry.path, entry.owner_value, entry.value) == (CAPACITY, 10, 9.8)
    world.press(UNDO)
    world.advance(1)
    assert [capacity_in(world, app) for app in apps] == [10, 10, 10]


def test_the_simulated_house_does_not_follow(world: Driver) -> None:
    begin(world)
    world.advance(900)
    house = world.start(DemoHome, block())
    world.press(APPLY)
    world.advance(1)
    assert current(world, DemoHome) is house
    assert capacity_in(world, DemoHome) == 10


def test_it_looks_once_a_local_day_after_four(world: Driver) -> None:
    world.now = NIGHT - timedelta(hours=4)
    app = begin(world)
    world.advance(3 * 3600 - 60)
    assert latest_review(app.database) is None
    world.advance(3 * 3600)
    first = latest_review(app.database)
    assert first is not None
    assert first.reviewed_at.astimezone(app.home.zone).hour == 4
    world.advance(18 * 3600)
    assert latest_review(app.database) == first
    world.advance(4 * 3600)
    second = latest_review(app.database)
    assert second is not None
    assert second.reviewed_at - first.reviewed_at == timedelta(days=1)


def test_a_look_that_fails_is_tried_again(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> object:
        msg = "database is locked"
        raise StorageError(msg)

    app = begin(world)
    with monkeypatch.context() as broken:
        broken.setattr(Observations, "between", locked)
        world.advance(900)
    assert any("could not be looked at: database is locked" in line for line in world.log)
    assert latest_review(app.database) is None
    world.advance(900)
    assert latest_review(app.database) is not None


def test_by_itself_it_takes_one_step_a_day_and_stops_when_it_is_right(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(901)
    values = [capacity_in(world)]
    for _ in range(6):
        world.advance(DAY_S)
        values.append(capacity_in(world))
    assert values[:4] == [9.8, 9.6, 9.4, 9.2]
    assert values[-1] == values[-2] == pytest.approx(9.0, rel=0.02)


def test_off_means_that_nobody_looks_and_nothing_holds(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(900)
    world.advance(1)
    assert capacity_in(world) == 9.8
    world.stop(current(world))
    app = world.start(Keeper, block("off"))
    world.advance(DAY_S)
    assert app.home.battery.capacity_kwh == 10
    reviewed = latest_review(app.database)
    assert reviewed is not None
    assert reviewed.reviewed_at < NIGHT + timedelta(hours=1)
    assert standing(app.database, app.home, world.now).pending == ()


def test_a_change_survives_restarts_and_is_made_once(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(901)
    for _ in range(5):
        world.stop(current(world))
        world.start(Keeper, block("apply"))
        world.advance(1800)
    assert capacity_in(world) == 9.8
    assert len(ReflexChanges(current(world).database).recent(9)) == 1


def test_an_undone_change_is_gone_and_not_proposed_for_weeks(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(901)
    world.press(UNDO)
    world.advance(1)
    assert capacity_in(world) == 10
    for _ in range(27):
        world.advance(DAY_S)
        assert capacity_in(world) == 10
    looked = latest_review(current(world).database)
    assert looked is not None
    assert looked.outcomes[3].verdict is Verdict.RESTING
    world.advance(3 * DAY_S)
    assert capacity_in(world) < 10
    (undone,) = [each for each in ReflexChanges(current(world).database).recent(9) if each.ended_at is not None]
    assert undone.ending is Ending.UNDONE


def test_undoing_an_earlier_change_takes_those_with_it_that_built_on_it(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(901)
    for _ in range(2):
        world.advance(DAY_S)
    app = current(world)
    first, second, third = ReflexChanges(app.database).active()
    assert [each.number for each in undo(app.database, second.number, world.now)] == [second.number, third.number]
    assert undo(app.database, second.number, world.now) == ()
    assert ReflexChanges(app.database).active() == (first,)
    app.announce_settings()
    world.advance(1)
    assert capacity_in(world) == 9.8
    assert undo_last(current(world).database, world.now) == (first,)
    assert undo_last(current(world).database, world.now) == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["apply", "undo last", "undo first"]), max_size=12))
def test_whatever_was_done_can_be_undone(tmp_path: Path, steps: list[str]) -> None:
    """After as many undos as there are changes the owner's settings are in force again."""
    owner = home()
    with Database.open(tmp_path / f"{uuid4()}.sqlite3", NIGHT) as database:
        changes = ReflexChanges(database)

        def in_force() -> HomeSettings:
            return settle(owner, DUMPED, load_settings, changes.overlay()).home

        for day, step in enumerate(steps):
            now = NIGHT + timedelta(days=40 * day)
            if step == "apply":
                seen = replace(evidence(Truth(capacity_kwh=9.0)), home=in_force(), owner_home=owner, now=now)
                Memory(database).put(REVIEW, review(seen, changes.since(now - REST)), now)
                before, made = in_force(), apply_proposals(database, in_force(), owner, now)
                assert (in_force() != before) == bool(made)
            elif changes.active():
                undo(database, changes.active()[0 if step == "undo first" else -1].number, now)
        while undo_last(database, NIGHT):
            pass
        assert in_force() == owner


def test_the_owners_own_number_wins_and_the_change_is_over(world: Driver) -> None:
    begin(world, mode="apply")
    world.advance(901)
    world.stop(current(world))
    app = world.start(Keeper, block("apply", capacity_kwh=9.5))
    assert app.home.battery.capacity_kwh == 9.5
    (dropped,) = ReflexChanges(app.database).recent(9)
    assert dropped.ending is Ending.DROPPED
    assert "you have set it to 9.5 since (it was 10)" in dropped.ending_text
    assert any("does not hold any longer" in line for line in world.log)
    world.stop(app)
    assert world.start(Keeper, block("apply", capacity_kwh=10)).home.battery.capacity_kwh == 10


def test_an_event_without_a_change_restarts_nobody(world: Driver) -> None:
    app = begin(world)
    world.fire(EVENT_SETTINGS, "darkstar")
    world.advance(1)
    assert current(world) is app


def test_buttons_that_come_back_from_an_outage_are_not_pressed(world: Driver) -> None:
    begin(world)
    world.advance(900)
    world.set(APPLY, "unavailable")
    world.set(APPLY, "2026-01-15T08:00:00+00:00")
    world.advance(1)
    assert capacity_in(world) == 10


def test_forecasts_of_the_day_before_are_found(world: Driver) -> None:
    """Of all forecasts of a day the last one before local midnight counts."""
    solcast = {"source": "solcast", "entities": ["sensor.solar"]}
    app = begin(world, pv_forecast=solcast)
    seen = sunny_evidence(lambda random, _: random.gauss(0.8, 0.05), days=DAYS)
    for _, forecast in seen.issued:
        early = replace(forecast, issued_at=forecast.issued_at - timedelta(hours=3))
        zero = tuple(replace(slot, pv_kwh=replace(slot.pv_kwh, p10=0, p50=0, p90=0)) for slot in early.slots)
        Forecasts(app.database).save(replace(early, slots=zero))
        Forecasts(app.database).save(forecast)
    with Database.open(app.database.path, world.now) as database, database.write() as connection:
        connection.execute("DELETE FROM observations")
        connection.execute("UPDATE reflex_values SET since_us = 0")
    Observations(app.database).save(seen.observations)
    world.advance(900)
    looked = latest_review(app.database)
    assert looked is not None
    finding = looked.outcomes[1].finding
    assert (finding.verdict, finding.count) == (Verdict.PROPOSED, DAYS)
    assert finding.target == pytest.approx(0.8, abs=0.03)
