from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar.home.problem import Severity
from darkstar.storage.database import Database
from darkstar.storage.problems import Changes, Problems
from tests.storage.samples import NOW, problem

HOUR = timedelta(hours=1)
NONE = Changes((), ())


def test_a_problem_survives_a_restart(path: Path) -> None:
    grave = replace(problem(), severity=Severity.CRITICAL)
    with Database.open(path, NOW) as database:
        assert Problems(database).report(grave)
    with Database.open(path, NOW) as database:
        assert Problems(database).open() == (grave,)
        assert not Problems(database).report(grave)


def test_the_first_since_is_kept_and_the_words_are_renewed(database: Database) -> None:
    Problems(database).report(problem(meaning="first"))
    Problems(database).report(problem(since=NOW + HOUR, meaning="second"))
    assert Problems(database).open() == (problem(meaning="second"),)


def test_a_cleared_problem_is_returned_once_and_may_begin_again(database: Database) -> None:
    Problems(database).report(problem())
    assert Problems(database).clear("soc_unreadable") == problem()
    assert Problems(database).clear("soc_unreadable") is None
    assert Problems(database).open() == ()
    assert Problems(database).report(problem(since=NOW + HOUR))
    assert Problems(database).open()[0].since == NOW + HOUR


def test_sync_tells_what_began_and_what_ended(database: Database) -> None:
    problems = Problems(database)
    first, second = problem("first"), problem("second")
    assert problems.sync("executor", [first]) == Changes((first,), ())
    assert problems.sync("executor", [first]) == NONE
    assert problems.sync("executor", [replace(second, since=NOW + HOUR)]) == Changes(
        (replace(second, since=NOW + HOUR),), (first,)
    )
    assert problems.sync("executor", []) == Changes((), (replace(second, since=NOW + HOUR),))


def test_reporters_do_not_clear_each_others_problems(database: Database) -> None:
    problems = Problems(database)
    problems.sync("executor", [problem("a")])
    assert problems.sync("planner", [problem("b")]).ended == ()
    assert problems.sync("planner", []).ended == (problem("b"),)
    assert problems.open() == (problem("a"),)


def test_a_problem_that_two_see_ends_when_both_let_go(database: Database) -> None:
    problems = Problems(database)
    assert problems.sync("executor", [problem(since=NOW + HOUR)]).started
    assert problems.sync("planner", [problem(since=NOW)]) == NONE
    assert [each.since for each in problems.open()] == [NOW]
    assert problems.sync("executor", []) == NONE
    assert problems.sync("planner", []).ended == (problem(since=NOW),)


def test_the_gravest_report_of_a_problem_is_shown(database: Database) -> None:
    grave = replace(problem(meaning="grave"), severity=Severity.CRITICAL)
    Problems(database).sync("a", [problem(meaning="mild a")])
    Problems(database).sync("b", [grave])
    Problems(database).sync("c", [problem(meaning="mild c")])
    assert Problems(database).open() == (grave,)


def test_the_longest_open_come_first(database: Database) -> None:
    Problems(database).sync("a", [problem("late", NOW + HOUR), problem("early", NOW), problem("later", NOW + 2 * HOUR)])
    assert [each.problem_id for each in Problems(database).open()] == ["early", "late", "later"]


def test_the_same_problem_twice_in_a_report_is_one(database: Database) -> None:
    changes = Problems(database).sync("a", [problem(), problem(since=NOW + HOUR)])
    assert changes.started == (problem(),)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from("pqr"))), max_size=8))
def test_what_is_open_is_what_the_last_reports_say(database: Database, reports: list[tuple[str, set[str]]]) -> None:
    problems = Problems(database)
    for reporter in "abc":
        problems.sync(reporter, [])
    seen: dict[str, set[str]] = {}
    shown: set[str] = set()
    for reporter, names in reports:
        changes = problems.sync(reporter, [problem(name) for name in sorted(names)])
        shown |= {each.problem_id for each in changes.started}
        shown -= {each.problem_id for each in changes.ended}
        seen[reporter] = names
        expected = set().union(*seen.values())
        assert {each.problem_id for each in problems.open()} == expected == shown
