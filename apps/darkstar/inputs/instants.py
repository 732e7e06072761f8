"""Points in time as integrations write them, and the intervals between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ..home.slots import local_date, to_utc

LONGEST_INTERVAL = timedelta(hours=25)
"""No interval of a price list or forecast is longer than the longest local day."""

_YEARS = range(2000, 2100)


def read_instant(value: object) -> datetime | None:
    """A datetime out of ISO text; naive when the text has no offset, None when it is no time at all."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.year not in _YEARS:
        return None
    return value


def local_instant(value: object, zone: ZoneInfo) -> datetime | None:
    """One time in UTC; without an offset it is local time of `zone`, a date its midnight. None where unreadable."""
    moment = read_instant(value)
    return None if moment is None else to_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def to_utc_series(values: Sequence[object], zone: ZoneInfo) -> tuple[datetime | None, ...]:
    """Times of one list in UTC, in the order given; None where unreadable.

    A time with an offset is taken as it is. A naive one is local time of `zone`; in the repeated hour
    of autumn the order of the list decides which of the two it is, and a time in the hour that spring
    skips does not exist: None.
    """
    instants = [read_instant(value) for value in values]
    clock = [instant.replace(tzinfo=None) for instant in instants if instant is not None]
    if clock and clock[0] > clock[-1]:
        return tuple(reversed(_in_order(instants[::-1], zone)))
    return tuple(_in_order(instants, zone))


def _in_order(instants: Sequence[datetime | None], zone: ZoneInfo) -> list[datetime | None]:
    placed: list[datetime | None] = []
    previous: datetime | None = None
    for instant in instants:
        utc = None if instant is None else _placed(instant, zone, previous)
        placed.append(utc)
        previous = utc or previous
    return placed


def _placed(instant: datetime, zone: ZoneInfo, previous: datetime | None) -> datetime | None:
    if instant.tzinfo is not None:
        return instant.astimezone(UTC)
    first, second = (instant.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != instant:
        return None
    if previous is not None and first <= previous < second:
        return second
    return first


def ends_of(starts: Sequence[datetime], zone: ZoneInfo) -> Mapping[datetime, datetime]:
    """Where intervals end that only name their starts (UTC, rising, without repeats).

    An interval ends where the next begins, but lasts no longer than the usual (most frequent) step of
    its local day: what is missing from a list stays missing. The last one has the usual step. A lone
    start says nothing about its length and is left out.
    """
    steps = [later - earlier for earlier, later in pairwise(starts)]
    of_day: dict[date, Counter[timedelta]] = defaultdict(Counter)
    for start, step in zip(starts, steps, strict=False):
        of_day[local_date(start, zone)][step] += 1
    overall = Counter(steps)
    ends: dict[datetime, datetime] = {}
    for index, start in enumerate(starts):
        usual = _most_frequent(of_day[local_date(start, zone)] or overall)
        if usual is None or usual > LONGEST_INTERVAL:
            continue
        following = starts[index + 1] if index + 1 < len(starts) else start + usual
        ends[start] = min(following, start + usual)
    return ends


def _most_frequent(steps: Counter[timedelta]) -> timedelta | None:
    return min(steps, key=lambda step: (-steps[step], step), default=None)
