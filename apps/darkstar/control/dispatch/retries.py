"""Remembers which entities do not take their settings: when to try again, when to tell the owner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...home.problem import Problem, Severity

LONGEST_GAP = 16
"""Back-off ends here: a broken entity is tried at least every 16 intervals."""
EARLY = timedelta(seconds=10)
"""A tick that comes a little early still counts as the one that was waited for."""


@dataclass(slots=True)
class _Failure:
    since: datetime
    wanted: str
    count: int = 0
    tries: int = 0
    tried_at: datetime | None = None
    message: str = ""

    def wait_no_longer(self) -> None:
        self.tries = 0
        self.tried_at = None


class Retries:
    """Failures per entity, over ticks.

    After the first failed try of a value the next comes one `interval` later, then after 2, 4, 8 and
    from then on 16 intervals, however often ticks come. Another value is tried at once. The count that
    makes a problem goes on until the entity has what is wanted.
    """

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval
        self._failures: dict[str, _Failure] = {}

    def may_try(self, entity_id: str, wanted: str, now: datetime, longest_gap: int = LONGEST_GAP) -> bool:
        """Whether to write now; `longest_gap` is in intervals."""
        failure = self._failures.get(entity_id)
        if failure is None or failure.wanted != wanted or failure.tried_at is None:
            return True
        gap = self._interval * min(2 ** min(failure.tries - 1, LONGEST_GAP), longest_gap)
        return not failure.tried_at <= now < failure.tried_at + gap - EARLY

    def tried_in_vain(self, entity_id: str, wanted: str, message: str, now: datetime) -> None:
        """Note a write that did not take."""
        failure = self._note(entity_id, message, now)
        failure.tries = failure.tries + 1 if failure.wanted == wanted else 1
        failure.wanted = wanted
        failure.tried_at = now

    def unreadable(self, entity_id: str, message: str, now: datetime) -> None:
        """Note an entity that could not even be compared; once it can, it is tried at once."""
        self._note(entity_id, message, now).wait_no_longer()

    def try_all_at_once(self) -> None:
        """End every wait: what stood in the way of all of them is gone."""
        for failure in self._failures.values():
            failure.wait_no_longer()

    def settled(self, entity_id: str) -> None:
        """The entity has what is wanted."""
        self._failures.pop(entity_id, None)

    def keep(self, entity_ids: Collection[str]) -> None:
        """Forget all other entities: nothing is wanted of them any more."""
        self._failures = {key: failure for key, failure in self._failures.items() if key in entity_ids}

    def problems(self, max_attempts: int) -> tuple[Problem, ...]:
        """One problem per entity that failed at least `max_attempts` times in a row."""
        return tuple(
            Problem(
                problem_id=f"command_failed_{entity_id.replace('.', '_')}",
                severity=Severity.CRITICAL,
                since=failure.since,
                meaning=f"{entity_id} did not take its setting in {failure.count} attempts: {failure.message}",
                remedy=f"Check in Home Assistant that {entity_id} exists, is available and can be changed by hand.",
            )
            for entity_id, failure in self._failures.items()
            if failure.count >= max_attempts
        )

    def _note(self, entity_id: str, message: str, now: datetime) -> _Failure:
        failure = self._failures.setdefault(entity_id, _Failure(now, ""))
        failure.count += 1
        failure.message = message
        return failure
