"""Files of trained models: written whole or not at all, read only by the version that made them."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..home.slots import to_utc

KEPT = 2
"""The newest file, and the one before it."""
_SUFFIX = ".model"
_CLEARED = "cleared-"
_STAMP = "%Y%m%dT%H%M%S%fZ"
_UNPICKLING = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What `pickle.loads` may raise, by its documentation, for objects whose classes have changed."""


class ModelFileError(ValueError):
    """A file of models cannot be used; the message says why."""


class OtherVersionError(ModelFileError):
    """The file is whole, but made for other code, another library or other settings."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The trained models in a folder, the newest by the instant in its name.

    A file has one line of JSON (versions and checksum), then the pickled models. It is read only when its
    `versions` are the present ones: a model of other code is no model.
    """

    folder: Path
    versions: Mapping[str, str]

    def save(self, models: object, made_at: datetime) -> Path:
        """Store models as the newest file and prove that it can be read; then the oldest ones go.

        Raises:
            ModelFileError: the file cannot be read back; it is gone again, the others stay.
            OSError: the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        body = pickle.dumps(models, protocol=pickle.HIGHEST_PROTOCOL)
        head = json.dumps({"versions": dict(self.versions), "sha256": hashlib.sha256(body).hexdigest()})
        path = self.folder / f"{to_utc(made_at).strftime(_STAMP)}{_SUFFIX}"
        _write(path, head.encode() + b"\n" + body)
        try:
            self.load(path)
        except ModelFileError:
            path.unlink()
            raise
        for old in self.newest_first()[KEPT:]:
            old.unlink(missing_ok=True)
        return path

    def newest_first(self) -> tuple[Path, ...]:
        """All files of models, whether they can be used or not."""
        with suppress(FileNotFoundError):
            return tuple(sorted(self.folder.glob(f"*{_SUFFIX}"), reverse=True))
        return ()

    def fault(self, path: Path) -> str:
        """Why a file cannot be used, as far as that shows without loading the models; empty: it can."""
        try:
            self._body(path)
        except ModelFileError as error:
            return str(error)
        return ""

    def load(self, path: Path) -> Any:  # noqa: ANN401 - what was saved
        """The models of a file.

        Raises:
            ModelFileError: it is damaged, or not there.
            OtherVersionError: it was made with other versions.
        """
        body = self._body(path)
        try:
            return pickle.loads(body)  # noqa: S301 - Darkstar's own file, its checksum has been compared
        except _UNPICKLING as error:
            msg = f"{path.name} holds what this version does not know ({type(error).__name__}: {error})"
            raise ModelFileError(msg) from error

    def clear(self, now: datetime) -> Path | None:
        """Put all files aside into a folder of their own, in place of those put aside before.

        Returns the folder; None when there was nothing to put aside.

        Raises:
            OSError: the files cannot be moved.
        """
        files = self.newest_first()
        if not files:
            return None
        aside = self.folder / f"{_CLEARED}{to_utc(now).strftime(_STAMP)}"
        aside.mkdir(exist_ok=True)
        for path in files:
            path.replace(aside / path.name)
        for earlier in self._cleared():
            if earlier != aside:
                shutil.rmtree(earlier)
        return aside

    def _cleared(self) -> Iterator[Path]:
        return self.folder.glob(f"{_CLEARED}*")

    def _body(self, path: Path) -> bytes:
        try:
            head, _, body = path.read_bytes().partition(b"\n")
            known = json.loads(head)
            made_with, checksum = known["versions"], known["sha256"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = f"{path.name} cannot be read ({error})"
            raise ModelFileError(msg) from error
        if made_with != dict(self.versions):
            msg = f"{path.name} was made with {_listed(made_with)}, this is {_listed(self.versions)}"
            raise OtherVersionError(msg)
        if hashlib.sha256(body).hexdigest() != checksum:
            msg = f"{path.name} is damaged: its checksum is another"
            raise ModelFileError(msg)
        return body


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _listed(versions: object) -> str:
    if not isinstance(versions, Mapping):
        return str(versions)
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
