"""The SQLite file: opening, migrating, transactions, and a fresh start when it is damaged."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ..home.problem import Problem, Severity
from ..home.slots import to_utc
from .migrations import MIGRATIONS, migrate, schema_version

DATABASE_FILE = "darkstar.sqlite3"
"""Name of the file in Darkstar's data folder."""
BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for another one."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
_PRIMARY_CODE = 0xFF


class StorageError(RuntimeError):
    """The database cannot be used, or did not take a change; the message names file, cause and way out."""


class _DamagedError(Exception):
    """The file is no usable database."""


class Database:
    """One connection to the database file, shared by all threads of an app, one at a time.

    Several `Database` objects, also of other processes, may use the same file. When the file is found
    damaged, at the start or later, it is set aside and a fresh one is begun; when somebody else has
    replaced it, the connection follows.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, problems: tuple[Problem, ...] = ()) -> None:
        self.path = path
        self.problems = problems
        """What was wrong with the file since it was opened here."""
        self._connection: sqlite3.Connection | None = connection
        self._identity = _identity(path)
        self._closed = False
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, now: datetime) -> Self:
        """Open or create the database, with its folder, and bring it to the present schema.

        Raises:
            StorageError: the folder cannot be written, the file is locked for too long, or it was
                written by a newer version of Darkstar.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"folder {path.parent} for the database cannot be made ({error}): make it writable for AppDaemon"
            raise StorageError(msg) from error
        connection, problems = _open_or_begin_anew(path, now)
        return cls(path, connection, problems)

    def close(self) -> None:
        """Close the connection; later use raises `StorageError`."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the database.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is kept as a whole, or, when the block raises, not at all.

        Raises:
            StorageError: the change was not kept (disk full, locked for too long, damaged file).
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._current()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                _roll_back(connection)
                raise self._fault(error) from error
            except BaseException:
                _roll_back(connection)
                raise

    def _current(self) -> sqlite3.Connection:
        if self._closed:
            msg = f"database {self.path} is closed"
            raise StorageError(msg)
        if self._connection is None or _identity(self.path) != self._identity:
            return self._reconnect()  # set aside by another app, or replaced by a backup
        return self._connection

    def _fault(self, error: sqlite3.Error) -> StorageError:
        if not _is_damage(error, self.path):
            return StorageError(f"database {self.path}: {error}; the change was not kept")
        self._reconnect()
        return StorageError(f"database {self.path} was damaged ({error}) and has been set aside; try again")

    def _reconnect(self) -> sqlite3.Connection:
        self._disconnect()
        connection, problems = _open_or_begin_anew(self.path, datetime.now(UTC))
        self._connection = connection
        self._identity = _identity(self.path)
        self.problems = (*self.problems, *problems)
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open_or_begin_anew(path: Path, now: datetime) -> tuple[sqlite3.Connection, tuple[Problem, ...]]:
    with _alone(path):
        try:
            return _connect(path), ()
        except _DamagedError as damage:
            kept = _set_aside(path, now)
            problem = _damage_problem(path, kept, damage, now)
        try:
            return _connect(path), (problem,)
        except _DamagedError as damage:
            msg = f"database {path} cannot be begun anew ({damage}): check the disk"
            raise StorageError(msg) from damage


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one process at a time opens, migrates or sets aside: two at once could set aside the fresh file.

    The lock is SQLite's own, on an empty file beside the database: it works on every system and ends
    with its process.
    """
    with closing(sqlite3.connect(f"{path}.lock", timeout=BUSY_TIMEOUT_S, isolation_level=None)) as guard:
        try:
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            msg = (
                f"{path}.lock: {error}; make the folder writable for AppDaemon, or end the process that holds the lock"
            )
            raise StorageError(msg) from error
        yield


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _translated(error, path) from error
    except (StorageError, _DamagedError):
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        msg = (
            f"database {path} has schema {version}, this Darkstar knows {len(MIGRATIONS)}: it was written by a newer "
            f"version. Update Darkstar, or move the file away to begin anew."
        )
        raise StorageError(msg)
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _DamagedError(verdict)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)


def _translated(error: sqlite3.Error, path: Path) -> StorageError | _DamagedError:
    if _is_damage(error, path):
        return _DamagedError(str(error))
    return StorageError(f"database {path} cannot be opened ({error}): check folder, permissions and free space")


def _is_damage(error: sqlite3.Error, path: Path) -> bool:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & _PRIMARY_CODE in _DAMAGE or code in _UNREADABLE:
        return True
    # "cannot open" is also what a process without free file handles gets from a healthy file
    unusable = path.exists() and (path.is_dir() or not os.access(path, os.R_OK))
    return code & _PRIMARY_CODE == sqlite3.SQLITE_CANTOPEN and unusable


def _set_aside(path: Path, now: datetime) -> Path:
    kept = path.with_name(f"{path.name}.damaged-{to_utc(now):%Y%m%dT%H%M%S%fZ}")
    try:
        for suffix in ("-wal", "-shm", ""):  # the log first: a fresh database must never meet it
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").replace(f"{kept}{suffix}")
    except OSError as error:
        msg = f"damaged database {path} cannot be set aside ({error}): move it away by hand"
        raise StorageError(msg) from error
    return kept


def _damage_problem(path: Path, kept: Path, damage: _DamagedError, now: datetime) -> Problem:
    return Problem(
        "database_damaged",
        Severity.WARNING,
        now,
        f"The database {path} was damaged ({damage}); a fresh one was begun without the history so far.",
        f"The damaged file is kept as {kept.name}: restore a backup in its place, or delete it. "
        f"If it happens again, check the disk or SD card.",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
