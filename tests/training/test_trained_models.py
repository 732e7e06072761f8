"""Which trained models serve, and what is said when none can."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar.storage.model_files import ModelFiles
from darkstar.training.trained_models import ModelShelf, model_files
from tests.homes import home

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def test_models_are_loaded_once_per_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = model_files(tmp_path, home())
    shelf = ModelShelf(files)
    assert shelf.current() is None
    assert shelf.problems(NOW) == ()
    path = files.save({"load": 1}, NOW)
    first = shelf.current()
    assert first == {"load": 1}
    assert shelf.current() is first
    files.save({"load": 2}, NOW + timedelta(hours=1))
    assert shelf.current() == {"load": 2}
    os.utime(files.newest_first()[0])
    assert shelf.current() == {"load": 2}
    assert path.parent.name == "models"


def test_a_damaged_file_lets_the_one_before_it_serve(tmp_path: Path) -> None:
    files = model_files(tmp_path, home())
    files.save("before", NOW)
    newest = files.save("newest", NOW + timedelta(hours=1))
    newest.write_bytes(b"nothing")
    shelf = ModelShelf(files)
    assert shelf.current() == "before"
    (problem,) = shelf.problems(NOW)
    assert newest.name in problem.meaning
    assert "the models before them serve" in problem.meaning
    files.save("repaired", NOW + timedelta(hours=2))
    assert shelf.current() == "repaired"
    assert shelf.problems(NOW) == ()


def test_what_an_older_version_left_is_passed_over_in_silence(tmp_path: Path) -> None:
    files = model_files(tmp_path, home())
    path = files.save("old", NOW)
    os.utime(path, (0, 0))
    shelf = ModelShelf(ModelFiles(files.folder, {**files.versions, "darkstar": "other"}))
    assert shelf.current() is None
    assert shelf.problems(NOW) == ()


def test_what_a_newer_version_makes_asks_for_a_restart(tmp_path: Path) -> None:
    files = model_files(tmp_path, home())
    shelf = ModelShelf(ModelFiles(files.folder, {**files.versions, "darkstar": "before the update"}))
    path = files.save("new", NOW)
    os.utime(path, (time.time() + 60, time.time() + 60))
    assert shelf.current() is None
    (problem,) = shelf.problems(NOW)
    assert "darkstar before the update" in problem.meaning
    assert "the simple forecasters serve" in problem.meaning
    assert "restart AppDaemon" in problem.remedy


def test_other_code_another_library_and_another_home_are_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = model_files(tmp_path, home()).versions
    assert before == model_files(tmp_path, home(currency="SEK")).versions
    elsewhere = model_files(tmp_path, home(latitude=40.0)).versions
    assert {name for name in before if before[name] != elsewhere[name]} == {"settings"}
    (tmp_path / "ridge.py").write_text("x = 1")
    monkeypatch.setattr("darkstar.training.trained_models._CODE", tmp_path)
    other_code = model_files(tmp_path, home()).versions
    assert {name for name in before if before[name] != other_code[name]} == {"forecasts"}
    assert {"darkstar", "scikit-learn"} <= before.keys()
