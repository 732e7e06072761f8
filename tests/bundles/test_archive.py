from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.__main__ import main
from darkstar.bundles.archive import ArchiveError, export, import_
from darkstar.storage.database import DATABASE_FILE, Database
from darkstar.storage.memory import Memory
from darkstar.storage.migrations import MIGRATIONS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def data_folder(folder: Path, word: str) -> Path:
    with Database.open(folder / DATABASE_FILE, NOW) as database:
        Memory(database).put("word", word, NOW)
    (folder / "models").mkdir()
    (folder / "models" / "a.model").write_bytes(word.encode())
    return folder


def word_of(folder: Path) -> str | None:
    with Database.open(folder / DATABASE_FILE, NOW) as database:
        return Memory(database).get("word", str)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "old", "mine")


@pytest.fixture
def archive(old: Path, tmp_path: Path) -> Path:
    export(old, tmp_path / "home.zip", NOW)
    return tmp_path / "home.zip"


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    other = archive.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return other


def manifest_with(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), **changes}).encode()

    return change


def test_a_new_server_has_what_the_old_one_had(archive: Path, tmp_path: Path) -> None:
    done = import_(archive, tmp_path / "new", NOW)
    assert done.kept is None
    assert word_of(tmp_path / "new") == "mine"
    assert (tmp_path / "new" / "models" / "a.model").read_bytes() == b"mine"
    assert done.manifest.database_schema == len(MIGRATIONS)


def test_what_is_written_while_the_database_is_open_elsewhere_is_exported(old: Path, tmp_path: Path) -> None:
    with Database.open(old / DATABASE_FILE, NOW) as running:
        Memory(running).put("word", "just now", NOW)
        export(old, tmp_path / "home.zip", NOW)
    import_(tmp_path / "home.zip", tmp_path / "new", NOW)
    assert word_of(tmp_path / "new") == "just now"


def test_the_former_data_are_kept_beside_the_new_ones(archive: Path, tmp_path: Path) -> None:
    folder = data_folder(tmp_path / "new", "theirs")
    kept = import_(archive, folder, NOW).kept
    assert kept is not None
    assert word_of(folder) == "mine"
    assert word_of(kept) == "theirs"
    assert (kept / "models" / "a.model").read_bytes() == b"theirs"


def test_a_running_app_follows_to_the_imported_database(archive: Path, tmp_path: Path) -> None:
    folder = data_folder(tmp_path / "new", "theirs")
    with Database.open(folder / DATABASE_FILE, NOW) as running:
        import_(archive, folder, NOW)
        assert Memory(running).get("word", str) == "mine"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files: files.update({"models/a.model": b"other"}), "checksum differs"),
        (lambda files: files.pop("models/a.model"), "damaged"),
        (lambda files: files.pop("manifest.json"), "no archive of Darkstar"),
        (manifest_with(format=2), "no archive of Darkstar"),
        (manifest_with(database_schema=len(MIGRATIONS) + 1), "update Darkstar first"),
        (manifest_with(files={"../escaped": "0"}), "does not belong"),
        (manifest_with(files={"models/../../escaped": "0"}), "does not belong"),
        (manifest_with(files={}), "has no darkstar.sqlite3"),
    ],
)
def test_a_bad_archive_changes_nothing(
    archive: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], told: str
) -> None:
    folder = data_folder(tmp_path / "new", "theirs")
    with pytest.raises(ArchiveError, match=told):
        import_(rewritten(archive, change), folder, NOW)
    assert word_of(folder) == "theirs"
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock")) == [
        DATABASE_FILE,
        "models",
    ]


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear owner")
    with pytest.raises(ArchiveError, match="no archive of Darkstar"):
        import_(tmp_path / "letter.txt", tmp_path / "new", NOW)


def test_an_archive_is_never_overwritten(old: Path, archive: Path) -> None:
    with pytest.raises(ArchiveError, match="is there already"):
        export(old, archive, NOW)


def test_a_folder_without_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"has no darkstar\.sqlite3"):
        export(tmp_path, tmp_path / "home.zip", NOW)


def test_the_commands_say_what_they_have_done(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data_folder(tmp_path / "new", "theirs")
    assert main(["export", str(tmp_path / "home.zip"), str(old)]) == 0
    assert main(["import", str(tmp_path / "home.zip"), str(folder)]) == 0
    assert "what was there lies in" in capsys.readouterr().out
    assert word_of(folder) == "mine"
