"""Tables of trainings: how good each model was, and which one served from then on."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from ..forecast.training import Quantity, Score, Training, Verdict
from .database import Database
from .epoch import from_epoch, to_epoch

_SCORES = """
    SELECT issued_us, quantity, model, lead, mae, rmse, bias, pinball, coverage_percent, slots
    FROM scores WHERE issued_us >= ? AND issued_us <= ? ORDER BY issued_us, place
"""
_VERDICTS = """
    SELECT issued_us, quantity, champion, previous, reason
    FROM verdicts WHERE issued_us >= ? AND issued_us <= ? ORDER BY issued_us, place
"""
_CHANGES = """
    SELECT issued_us, quantity, champion, previous, reason FROM verdicts
    WHERE previous IS NULL OR previous != champion ORDER BY issued_us DESC, place LIMIT ?
"""
_SERVING = """
    SELECT max(issued_us), quantity, champion, previous, reason FROM verdicts
    WHERE previous IS NULL OR previous != champion GROUP BY quantity ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A model began to serve a quantity."""

    at: datetime
    verdict: Verdict


class Trainings:
    """Repository of trainings that brought models."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, training: Training) -> None:
        """Store a training with its scores and verdicts; one of the same instant is replaced.

        Raises:
            StorageError: nothing was stored.
        """
        issued_us = to_epoch(training.issued_at)
        with self._database.write() as connection:
            _delete(connection, "issued_us = ?", issued_us)
            connection.execute("INSERT INTO trainings VALUES (?, ?, ?)", (issued_us, training.days, training.seconds))
            connection.executemany(
                "INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(issued_us, place, *_columns(score)) for place, score in enumerate(training.scores)],
            )
            connection.executemany(
                "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (issued_us, place, verdict.quantity.value, verdict.champion, verdict.previous, verdict.reason)
                    for place, verdict in enumerate(training.verdicts)
                ],
            )

    def latest(self) -> Training | None:
        """The newest training, or None before the first."""
        return next(iter(self.recent(1)), None)

    def recent(self, limit: int) -> tuple[Training, ...]:
        """The newest trainings, newest first, with all scores and verdicts."""
        with self._database.read() as connection:
            heads = connection.execute(
                "SELECT issued_us, days, seconds FROM trainings ORDER BY issued_us DESC LIMIT ?", (limit,)
            ).fetchall()
            if not heads:
                return ()
            span = (heads[-1][0], heads[0][0])
            scores = _by_training(connection.execute(_SCORES, span))
            verdicts = _by_training(connection.execute(_VERDICTS, span))
        return tuple(
            Training(
                from_epoch(issued_us),
                days,
                seconds,
                tuple(_score(*columns) for columns in scores.get(issued_us, ())),
                tuple(_verdict(*columns) for columns in verdicts.get(issued_us, ())),
            )
            for issued_us, days, seconds in heads
        )

    def champion_changes(self, limit: int) -> tuple[ChampionChange, ...]:
        """When another model than before began to serve a quantity, newest first; the first of all is one too."""
        with self._database.read() as connection:
            rows = connection.execute(_CHANGES, (limit,)).fetchall()
        return tuple(ChampionChange(from_epoch(issued_us), _verdict(*columns)) for issued_us, *columns in rows)

    def serving_since(self) -> Mapping[Quantity, ChampionChange]:
        """Of each quantity the newest change of champion: which model serves, and since when."""
        with self._database.read() as connection:
            rows = connection.execute(_SERVING).fetchall()
        newest = (ChampionChange(from_epoch(issued_us), _verdict(*columns)) for issued_us, *columns in rows)
        return {change.verdict.quantity: change for change in newest}

    def purge(self, before: datetime) -> int:
        """Delete the trainings before `before`, with all that belongs to them; returns how many trainings."""
        with self._database.write() as connection:
            return _delete(connection, "issued_us < ?", to_epoch(before))


def _delete(connection: sqlite3.Connection, which: str, issued_us: int) -> int:
    for table in ("scores", "verdicts"):
        connection.execute(f"DELETE FROM {table} WHERE {which}", (issued_us,))  # noqa: S608 - our own words
    return connection.execute(f"DELETE FROM trainings WHERE {which}", (issued_us,)).rowcount  # noqa: S608 - same


_Row = tuple[Any, ...]
"""Columns as the database gives them."""


def _by_training(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    return {issued_us: [row[1:] for row in group] for issued_us, group in groupby(rows, key=itemgetter(0))}


def _columns(score: Score) -> _Row:
    return (
        score.quantity.value,
        score.model,
        score.lead,
        score.mae,
        score.rmse,
        score.bias,
        score.pinball,
        score.coverage_percent,
        score.slots,
    )


def _score(quantity: str, model: str, lead: str, *columns: float | None) -> Score:
    mae, rmse, bias, pinball, coverage, slots = (math.nan if each is None else each for each in columns)
    return Score(Quantity(quantity), model, lead, mae, rmse, bias, pinball, coverage, int(slots))


def _verdict(quantity: str, champion: str, previous: str | None, reason: str) -> Verdict:
    return Verdict(Quantity(quantity), champion, previous, reason)
