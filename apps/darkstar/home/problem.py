"""Problems: first-class faults that are shown, published, notified once, and clear themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters to the owner."""

    WARNING = "warning"
    """Darkstar goes on, with less knowledge or comfort than it should have."""
    CRITICAL = "critical"
    """Darkstar cannot plan or control until this is mended."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the owner should know.

    `problem_id` names the cause in words of lower case and underscores and stays the same while the
    fault lasts (`soc_unreadable`); `meaning` says what it is, naming entity or setting and value;
    `remedy` says what to do.
    """

    problem_id: str
    severity: Severity
    since: datetime
    meaning: str
    remedy: str
