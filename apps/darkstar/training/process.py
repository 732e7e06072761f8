"""Training in a process of its own: quiet, limited in time, and gone with the app that asked for it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from ..forecast.training import Training
from ..quiet_process import kill, start_quietly

_PACKAGE = Path(__file__).resolve().parents[1]
_LAST_WORDS = 600
"""So many characters of what the process complained about go into the problem."""
STOPPED = "it was stopped, because the app ended"


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What is to be trained: the home's settings as JSON, the file of its database, the longest time it may take."""

    home_json: str
    database: Path
    limit_s: float


@dataclass(frozen=True, slots=True)
class TrainingAnswer:
    """What came of it: a training, or why there was nothing to train from, or why it failed."""

    training: Training | None = None
    no_data: str = ""
    error: str = ""


_ANSWER = TypeAdapter(TrainingAnswer)


def answer_to_json(answer: TrainingAnswer) -> str:
    """One line, as `TrainingProcess` reads it."""
    return to_json(answer, inf_nan_mode="constants").decode()


class TrainingProcess:
    """At most one training at a time. `run` blocks, `end` may be called from another thread meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._ended = False

    def run(self, order: TrainingOrder) -> TrainingAnswer:
        """Train; never raises, since nobody would hear it."""
        try:
            process = self._start(order)
        except OSError as error:
            return TrainingAnswer(error=f"no process could be started ({error})")
        if process is None:
            return TrainingAnswer(error=STOPPED)
        try:
            output, complaints = process.communicate(order.home_json, timeout=order.limit_s)
        except subprocess.TimeoutExpired:
            kill(process)
            process.communicate()
            return TrainingAnswer(error=f"it took longer than {order.limit_s / 60:g} minutes and was ended")
        return self._answer(process.returncode, output, complaints)

    def end(self) -> None:
        """Kill what runs; nothing starts any more."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                kill(self._process)

    def _start(self, order: TrainingOrder) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._ended:
                return None
            self._process = start_quietly(_PACKAGE, "", ["train", "-", str(order.database)])
            return self._process

    def _answer(self, code: int, output: str, complaints: str) -> TrainingAnswer:
        if self._ended:
            return TrainingAnswer(error=STOPPED)
        words = complaints.strip()[-_LAST_WORDS:]
        if code < 0:
            return TrainingAnswer(error=f"it was killed by signal {-code}; too little memory is the usual cause")
        if code != 0:
            return TrainingAnswer(error=words or f"it ended with code {code} and no word")
        try:
            return _ANSWER.validate_json(output.strip().rpartition("\n")[2])
        except ValidationError:
            return TrainingAnswer(error=f"its answer cannot be read: {output.strip()[-_LAST_WORDS:]} {words}")
