from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from darkstar.control.decision import Decision, Execution, ExecutionStep, StepResult
from darkstar.home.problem import Problem, Severity
from darkstar.learning.shadow_verdict import Go, ShadowVerdict, judged, would_write

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = START + timedelta(days=8)
FIVE = timedelta(minutes=5)
WEEK = [date(2026, 3, 1) + timedelta(days=number) for number in range(7)]


def tick(number: int, *steps: tuple[str, str, StepResult], **changes: Any) -> Execution:
    now = START + number * FIVE
    made = tuple(ExecutionStep(entity, "x", wanted, result) for entity, wanted, result in steps)
    execution = Execution(now, "plan", Decision(now, None, None, "s"), made, 50.0, 1.0, 0.0, 1.0, shadow=True)
    return replace(execution, **changes)


def steady(days: int = 7) -> list[Execution]:
    """A mode that is wanted otherwise every six hours; the device never follows, it is shadow mode."""
    return [
        tick(number, ("select.mode", "charge" if number // 72 % 2 else "self-use", StepResult.SHADOW))
        for number in range(288 * days)
    ]


def verdict(
    executions: Sequence[Execution] | None = None, problems: Sequence[Problem] = (), **changes: Any
) -> ShadowVerdict:
    given: dict[str, Any] = {
        "now": NOW,
        "days": WEEK,
        "currency": "SEK",
        "paid": 100.0,
        "would_have_paid": 80.0,
        "self_consumption": 95.0,
        "executions": steady() if executions is None else executions,
        "problems": problems,
        "write_budget": 200,
    }
    return judged(**{**given, **changes})


def test_money_saved_and_nothing_in_the_way_is_a_go() -> None:
    found = verdict()
    assert found.decision is Go.GO
    assert found.saved == 20.0
    assert found.words == "go: 20.00 SEK saved in 7 days, 4 writes a day"


def test_a_setting_that_stays_wanted_is_written_once() -> None:
    found = would_write(steady(3))
    assert found.busiest == "select.mode"
    assert found.per_day == pytest.approx(4.0, rel=0.01)


def test_what_the_device_has_anyway_is_not_written_at_first() -> None:
    same = ("number.amps", "10", StepResult.UNCHANGED)
    back = ("number.amps", "20", StepResult.SHADOW)
    assert would_write([tick(0, same), tick(1, same)]).per_day == 0
    assert would_write([tick(0, same), tick(1, back), tick(2, back), tick(3, same)]).per_day == 2
    assert would_write([]).busiest == ""


def test_too_few_days_wait() -> None:
    found = verdict(days=WEEK[:6])
    assert found.decision is Go.WAIT
    assert found.words.startswith("wait: 20.00 SEK saved in 6 days")
    assert verdict(days=[]).words == "no complete day of shadow mode is measured yet"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"would_have_paid": 120.0}, "it would not have saved anything: 120.00 instead of 100.00 SEK"),
        ({"write_budget": 3}, "select.mode would be written 4 times a day, more than executor.write_budget_per_day 3"),
        ({"executions": []}, "no tick of the executor is recorded"),
        ({"executions": [tick(n, error="timeout") for n in range(50)]}, "50 of 50 ticks broke off"),
        ({"executions": [tick(n, soc_percent=None) for n in range(50)]}, "SoC could not be read in 50 of 50 ticks"),
        (
            {"executions": [tick(n, ("switch.x", "on", StepResult.UNREADABLE)) for n in range(50)]},
            "switch.x could not be read in 50 of 50 ticks",
        ),
        (
            {"problems": [Problem("a", Severity.CRITICAL, NOW, "The battery is gone.", "Find it.")]},
            "The battery is gone.",
        ),
    ],
)
def test_what_speaks_against_it_is_named(given: dict[str, Any], words: str) -> None:
    found = verdict(**given)
    assert found.decision is Go.NO_GO
    assert words in "; ".join(found.against)
    assert words in found.words


def test_warnings_are_told_and_do_not_decide() -> None:
    found = verdict(problems=[Problem("a", Severity.WARNING, NOW, "No forecast.", "Wait.")])
    assert found.decision is Go.GO
    assert found.problems == ("No forecast.",)
