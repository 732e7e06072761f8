"""The sensor that tells what Reflex proposes, what it has changed, and what it found."""

from __future__ import annotations

from typing import Any

from ..home.overlay import SettingValue
from ..learning.reflex.finding import Change, Outcome
from .published import PublishedSensor, sensor
from .snapshot import Snapshot
from .words import fit

MOST_LISTED = 8
"""So many changes are listed: the recorder takes 16 kB in all."""
_TEXT_LIMIT = 300


def reflex(snapshot: Snapshot) -> PublishedSensor:
    """How many changes wait for the owner; with the changes in force and the words of every analyzer."""
    standing = snapshot.reflex
    if standing is None:
        return sensor("reflex", "proposed settings", "tune-variant", None)
    reviewed = standing.review
    return sensor(
        "reflex",
        "proposed settings",
        "tune-variant",
        float(len(standing.pending)),
        mode=snapshot.home.reflex.mode,
        reviewed_at=reviewed.reviewed_at.isoformat(timespec="seconds") if reviewed else None,
        proposals=[_proposal(outcome) for outcome in standing.pending] or None,
        changes=[_change(change) for change in standing.active[-MOST_LISTED:]] or None,
        findings=[_finding(outcome) for outcome in reviewed.outcomes] if reviewed else None,
        unit_of_measurement="proposals",
        state_class="measurement",
    )


def _proposal(outcome: Outcome) -> dict[str, Any]:
    proposal = outcome.proposal
    return {
        "setting": outcome.finding.path,
        "value": _word(proposal.before if proposal else None),
        "proposed": _word(proposal.value if proposal else None),
        "why": fit([outcome.text], _TEXT_LIMIT),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "number": change.number,
        "setting": change.path,
        "yours": _word(change.owner_value),
        "value": _word(change.value),
        "since": change.made_at.isoformat(timespec="minutes"),
        "why": fit([change.finding.text], _TEXT_LIMIT),
    }


def _finding(outcome: Outcome) -> dict[str, str]:
    return {
        "analyzer": outcome.finding.analyzer.value,
        "verdict": outcome.verdict.value,
        "text": fit([outcome.text], _TEXT_LIMIT),
    }


def _word(value: SettingValue) -> str:
    return "none" if value is None else f"{value:g}"
