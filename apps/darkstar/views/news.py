"""What is new to the owner: the difference between what was told and what is, and which message may go now.

Nothing is queued. A fact that may not be told yet stays untold, and is compared again later: what has
ended meanwhile was never news, and a restart repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.notice import Notice
from ..home.operation import NotificationSettings
from .notices import Fact

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that must last before it is told, by its name, with when it was first seen."""

    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the owner knows, and what keeps back the rest. Survives restarts.

    `held` names the changes that quiet hours or the hourly limit hold back, `left_out` counts those of
    the limit. `sent` has the messages of the last hour that count, `digest_on` the day of the last digest.
    """

    known: tuple[Fact, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    sent: tuple[datetime, ...] = ()
    held: tuple[str, ...] = ()
    left_out: int = 0
    digest_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that has begun (`after`) or ended (None), and what is to be said about it."""

    name: str
    key: str
    after: Fact | None
    notice: Notice


@dataclass(frozen=True, slots=True)
class Message:
    """One message that may go now. `parts` are what it sums up; `changes` are told when it is delivered.

    `left_out` of the limit's count is said in it.
    """

    notice: Notice
    changes: tuple[Change, ...] = ()
    parts: tuple[Notice, ...] = ()
    left_out: int = 0
    digest_on: date | None = None

    @property
    def name(self) -> str:
        """What it is about: stays the same when it is tried again."""
        return ", ".join(change.name for change in self.changes) or self.notice.tag


@dataclass(frozen=True, slots=True)
class _Edge:
    """A difference between what was told and what is; `notice` None: nobody wants to hear of it."""

    name: str
    key: str
    after: Fact | None
    notice: Notice | None
    min_minutes: float


def news(
    ledger: Ledger, present: Sequence[Fact], now: datetime, summary: str = ""
) -> tuple[Ledger, tuple[Change, ...]]:
    """The changes that are to be told, and the ledger with those taken in that are not.

    `summary` says what is done instead of what has stopped.
    """
    edges = tuple(_edges(ledger.known, present, summary))
    first_seen = {waiting.name: min(waiting.since, now) for waiting in ledger.waiting}
    since = {edge.name: first_seen.get(edge.name, now) for edge in edges}
    lasting = [edge for edge in edges if now - since[edge.name] >= timedelta(minutes=edge.min_minutes)]
    unwanted = [edge for edge in lasting if edge.notice is None]
    told = tuple(Change(edge.name, edge.key, edge.after, edge.notice) for edge in lasting if edge.notice is not None)
    settled, names = {edge.name for edge in unwanted}, {change.name for change in told}
    taken_in = replace(
        ledger,
        known=_known(_renewed(ledger.known, present), unwanted),
        waiting=tuple(Waiting(name, when) for name, when in since.items() if name not in settled),
        held=tuple(name for name in ledger.held if name in names),
    )
    return taken_in, told


def _edges(known: Sequence[Fact], present: Sequence[Fact], summary: str) -> Iterator[_Edge]:
    was, is_now = {fact.key: fact for fact in known}, {fact.key for fact in present}
    begun = [fact for fact in present if not fact.is_same(was.get(fact.key))]
    taken = {group for fact in begun for group in fact.groups}
    for fact in begun:
        yield _Edge(f"{fact.key} {fact.version}", fact.key, fact, fact.begun, fact.min_minutes)
    for fact in known:
        if fact.key not in is_now:
            ended = _ended(fact, summary, replaced=bool(taken & set(fact.groups)))
            yield _Edge(f"{fact.key} ended", fact.key, None, ended, fact.min_minutes)


def _ended(fact: Fact, summary: str, *, replaced: bool) -> Notice | None:
    if fact.ended is None:
        return None
    if replaced:
        return replace(fact.ended, silent=True)
    return replace(fact.ended, text=fact.ended.text or summary)


