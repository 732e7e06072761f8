"""After days in shadow mode: would Darkstar have been worth it, and is anything in the way of letting it steer?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..control.decision import Execution, StepResult
from ..home.problem import Problem, Severity

NEEDED_DAYS = 7
"""Complete days before there is a verdict."""
MOST_FAULTY_SHARE = 0.02
"""Of the ticks that may break off, or find a device that cannot be read."""
_DAY_SECONDS = 24 * 3600
_LOOKED_AT = {StepResult.SHADOW, StepResult.UNCHANGED}


class Go(StrEnum):
    """The verdict in a word."""

    GO = "go"
    NO_GO = "no-go"
    WAIT = "wait"
    """Too few days to say."""


@dataclass(frozen=True, slots=True)
class WouldWrite:
    """What the executor would have sent in a day, on average; a setting that stays wanted is sent once."""

    per_day: float = 0.0
    busiest: str = ""
    busiest_per_day: float = 0.0


@dataclass(frozen=True, slots=True)
class ShadowVerdict:
    """What the recorded plans would have made of the measured days, against what was really paid.

    Costs count wear and stored energy. `against` says what speaks against going live; empty: nothing.
    """

    judged_at: datetime
    days: tuple[date, ...]
    currency: str
    paid: float
    would_have_paid: float
    self_consumption: float
    writes: WouldWrite
    write_budget: int
    problems: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def saved(self) -> float:
        """What Darkstar would have saved in these days."""
        return self.paid - self.would_have_paid

    @property
    def decision(self) -> Go:
        """Go, no-go, or wait for more days."""
        if len(self.days) < NEEDED_DAYS:
            return Go.WAIT
        return Go.NO_GO if self.against else Go.GO

    @property
    def words(self) -> str:
        """One sentence for the owner."""
        count = len(self.days)
        if not count:
            return "no complete day of shadow mode is measured yet"
        saving = f"{abs(self.saved):.2f} {self.currency} {'saved' if self.saved >= 0 else 'lost'} in {count} days"
        found = f"{saving}, {self.writes.per_day:.0f} writes a day"
        if self.decision is Go.WAIT:
            return f"wait: {found} so far; a verdict needs {NEEDED_DAYS} complete days"
        return f"{self.decision}: {found}" + "".join(f"; {reason}" for reason in self.against)


def judged(
    *,
    now: datetime,
    days: Sequence[date],
    currency: str,
    paid: float,
    would_have_paid: float,
    self_consumption: float,
    executions: Sequence[Execution],
    problems: Iterable[Problem],
    write_budget: int,
) -> ShadowVerdict:
    """The verdict; `executions` are the ticks of these days, oldest first, `problems` those of now."""
    writes, open_problems = would_write(executions), tuple(problems)
    against = (
        *_money_against(paid, would_have_paid, currency),
        *_writes_against(writes, write_budget),
        *_faults_against(executions),
        *(problem.meaning for problem in open_problems if problem.severity is Severity.CRITICAL),
    )
    return ShadowVerdict(
        judged_at=now,
        days=tuple(days),
        currency=currency,
        paid=paid,
        would_have_paid=would_have_paid,
        self_consumption=self_consumption,
        writes=writes,
        write_budget=write_budget,
        problems=tuple(problem.meaning for problem in open_problems),
        against=against,
    )


def would_write(executions: Sequence[Execution]) -> WouldWrite:
    """How often a setting would have been sent: each time that what is wanted of an entity changes."""
    wanted: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for execution in executions:
        for step in execution.steps:
            if step.result not in _LOOKED_AT:
                continue
            if wanted.get(step.entity_id) != step.wanted and (
                step.result is StepResult.SHADOW or step.entity_id in wanted
            ):
                counts[step.entity_id] += 1
            wanted[step.entity_id] = step.wanted
    if not counts:
        return WouldWrite()
    seconds = (executions[-1].executed_at - executions[0].executed_at).total_seconds()
    days = max(seconds / _DAY_SECONDS, 1.0)
    busiest, most = max(counts.items(), key=lambda item: (item[1], item[0]))
    return WouldWrite(counts.total() / days, busiest, most / days)


def _money_against(paid: float, would_have_paid: float, currency: str) -> Iterator[str]:
    if would_have_paid >= paid:
        yield f"it would not have saved anything: {would_have_paid:.2f} instead of {paid:.2f} {currency}"


def _writes_against(writes: WouldWrite, budget: int) -> Iterator[str]:
    if writes.busiest_per_day > budget:
        yield (
            f"{writes.busiest} would be written {writes.busiest_per_day:.0f} times a day, more than "
            f"executor.write_budget_per_day {budget}"
        )


def _faults_against(executions: Sequence[Execution]) -> Iterator[str]:
    if not executions:
        yield "no tick of the executor is recorded: is the app darkstar_executor running?"
        return
    most = MOST_FAULTY_SHARE * len(executions)
    broken = [execution.error for execution in executions if execution.error is not None]
    if len(broken) > most:
        yield f"{len(broken)} of {len(executions)} ticks broke off, the last one with: {broken[-1]}"
    unread = Counter(
        step.entity_id for execution in executions for step in execution.steps if step.result is StepResult.UNREADABLE
    )
    for entity, count in sorted(unread.items()):
        if count > most:
            yield f"{entity} could not be read in {count} of {len(executions)} ticks"
    blind = sum(execution.soc_percent is None for execution in executions)
    if blind > most:
        yield f"the battery's SoC could not be read in {blind} of {len(executions)} ticks"
