"""Models that are trained within the backtest: when, from what, and who serves then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from darkstar.forecast.bands import Context
from darkstar.forecast.choice import candidates
from darkstar.forecast.day_grid import cell_at
from darkstar.forecast.home_means import HomeMeans, materials
from darkstar.forecast.trained import Champion, TrainedModels, basis_of, versions
from darkstar.forecast.training import Quantity
from darkstar.forecast.walk_forward import Fits
from darkstar.home.observation import Observation
from darkstar.home.settings import HomeSettings
from darkstar.pipeline import history_reach
from darkstar.simulation.backtest import contenders, trained_outlook
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.outlooks import Truth, own_outlook
from darkstar.simulation.backtest.scoring import DARKSTAR
from darkstar.simulation.backtest.trained_outlook import TrainedOutlook
from darkstar.simulation.backtest.world import build_world
from darkstar.simulation.series import HomeSeries
from darkstar.simulation.synthetic import SyntheticHome
from tests.simulation.backtest.samples import START, STOCKHOLM, two_days

DAY = timedelta(days=1)
WEEK = 7 * DAY
RIDGE = "calendar ridge"
LAST = 74
LATE = START + 70 * DAY


@pytest.fixture(scope="module")
def home() -> HomeSettings:
    options = BacktestOptions(
        home_file=Path("home.csv"),
        time_zone="Europe/Stockholm",
        latitude=55.6,
        longitude=13.0,
        scenario_days=3,
        forecast="calendar_ridge",
        train_every_days=7,
    )
    return options.home(60)


@pytest.fixture(scope="module")
def series() -> HomeSeries:
    return SyntheticHome(5, 55.6, 13.0, STOCKHOLM).series(START, START + LAST * DAY, 60)


@pytest.fixture(scope="module")
def rows(series: HomeSeries) -> list[Observation]:
    return list(series.observations)


@pytest.fixture(scope="module")
def champions(home: HomeSettings, rows: list[Observation]) -> Mapping[Quantity, Champion]:
    """A load model, as fitted on the 70th day."""
    known = before(rows, LATE)
    material = materials(home, HomeMeans.of(home, known), known, Context())[Quantity.LOAD]
    (ridge,) = (each for each in candidates(Quantity.LOAD) if each.name == RIDGE)
    return {Quantity.LOAD: Champion(Fits.of(ridge, material, [cell_at(LATE, home.zone)]), None)}


class Lessons:
    """What each training was given; it brings the same champions every time."""

    def __init__(self, champions: Mapping[Quantity, Champion]) -> None:
        self.champions = champions
        self.at: list[datetime] = []
        self.rows: list[list[Observation]] = []
        self.serving: list[TrainedModels | None] = []
        self.models: list[TrainedModels] = []

    def train(
        self,
        home: HomeSettings,
        history: Sequence[Observation],
        context: Context,
        now: datetime,
        serving: TrainedModels | None,
    ) -> tuple[None, TrainedModels]:
        models = TrainedModels(now, versions(), basis_of(home), self.champions)
        self.at.append(now)
        self.rows.append(list(history))
        self.serving.append(serving)
        self.models.append(models)
        return None, models


@pytest.fixture
def lessons(champions: Mapping[Quantity, Champion], monkeypatch: pytest.MonkeyPatch) -> Lessons:
    given = Lessons(champions)
    monkeypatch.setattr(trained_outlook, "train", given.train)
    return given


def before(rows: Sequence[Observation], now: datetime, reach: timedelta | None = None) -> list[Observation]:
    """What an agent hands over: what was measured, as far back as forecasts look."""
    return [row for row in rows if row.end <= now and (reach is None or row.start >= now - reach)]


def test_it_trains_as_soon_as_there_are_days_enough_and_then_on_its_interval(
    home: HomeSettings, rows: list[Observation], lessons: Lessons
) -> None:
    sees = TrainedOutlook(WEEK)
    for half_days in range(2 * 19):
        now = START + half_days * DAY / 2
        sees(home, now, before(rows, now, 5 * DAY))
    assert [(at - START) / DAY for at in lessons.at] == [4, 11, 18]
    assert lessons.serving == [None, *lessons.models[:2]]


def test_it_learns_from_all_that_was_measured_and_nothing_later(
    home: HomeSettings, rows: list[Observation], lessons: Lessons
) -> None:
    sees = TrainedOutlook(WEEK)
    for day in range(19):
        now = START + day * DAY
        sees(home, now, before(rows, now, 5 * DAY))
    assert lessons.rows == [before(rows, now) for now in lessons.at]


def test_rows_older_than_a_home_keeps_are_dropped(
    home: HomeSettings, rows: list[Observation], lessons: Lessons
) -> None:
    short = home.model_copy(update={"learning": home.learning.model_copy(update={"max_history_days": 30})})
    now = START + 40 * DAY
    TrainedOutlook(WEEK)(short, now, before(rows, now))
    assert lessons.rows[0][0].start == now - 30 * DAY


def test_the_champion_serves_from_its_training_on(
    home: HomeSettings, rows: list[Observation], lessons: Lessons
) -> None:
    sees, seen = TrainedOutlook(WEEK), before(rows, LATE + DAY, history_reach(home))
    assert sees(home, LATE, before(rows, LATE)).forecast.load_model == RIDGE
    trained, untrained = sees(home, LATE + DAY, seen), own_outlook(home, LATE + DAY, seen)
    assert lessons.at == [LATE]
    assert trained.forecast.load_model == RIDGE != untrained.forecast.load_model
    assert trained.scenarios != untrained.scenarios


@pytest.mark.usefixtures("lessons")
def test_a_pv_feed_and_trained_models_go_together(
    home: HomeSettings, series: HomeSeries, rows: list[Observation]
) -> None:
    sees = TrainedOutlook(WEEK)
    forecast = Truth(series, sees).pv_feed(home, LATE, before(rows, LATE), 0.0, sees).forecast
    came = {row.start: row.pv_kwh for row in rows}
    assert forecast.load_model == RIDGE
    assert [slot.pv_kwh.expected for slot in forecast.slots] == pytest.approx(
        [came[slot.start] for slot in forecast.slots], abs=0.01
    )


def test_each_agent_learns_from_what_it_has_measured_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[TrainedOutlook] = []

    def outlook(every: timedelta, past: Sequence[Observation]) -> TrainedOutlook:
        made.append(TrainedOutlook(every, past))
        return made[-1]

    monkeypatch.setattr(contenders, "TrainedOutlook", outlook)
    found = contenders.agents(build_world(two_days(tmp_path, train_every_days=7, regret=True)))
    assert len(made) == len(found) == 5


def test_what_was_measured_before_the_period_is_learned_from(tmp_path: Path, lessons: Lessons) -> None:
    options = two_days(tmp_path, train_every_days=7, warm_up_days=4, end=None)
    world = build_world(options)
    agent = contenders.agents(world, contenders.Known(history=world.past))[DARKSTAR]
    world.with_agent(agent, None)
    assert lessons.at[0] == START + 4 * DAY
    assert lessons.rows[0][0].start == START


def test_the_closed_loop_trains(tmp_path: Path, lessons: Lessons) -> None:
    world = build_world(two_days(tmp_path, train_every_days=7, end=None))
    world.with_agent(contenders.agents(world)[DARKSTAR], None)
    (at,) = lessons.at
    assert START + 4 * DAY <= at < START + 4.5 * DAY
    assert lessons.rows[0][-1].end == at
