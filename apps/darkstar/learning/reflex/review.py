"""A day's look at all settings: what was found, and which small step follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...home.overlay import SettingValue, value_at
from ...home.settings import HomeSettings
from ...home.slots import local_date
from .capacity import capacity
from .confidence import confidence
from .earnings import earnings
from .evidence import Evidence
from .finding import Change, Ending, Finding, Limits, Outcome, Proposal, Review, Verdict
from .safety import safety

REST = timedelta(days=28)
"""So long what the owner has undone is not proposed again."""
_ANALYZERS: tuple[Callable[[Evidence], Finding], ...] = (safety, confidence, earnings, capacity)


def review(evidence: Evidence, history: Iterable[Change]) -> Review:
    """Ask every analyzer. `history` has at least the changes made or ended within `REST`."""
    changes = tuple(history)
    outcomes = (outcome_of(ask(evidence), evidence.home, changes, evidence.now) for ask in _ANALYZERS)
    return Review(evidence.now, tuple(outcomes))


def outcome_of(finding: Finding, home: HomeSettings, history: Iterable[Change], now: datetime) -> Outcome:
    """What becomes of a finding: a step, or in words why there is none.

    A setting is changed at most once per local day, also when that change was undone, and not at all for `REST`
    after the owner has undone one.
    """
    if finding.verdict is not Verdict.PROPOSED:
        return Outcome(finding, finding.verdict, None, finding.text)
    own = [change for change in history if change.path == finding.path]
    before = value_at(home, finding.path)
    value = next_value(before, finding.target, finding.limits)
    rests_until = _rests_until(own)
    if rests_until is not None and rests_until > now:
        text = (
            f"{finding.text}; you have undone such a change, it is not proposed before {_day(rests_until, home.zone)}"
        )
        return Outcome(finding, Verdict.RESTING, None, text)
    if any(local_date(change.made_at, home.zone) == local_date(now, home.zone) for change in own):
        text = f"{finding.text}; it was changed today already"
        return Outcome(finding, Verdict.RATE_LIMITED, None, text)
    if value == before:
        text = f"{finding.text}; {finding.path} is as far as Reflex takes it, have a look yourself"
        return Outcome(finding, Verdict.AT_LIMIT, None, text)
    return Outcome(finding, Verdict.PROPOSED, Proposal(finding.path, before, value), finding.text)


def next_value(before: SettingValue, target: SettingValue, limits: Limits | None) -> SettingValue:
    """One step from `before` towards `target`.

    Within the limits, where `before` lies outside them: not further out. Rounded to the limits' decimals where that
    leaves it within them.
    """
    if before is None or target is None or limits is None:
        return target
    lowest, highest = min(limits.lowest, before), max(limits.highest, before)
    step = min(max(target - before, -limits.step), limits.step)
    rounded = round(before + step, limits.decimals)
    return min(max(rounded, lowest), highest)


def _rests_until(own: Iterable[Change]) -> datetime | None:
    ends = [change.ended_at for change in own if change.ending is Ending.UNDONE and change.ended_at is not None]
    return max(ends) + REST if ends else None


def _day(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d}"
