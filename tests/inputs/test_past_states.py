"""Counters without statistics, out of the recorder's history."""

from datetime import datetime, timedelta

import pytest

from darkstar.home.ports import EntityState, StatisticsRow
from darkstar.inputs.history import read_history
from darkstar.inputs.past_states import five_minute_rows
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant
from tests.inputs.test_history import FIVE, HOUR, SOC, house, recorder, steady

LOAD = "sensor.load"

SECOND = timedelta(seconds=1)


def said(at: datetime, state: object, unit: str | None = "kWh") -> EntityState:
    return EntityState(LOAD, str(state), {} if unit is None else {"unit_of_measurement": unit}, at)


def changes(*states: EntityState, minutes: int = 20) -> list[tuple[int, float]]:
    """Start in minutes after noon and change of each row."""
    ha = FakeHomeAssistant(past={LOAD: list(states)})
    rows = five_minute_rows(ha, [LOAD], None, NOON, NOON + timedelta(minutes=minutes)).get(LOAD, ())
    return [(int((row.start - NOON) / timedelta(minutes=1)), round(row.change or 0.0, 6)) for row in rows]


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_counter_holds_what_it_said_last() -> None:
    assert changes(said(NOON - HOUR, 10), said(after(6), 10.5), said(after(13), 10.7)) == [
        (0, 0.0),
        (5, 0.5),
        (10, 0.2),
        (15, 0.0),
    ]


def test_before_the_first_word_nothing_is_known() -> None:
    assert changes(said(after(7), 10), said(after(12), 11)) == [(10, 1.0), (15, 0.0)]


def test_an_outage_and_what_was_counted_in_it_is_left_out() -> None:
    assert changes(said(NOON, 10), said(after(6), "unavailable"), said(after(12), 13), said(after(17), 13.2)) == [
        (0, 0.0),
        (15, 0.2),
    ]


def test_a_counter_that_goes_from_wh_to_kwh_runs_on() -> None:
    assert changes(said(NOON, 10_000, "Wh"), said(after(4), 10_100, "Wh"), said(after(8), 10.3)) == [
        (0, 0.1),
        (5, 0.2),
        (10, 0.0),
        (15, 0.0),
    ]


def test_little_is_asked_for_at_once() -> None:
    ha = FakeHomeAssistant(past={})
    assert five_minute_rows(ha, [LOAD], SOC, NOON, NOON + timedelta(hours=15)) == {}
    assert [(end - start) / HOUR for start, end, _ in ha.asked] == [6, 6, 3]


def test_entities_without_statistics_come_from_the_history_of_states() -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, pv=1.0)
    counted = [
        EntityState(LOAD, f"{10 + 0.1 * index}", {"unit_of_measurement": "kWh"}, NOON - HOUR + index * FIVE - SECOND)
        for index in range(13)
    ]
    soc = [
        EntityState(SOC, f"{50 + index}", {"unit_of_measurement": "%"}, NOON - HOUR + index * FIVE - SECOND)
        for index in range(13)
    ]
    ha.past = {LOAD: counted, SOC: soc}
    rows = read_history(ha, house(), NOON - HOUR, NOON)
    assert [row.load_kwh for row in rows] == pytest.approx([0.3] * 4)
    assert [row.pv_kwh for row in rows] == pytest.approx([0.25] * 4)
    assert [row.soc_percent for row in rows] == [53, 56, 59, 62]
    assert [row.soc_start_percent for row in rows] == [None, 53, 56, 59]


def test_states_are_not_asked_for_where_there_are_statistics() -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, load=1.0)
    for name in ("pv", "import", "export", "charge", "discharge"):
        ha.rows[f"sensor.{name}", "hour"] = steady(NOON - HOUR, NOON, HOUR, change=1.0)
    ha.rows[SOC, "5minute"] = [StatisticsRow(NOON - FIVE, NOON, None, 50.0)]
    ha.past = {}
    read_history(ha, house(), NOON - 3 * HOUR, NOON)
    assert "states" not in [kind for _, _, kind in ha.asked]


def test_a_home_assistant_without_history_gives_what_its_statistics_have() -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, pv=1.0)
    rows = read_history(ha, house(), NOON - HOUR, NOON)
    assert [row.pv_kwh for row in rows] == pytest.approx([0.25] * 4)
    assert {row.load_kwh for row in rows} == {None}
