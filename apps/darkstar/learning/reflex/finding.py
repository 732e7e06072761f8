"""Value types of Reflex: what was found, what is proposed, what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ...home.overlay import OverlayEntry, SettingValue


class Analyzer(StrEnum):
    """Who looks at what."""

    SAFETY = "safety"
    CONFIDENCE = "confidence"
    ROI = "roi"
    CAPACITY = "capacity"


class Verdict(StrEnum):
    """What comes of a look, in words that the owner reads."""

    PROPOSED = "change proposed"
    STABLE = "stable"
    INSUFFICIENT = "insufficient data"
    NOTHING_TO_DO = "nothing to do"
    AT_LIMIT = "at its limit"
    RATE_LIMITED = "one change a day"
    RESTING = "undone lately"


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which values a setting is tuned, by how much a day at most, and to how many decimals."""

    lowest: float
    highest: float
    step: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What an analyzer has measured. `count` is how many independent measurements `value` rests on.

    `target` is where the evidence wants the setting `path`, `limits` how far it may go there; without limits the
    target is one step already. `verdict` is PROPOSED where there is a target.
    """

    analyzer: Analyzer
    path: str
    metric: str
    unit: str
    value: float | None
    count: int
    verdict: Verdict
    text: str
    target: SettingValue = None
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that the evidence asks for: one step, within the limits."""

    path: str
    before: SettingValue
    value: SettingValue


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding and what becomes of it."""

    finding: Finding
    verdict: Verdict
    proposal: Proposal | None
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """A day's look at all settings."""

    reviewed_at: datetime
    outcomes: tuple[Outcome, ...]


class Ending(StrEnum):
    """How a change came to its end."""

    UNDONE = "undone by the owner"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made, with its evidence. `number` is 0 until it is stored.

    `owner_value` is what the owner's file says, `before` what was in force until then.
    """

    path: str
    before: SettingValue
    value: SettingValue
    owner_value: SettingValue
    made_at: datetime
    finding: Finding
    number: int = 0
    ended_at: datetime | None = None
    ending: Ending | None = None
    ending_text: str = ""

    @property
    def entry(self) -> OverlayEntry:
        """The change as it lies over the settings."""
        return OverlayEntry(self.path, self.value, self.owner_value, self.made_at, self.finding.text)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where Reflex stands: the last look, the proposals that wait, the changes that are active, oldest first."""

    review: Review | None = None
    pending: tuple[Outcome, ...] = ()
    active: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class InForce:
    """A value that a setting has had from `since` on."""

    since: datetime
    value: SettingValue
