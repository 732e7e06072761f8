"""The trained models that serve: which file holds them, and what is wrong with it."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ..forecast.trained import basis_of, versions
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..storage.model_files import ModelFileError, ModelFiles, OtherVersionError

FOLDER = "models"
"""Below the folder that has the database."""
_CODE = Path(__file__).parents[1] / "forecast"


def model_files(folder: Path, home: HomeSettings) -> ModelFiles:
    """The files of models below the folder that has the database, for such a home and the code on the disk now."""
    return ModelFiles(folder / FOLDER, _versions(home))


class ModelShelf:
    """The newest models that can be used, loaded once per file.

    Files that another version has left are passed over in silence, since the trainer soon replaces them. One
    that appears later was made by an update that has not reached this process.
    """

    def __init__(self, files: ModelFiles) -> None:
        self.files = files
        self.faults: tuple[str, ...] = ()
        """Why newer files than the loaded one are left out."""
        self._opened_s = time.time()
        self._loaded: tuple[Path, int, Any] | None = None

    def current(self) -> Any:  # noqa: ANN401 - what was saved
        """The models, or None when no file can be used."""
        faults: list[str] = []
        for path in self.files.newest_first():
            try:
                models = self._load(path)
            except OtherVersionError as error:
                if _changed_s(path) > self._opened_s:
                    faults.append(str(error))
                continue
            except ModelFileError as error:
                faults.append(str(error))
                continue
            self.faults = tuple(faults)
            return models
        self.faults, self._loaded = tuple(faults), None
        return None

    def problems(self, now: datetime) -> tuple[Problem, ...]:
        """What the owner should know about the files, as of the last `current`."""
        if not self.faults:
            return ()
        instead = "the simple forecasters serve" if self._loaded is None else "the models before them serve"
        problem = Problem(
            "models_unreadable",
            Severity.WARNING,
            now,
            f"Trained models cannot be used: {'; '.join(self.faults)}. Until there are new ones, {instead}.",
            "Darkstar trains again by itself. If Darkstar was updated while AppDaemon ran, restart AppDaemon.",
        )
        return (problem,)

    def _load(self, path: Path) -> Any:  # noqa: ANN401 - what was saved
        try:
            changed_ns = path.stat().st_mtime_ns
        except OSError as error:
            msg = f"{path.name} cannot be read ({error})"
            raise ModelFileError(msg) from error
        if self._loaded is None or self._loaded[:2] != (path, changed_ns):
            self._loaded = (path, changed_ns, self.files.load(path))
        return self._loaded[2]


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _versions(home: HomeSettings) -> dict[str, str]:
    """What a file of models depends on: forecasting code, libraries, and the settings that features rest on."""
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_CODE.glob("*.py"))))
    return {
        **versions(),
        "forecasts": code.hexdigest()[:8],
        "settings": hashlib.sha256(basis_of(home).encode()).hexdigest()[:8],
    }
