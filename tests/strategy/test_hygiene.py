"""When a cycle against legionella is due, where it may lie, and what ends it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.devices import WaterHeaterSettings
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.optimizer.plan import Action, Plan, PlanSlot, PlanStatus
from darkstar.optimizer.request import Hygiene
from darkstar.strategy.hygiene import HygienePhase, HygieneState, hygiene_at, planned_cycle
from tests.homes import home

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A local time in Stockholm, as in 01-15 14:00 of 2026."""
    naive = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - placed in its zone right below
    return naive.replace(tzinfo=home().zone).astimezone(UTC)


def home_with(**settings: Any) -> HomeSettings:
    return home(water_heater=WaterHeaterSettings.model_validate({"power_kw": 3.0, **settings}))


def state(now: datetime, last: datetime | None, vacation: bool = True, **rest: Any) -> HygieneState:
    facts: dict[str, Any] = {"ended": None, "running": None, "home": home_with()} | rest
    return hygiene_at(facts.pop("home"), now, vacation=vacation, last=last, **facts)


def plan_with(*cycles: tuple[datetime, datetime], start: datetime, hours: float = 24) -> Plan:
    slots = tuple(_slot(start + QUARTER * n, cycles) for n in range(round(hours * 4)))
    return Plan("id", start, "EUR", PlanStatus.OPTIMAL, slots, 10.0, 0.0, 0.0, None)


def _slot(start: datetime, cycles: tuple[tuple[datetime, datetime], ...]) -> PlanSlot:
    hot = any(begin <= start < end for begin, end in cycles)
    heat = (0.75 if hot else 0.0,)
    numbers = (0.1, 0.0, 0.0, 0.1, 0.0)
    return PlanSlot(start, 0.25, *numbers, (), heat, 0.2, 0.1, True, 0.0, 0.0, Action.HOLD, "", hygiene=hot)


@pytest.mark.parametrize(
    ("hygiene", "vacation", "phase"),
    [
        ("vacation", True, HygienePhase.DUE),
        ("vacation", False, HygienePhase.OFF),
        ("always", True, HygienePhase.DUE),
        ("always", False, HygienePhase.DUE),
        ("never", True, HygienePhase.OFF),
    ],
)
def test_it_is_run_when_the_setting_says(hygiene: str, vacation: bool, phase: HygienePhase) -> None:
    found = state(at("01-15 10:00"), None, vacation, home=home_with(hygiene=hygiene))
    assert found.phase is phase
    assert (found.request is None) is (phase is HygienePhase.OFF)


def test_a_home_without_a_heater_needs_none() -> None:
    assert state(at("01-15 10:00"), None, home=home(water_heater=None)).phase is HygienePhase.OFF


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        ("01-08 20:00", HygienePhase.WAITING),
        ("01-13 23:59", HygienePhase.WAITING),
        ("01-14 00:01", HygienePhase.WAITING),
        ("01-14 13:59", HygienePhase.WAITING),
        ("01-14 14:00", HygienePhase.DUE),
        ("01-15 00:01", HygienePhase.DUE),
        ("01-15 23:59", HygienePhase.DUE),
        ("01-30 03:00", HygienePhase.DUE),
    ],
)
def test_it_is_due_a_day_before_the_interval_is_over_in_the_afternoon(now: str, phase: HygienePhase) -> None:
    assert state(at(now), at("01-08 16:00")).phase is phase


@pytest.mark.parametrize(("last", "due"), [("03-23 05:00", "03-29 14:00"), ("10-19 05:00", "10-25 14:00")])
def test_it_is_due_at_the_same_local_time_on_days_when_the_clocks_change(last: str, due: str) -> None:
    assert state(at(due) - timedelta(minutes=1), at(last)).phase is HygienePhase.WAITING
    assert state(at(due), at(last)).phase is HygienePhase.DUE


def test_without_a_record_it_is_due_at_once_whatever_was_heated() -> None:
    found = state(at("01-15 10:05"), None)
    assert found.request == Hygiene(at("01-15 10:05"), at("01-16 00:00"), 3.0)
    assert found.overdue_since is None


def test_it_may_lie_anywhere_up_to_the_end_of_its_last_day() -> None:
    request = Hygiene(at("01-14 14:00"), at("01-16 00:00"), 3.0)
    assert state(at("01-14 14:00"), at("01-08 16:00")).request == request


def test_the_end_does_not_move_from_one_plan_to_the_next() -> None:
    now, last, ends = at("01-14 14:00"), at("01-08 16:00"), set()
    while now <= at("01-15 21:00"):
        request = state(now, last).request
        assert request is not None
        ends.add(request.end)
        now += QUARTER
    assert ends == {at("01-16 00:00")}


def test_when_its_last_day_is_nearly_over_it_gets_the_next_one_and_is_overdue() -> None:
    late = state(at("01-15 22:00"), at("01-08 16:00"))
    assert late.request == Hygiene(at("01-15 22:00"), at("01-17 00:00"), 3.0)
    assert late.overdue_since is None
    assert state(at("01-16 08:00"), at("01-08 16:00")).overdue_since == at("01-16 00:00")


