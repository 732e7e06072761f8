from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.counters import CounterReading, CounterSnapshot
from darkstar.home.observation import BATTERY_DRIVEN, Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import floor_to_slot
from darkstar.learning.circumstances import Circumstances
from darkstar.learning.counters import MAX_GAP, Recorded, record
from tests.learning.samples import START, full, home, snapshot

QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
HOME = home()
NO_PRICES = PriceCurve()


def recorded(previous: CounterSnapshot | None, current: CounterSnapshot, at: HomeSettings = HOME) -> Recorded:
    return record(previous, current, at, 50.0, NO_PRICES)


def only_row(previous: CounterSnapshot, current: CounterSnapshot, at: HomeSettings = HOME) -> Observation:
    (row,) = recorded(previous, current, at).observations
    return row


def test_the_energy_of_a_slot_is_filed_under_the_slot_that_has_ended() -> None:
    before = snapshot(
        START, load=10, pv=20, grid_import=30, grid_export=40, battery_charge=50, battery_discharge=60, water_heater=70
    )
    after = snapshot(
        START + QUARTER,
        load=11.0,
        pv=20.5,
        grid_import=30.25,
        grid_export=40.125,
        battery_charge=50.75,
        battery_discharge=60.0,
        water_heater=70.75,
    )
    row = only_row(before, after)
    assert row == Observation(
        start=START,
        hours=0.25,
        load_kwh=0.25,
        pv_kwh=0.5,
        import_kwh=0.25,
        export_kwh=0.125,
        charge_kwh=0.75,
        discharge_kwh=0.0,
        heater_kwh=0.75,
        soc_percent=50.0,
    )


def test_without_a_reading_before_there_is_nothing_to_tell() -> None:
    now = full(START, 5.0)
    assert recorded(None, now) == Recorded((), now)


def test_a_second_reading_in_the_same_slot_changes_nothing() -> None:
    before = full(START, 5.0)
    assert recorded(before, full(START + QUARTER - SECOND, 5.2)) == Recorded((), before)


def test_a_first_reading_inside_a_slot_waits_for_a_whole_one() -> None:
    first = full(START + timedelta(minutes=7), 5.0)
    begun = recorded(first, full(START + QUARTER, 5.08))
    assert begun.observations == ()
    row = only_row(begun.snapshot, full(START + 2 * QUARTER, 5.28))
    assert row.start == START + QUARTER
    assert row.pv_kwh == pytest.approx(0.2)
    assert row.flags == ()


def test_a_reading_some_seconds_late_leaves_its_part_to_the_running_slot() -> None:
    late = recorded(full(START, 0.0), full(START + QUARTER + timedelta(seconds=100), 1.0))
    (row,) = late.observations
    assert row.pv_kwh == pytest.approx(0.9)
    assert row.flags == ()
    following = only_row(late.snapshot, full(START + 2 * QUARTER, 1.9))
    assert following.pv_kwh == pytest.approx(1.0)


def test_what_flowed_in_a_gap_is_spread_evenly_and_flagged() -> None:
    result = recorded(full(START, 0.0), full(START + 4 * QUARTER, 1.0, load=3.0))
    assert [row.start for row in result.observations] == [START + QUARTER * index for index in range(4)]
    for row in result.observations:
        assert row.pv_kwh == pytest.approx(0.25)
        assert row.load_kwh == pytest.approx(0.5)
        assert row.flags == ("gap",)
    assert [row.soc_percent for row in result.observations] == [None, None, None, 50.0]


def test_a_reading_long_after_the_slot_end_is_a_guess() -> None:
    result = recorded(full(START, 0.0), full(START + QUARTER + timedelta(minutes=9), 0.24))
    (row,) = result.observations
    assert row.pv_kwh == pytest.approx(0.15)
    assert row.flags == ("gap",)
    assert row.soc_percent is None


def test_after_more_than_a_day_counting_begins_anew() -> None:
    late = full(START + MAX_GAP + SECOND, 90.0)
    assert recorded(full(START, 0.0), late) == Recorded((), late)


def test_a_clock_set_back_begins_anew_and_a_small_step_waits() -> None:
    before = full(START, 5.0)
    back = full(START - timedelta(hours=1), 5.1)
    assert recorded(before, back) == Recorded((), back)
    assert recorded(before, full(START - SECOND, 5.0)) == Recorded((), before)


