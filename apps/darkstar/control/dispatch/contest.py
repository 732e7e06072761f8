"""Notices what somebody else has written, and decides how long to insist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...home.finite import number
from ...home.problem import Problem, Severity

WINDOW = timedelta(hours=1)
"""Re-assertions of the last hour count; a setting that stood so long is no longer disputed."""
SETTLING = timedelta(minutes=1)
"""So long after a write an integration may show the old value once more."""
LONGEST_BACK_OFF = timedelta(hours=4)
_MOST_LATE = 4
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Seen:
    """An entity as the dispatcher left it: its state, what was wanted, and what of ours may still arrive."""

    state: str
    wanted: str
    tolerance: float
    at: datetime
    late: tuple[str, ...] = ()
    """Values that were sent and not seen since: a call that timed out may still be carried out."""
    replaced: str | None = None
    """What was there before our write, when there was one."""
    written_at: datetime | None = None

    def explains(self, state: str, now: datetime) -> bool:
        """Whether a state is the one that was left, one that we asked for, or not yet ours."""
        known = [self.state, self.wanted, *self.late]
        if self.replaced is not None and self.written_at is not None and now - self.written_at < SETTLING:
            known.append(self.replaced)
        return any(_alike(state, each, self.tolerance) for each in known)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A setting that somebody else has changed: what we wanted, what they made of it, what we did about it."""

    wanted: str
    before: str
    found: str
    since: datetime
    reasserted_at: tuple[datetime, ...] = ()
    back_offs: int = 0
    left_until: datetime | None = None
    """While it is left to them."""


class Contests:
    """Settings that somebody else changes: another automation, the maker's app, a hand, the device itself.

    A change is reported once and put right, `most` times within an hour; then the setting is left to
    them for 1, 2, 4 and from then on 4 hours, with one try in between. A new wish begins anew. What was
    last looked at longer than `trust` ago accuses nobody.
    """

    def __init__(self, most: int, trust: timedelta, seen: Mapping[str, Seen], disputes: Mapping[str, Dispute]) -> None:
        self._most = most
        self._trust = trust
        self._seen = dict(seen)
        self._disputes = dict(disputes)

    @property
    def seen(self) -> Mapping[str, Seen]:
        """How each entity was left."""
        return dict(self._seen)

    @property
    def disputes(self) -> Mapping[str, Dispute]:
        """What is disputed."""
        return dict(self._disputes)

    def is_news(self, entity_id: str, state: str, now: datetime) -> bool:
        """Whether a watched entity says something that we neither left nor asked for."""
        seen = self._seen.get(entity_id)
        return seen is not None and not seen.explains(state, now)

    def changed_by_others(self, entity_id: str, state: str, now: datetime) -> str | None:
        """What the entity was when somebody else changed it since the last look; None when nobody did."""
        seen = self._seen.get(entity_id)
        if seen is None:
            return None
        arrived = tuple(value for value in seen.late if _alike(value, state, seen.tolerance))
        if arrived:
            self._seen[entity_id] = replace(seen, late=tuple(value for value in seen.late if value not in arrived))
        return None if now - seen.at > self._trust or seen.explains(state, now) else seen.state

    def agreed(self, entity_id: str, now: datetime) -> None:
        """The entity has what is wanted: a back-off ends, and what stood for an hour is forgotten."""
        dispute = self._disputes.get(entity_id)
        if dispute is None:
            return
        quiet_since = max(dispute.reasserted_at, default=dispute.since)
        if dispute.left_until is not None or now - quiet_since >= WINDOW:
            del self._disputes[entity_id]

    def may_insist(self, entity_id: str, wanted: str, before: str | None, found: str, now: datetime) -> bool:
        """Whether to write now; `before` is set when somebody else has just changed the entity to `found`."""
        dispute = self._disputes.get(entity_id)
        if dispute is not None and dispute.wanted != wanted:
            del self._disputes[entity_id]
            dispute = None
        if dispute is None:
            if before is None:
                return True
            dispute = Dispute(wanted, before, found, now)
        elif before is None and dispute.left_until is None:
            return True
        judged = _judged(replace(dispute, found=found), self._most, now)
        self._disputes[entity_id] = judged
        return judged.left_until is None

    def leave(self, entity_id: str, left: Seen) -> None:
        """Remember how an entity is left. What was sent earlier and has not arrived is kept in mind."""
        before = self._seen.get(entity_id)
        late = (*(before.late if before is not None else ()), *left.late)
        still_out = tuple(dict.fromkeys(value for value in late if not _alike(value, left.state, left.tolerance)))
        replaced, written_at = left.replaced, left.at
        if replaced is None and before is not None:
            replaced, written_at = before.replaced, before.written_at or left.at
        self._seen[entity_id] = replace(left, late=still_out[-_MOST_LATE:], replaced=replaced, written_at=written_at)

    def keep(self, entity_ids: Collection[str]) -> None:
        """Forget all other entities: nothing is wanted of them, they may be changed by anybody."""
        self._seen = {key: seen for key, seen in self._seen.items() if key in entity_ids}
        self._disputes = {key: dispute for key, dispute in self._disputes.items() if key in entity_ids}

    def problems(self) -> tuple[Problem, ...]:
        """One problem per disputed setting; another one once it is left to the others."""
        return tuple(_problem(entity_id, dispute) for entity_id, dispute in self._disputes.items())


def _judged(dispute: Dispute, most: int, now: datetime) -> Dispute:
    """The dispute after one more tick on which the setting is not ours."""
    if dispute.left_until is not None and now < dispute.left_until:
        return dispute
    recent = tuple(at for at in dispute.reasserted_at if now - at < WINDOW)
    ended = dispute.left_until is not None
    if not ended and (dispute.back_offs or len(recent) >= most):
        back_offs = dispute.back_offs + 1
        return replace(dispute, back_offs=back_offs, left_until=now + _back_off(back_offs))
    return replace(dispute, reasserted_at=(*recent, now), left_until=None)


def _back_off(count: int) -> timedelta:
    """Length of the first, second, third and every later back-off: 1, 2, 4, 4 hours."""
    return min(timedelta(hours=2 ** min(count - 1, 10)), LONGEST_BACK_OFF)


def _problem(entity_id: str, dispute: Dispute) -> Problem:
    name = entity_id.replace(".", "_")
    if dispute.left_until is None:
        return Problem(
            problem_id=f"changed_by_others_{name}",
            severity=Severity.WARNING,
            since=dispute.since,
            meaning=f"Somebody else, or the device itself, has changed {entity_id} from '{dispute.before}' to "
            f"'{dispute.found}'; Darkstar sets it back to '{dispute.wanted}'.",
            remedy="To steer by hand, switch Darkstar's manual override on first. Otherwise look for another "
            f"automation or app that writes {entity_id}.",
        )
    return Problem(
        problem_id=f"left_to_others_{name}",
        severity=Severity.WARNING,
        since=dispute.since,
        meaning=f"Somebody else, or the device itself, keeps changing {entity_id} to '{dispute.found}', Darkstar wants "
        f"'{dispute.wanted}'. It is left alone for {_back_off(dispute.back_offs) / timedelta(hours=1):g} h, then tried "
        "again.",
        remedy=f"Stop the other automation or app that writes {entity_id}, or switch Darkstar's manual override on.",
    )


def _alike(one: str, other: str, tolerance: float) -> bool:
    first, second = number(one), number(other)
    if first is None or second is None:
        return one == other
    return abs(first - second) <= tolerance + _ROUNDING