@pytest.mark.parametrize(
    ("start", "end", "now", "window"),
    [
        ("22:00", "06:00", "01-14 14:00", ("01-14 22:00", "01-15 06:00")),
        ("22:00", "06:00", "01-15 01:00", ("01-15 01:00", "01-15 06:00")),
        ("22:00", "06:00", "01-15 04:00", ("01-15 22:00", "01-16 06:00")),
        ("10:00", "16:00", "01-14 14:00", ("01-15 10:00", "01-15 16:00")),
        ("10:00", "16:00", "01-15 12:00", ("01-15 12:00", "01-15 16:00")),
        # three hours on the clock that are two on the day the clocks go forward
        ("01:00", "04:00", "03-28 14:00", ("03-30 01:00", "03-30 04:00")),
        ("01:00", "04:00", "10-24 14:00", ("10-25 01:00", "10-25 04:00")),
    ],
)
def test_it_lies_in_the_next_allowed_time_that_is_long_enough(
    start: str, end: str, now: str, window: tuple[str, str]
) -> None:
    request = state(at(now), None, home=home_with(hygiene_start=start, hygiene_end=end)).request
    assert request == Hygiene(at(window[0]), at(window[1]), 3.0)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda each: each.replace(tzinfo=UTC)),  # noqa: DTZ001 - made aware right there
    days=st.none() | st.floats(0, 40),
    allowed=st.sampled_from([("00:00", "00:00"), ("22:00", "06:00"), ("10:00", "16:00"), ("01:00", "04:00")]),
)
def test_the_window_is_always_long_enough_and_near(now: datetime, days: float | None, allowed: tuple[str, str]) -> None:
    settings = home_with(hygiene_start=allowed[0], hygiene_end=allowed[1])
    found = state(now, None if days is None else now - timedelta(days=days), home=settings)
    if found.request is None:
        assert found.phase is HygienePhase.WAITING
        return
    assert now <= found.request.start
    assert found.request.end - found.request.start >= 3 * HOUR
    assert found.request.end <= now + timedelta(days=3)


def test_a_plan_is_no_proof_and_the_cycle_stays_due() -> None:
    now, last = at("01-14 14:00"), at("01-08 16:00")
    cycle = (at("01-15 02:00"), at("01-15 05:00"))
    found = state(now, last, running=plan_with(cycle, start=now))
    assert (found.phase, found.cycle) == (HygienePhase.PLANNED, cycle)
    assert found.request == Hygiene(now, at("01-16 00:00"), 3.0)


def test_a_running_cycle_is_asked_for_to_its_end_and_no_longer_moves() -> None:
    cycle = (at("01-15 02:00"), at("01-15 05:00"))
    running = plan_with(cycle, start=at("01-14 14:00"))
    for minutes in (0, 1, 90, 179):
        now = cycle[0] + timedelta(minutes=minutes)
        found = state(now, at("01-08 16:00"), running=running)
        assert found.phase is HygienePhase.RUNNING
        assert found.request == Hygiene(now, cycle[1], (cycle[1] - now) / HOUR)


@pytest.mark.parametrize("setting", ["vacation", "always"])
def test_a_running_cycle_is_finished_when_the_vacation_ends_or_it_already_counts(setting: str) -> None:
    now = at("01-15 03:00")
    running = plan_with((at("01-15 02:00"), at("01-15 05:00")), start=at("01-14 14:00"))
    found = state(now, at("01-15 02:40"), False, running=running, home=home_with(hygiene=setting))
    assert found.phase is HygienePhase.RUNNING


def test_never_ends_it_at_once() -> None:
    running = plan_with((at("01-15 02:00"), at("01-15 05:00")), start=at("01-14 14:00"))
    assert state(at("01-15 03:00"), None, running=running, home=home_with(hygiene="never")).phase is HygienePhase.OFF


def test_after_its_end_the_counters_get_some_time_and_then_it_is_due_again() -> None:
    ended = at("01-15 05:00")
    running = plan_with((at("01-15 02:00"), ended), start=at("01-14 14:00"))
    for minutes in (0, 15, 44):
        found = state(ended + timedelta(minutes=minutes), at("01-08 16:00"), ended=ended, running=running)
        assert (found.phase, found.request) == (HygienePhase.PROVING, None)
    assert state(ended + timedelta(minutes=45), at("01-08 16:00"), ended=ended).phase is HygienePhase.DUE


def test_one_that_counts_ends_it_for_the_interval() -> None:
    ended = at("01-15 05:00")
    assert state(ended, ended, ended=ended).phase is HygienePhase.WAITING
    assert state(ended + timedelta(days=5, hours=20), ended, ended=ended).phase is HygienePhase.WAITING
    assert state(at("01-21 14:00"), ended, ended=ended).phase is HygienePhase.DUE


def test_the_planned_cycle_is_the_first_that_is_not_over() -> None:
    start = at("01-14 14:00")
    first, second = (start, start + 3 * HOUR), (start + 6 * HOUR, start + 9 * HOUR)
    plan = plan_with(first, second, start=start)
    assert planned_cycle(plan, start) == first
    assert planned_cycle(plan, start + 3 * HOUR) == second
    assert planned_cycle(plan, start + 7 * HOUR) == second
    assert planned_cycle(plan, start + 9 * HOUR) is None
    assert planned_cycle(None, start) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_last_day_ends_at_local_midnight_on_days_of_23_and_25_hours(day: date) -> None:
    start, end = local_day(day, home().zone)
    request = state(start, start - timedelta(days=7)).request
    assert request == Hygiene(start, end, 3.0)