def test_a_counter_that_fell_says_nothing_and_begins_anew() -> None:
    reset = recorded(full(START, 100.0), full(START + QUARTER, 100.1, pv=0.3))
    (row,) = reset.observations
    assert row.pv_kwh is None
    assert row.import_kwh == pytest.approx(0.1)
    assert row.flags == ("reset",)
    following = only_row(reset.snapshot, full(START + 2 * QUARTER, 100.2, pv=0.7))
    assert following.pv_kwh == pytest.approx(0.4)
    assert following.flags == ()


def test_rounding_is_no_reset() -> None:
    row = only_row(full(START, 100.0), full(START + QUARTER, 100.2, pv=99.995))
    assert row.pv_kwh == 0.0
    assert row.flags == ()


@pytest.mark.parametrize(
    ("counter", "field", "possible", "absurd"),
    [
        ("load", "load_kwh", 9.9, 10.1),
        ("pv", "pv_kwh", 3.9, 4.1),
        ("grid_import", "import_kwh", 5.1, 5.2),
        ("grid_export", "export_kwh", 5.8, 5.9),
        ("battery_charge", "charge_kwh", 2.8, 2.9),
        ("battery_discharge", "discharge_kwh", 2.8, 2.9),
        ("water_heater", "heater_kwh", 2.1, 2.2),
    ],
)
def test_more_than_the_home_can_do_is_a_spike(counter: str, field: str, possible: float, absurd: float) -> None:
    no_heater = replace_heater_counter(HOME) if counter == "load" else HOME
    before = full(START, 0.0)
    fine = only_row(before, full(START + QUARTER, 0.0, **{"load": None, counter: possible}), no_heater)
    assert getattr(fine, field) == pytest.approx(possible)
    assert fine.flags == ()
    wild = recorded(before, full(START + QUARTER, 0.0, **{"load": None, counter: absurd}), no_heater)
    (row,) = wild.observations
    assert getattr(row, field) is None
    assert row.flags == ("spike",)
    following = only_row(wild.snapshot, full(START + 2 * QUARTER, 0.0, **{"load": None, counter: absurd}), no_heater)
    assert getattr(following, field) == 0.0


def replace_heater_counter(settings: HomeSettings) -> HomeSettings:
    return settings.model_copy(update={"entities": settings.entities.model_copy(update={"water_heater_energy": None})})


@pytest.mark.parametrize("value", [nan, inf])
def test_a_counter_that_shows_no_number_is_not_there(value: float) -> None:
    row = only_row(full(START, 1.0), full(START + QUARTER, 1.1, pv=value))
    assert row.pv_kwh is None
    assert row.import_kwh == pytest.approx(0.1)


def test_a_counter_that_was_away_is_missing_and_its_mean_is_flagged_when_it_returns() -> None:
    first = recorded(full(START, 0.0), full(START + QUARTER, 0.2, pv=None))
    second = recorded(first.snapshot, full(START + 2 * QUARTER, 0.4, pv=None))
    third = recorded(second.snapshot, full(START + 3 * QUARTER, 0.6, pv=1.5))
    rows = [result.observations[0] for result in (first, second, third)]
    assert [row.pv_kwh for row in rows] == [None, None, pytest.approx(0.5)]
    assert [row.flags for row in rows] == [(), (), ("gap",)]
    assert [row.import_kwh for row in rows] == [pytest.approx(0.2)] * 3


def test_a_counter_of_another_entity_begins_anew() -> None:
    other = replace(full(START + QUARTER, 0.5), pv=CounterReading("sensor.new", 500.0, START + QUARTER))
    changed = recorded(full(START, 0.0), other)
    assert changed.observations[0].pv_kwh is None
    after = replace(full(START + 2 * QUARTER, 1.0), pv=CounterReading("sensor.new", 500.3, START + 2 * QUARTER))
    assert only_row(changed.snapshot, after).pv_kwh == pytest.approx(0.3)


def test_a_counter_first_read_late_in_a_slot_says_nothing_about_that_slot() -> None:
    late = recorded(full(START, 0.0, pv=None), full(START + QUARTER + timedelta(minutes=9), 0.4, pv=7.0))
    following = recorded(late.snapshot, full(START + 2 * QUARTER, 0.6, pv=7.1))
    assert following.observations[0].pv_kwh is None
    assert only_row(following.snapshot, full(START + 3 * QUARTER, 0.9, pv=7.4)).pv_kwh == pytest.approx(0.3)


