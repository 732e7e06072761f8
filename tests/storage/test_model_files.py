from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.storage.model_files import KEPT, ModelFileError, ModelFiles
from tests.storage.samples import NOW

HOUR = timedelta(hours=1)
MODELS = {"load": [1.0, 2.0], "pv": (3, "x")}


class Vanishing:
    """A class that another version does not have."""


class Unreadable:
    """Pickles well and cannot be read back."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    return ModelFiles(tmp_path / "models", {"darkstar": "1", "scikit-learn": "1.9"})


def test_models_come_back_from_a_folder_that_did_not_exist(files: ModelFiles) -> None:
    assert files.newest_first() == ()
    path = files.save(MODELS, NOW)
    assert files.newest_first() == (path,)
    assert files.fault(path) == ""
    assert files.load(path) == MODELS
    assert [each.name for each in files.folder.iterdir()] == [path.name]


def test_the_newest_and_the_one_before_it_are_kept(files: ModelFiles) -> None:
    paths = [files.save(number, NOW + number * HOUR) for number in range(4)]
    assert files.newest_first() == (paths[3], paths[2])
    assert len(files.newest_first()) == KEPT


@pytest.mark.parametrize("other", [{"darkstar": "2", "scikit-learn": "1.9"}, {"darkstar": "1", "scikit-learn": "1.8"}])
def test_models_of_another_version_are_refused_with_both_versions_named(
    files: ModelFiles, other: dict[str, str]
) -> None:
    path = files.save(MODELS, NOW)
    later = ModelFiles(files.folder, other)
    assert "darkstar 1" in later.fault(path)
    assert f"darkstar {other['darkstar']}" in later.fault(path)
    with pytest.raises(ModelFileError, match="made with"):
        later.load(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-3],
        lambda content: content[:-3] + b"xyz",
        lambda _: b"",
        lambda _: b"\x80\x04 no header",
        lambda _: b"[1, 2]\n",
        lambda _: b"{}\n",
    ],
    ids=["cut off", "changed", "empty", "no header", "another header", "empty header"],
)
def test_a_damaged_file_is_a_fault_and_no_crash(files: ModelFiles, damage: Any) -> None:
    path = files.save(MODELS, NOW)
    path.write_bytes(damage(path.read_bytes()))
    assert path.name in files.fault(path)
    with pytest.raises(ModelFileError):
        files.load(path)


def test_a_file_that_is_gone_is_a_fault(files: ModelFiles) -> None:
    assert "cannot be read" in files.fault(files.folder / "x.model")


def test_a_class_that_is_gone_is_a_fault(files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.save(Vanishing(), NOW)
    monkeypatch.delattr(f"{__name__}.Vanishing")
    assert files.fault(path) == ""
    with pytest.raises(ModelFileError, match="does not know"):
        files.load(path)


def test_models_that_cannot_be_read_back_leave_the_old_ones_alone(files: ModelFiles) -> None:
    before = files.save(MODELS, NOW)
    with pytest.raises(ModelFileError):
        files.save(Unreadable(), NOW + HOUR)
    assert files.newest_first() == (before,)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        files.save(lambda: None, NOW + HOUR)
    assert files.newest_first() == (before,)


def test_cleared_models_are_kept_aside_until_others_are_cleared(files: ModelFiles) -> None:
    assert files.clear(NOW) is None
    first = files.save(MODELS, NOW)
    aside = files.clear(NOW)
    assert aside is not None
    assert files.newest_first() == ()
    assert [each.name for each in aside.iterdir()] == [first.name]
    assert files.clear(NOW + HOUR) is None
    assert aside.exists()
    files.save(MODELS, NOW + HOUR)
    later = files.clear(NOW + 2 * HOUR)
    assert [each.name for each in files.folder.iterdir()] == [later and later.name]
