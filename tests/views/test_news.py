from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from darkstar.home.notice import Notice
from darkstar.home.operation import NotificationSettings
from darkstar.views.news import Change, Ledger, Message, delivered, is_quiet, messages, news, room
from darkstar.views.notices import Fact

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PLAIN = NotificationSettings()
QUIET = NotificationSettings(quiet_start=time(22), quiet_end=time(7))
NIGHT = datetime(2026, 1, 15, 23, tzinfo=UTC)
MORNING = datetime(2026, 1, 16, 6, 30, tzinfo=UTC)


def fact(key: str, *, critical: bool = False, version: str = "", wait: float = 0, groups: Sequence[str] = ()) -> Fact:
    begun = Notice(f"{key} began", f"about {key}", critical, key)
    return Fact(key, begun, Notice(f"{key} ended", "", critical, key, clears=True), version, tuple(groups), wait)


def titles(changes: Sequence[Change]) -> list[str]:
    return [change.notice.title for change in changes]


def step(
    ledger: Ledger, present: Sequence[Fact], now: datetime, settings: NotificationSettings = PLAIN
) -> tuple[Ledger, tuple[Message, ...]]:
    """What goes, and the ledger when all of it arrives."""
    ledger, changes = news(ledger, present, now, "instead")
    ledger, going = messages(ledger, changes, now, settings, ZONE)
    for message in going:
        ledger = delivered(ledger, message, now)
    return ledger, going


def said(going: Sequence[Message]) -> list[str]:
    return [message.notice.title for message in going]


def test_a_beginning_and_an_end_are_told_once() -> None:
    ledger, told = Ledger(), []
    for present in ([], [fact("a")], [fact("a")], [], []):
        ledger, going = step(ledger, present, NOW)
        told += said(going)
    assert told == ["a began", "a ended"]


def test_an_end_without_words_says_what_is_done_instead() -> None:
    _, changes = news(Ledger(known=(fact("a"),)), [], NOW, "instead")
    assert changes[0].notice.text == "instead"


def test_a_flap_that_is_shorter_than_wanted_is_not_told_either_way() -> None:
    ledger, told = Ledger(), []
    on = [fact("a", wait=2)]
    for minutes, present in enumerate(([], on, [], on, on, on, [], on, on, [], [], [])):
        ledger, going = step(ledger, present, NOW + minutes * MINUTE)
        told += [(minutes, title) for title in said(going)]
    assert told == [(5, "a began"), (11, "a ended")]


def test_what_nobody_wants_to_hear_of_is_known_without_a_word() -> None:
    mute = replace(fact("a"), begun=None)
    ledger, changes = news(Ledger(), [mute], NOW)
    assert changes == ()
    assert ledger.known == (mute,)
    assert news(replace(ledger, known=(replace(mute, ended=None),)), [], NOW) == (Ledger(), ())


def test_a_new_version_is_told_and_the_old_one_is_not_ended() -> None:
    _, changes = news(Ledger(known=(fact("a", version="1"),)), [fact("a", version="2")], NOW)
    assert titles(changes) == ["a began"]


def test_who_is_replaced_is_only_cleared() -> None:
    ledger = Ledger(known=(fact("charge", groups=["battery"]), fact("heat", groups=["heater"])))
    _, changes = news(ledger, [fact("export", groups=["battery"])], NOW)
    assert [(change.notice.title, change.notice.silent) for change in changes] == [
        ("export began", False),
        ("charge ended", True),
        ("heat ended", False),
    ]


def test_known_facts_get_the_words_of_today() -> None:
    renewed = replace(fact("a"), ended=None)
    ledger, _ = news(Ledger(known=(fact("a"),)), [renewed], NOW)
    assert ledger.known == (renewed,)


@pytest.mark.parametrize(
    ("hour_utc", "quiet"), [(12, False), (20, False), (21, True), (23, True), (5, True), (6, False)]
)
def test_quiet_hours_run_over_midnight_in_local_time(hour_utc: int, quiet: bool) -> None:
    assert is_quiet(NOW.replace(hour=hour_utc), QUIET, ZONE) is quiet


def test_quiet_hours_follow_the_clock_on_the_days_it_changes() -> None:
    settings = NotificationSettings(quiet_start=time(1), quiet_end=time(3, 30))
    for day, quiet_hours in ((datetime(2026, 3, 29, tzinfo=UTC), 1.5), (datetime(2026, 10, 25, tzinfo=UTC), 3.5)):
        quarters = [day - 6 * HOUR + quarter * 15 * MINUTE for quarter in range(48)]
        assert sum(is_quiet(quarter, settings, ZONE) for quarter in quarters) / 4 == quiet_hours


def test_in_quiet_hours_only_what_is_critical_goes() -> None:
    ledger, going = step(Ledger(), [fact("a"), fact("b", critical=True)], NIGHT, QUIET)
    assert said(going) == ["b began"]
    assert ledger.held == ("a ",)


def test_after_quiet_hours_what_is_still_true_comes_in_one_message() -> None:
    ledger, _ = step(Ledger(known=(fact("old"),)), [fact("a"), fact("b"), fact("c")], NIGHT, QUIET)
    ledger, going = step(ledger, [fact("a"), fact("b")], NIGHT + HOUR, QUIET)
    assert going == ()
    ledger, going = step(ledger, [fact("a"), fact("b")], MORNING, QUIET)
    assert said(going) == ["Darkstar: 3 messages held back"]
    assert going[0].notice.text == "a began: about a\nb began: about b\nold ended: instead"
    assert [part.tag for part in going[0].parts] == ["a", "b", "old"]
    assert step(ledger, [fact("a"), fact("b")], MORNING + MINUTE, QUIET)[1] == ()