def test_when_nothing_can_be_read_there_is_no_row() -> None:
    before = full(START, 1.0)
    result = record(before, CounterSnapshot(START + QUARTER), HOME, None, NO_PRICES)
    assert result.observations == ()
    again = recorded(result.snapshot, full(START + 2 * QUARTER, 1.2))
    assert again.observations[0].start == START + QUARTER
    assert again.observations[0].pv_kwh == pytest.approx(0.1)


class TestLoad:
    def test_the_heater_is_taken_out_of_a_load_that_counts_it(self) -> None:
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=1.0, water_heater=0.75))
        assert row.load_kwh == pytest.approx(0.25)

    def test_the_heater_stays_out_of_a_load_that_does_not_count_it(self) -> None:
        apart = home({"load_includes_water_heater": False})
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=1.0, water_heater=0.75), apart)
        assert row.load_kwh == pytest.approx(1.0)

    @pytest.mark.parametrize(("included", "load_kwh"), [(True, 0.5), (False, 2.0)])
    def test_the_car_is_taken_out_of_a_load_that_counts_it(self, included: bool, load_kwh: float) -> None:
        settings = home({"ev_energy": "sensor.car", "load_includes_ev": included, "water_heater_energy": None})
        row = only_row(full(START, 0.0, ev=5.0), full(START + QUARTER, 0.0, load=2.0, ev=6.5), settings)
        assert row.load_kwh == pytest.approx(load_kwh)
        assert row.ev_kwh == pytest.approx(1.5)

    def test_without_the_cars_counter_the_load_is_unknown(self) -> None:
        settings = home({"ev_energy": "sensor.car", "water_heater_energy": None})
        assert only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=2.0), settings).load_kwh is None

    def test_without_the_heaters_counter_the_load_is_unknown(self) -> None:
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=1.0, water_heater=None))
        assert row.load_kwh is None

    def test_without_a_heater_counter_in_the_settings_the_load_is_what_it_shows(self) -> None:
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=1.0), replace_heater_counter(HOME))
        assert row.load_kwh == pytest.approx(1.0)

    def test_it_is_never_negative(self) -> None:
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=0.5, water_heater=0.75))
        assert row.load_kwh == 0.0
        assert row.flags == ()

    def test_far_below_zero_something_is_wired_wrongly(self) -> None:
        row = only_row(full(START, 0.0), full(START + QUARTER, 0.0, load=0.1, water_heater=0.75))
        assert row.load_kwh is None
        assert row.flags == ("spike",)

    def test_without_a_counter_it_is_the_balance_less_the_heater(self) -> None:
        balance = home({"load_energy": None, "load_includes_water_heater": False})
        after = full(
            START + QUARTER,
            0.0,
            load=None,
            pv=1.0,
            grid_import=0.5,
            battery_discharge=0.75,
            grid_export=0.25,
            battery_charge=0.5,
            water_heater=0.75,
        )
        assert only_row(full(START, 0.0), after, balance).load_kwh == pytest.approx(0.75)

    @pytest.mark.parametrize("name", ["pv", "grid_import", "grid_export", "battery_charge", "battery_discharge"])
    def test_a_balance_with_a_hole_is_unknown(self, name: str) -> None:
        balance = home({"load_energy": None})
        after = full(START + QUARTER, 0.1, load=None, **{name: None})
        assert only_row(full(START, 0.0), after, balance).load_kwh is None

    def test_a_home_without_pv_and_export_needs_no_counters_for_them(self) -> None:
        plain = home(
            {"load_energy": None, "pv_energy": None, "grid_export_energy": None, "water_heater_energy": None},
            pv_arrays=[],
            grid={"export_allowed": False},
        )
        after = snapshot(START + QUARTER, grid_import=1.0, battery_charge=0.25, battery_discharge=0.0)
        before = snapshot(START, grid_import=0.0, battery_charge=0.0, battery_discharge=0.0)
        assert only_row(before, after, plain).load_kwh == pytest.approx(0.75)
        assert only_row(before, after, plain).export_kwh == 0.0
        unread = replace(after, grid_import=None)
        assert only_row(before, unread, plain).export_kwh is None

    def test_a_home_that_could_sell_has_no_export_that_was_not_measured(self) -> None:
        after = snapshot(START + QUARTER, grid_import=1.0, battery_charge=0.25)
        before = snapshot(START, grid_import=0.0, battery_charge=0.0)
        blind = home({"grid_export_energy": None, "pv_energy": None}, pv_arrays=[])
        assert only_row(before, after, blind).export_kwh is None
        idle = home(
            {"grid_export_energy": None, "pv_energy": None},
            pv_arrays=[],
            battery={**HOME.battery.model_dump(), "discharge_to_grid": False},
        )
        assert only_row(before, after, idle).export_kwh == 0.0

    def test_a_counter_without_a_sign_of_life_for_an_hour_is_unknown_not_zero(self) -> None:
        stuck = CounterReading("sensor.load", 5.0, START)
        state = full(START + 8 * QUARTER, 5.0)
        row = only_row(state, replace(full(START + 9 * QUARTER, 5.0), load=stuck))
        assert row.load_kwh is None
        assert row.pv_kwh == 0.0

    def test_a_counter_that_only_shows_tenths_may_rest_for_a_while(self) -> None:
        resting = CounterReading("sensor.load", 5.0, START)
        row = only_row(full(START + QUARTER, 5.0), replace(full(START + 2 * QUARTER, 5.0), load=resting))
        assert row.load_kwh == 0.0