def _renewed(known: Sequence[Fact], present: Sequence[Fact]) -> tuple[Fact, ...]:
    """What is known, in the words of today."""
    now = {fact.key: fact for fact in present}
    return tuple(now[fact.key] if fact.is_same(now.get(fact.key)) else fact for fact in known)


def _known(known: Sequence[Fact], told: Iterable[Change | _Edge]) -> tuple[Fact, ...]:
    facts = {fact.key: fact for fact in known}
    for change in told:
        facts.pop(change.key, None)
        if change.after is not None:
            facts[change.key] = change.after
    return tuple(facts.values())


def messages(
    ledger: Ledger, changes: Sequence[Change], now: datetime, settings: NotificationSettings, zone: ZoneInfo
) -> tuple[Ledger, tuple[Message, ...]]:
    """What may go now, the most important first; the rest is held, and counted where the limit holds it."""
    pressing = tuple(_single(change) for change in changes if change.notice.unpaced)
    patient = [change for change in changes if not change.notice.unpaced]
    if is_quiet(now, settings, zone):
        return replace(ledger, held=tuple(change.name for change in patient)), pressing
    held = [change for change in patient if change.name in ledger.held]
    fresh = [change for change in patient if change.name not in ledger.held]
    ready = [*_summed_up(held, ledger.left_out, settings), *(_single(change) for change in fresh)]
    free = room(ledger, now, settings)
    late = [change.name for message in ready[free:] for change in message.changes]
    kept = replace(
        ledger,
        held=tuple(dict.fromkeys([*(change.name for change in held), *late])),
        left_out=ledger.left_out + len(set(late) - set(ledger.held)),
    )
    return kept, (*pressing, *ready[:free])


def _single(change: Change) -> Message:
    return Message(change.notice, (change,))


def _summed_up(held: Sequence[Change], left_out: int, settings: NotificationSettings) -> list[Message]:
    if not held and not left_out:
        return []
    if len(held) == 1 and not left_out:
        return [_single(held[0])]
    notices = tuple(change.notice for change in held)
    limit = f"{left_out} {_messages(left_out)} waited: no more than {settings.max_per_hour} an hour are sent."
    still = [f"{notice.title}: {notice.text}" if notice.text else f"{notice.title}." for notice in notices]
    lines = [*([limit] if left_out else []), *(still or ["What they said is over."])]
    count = len(notices) or left_out
    summary = Notice(f"Darkstar: {count} {_messages(count)} held back", "\n".join(lines), tag="held_back")
    return [Message(summary, tuple(held), notices, left_out)]


def _messages(count: int) -> str:
    return "message" if count == 1 else "messages"


def room(ledger: Ledger, now: datetime, settings: NotificationSettings) -> int:
    """How many more messages may go within the running hour."""
    return max(settings.max_per_hour - len(_recent(ledger, now)), 0)


def _recent(ledger: Ledger, now: datetime) -> tuple[datetime, ...]:
    # A time ahead of now comes from a clock that was set back: it would hold messages back for long.
    return tuple(sent for sent in ledger.sent if now - HOUR < sent <= now)


def delivered(ledger: Ledger, message: Message, now: datetime) -> Ledger:
    """The ledger after a message has arrived: its changes are known."""
    names = {change.name for change in message.changes}
    counted = () if message.notice.unpaced else (now,)
    return replace(
        ledger,
        known=_known(ledger.known, message.changes),
        waiting=tuple(waiting for waiting in ledger.waiting if waiting.name not in names),
        sent=(*_recent(ledger, now), *counted),
        held=tuple(name for name in ledger.held if name not in names),
        left_out=max(ledger.left_out - message.left_out, 0),
        digest_on=message.digest_on or ledger.digest_on,
    )


def is_quiet(now: datetime, settings: NotificationSettings, zone: ZoneInfo) -> bool:
    """Whether it is quiet at home at an instant."""
    return settings.quiet_at(now.astimezone(zone).time())
