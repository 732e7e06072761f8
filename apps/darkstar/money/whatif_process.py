"""A what-if over the home's past in a process of its own: one at a time, with its progress, and it can be stopped."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock, Thread
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from ..quiet_process import kill, start_quietly

_PACKAGE = Path(__file__).resolve().parents[1]
_PROGRAM = "money.whatif_job"
_LAST_WORDS = 600
"""So many characters of what the process complained about are told."""
STOPPED = "it was stopped"


class BusyError(RuntimeError):
    """A run is under way already."""


@dataclass(frozen=True, slots=True)
class PastOrder:
    """What to simulate: the home's settings as JSON, its database, what is otherwise, over how many days."""

    home_json: str
    database: Path
    changes: Mapping[str, Any]
    days: int
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class PastLine:
    """A line that the process writes: how far it is, or what came of it."""

    done: int = 0
    total: int = 0
    answer: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PastState:
    """How far the run for `order` is, and what came of it. `order` None: there was none yet."""

    order: PastOrder | None = None
    running: bool = False
    line: PastLine = field(default_factory=PastLine)


_LINE = TypeAdapter(PastLine)
_ORDER = TypeAdapter(PastOrder)


def line_to_json(line: PastLine) -> str:
    """As `PastRuns` reads it."""
    return to_json(line, inf_nan_mode="null").decode()


def order_from_json(text: str) -> PastOrder:
    """What the process was asked."""
    return _ORDER.validate_json(text)


class PastRuns:
    """At most one run at a time; its answer stays until the next. Safe to use on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state = PastState()
        self._process: subprocess.Popen[str] | None = None
        self.reader: Thread | None = None

    def state(self) -> PastState:
        """How far it is."""
        with self._lock:
            return self._state

    def start(self, order: PastOrder) -> None:
        """Begin a run, which goes on by itself.

        Raises:
            BusyError: another one is under way.
            OSError: no process can be started.
        """
        with self._lock:
            if self._state.running:
                msg = "a what-if over the past is under way: wait for it, or stop it"
                raise BusyError(msg)
            complaints = TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - the reader closes it
            try:
                process = start_quietly(_PACKAGE, _PROGRAM, (), complaints)
            except OSError:
                complaints.close()
                raise
            self._process, self._state = process, PastState(order, running=True)
            self.reader = Thread(target=self._read, args=(process, order, complaints), daemon=True)
            self.reader.start()

    def stop(self) -> None:
        """End the run that is under way; nothing happens where there is none."""
        with self._lock:
            if not self._state.running or self._process is None:
                return
            kill(self._process)
            self._state = PastState(self._state.order, line=PastLine(error=STOPPED))

    def forget(self) -> None:
        """Forget the last run, unless it is still under way."""
        with self._lock:
            if not self._state.running:
                self._state = PastState()

    def _read(self, process: subprocess.Popen[str], order: PastOrder, complaints: IO[str]) -> None:
        with complaints, process:
            try:
                _ask(process, order)
                for text in process.stdout or ():
                    self._take(process, text)
            except (OSError, ValidationError) as error:
                kill(process)
                self._finish(process, f"its answer cannot be read ({error})")
            complaints.seek(0)
            words = complaints.read().strip()[-_LAST_WORDS:]
            code = process.wait()
        self._finish(process, words or f"it ended with code {code} and no answer; too little memory is the usual cause")

    def _take(self, process: subprocess.Popen[str], text: str) -> None:
        line = _LINE.validate_json(text)
        with self._lock:
            if self._process is process and self._state.running:
                is_last = line.answer is not None or line.error != ""
                self._state = PastState(self._state.order, running=not is_last, line=line)

    def _finish(self, process: subprocess.Popen[str], error: str) -> None:
        """The process is over: where it has not answered, this is why."""
        with self._lock:
            if self._process is process and self._state.running:
                self._state = PastState(self._state.order, line=PastLine(error=error))


def _ask(process: subprocess.Popen[str], order: PastOrder) -> None:
    """Write the order. A process that ended before it read all of that has its own words for it."""
    if process.stdin is None:
        return
    with suppress(BrokenPipeError), process.stdin as asked:
        asked.write(to_json(order).decode())
