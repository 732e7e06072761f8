from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from darkstar.storage import migrations
from darkstar.storage.database import Database, StorageError
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from tests.storage.samples import NOW, saved_plan

PACKAGES = Path(__file__).parents[2] / "apps"


def _run_at_once(work: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def damaged_copies(path: Path) -> list[Path]:
    return sorted(each for each in path.parent.iterdir() if ".damaged-" in each.name)


def test_opening_creates_folder_and_file_with_the_present_schema(path: Path) -> None:
    with Database.open(path, NOW) as database, database.read() as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(migrations.MIGRATIONS)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
    assert path.is_file()
    assert database.problems == ()


def test_values_survive_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Memory(database).put("answer", 42, NOW)
    with Database.open(path, NOW) as database:
        assert Memory(database).get("answer", int) == 42


def test_a_file_of_an_older_schema_is_brought_up_to_date_and_keeps_its_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(path, NOW) as database:
        Memory(database).put("answer", 42, NOW)
    later = (*migrations.MIGRATIONS, ("CREATE TABLE extra (x)", "INSERT INTO extra VALUES (1)"))
    monkeypatch.setattr(migrations, "MIGRATIONS", later)
    monkeypatch.setattr("darkstar.storage.database.MIGRATIONS", later)
    with Database.open(path, NOW) as database, database.read() as connection:
        assert connection.execute("SELECT x FROM extra").fetchall() == [(1,)]
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(later)
    with Database.open(path, NOW) as database:
        assert Memory(database).get("answer", int) == 42


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database.open(path, NOW).close()
    broken = (*migrations.MIGRATIONS, ("CREATE TABLE extra (x)", "CREATE TABLE extra (x)"))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", broken)
        patch.setattr("darkstar.storage.database.MIGRATIONS", broken)
        with pytest.raises(StorageError, match="extra already exists"):
            Database.open(path, NOW)
    with Database.open(path, NOW) as database, database.read() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    Database.open(path, NOW).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(migrations.MIGRATIONS) + 2}")
    connection.close()
    before = path.read_bytes()
    newer, known = len(migrations.MIGRATIONS) + 2, len(migrations.MIGRATIONS)
    with pytest.raises(StorageError, match=rf"{path.name} has schema {newer}, this Darkstar knows {known}"):
        Database.open(path, NOW)
    assert path.read_bytes() == before
    assert damaged_copies(path) == []


