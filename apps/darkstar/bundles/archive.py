"""Moves all that Darkstar knows to another server: one file out, checked before anything is put in its place."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from .. import __version__
from ..home.slots import to_utc
from ..storage.database import DATABASE_FILE, Database
from ..storage.migrations import MIGRATIONS, schema_version

FORMAT: Literal[1] = 1
FOLDERS = ("models", "profiles")
"""Beside the database: trained models and the owner's device profiles."""
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class ArchiveError(ValueError):
    """A file is no archive that can be used here; nothing was changed. The message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. `files` has the SHA-256 of each file in it by its name."""

    made_at: datetime
    darkstar: str
    database_schema: int
    files: Mapping[str, str]
    format: Literal[1] = FORMAT


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has done; `kept` is where the former data lie, None where there were none."""

    manifest: Manifest
    kept: Path | None


_MANIFESTS = TypeAdapter(Manifest)


def export(folder: Path, archive: Path, now: datetime) -> Manifest:
    """Write database, models and profiles of a data folder into one file; the apps may go on meanwhile.

    Raises:
        ArchiveError: the folder has no database, or the archive is there already.
        OSError: a file cannot be read or written.
    """
    if not (folder / DATABASE_FILE).is_file():
        msg = f"{folder} has no {DATABASE_FILE}: give the folder `darkstar` beside AppDaemon's apps"
        raise ArchiveError(msg)
    if archive.exists():
        msg = f"{archive} is there already: give another name"
        raise ArchiveError(msg)
    with TemporaryDirectory(dir=archive.resolve().parent) as scratch:
        copy = Path(scratch, DATABASE_FILE)
        schema = _copy_database(folder / DATABASE_FILE, copy)
        sources = {DATABASE_FILE: copy, **{str(name): folder / name for name in _beside(folder)}}
        digests = {name: _digest(path) for name, path in sources.items()}
        manifest = Manifest(to_utc(now), __version__, schema, digests)
        unfinished = Path(scratch, "archive")
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_MANIFEST, json.dumps(_MANIFESTS.dump_python(manifest, mode="json"), indent=1))
            for name, path in sources.items():
                packed.write(path, name)
        unfinished.rename(archive)
    return manifest


def import_(archive: Path, folder: Path, now: datetime) -> Imported:
    """Put the content of an archive into a data folder, after every check; what was there is kept beside it.

    AppDaemon is best stopped meanwhile: what its apps write in that moment stays with the former data.

    Raises:
        ArchiveError: the file is damaged, incomplete, of another format, or of a newer Darkstar; nothing was changed.
        OSError: a file cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        unpacked = Path(scratch)
        manifest = _unpack(archive, unpacked)
        _check_database(unpacked / DATABASE_FILE, manifest)
        Database.open(unpacked / DATABASE_FILE, now).close()  # brings it to the present schema
        kept = _set_aside(folder, now)
        for name in manifest.files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (unpacked / name).replace(target)
    return Imported(manifest, kept)


def _copy_database(source: Path, copy: Path) -> int:
    """A consistent copy of a database in use; returns its schema."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(copy)) as out,
        ):
            live.backup(out)
            return schema_version(out)
    except sqlite3.Error as error:
        msg = f"{source} cannot be copied: {error}"
        raise ArchiveError(msg) from error


def _beside(folder: Path) -> Iterator[PurePosixPath]:
    for name in FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                yield PurePosixPath(path.relative_to(folder).as_posix())


def _unpack(archive: Path, into: Path) -> Manifest:
    try:
        with zipfile.ZipFile(archive) as packed:
            manifest = _MANIFESTS.validate_json(packed.read(_MANIFEST))
            for name in manifest.files:
                _refuse_strange(name)
                packed.extract(name, into)
    except (zipfile.BadZipFile, KeyError, ValidationError, EOFError, NotImplementedError) as error:
        msg = f"{archive} is no archive of Darkstar's format {FORMAT}, or it is damaged: {error}"
        raise ArchiveError(msg) from error
    for name, digest in manifest.files.items():
        if _digest(into / name) != digest:
            msg = f"{archive}: {name} is damaged (its checksum differs): copy the archive again"
            raise ArchiveError(msg)
    return manifest


def _refuse_strange(name: str) -> None:
    """Only what `export` writes is taken: nothing may land outside the folder."""
    path = PurePosixPath(name)
    if name == DATABASE_FILE or (path.parts[0] in FOLDERS and ".." not in path.parts and len(path.parts) > 1):
        return
    msg = f"the archive has a file {name!r} that does not belong to Darkstar"
    raise ArchiveError(msg)


def _check_database(path: Path, manifest: Manifest) -> None:
    if manifest.database_schema > len(MIGRATIONS):
        msg = (
            f"the archive was made by Darkstar {manifest.darkstar} with database schema {manifest.database_schema}; "
            f"this one ({__version__}) knows {len(MIGRATIONS)}: update Darkstar first"
        )
        raise ArchiveError(msg)
    if not path.is_file():
        msg = f"the archive has no {DATABASE_FILE}"
        raise ArchiveError(msg)
    with closing(sqlite3.connect(path)) as connection:
        try:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            verdict = str(error)
    if verdict != "ok":
        msg = f"the database in the archive is damaged: {verdict}"
        raise ArchiveError(msg)


def _set_aside(folder: Path, now: datetime) -> Path | None:
    """Move the former data away; the database's log goes with it: a fresh database must never meet it."""
    present = [
        name
        for name in (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", DATABASE_FILE, *FOLDERS)
        if (folder / name).exists()
    ]
    if not present:
        return None
    kept = folder / f"before-import-{to_utc(now):%Y%m%dT%H%M%S%fZ}"
    kept.mkdir()
    for name in present:
        (folder / name).rename(kept / name)
    return kept


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
