"""Quick actions: what an order may say, and what starts from it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import DeviceGroup, OverrideKind
from darkstar.control.quick_actions import MAX_MINUTES, Order, QuickActionError, Return, read_order, start
from darkstar.home.settings import HomeSettings
from tests.control.samples import NOW, sample_home

HOME = sample_home(ev={"capacity_kwh": 60.0}, entities={"ev_connected": "binary_sensor.plug"})
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def test_an_action_lasts_as_long_as_asked() -> None:
    action = start(Order(kind=OverrideKind.FORCE_CHARGE, minutes=30), HOME, NOW)
    assert action.expires_at == NOW + timedelta(minutes=30)
    assert action.in_force(NOW)
    assert not action.in_force(action.expires_at)


def test_it_lasts_as_the_setting_says_when_nobody_says_how_long() -> None:
    home = sample_home(overrides={"default_minutes": 45})
    assert start(Order(kind=OverrideKind.STOP_ALL), home, NOW).expires_at == NOW + timedelta(minutes=45)


def test_charge_and_export_stop_at_the_chosen_soc_or_at_the_setting() -> None:
    assert start(Order(kind=OverrideKind.FORCE_CHARGE), HOME, NOW).soc_percent == 100
    assert start(Order(kind=OverrideKind.FORCE_EXPORT), HOME, NOW).soc_percent == 20
    assert start(Order(kind=OverrideKind.FORCE_CHARGE, soc=70), HOME, NOW).soc_percent == 70
    assert start(Order(kind=OverrideKind.FORCE_EXPORT, soc=55), HOME, NOW).soc_percent == 55
    assert start(Order(kind=OverrideKind.FORCE_HEAT), HOME, NOW).soc_percent is None


@pytest.mark.parametrize("kind", list(OverrideKind))
@pytest.mark.parametrize("minutes", [15, 30, 60, 120])
def test_every_kind_starts_for_the_usual_times(kind: OverrideKind, minutes: int) -> None:
    action = start(read_order({"kind": kind.value, "minutes": minutes}), HOME, NOW)
    assert (action.kind, action.expires_at - NOW) == (kind, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("now", "until", "end"),
    [
        (NOW, "18:30", datetime(2025, 11, 22, 17, 30, tzinfo=UTC)),
        (NOW, "18:05", datetime(2025, 11, 23, 17, 5, tzinfo=UTC)),
        (NOW, "07:00", datetime(2025, 11, 23, 6, 0, tzinfo=UTC)),
        (NOW, "2025-11-23T07:00", datetime(2025, 11, 23, 6, 0, tzinfo=UTC)),
        (NOW, "2025-11-22T21:00:00+02:00", datetime(2025, 11, 22, 19, 0, tzinfo=UTC)),
        # 02:30 does not exist on 2026-03-29: an hour later on the clock
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), "02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 45, tzinfo=UTC), "03:15", datetime(2026, 3, 29, 1, 15, tzinfo=UTC)),
        # 02:30 comes twice on 2026-10-25
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "02:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_until_is_the_next_such_time_at_home(now: datetime, until: str, end: datetime) -> None:
    assert start(read_order({"kind": "stop_all", "until": until}), HOME, now).expires_at == end


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda each: each.replace(tzinfo=UTC)),  # noqa: DTZ001 - made aware right there
    clock=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
)
def test_a_time_of_day_lies_ahead_by_a_day_at_most_and_is_what_the_clocks_show(now: datetime, clock: time) -> None:
    end = start(Order(kind=OverrideKind.STOP_ALL, until=clock), HOME, now).expires_at
    assert now < end <= now + timedelta(hours=25)
    shown = end.astimezone(STOCKHOLM)
    left_out = (shown.month, clock.hour) == (3, 2)
    assert shown.time() == (clock.replace(hour=3) if left_out and shown.hour == 3 else clock)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "kind must be one of force_charge"),
        ({"kind": "explode"}, "not 'explode'"),
        ({"kind": "force_heat", "minutes": 0}, "minutes: Input should be greater than 0"),
        ({"kind": "force_heat", "minutes": 1501}, "less than or equal to 1500"),
        ({"kind": "force_heat", "minutes": math.nan}, "minutes: "),
        ({"kind": "force_heat", "minutes": "soon"}, "'soon'"),
        ({"kind": "force_heat", "minutes": 30, "until": "18:30"}, "not both"),
        ({"kind": "force_heat", "until": "later"}, "until must be a time of day"),
        ({"kind": "force_heat", "until": "18:30+01:00"}, "no UTC offset"),
        ({"kind": "force_heat", "soc": 80}, "force_heat takes no soc"),
        ({"kind": "force_charge", "soc": 101}, "less than or equal to 100"),
        ({"kind": "force_charge", "soc": -1}, "greater than or equal to 0"),
        ({"kind": "force_charge", "minute": 15}, "minute is unknown"),
        ({"kind": "resume", "minutes": 15}, "resume takes no minutes"),
        ({"kind": "pause", "groups": ["heater"]}, "pause takes no groups"),
        ({"kind": "clear", "groups": ["fridge"]}, "groups: "),
        ({"kind": "clear", "groups": []}, "groups: "),
        (["force_charge"], "an order is an object"),
        ("force_charge", "an order is an object"),
        (None, "an order is an object"),
    ],
)
def test_a_bad_order_is_refused_in_words(data: object, words: str) -> None:
    with pytest.raises(QuickActionError, match=words):
        read_order(data)


def test_a_long_input_is_not_repeated_whole() -> None:
    with pytest.raises(QuickActionError) as refused:
        read_order({"kind": "x" * 10_000})
    assert len(str(refused.value)) < 300


def test_clear_may_name_its_devices() -> None:
    assert read_order({"kind": "clear"}).groups is None
    assert read_order({"kind": "clear", "groups": ["heater"]}).groups == (DeviceGroup.HEATER,)


@pytest.mark.parametrize("until", ["2025-11-22T18:05", "2025-11-22T12:00", "2025-11-24T12:00", "1"])
def test_an_end_that_is_past_or_too_far_away_is_refused(until: str) -> None:
    with pytest.raises(QuickActionError, match="the end must lie ahead"):
        start(read_order({"kind": "stop_all", "until": until}), HOME, NOW)


@pytest.mark.parametrize("minutes", [0.0, -5.0, MAX_MINUTES + 1])
def test_a_helper_with_a_senseless_duration_is_refused(minutes: float) -> None:
    order = Order(kind=OverrideKind.STOP_ALL).model_copy(update={"minutes": minutes})
    with pytest.raises(QuickActionError, match="the end must lie ahead"):
        start(order, HOME, NOW)


@pytest.mark.parametrize("kind", list(Return))
def test_what_ends_actions_starts_none(kind: Return) -> None:
    with pytest.raises(QuickActionError, match="starts none"):
        start(Order(kind=kind), HOME, NOW)


@pytest.mark.parametrize(
    ("kind", "home", "words"),
    [
        (OverrideKind.FORCE_CHARGE, sample_home(battery={"charge_from_grid": False}), r"battery\.charge_from_grid"),
        (OverrideKind.FORCE_EXPORT, sample_home(battery={"discharge_to_grid": False}), r"battery\.discharge_to_grid"),
        (OverrideKind.FORCE_EXPORT, sample_home(grid={"export_allowed": False}), r"grid\.export_allowed"),
        (OverrideKind.FORCE_HEAT, sample_home(water_heater=None), "water_heater"),
        (OverrideKind.FORCE_EV, sample_home(), "there is no ev"),
    ],
)
def test_what_the_home_forbids_is_refused_in_words(kind: OverrideKind, home: HomeSettings, words: str) -> None:
    with pytest.raises(QuickActionError, match=words):
        start(Order(kind=kind, minutes=60), home, NOW)
