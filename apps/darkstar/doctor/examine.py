"""The whole examination, and its result in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from .assumptions import look_at_assumptions
from .balance import look_at_balance
from .entities import look_at_entities
from .finding import Evidence, Finding, Grade
from .surroundings import look_at_forecast, look_at_machine, look_at_prices, look_at_problems, look_for_demo

_LOOKS: tuple[Callable[[Evidence], Iterable[Finding]], ...] = (
    look_for_demo,
    look_at_problems,
    look_at_entities,
    look_at_balance,
    look_at_prices,
    look_at_forecast,
    look_at_machine,
    look_at_assumptions,
)
_ORDER = {grade: place for place, grade in enumerate(Grade)}
_MARKS = {Grade.FAULT: "FAULT ", Grade.ADVICE: "advice", Grade.ASSUMED: "assume", Grade.OK: "ok    "}


def examine(evidence: Evidence) -> tuple[Finding, ...]:
    """Look at everything; the gravest findings first, within a grade in the order of the looks."""
    found = [finding for look in _LOOKS for finding in look(evidence)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.grade]))


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing must be mended."""
    return all(finding.grade is not Grade.FAULT for finding in findings)


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as lines of text, the counts last."""
    counts: Counter[Grade] = Counter()
    for finding in findings:
        counts[finding.grade] += 1
        yield f"{_MARKS[finding.grade]}  {finding.area}: {finding.text}"
        if finding.remedy:
            yield f"        {finding.remedy}"
        if finding.proposals:
            yield f"        would fit: {', '.join(finding.proposals)}"
    told = ", ".join(f"{counts[grade]} {grade}" for grade in Grade)
    yield f"{told}."