@pytest.mark.parametrize(
    "content", [b"this is no database, but quite a long text" * 50, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_set_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with Database.open(path, NOW) as database:
        assert Plans(database).latest() is None
        (problem,) = database.problems
    (kept,) = damaged_copies(path)
    assert kept.name == f"{path.name}.damaged-20260329T003000000000Z"
    assert kept.read_bytes() == content
    assert problem.problem_id == "database_damaged"
    assert problem.since == NOW
    assert str(path) in problem.meaning
    assert kept.name in problem.remedy


def fill(path: Path) -> None:
    with Database.open(path, NOW) as database:
        for index in range(50):
            Plans(database).save(saved_plan(str(index)))


def break_pages(path: Path, kept_bytes: int) -> None:
    content = bytearray(path.read_bytes())
    content[kept_bytes:] = b"\xa5" * (len(content) - kept_bytes)
    path.write_bytes(content)


def test_a_database_with_broken_pages_is_set_aside(path: Path) -> None:
    fill(path)
    break_pages(path, kept_bytes=4096)
    with Database.open(path, NOW) as database:
        assert [each.problem_id for each in database.problems] == ["database_damaged"]
        assert Plans(database).latest() is None
        Plans(database).save(saved_plan("fresh"))
    with Database.open(path, NOW) as database:
        assert database.problems == ()
        assert Plans(database).latest() == saved_plan("fresh")


def test_the_log_of_a_damaged_database_goes_with_it(path: Path) -> None:
    fill(path)
    with Database.open(path, NOW) as other_app:
        Plans(other_app).save(saved_plan("in the log"))
        break_pages(path, kept_bytes=4096)
        with Database.open(path, NOW) as database:
            assert Plans(database).latest() is None
            Plans(other_app).save(saved_plan("new"))
            assert Plans(database).latest() == saved_plan("new")
    assert {each.name.rpartition("Z")[2] for each in damaged_copies(path)} >= {"", "-wal"}
    with Database.open(path, NOW) as database:
        assert database.problems == ()
        assert Plans(database).latest() == saved_plan("new")


def test_a_truncated_database_is_set_aside(path: Path) -> None:
    fill(path)
    os.truncate(path, path.stat().st_size // 2)
    with Database.open(path, NOW) as database:
        assert len(database.problems) == 1
        assert Plans(database).latest() is None


def test_a_folder_in_the_place_of_the_file_is_set_aside(path: Path) -> None:
    path.mkdir(parents=True)
    with Database.open(path, NOW) as database:
        assert len(database.problems) == 1
    assert path.is_file()


def test_an_empty_file_is_a_fresh_start(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with Database.open(path, NOW) as database:
        assert database.problems == ()
        assert Plans(database).latest() is None


def test_damage_found_while_running_is_set_aside_and_work_goes_on(path: Path) -> None:
    fill(path)
    with Database.open(path, NOW) as database:
        break_pages(path, kept_bytes=8192)
        with database.read() as connection:
            connection.execute("PRAGMA shrink_memory")  # else the pages read at the start still serve
        with pytest.raises(StorageError, match=r"damaged.*set aside"):
            Plans(database).latest()
        Plans(database).save(saved_plan("after"))
        assert Plans(database).latest() == saved_plan("after")
        assert [each.problem_id for each in database.problems] == ["database_damaged"]
    assert damaged_copies(path) != []


def test_every_connection_follows_when_one_sets_the_file_aside(path: Path) -> None:
    with Database.open(path, NOW) as planner:
        Plans(planner).save(saved_plan("old"))
        for suffix in ("-wal", "-shm", ""):
            Path(f"{path}{suffix}").rename(f"{path}.aside{suffix}")
        with Database.open(path, NOW) as executor:
            Plans(executor).save(saved_plan("new"))
            assert Plans(planner).latest() == saved_plan("new")
            Plans(planner).save(saved_plan("newer"))
            assert Plans(executor).latest() == saved_plan("newer")
    with Database.open(path, NOW) as database:
        assert Plans(database).latest() == saved_plan("newer")
        assert database.problems == ()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"folder .*file/sub.* cannot be made"):
        Database.open(tmp_path / "file" / "sub" / "darkstar.sqlite3", NOW)


def test_a_transaction_that_raises_keeps_nothing(database: Database) -> None:
    def write_half() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO memory VALUES ('half', 0, x'00')")
            msg = "interrupted"
            raise KeyError(msg)

    with pytest.raises(KeyError, match="interrupted"):
        write_half()
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM memory").fetchone() == (0,)
    Memory(database).put("next", 1, NOW)
    assert Memory(database).get("next", int) == 1


def test_a_fault_of_sqlite_names_the_file_and_keeps_nothing(database: Database) -> None:
    with (
        pytest.raises(StorageError, match=rf"{database.path.name}: no such table: nowhere"),
        database.write() as connection,
    ):
        connection.execute("INSERT INTO nowhere VALUES (1)")
    Memory(database).put("next", 1, NOW)


def test_a_full_disk_is_said_and_the_data_stays(database: Database) -> None:
    Memory(database).put("before", 1, NOW)
    with database.read() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    large = saved_plan()
    large = replace(large, request=replace(large.request, notes=tuple(str(each) for each in range(100_000))))
    with pytest.raises(StorageError, match="full"):
        Plans(database).save(large)
    assert Plans(database).latest() is None
    assert Memory(database).get("before", int) == 1
    assert database.problems == ()


def test_a_closed_database_says_so(path: Path) -> None:
    database = Database.open(path, NOW)
    database.close()
    database.close()
    with pytest.raises(StorageError, match="is closed"):
        Memory(database).get("x", int)


def test_threads_share_one_database(database: Database) -> None:
    memory = Memory(database)
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for index in range(40):
                memory.put(f"{number}.{index}", index, NOW)
                assert memory.get(f"{number}.{index}", int) == index
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    _run_at_once(work, 6)
    assert faults == []
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM memory").fetchone() == (240,)


def test_two_connections_write_at_the_same_time(path: Path) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with Database.open(path, NOW) as own:
                for index in range(40):
                    Memory(own).put(f"{number}.{index}", index, NOW)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    _run_at_once(work, 5)
    assert faults == []
    with Database.open(path, NOW) as database, database.read() as connection:
        assert connection.execute("SELECT count(*) FROM memory").fetchone() == (200,)


@pytest.mark.parametrize("content", [None, b"junk" * 2000])
def test_apps_that_open_at_the_same_moment_get_the_same_database(path: Path, content: bytes | None) -> None:
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    gate = threading.Barrier(6)
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            gate.wait()
            with Database.open(path, NOW + timedelta(microseconds=number)) as own:
                Memory(own).put(str(number), number, NOW)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    _run_at_once(work, 6)
    assert faults == []
    assert len(damaged_copies(path)) == (0 if content is None else 1)
    with Database.open(path, NOW) as database, database.read() as connection:
        assert connection.execute("SELECT count(*) FROM memory").fetchone() == (6,)


def test_a_reader_sees_one_state_while_another_connection_writes(path: Path) -> None:
    with Database.open(path, NOW) as reader, Database.open(path, NOW) as writer:
        with reader.read() as connection:
            assert connection.execute("SELECT count(*) FROM memory").fetchone() == (0,)
            Memory(writer).put("new", 1, NOW)
            assert connection.execute("SELECT count(*) FROM memory").fetchone() == (0,)
        assert Memory(reader).get("new", int) == 1


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from darkstar.home.observation import Observation
from darkstar.storage.database import Database
from darkstar.storage.observations import Observations

day = datetime(2026, 1, 1, tzinfo=UTC)
with Database.open(Path(sys.argv[1]), day) as database:
    while True:
        day += timedelta(days=1)
        Observations(database).save(
            Observation(day + timedelta(minutes=15 * slot), 0.25, load_kwh=1.0) for slot in range(96)
        )
        print(day.isoformat(), flush=True)
"""


@pytest.mark.parametrize("batches", [1, 7, 20])
def test_a_process_killed_while_it_writes_leaves_whole_transactions(path: Path, batches: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
    )
    assert writer.stdout is not None
    confirmed = [writer.stdout.readline() for _ in range(batches)]
    writer.send_signal(signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL
    with Database.open(path, NOW) as database:
        assert database.problems == ()
        rows = Observations(database).between(NOW - timedelta(days=3660), NOW + timedelta(days=3660))
    assert len(confirmed) == batches
    assert len(rows) % 96 == 0
    assert len(rows) >= 96 * batches
