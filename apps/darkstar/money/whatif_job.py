"""The program of a what-if over the past: asked with JSON on its input, it answers with lines of JSON.

`whatif_process.PastRuns` starts it; `python -m darkstar whatif` is the one for people.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TextIO

import pydantic_core

from ..home.settings import load_settings
from ..simulation.whatif.changes import changes_from
from ..simulation.whatif.shown import past_shown
from ..storage.database import Database, StorageError
from .whatif_process import PastLine, PastOrder, line_to_json, order_from_json
from .whatif_runs import past_of

PROFILES = "profiles"
"""Folder of the owner's device profiles, beside the database."""


class Teller:
    """Writes how far it is, each percent once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        """So many of so many parts are done."""
        percent = 100 * done // max(total, 1)
        if percent != self._told:
            self._told = percent
            self.line(PastLine(done, total))

    def line(self, line: PastLine) -> None:
        """Write a line at once."""
        print(line_to_json(line), file=self._stream, flush=True)


def run(order: PastOrder, teller: Teller, now: datetime) -> PastLine:
    """Simulate; a fault is an answer, too."""
    try:
        home = load_settings(pydantic_core.from_json(order.home_json), profiles_folder=order.database.parent / PROFILES)
        changes = changes_from(order.changes)
        with Database.open(order.database, now) as database:
            found = past_of(home, database, changes, now, days=order.days, jobs=order.jobs, progress=teller)
    except (ValueError, ArithmeticError, StorageError) as error:
        return PastLine(error=str(error))
    return PastLine(1, 1, answer=past_shown(found, home.zone))


def main() -> None:
    """Read the order, tell the progress, tell the answer."""
    answers = Teller(sys.stdout)
    sys.stdout = sys.stderr  # what a library prints is no answer
    answers.line(run(order_from_json(sys.stdin.read()), answers, datetime.now(UTC)))


if __name__ == "__main__":
    main()
