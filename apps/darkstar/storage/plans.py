"""Table of plans: each with the request it answers and the policy that goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from ..optimizer.plan import Plan
from ..optimizer.request import PlanRequest
from ..policy.thresholds import Policy
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a planning run leaves behind: question, answer, and the battery's policy where there is one."""

    request: PlanRequest
    plan: Plan
    policy: Policy | None


_SAVED_PLAN = TypeAdapter(SavedPlan)


class Plans:
    """Repository of plans. The latest is the one saved last, whatever the clock said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, saved: SavedPlan) -> None:
        """Store a plan; one with the same id is replaced.

        Raises:
            StorageError: it was not stored.
        """
        row = (saved.plan.plan_id, to_epoch(saved.plan.created_at), pack(saved))
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO plans VALUES (NULL, ?, ?, ?)", row)

    def latest(self) -> SavedPlan | None:
        """The plan saved last that can be read, or None."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM plans ORDER BY sequence DESC")
            return next(readable(_SAVED_PLAN, (payload for (payload,) in rows), "plans"), None)

    def made_between(self, start: datetime, end: datetime) -> Iterator[SavedPlan]:
        """The plans made in `[start, end)` that can be read, oldest first; unpacked one by one."""
        with self._database.read() as connection:
            query = "SELECT payload FROM plans WHERE created_us >= ? AND created_us < ? ORDER BY created_us, sequence"
            packed = connection.execute(query, (to_epoch(start), to_epoch(end))).fetchall()
        yield from readable(_SAVED_PLAN, (payload for (payload,) in packed), "plans")

    def by_id(self, plan_id: str) -> SavedPlan | None:
        """The plan with an id, or None when it is not there or cannot be read."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM plans WHERE plan_id = ?", (plan_id,))
            return next(readable(_SAVED_PLAN, (payload for (payload,) in rows), "plans"), None)

    def thin(self, before: datetime) -> int:
        """Keep only the last plan of each hour before `before`; returns how many were deleted."""
        with self._database.write() as connection:
            return connection.execute(
                """
                DELETE FROM plans WHERE created_us < :before_us AND sequence NOT IN (
                    SELECT max(sequence) FROM plans WHERE created_us < :before_us GROUP BY created_us / 3600000000
                )
                """,
                {"before_us": to_epoch(before)},
            ).rowcount

    def purge(self, before: datetime) -> int:
        """Delete the plans made before `before`, but never the latest; returns how many."""
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM plans WHERE created_us < ? AND sequence < (SELECT max(sequence) FROM plans)",
                (to_epoch(before),),
            ).rowcount
