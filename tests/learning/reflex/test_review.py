"""From findings to steps: within bounds, one a day, none after an undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.learning.reflex.evidence import PATHS
from darkstar.learning.reflex.finding import Analyzer, Change, Ending, Finding, Limits, Proposal, Verdict
from darkstar.learning.reflex.review import REST, next_value, outcome_of, review
from tests.learning.reflex.synthetic import Truth, evidence, home

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAPACITY = "battery.capacity_kwh"
FINDING = Finding(
    Analyzer.CAPACITY,
    CAPACITY,
    "usable capacity",
    "kWh",
    9.0,
    40,
    Verdict.PROPOSED,
    "9.0 kWh",
    9.0,
    Limits(7, 10.5, 0.2, 2),
)
STEP = Change(CAPACITY, 10.0, 9.8, 10.0, NOW - 48 * HOUR, FINDING)

amounts = st.floats(-1e6, 1e6)


@given(amounts, amounts, amounts, amounts, st.floats(0, 1e6), st.integers(0, 4))
def test_a_step_stays_within_bounds_and_step(
    before: float, target: float, one: float, other: float, step: float, decimals: int
) -> None:
    limits = Limits(min(one, other), max(one, other), step, decimals)
    value = next_value(before, target, limits)
    assert value is not None
    assert min(limits.lowest, before) <= value <= max(limits.highest, before)
    assert abs(value - before) <= step + 0.51 * 10**-decimals
    assert abs(value - target) <= abs(before - target) + 0.51 * 10**-decimals


@given(st.floats(5, 20), st.integers(0, 400))
def test_days_of_steps_arrive_and_stay(target: float, days: int) -> None:
    value: float | None = 10.0
    for _ in range(days):
        value = next_value(value, target, FINDING.limits)
    assert value is not None
    assert 7 <= value <= 10.5
    if days >= 20:
        assert value == pytest.approx(min(max(target, 7), 10.5), abs=0.01)


def test_a_proposal_is_one_step() -> None:
    outcome = outcome_of(FINDING, home(), (), NOW)
    assert outcome.verdict is Verdict.PROPOSED
    assert outcome.proposal == Proposal(CAPACITY, 10.0, 9.8)


@pytest.mark.parametrize("ending", [None, Ending.UNDONE])
def test_a_setting_is_changed_once_per_local_day(ending: Ending | None) -> None:
    """Half past midnight in Stockholm is the day before in UTC."""
    night = datetime(2026, 4, 9, 22, 30, tzinfo=UTC)
    evening = datetime(2026, 4, 10, 21, 30, tzinfo=UTC)
    made = replace(STEP, made_at=night)
    assert outcome_of(FINDING, home(), (made,), evening).verdict is Verdict.RATE_LIMITED
    assert outcome_of(FINDING, home(), (made,), evening + HOUR).verdict is Verdict.PROPOSED
    assert outcome_of(FINDING, home(), (made,), night - HOUR).verdict is Verdict.PROPOSED


def test_other_settings_do_not_count() -> None:
    other = replace(STEP, path="risk.appetite", made_at=NOW, ended_at=NOW, ending=Ending.UNDONE)
    assert outcome_of(FINDING, home(), (other,), NOW).verdict is Verdict.PROPOSED


def test_what_was_undone_rests_for_weeks_and_this_is_said() -> None:
    undone = replace(STEP, ended_at=NOW - 24 * HOUR, ending=Ending.UNDONE)
    outcome = outcome_of(FINDING, home(), (undone,), NOW)
    assert (outcome.verdict, outcome.proposal) == (Verdict.RESTING, None)
    assert "not proposed before 2026-05-07" in outcome.text
    assert outcome_of(FINDING, home(), (undone,), NOW + REST).verdict is Verdict.PROPOSED


def test_what_the_owner_has_set_himself_is_no_undo() -> None:
    dropped = replace(STEP, ended_at=NOW - 24 * HOUR, ending=Ending.DROPPED)
    assert outcome_of(FINDING, home(), (dropped,), NOW).verdict is Verdict.PROPOSED


def test_at_the_limit_the_owner_is_asked_to_look() -> None:
    low = home(battery={"capacity_kwh": 7, "max_charge_kw": 5, "max_discharge_kw": 5})
    outcome = outcome_of(replace(FINDING, target=4.0), low, (), NOW)
    assert (outcome.verdict, outcome.proposal) == (Verdict.AT_LIMIT, None)
    assert "have a look yourself" in outcome.text


def test_a_level_may_go_back_to_none() -> None:
    finding = replace(FINDING, path="risk.appetite", target=None, limits=None)
    outcome = outcome_of(finding, home(risk={"appetite": 3}), (), NOW)
    assert outcome.proposal == Proposal("risk.appetite", 3, None)


def test_every_look_says_something_about_every_setting() -> None:
    outcomes = review(evidence(Truth(capacity_kwh=9.0)), ()).outcomes
    assert [outcome.finding.path for outcome in outcomes] == [*PATHS]
    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.INSUFFICIENT,
        Verdict.INSUFFICIENT,
        Verdict.STABLE,
        Verdict.PROPOSED,
    ]
    assert all(outcome.text for outcome in outcomes)


def test_a_new_home_is_told_what_is_needed() -> None:
    outcomes = review(evidence(Truth(), days=2), ()).outcomes
    assert {outcome.verdict for outcome in outcomes} == {Verdict.INSUFFICIENT}
    assert all("needed" in outcome.text for outcome in outcomes)
