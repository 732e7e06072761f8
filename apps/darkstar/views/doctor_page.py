"""The Doctor page: findings by gravity, with what would fit and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..doctor.finding import Finding, Grade
from .words import moment

_TITLES = {
    Grade.FAULT: "Must be mended",
    Grade.ADVICE: "Could be better",
    Grade.ASSUMED: "Taken for granted",
    Grade.OK: "In order",
}


def doctor_page(
    findings: Sequence[Finding], looked_at: datetime, zone: ZoneInfo, plan_id: str | None
) -> dict[str, Any]:
    """All findings in groups, a verdict in one sentence, and of which plan a replay bundle can be had."""
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    return {
        "verdict": "Nothing must be mended."
        if not faults
        else f"{faults} {'thing' if faults == 1 else 'things'} must be mended.",
        "is_well": not faults,
        "looked_at": f"Looked at {moment(looked_at, zone)}",
        "plan_id": plan_id,
        "groups": [
            {
                "grade": grade.value,
                "title": title,
                "findings": [_finding(each) for each in findings if each.grade is grade],
            }
            for grade, title in _TITLES.items()
        ],
    }


def _verdict(faults: int) -> str:
    if not faults:
        return "Nothing must be mended."
    return "One thing must be mended." if faults == 1 else f"{faults} things must be mended."


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "area": finding.area,
        "text": finding.text,
        "remedy": finding.remedy,
        "setting": finding.setting,
        "proposals": list(finding.proposals),
    }
