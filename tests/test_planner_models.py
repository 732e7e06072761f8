"""App Planner: the trained models serve as soon as they are there, and are no reason to stop planning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from darkstar import planning_run
from darkstar.app import EVENT_LEARNING
from darkstar.pipeline import Outlook, foresee
from darkstar.planner import Planner
from darkstar.storage.plans import Plans
from darkstar.training.trained_models import model_files
from tests.driver import Driver
from tests.homes import home


class Watched:
    """A planner, and the models that each of its forecasts was given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = Driver(folder)
        self.world.install(monkeypatch)
        self.world.set_readings()
        self.given: list[object] = []
        monkeypatch.setattr(planning_run, "foresee", self.foresee)
        block = home(planner={"horizon_hours": 6}, water_heater=None).model_dump(mode="json", exclude_unset=True)
        self.app = self.world.start(Planner, block)
        self.files = model_files(folder / "darkstar", self.app.home)

    def foresee(self, home: Any, now: Any, history: Any, context: Any, trained: object) -> Outlook:
        self.given.append(trained)
        return foresee(home, now, history, context)

    def problems(self) -> list[str]:
        return [problem.problem_id for problem in self.app.problems.open()]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(tmp_path, monkeypatch)


def test_the_models_of_a_training_serve_at_once(watched: Watched) -> None:
    watched.world.advance(5)
    watched.files.save("models", watched.world.now)
    watched.world.fire(EVENT_LEARNING, "darkstar", text="trained")
    watched.world.advance(2)
    assert watched.given == [None, "models"]


def test_damaged_models_are_a_problem_and_planning_goes_on(watched: Watched) -> None:
    path = watched.files.save("models", watched.world.now)
    path.write_bytes(b"damaged")
    watched.world.advance(5)
    assert watched.given == [None]
    assert Plans(watched.app.database).latest() is not None
    assert "models_unreadable" in watched.problems()
    path.unlink()
    watched.world.press("input_button.darkstar_plan_now")
    watched.world.fire(EVENT_LEARNING, "darkstar", text="cleared")
    watched.world.advance(2)
    assert "models_unreadable" not in watched.problems()


@pytest.mark.parametrize(
    ("error", "said", "remedy"),
    [
        (ValueError("no price is known"), "made: no price is known.", "tries again by itself"),
        (KeyError("ridge"), "made: KeyError: 'ridge'.", "fault of Darkstar"),
    ],
)
def test_a_run_that_fails_is_told_and_tried_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str, remedy: str
) -> None:
    def fail(*_: object) -> Outlook:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(planning_run, "foresee", fail)
        watched.world.advance(5)
        (problem,) = (each for each in watched.app.problems.open() if each.problem_id == "planning_failed")
        assert said in problem.meaning
        assert remedy in problem.remedy
    watched.world.advance(20)
    assert "planning_failed" not in watched.problems()
    assert Plans(watched.app.database).latest() is not None
