"""Somebody else's writes: noticed, put right a few times, then left alone for a growing while."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.dispatch.contest import SETTLING, Contests, Seen

NOW = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
TRUST = timedelta(minutes=15)
SWITCH = "switch.grid_charging"


def contests(most: int = 3) -> Contests:
    made = Contests(most, TRUST, {}, {})
    leave(made, "on", NOW - TICK)
    return made


def leave(it: Contests, state: str, at: datetime, *, late: tuple[str, ...] = (), replaced: str | None = None) -> None:
    it.leave(SWITCH, Seen(state, "on", 0.0, at, late, replaced))


def fight(it: Contests, now: datetime) -> bool:
    """They set it to off; whether we set it back."""
    before = it.changed_by_others(SWITCH, "off", now)
    insists = it.may_insist(SWITCH, "on", before, "off", now)
    leave(it, "on" if insists else "off", now)
    return insists


def test_three_re_assertions_in_an_hour_then_it_is_theirs_for_one_two_and_four_hours() -> None:
    it, now, sent = contests(), NOW, []
    while now < NOW + timedelta(hours=24):
        if fight(it, now):
            sent.append(now)
        now += TICK
    hours = [(at - NOW) / HOUR for at in sent]
    assert hours[:3] == [0, 1 / 12, 2 / 12]
    gaps = [round(after - before, 2) for before, after in pairwise(hours[2:])]
    assert gaps[:4] == [round(1 + 1 / 12, 2), round(2 + 1 / 12, 2), round(4 + 1 / 12, 2), round(4 + 1 / 12, 2)]
    (problem,) = it.problems()
    assert problem.problem_id == "left_to_others_switch_grid_charging"


def test_the_first_change_is_told_with_before_and_after() -> None:
    it = contests()
    assert it.changed_by_others(SWITCH, "off", NOW) == "on"
    assert it.may_insist(SWITCH, "on", "on", "off", NOW)
    (problem,) = it.problems()
    assert problem.problem_id == "changed_by_others_switch_grid_charging"
    assert "from 'on' to 'off'" in problem.meaning
    assert problem.since == NOW


def test_a_setting_that_stood_for_an_hour_is_no_longer_disputed() -> None:
    it = contests()
    fight(it, NOW)
    it.agreed(SWITCH, NOW + HOUR - TICK)
    assert it.problems()
    it.agreed(SWITCH, NOW + HOUR)
    assert it.problems() == ()


def test_who_gives_in_ends_the_back_off() -> None:
    it = contests(most=0)
    assert not fight(it, NOW)
    it.agreed(SWITCH, NOW + TICK)
    assert it.problems() == ()


def test_another_wish_begins_anew() -> None:
    it = contests(most=0)
    assert not fight(it, NOW)
    assert it.may_insist(SWITCH, "auto", None, "off", NOW + TICK)
    assert it.problems() == ()


def test_a_call_that_timed_out_and_arrives_late_accuses_nobody_but_only_once() -> None:
    it = contests()
    leave(it, "on", NOW, late=("off",))
    assert it.changed_by_others(SWITCH, "off", NOW + TICK) is None
    leave(it, "on", NOW + TICK)
    assert it.changed_by_others(SWITCH, "off", NOW + TICK * 2) == "on"


def test_an_integration_that_shows_the_old_value_once_more_accuses_nobody() -> None:
    it = contests()
    leave(it, "on", NOW, replaced="off")
    assert not it.is_news(SWITCH, "off", NOW + SETTLING / 2)
    assert it.is_news(SWITCH, "off", NOW + SETTLING)
    assert it.changed_by_others(SWITCH, "off", NOW + TICK) == "on"


def test_what_nobody_looked_at_for_long_accuses_nobody() -> None:
    it = contests()
    assert it.changed_by_others(SWITCH, "off", NOW - TICK + TRUST + TICK) is None


def test_it_goes_on_after_a_restart() -> None:
    it, now = contests(), NOW
    for _ in range(4):
        fight(it, now)
        now += TICK
    after = Contests(3, TRUST, it.seen, it.disputes)
    assert after.problems() == it.problems()
    assert not fight(after, now)


def test_what_is_not_wanted_any_more_is_forgotten() -> None:
    it = contests()
    fight(it, NOW)
    it.keep(())
    assert it.problems() == ()
    assert it.changed_by_others(SWITCH, "off", NOW + TICK) is None


@given(st.lists(st.integers(1, 15), min_size=1, max_size=200), st.integers(0, 5))
def test_never_more_than_so_many_in_any_hour(gaps_minutes: list[int], most: int) -> None:
    it, now, sent = contests(most), NOW, []
    for gap in gaps_minutes:
        if fight(it, now):
            sent.append(now)
        now += timedelta(minutes=gap)
    for at in sent:
        assert sum(at <= other < at + HOUR for other in sent) <= max(most, 1)