def price(start: datetime, paid: float, *, known: bool = True) -> Price:
    return Price(start, start + QUARTER, paid, paid / 2, known)


def test_each_slot_carries_its_known_price() -> None:
    prices = PriceCurve((price(START, 1.0), price(START + QUARTER, -2.0), price(START + 2 * QUARTER, 3.0, known=False)))
    rows = record(full(START, 0.0), full(START + 4 * QUARTER, 1.0), HOME, None, prices).observations
    assert [(row.import_price, row.export_price) for row in rows] == [
        (1.0, 0.5),
        (-2.0, -1.0),
        (None, None),
        (None, None),
    ]


@given(
    st.lists(st.tuples(st.integers(1, 3600), st.floats(0, 1)), min_size=2, max_size=30),
    st.integers(0, 899),
)
def test_no_energy_is_lost_or_invented(steps: list[tuple[int, float]], offset: int) -> None:
    moment = START + offset * SECOND
    state = snapshot(moment, pv=100.0)
    shown, rows = 100.0, list[Observation]()
    begun: CounterSnapshot | None = None
    for seconds, rise in steps:
        moment += seconds * SECOND
        shown += rise * min(seconds / 900, 1)
        result = recorded(state, snapshot(moment, pv=shown))
        state = result.snapshot
        rows += result.observations
        begun = begun or (state if state.taken_at == floor_to_slot(state.taken_at) else None)
    for earlier, later in pairwise(rows):
        assert earlier.start + QUARTER == later.start
    if begun is None or begun.pv is None or state.pv is None:
        return
    counted = [row for row in rows if row.start >= begun.taken_at]
    assert sum(row.pv_kwh or 0.0 for row in counted) == pytest.approx(state.pv.kwh - begun.pv.kwh, abs=1e-6)
    assert all(row.pv_kwh is not None and row.pv_kwh >= 0 for row in counted)


def test_a_day_of_23_or_25_hours_has_all_its_slots() -> None:
    for moment, slots in ((datetime(2026, 3, 28, 23, tzinfo=UTC), 92), (datetime(2026, 10, 24, 22, tzinfo=UTC), 100)):
        state = full(moment, 0.0)
        rows: list[Observation] = []
        for index in range(1, slots + 1):
            result = recorded(state, full(moment + QUARTER * index + SECOND, 0.1 * index))
            state = result.snapshot
            rows += result.observations
        assert len({row.start for row in rows}) == slots
        assert all(row.flags == () for row in rows)