def test_a_single_message_that_was_held_back_comes_as_it_is() -> None:
    ledger, _ = step(Ledger(), [fact("a")], NIGHT, QUIET)
    assert said(step(ledger, [fact("a")], MORNING, QUIET)[1]) == ["a began"]


def test_what_began_and_ended_in_the_night_is_never_told() -> None:
    ledger, _ = step(Ledger(), [fact("a")], NIGHT, QUIET)
    ledger, _ = step(ledger, [], NIGHT + HOUR, QUIET)
    assert step(ledger, [], MORNING, QUIET)[1] == ()


def test_above_the_limit_messages_wait_and_are_counted_once() -> None:
    settings = NotificationSettings(max_per_hour=2)
    some = [fact(name) for name in "abcde"]
    ledger, going = step(Ledger(), some, NOW, settings)
    assert said(going) == ["a began", "b began"]
    for minutes in range(1, 60):
        ledger, going = step(ledger, some, NOW + minutes * MINUTE, settings)
        assert going == ()
    ledger, going = step(ledger, some[:4], NOW + HOUR, settings)
    assert said(going) == ["Darkstar: 2 messages held back"]
    assert going[0].notice.text.startswith("3 messages waited: no more than 2 an hour are sent.\nc began")
    assert ledger.left_out == 0
    assert step(ledger, some[:4], NOW + HOUR + MINUTE, settings)[1] == ()


def test_what_the_limit_held_back_is_counted_even_when_it_is_over() -> None:
    settings = NotificationSettings(max_per_hour=1)
    ledger, _ = step(Ledger(), [fact("a"), fact("b")], NOW, settings)
    ledger, _ = step(ledger, [fact("a")], NOW + MINUTE, settings)
    _, going = step(ledger, [fact("a")], NOW + HOUR, settings)
    assert said(going) == ["Darkstar: 1 message held back"]
    assert going[0].notice.text.endswith("What they said is over.")


def test_critical_messages_pass_the_limit_and_do_not_count() -> None:
    settings = NotificationSettings(max_per_hour=1)
    grave = [fact(name, critical=True) for name in "abc"]
    ledger, going = step(Ledger(), grave, NOW, settings)
    assert len(going) == 3
    assert room(ledger, NOW, settings) == 1


def test_a_message_that_did_not_arrive_is_tried_again() -> None:
    ledger, changes = news(Ledger(), [fact("a")], NOW)
    ledger, _ = messages(ledger, changes, NOW, PLAIN, ZONE)
    again, going = step(ledger, [fact("a")], NOW + MINUTE)
    assert said(going) == ["a began"]
    assert again.known == (fact("a"),)


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    settings = NotificationSettings(max_per_hour=1)
    ledger = Ledger(sent=(NOW + 5 * HOUR,))
    assert room(ledger, NOW, settings) == 1
    waiting, _ = news(Ledger(), [fact("a", wait=2)], NOW + 5 * HOUR)
    early, _ = news(waiting, [fact("a", wait=2)], NOW)
    assert titles(news(early, [fact("a", wait=2)], NOW + 2 * MINUTE)[1]) == ["a began"]


def test_the_ledger_survives_storage() -> None:
    adapter = TypeAdapter(Ledger)
    ledger, _ = step(Ledger(), [fact("a"), fact("b", version="2", wait=1, groups=["x"])], NIGHT, QUIET)
    ledger = replace(ledger, sent=(NOW,), left_out=2, digest_on=date(2026, 1, 15))
    assert adapter.validate_json(adapter.dump_json(ledger)) == ledger


FACTS = [
    fact("soft"),
    fact("slow", wait=10),
    fact("grave", critical=True),
    *(fact(f"s{number}") for number in range(6)),
]


@given(
    steps=st.lists(
        st.tuples(st.sets(st.sampled_from(range(len(FACTS)))), st.integers(1, 120), st.booleans()), max_size=30
    ),
    limit=st.integers(1, 4),
    quiet=st.sampled_from([(None, None), (time(22), time(7)), (time(11), time(13))]),
)
def test_quiet_hours_and_limit_hold_and_all_that_stays_true_is_told(
    steps: list[tuple[set[int], int, bool]], limit: int, quiet: tuple[time | None, time | None]
) -> None:
    settings = NotificationSettings(max_per_hour=limit, quiet_start=quiet[0], quiet_end=quiet[1])
    ledger, now, sent, last = Ledger(), NOW, [], steps[-1][0] if steps else set()
    rounds = [*steps, *((last, 60, True) for _ in range(40))]
    for numbers, minutes, arrives in rounds:
        now += minutes * MINUTE
        present = [FACTS[number] for number in sorted(numbers)]
        before = {known.key for known in ledger.known}
        ledger, changes = news(ledger, present, now)
        ledger, going = messages(ledger, changes, now, settings, ZONE)
        grave = [message for message in going if message.notice.critical]
        assert {change.key for message in grave for change in message.changes} == {"grave"} & (
            {one.key for one in present} ^ before
        )
        if is_quiet(now, settings, ZONE):
            assert going == tuple(grave)
        for message in going if arrives else ():
            ledger = delivered(ledger, message, now)
            sent += [] if message.notice.critical else [now]
        assert sum(now - HOUR < moment for moment in sent) <= limit
    assert {known.key for known in ledger.known} == {FACTS[number].key for number in last}
    assert (ledger.held, ledger.left_out) == ((), 0)
