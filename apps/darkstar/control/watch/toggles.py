"""The owner's toggles over restarts: what Home Assistant says now against what the owner was last seen to want.

After a crash Home Assistant restores its helpers from a dump that may be a quarter of an hour old: an
automation that the owner had switched off comes back on. The safer of the two states holds until the
owner uses the toggle again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ...home.entities import EntitySettings
from ...home.problem import Problem, Severity
from ...home.readings import Readings


@dataclass(frozen=True, slots=True)
class Toggles:
    """The two toggles that decide whether Darkstar may write; None while one is unreadable."""

    automation: bool | None
    manual_override: bool | None

    @classmethod
    def of(cls, readings: Readings) -> Toggles:
        """The toggles as Home Assistant shows them."""
        return cls(readings.automation, readings.manual_override)


def wanted_after(trusted: Toggles | None, shown: Toggles) -> Toggles:
    """What the owner wants, when Home Assistant shows `shown` without anybody having used a toggle.

    A change towards caution is believed, one towards writing is not; what cannot be read leaves the
    last known state in memory.
    """
    if trusted is None:
        return shown
    automation = trusted.automation if shown.automation is None else shown.automation
    manual = trusted.manual_override if shown.manual_override is None else shown.manual_override
    return Toggles(
        automation=False if trusted.automation is False else automation,
        manual_override=True if trusted.manual_override is True else manual,
    )


def cautious(readings: Readings, wanted: Toggles) -> Readings:
    """The readings with each toggle in the safer of its two states; an unreadable one stays so."""
    return replace(
        readings,
        automation=False if readings.automation and wanted.automation is False else readings.automation,
        manual_override=(
            True if readings.manual_override is False and wanted.manual_override else readings.manual_override
        ),
    )


def disagreements(shown: Toggles, wanted: Toggles, entities: EntitySettings, now: datetime) -> tuple[Problem, ...]:
    """What the owner must know when a toggle does not show what was last wanted."""
    found = []
    if shown.automation and wanted.automation is False:
        found.append(_problem("automation_came_back", entities.automation, "off", "on", now))
    if shown.manual_override is False and wanted.manual_override:
        found.append(_problem("manual_override_went_away", entities.manual_override, "on", "off", now))
    return tuple(found)


def _problem(problem_id: str, entity_id: str, wanted: str, shown: str, now: datetime) -> Problem:
    return Problem(
        problem_id,
        Severity.WARNING,
        now,
        f"{entity_id} shows '{shown}', but '{wanted}' was the last that you chose: Home Assistant may have restored an "
        "old state. Nothing is written to any device.",
        f"Switch {entity_id} to '{wanted}' and, if you want, back to '{shown}'.",
    )