class TestStateOfCharge:
    def test_a_slot_has_it_at_both_ends(self) -> None:
        first = record(full(START, 0.0), full(START + QUARTER, 0.1), HOME, 40.0, NO_PRICES)
        second = record(first.snapshot, full(START + 2 * QUARTER, 0.2), HOME, 45.0, NO_PRICES)
        assert [row.soc_start_percent for row in (*first.observations, *second.observations)] == [None, 40.0]
        assert [row.soc_percent for row in (*first.observations, *second.observations)] == [40.0, 45.0]

    def test_over_a_gap_only_the_outer_ends_are_known(self) -> None:
        before = replace(full(START, 0.0), soc_percent=40.0)
        rows = record(before, full(START + 3 * QUARTER, 0.3), HOME, 50.0, NO_PRICES).observations
        assert [row.soc_start_percent for row in rows] == [40.0, None, None]
        assert [row.soc_percent for row in rows] == [None, None, 50.0]

    def test_one_read_inside_a_slot_is_not_that_at_its_start(self) -> None:
        before = replace(full(START + timedelta(minutes=7), 0.0), soc_percent=40.0)
        late = record(before, full(START + QUARTER + timedelta(minutes=10), 0.2), HOME, 50.0, NO_PRICES)
        assert all(row.soc_start_percent is None for row in late.observations)
        assert late.snapshot.soc_percent is None


class TestCatchingUp:
    """PV whose inverter was not heard of for a while."""

    def quarter(self, state: CounterSnapshot, index: int, kwh: float, heard: datetime) -> Recorded:
        at = START + index * QUARTER
        return recorded(state, replace(full(at, 0.0), pv=CounterReading("sensor.pv", kwh, heard)))

    def rows(self, silent: int, rise_kwh: float) -> list[Observation]:
        result = self.quarter(full(START, 0.0), 1, 0.0, START + QUARTER)
        found: list[Observation] = []
        for index in range(2, 2 + silent):
            result = self.quarter(result.snapshot, index, 0.0, START + QUARTER)
            found += result.observations
        last = 2 + silent
        return [*found, *self.quarter(result.snapshot, last, rise_kwh, START + last * QUARTER).observations]

    def test_what_comes_at_once_after_a_long_silence_is_flagged_and_kept(self) -> None:
        *silent, last = self.rows(6, 2.0)
        assert all((row.pv_kwh, row.flags) == (0.0, ()) for row in silent)
        assert last.pv_kwh == pytest.approx(2.0)
        assert last.flags == ("catch_up",)

    def test_a_little_after_a_night_is_the_morning(self) -> None:
        assert self.rows(40, 0.3)[-1].flags == ()

    def test_a_short_silence_is_nothing_special(self) -> None:
        assert self.rows(2, 2.0)[-1].flags == ()


def test_a_change_of_the_unit_loses_nothing() -> None:
    """The entity said 5000 Wh, then 5.2 kWh: both are read as kWh."""
    first = recorded(full(START, 4.8), full(START + QUARTER, 5.0))
    assert only_row(first.snapshot, full(START + 2 * QUARTER, 5.2)).pv_kwh == pytest.approx(0.2)
    forgotten = only_row(first.snapshot, full(START + 2 * QUARTER, 5.2, pv=5200.0))
    assert (forgotten.pv_kwh, forgotten.flags) == (None, ("spike",))


@pytest.mark.parametrize(("load_kwh", "flagged"), [(0.05, True), (0.2, False)])
def test_a_balance_smaller_than_the_battery_s_losses_says_nothing(load_kwh: float, flagged: bool) -> None:
    balance = home({"load_energy": None, "water_heater_energy": None})
    after = full(START + QUARTER, 0.0, load=None, grid_import=1.25 + load_kwh, battery_charge=1.25)
    row = only_row(full(START, 0.0), after, balance)
    assert row.load_kwh == pytest.approx(load_kwh)
    assert (BATTERY_DRIVEN in row.flags) == flagged


def test_circumstances_are_flagged_on_every_slot_of_a_gap() -> None:
    vacation = Circumstances(vacation=True)
    rows = record(full(START, 0.0), full(START + 3 * QUARTER, 0.3), HOME, 50.0, NO_PRICES, vacation).observations
    assert [row.flags for row in rows] == [("gap", "vacation")] * 3


def test_an_absence_is_remembered_with_the_counters() -> None:
    nobody = Circumstances(occupied=False)
    state = full(START, 0.0)
    flags = []
    for index in range(1, 100):
        result = record(state, full(START + index * QUARTER, 0.1 * index), HOME, 50.0, NO_PRICES, nobody)
        state = result.snapshot
        flags += [row.flags for row in result.observations]
    assert flags.index(("away",)) == 97
    assert flags[97:] == [("away",)] * 2
