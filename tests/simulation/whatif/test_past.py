"""A what-if over the home's own past is the backtest: the same figures to the cent on the same input."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.observation import Observation
from darkstar.home.prices import PriceCurve
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.run import run_world
from darkstar.simulation.backtest.world import World, build_world
from darkstar.simulation.series import SeriesError
from darkstar.simulation.whatif.changes import Changes, changes_from
from darkstar.simulation.whatif.own_world import Effort
from darkstar.simulation.whatif.past import OwnHistory, _assumptions, as_is, changed, last_days, run_case, what_if_past
from tests.simulation.backtest.samples import two_days

CENT = 0.005
QUARTERS: dict[str, Any] = {
    "interval_minutes": 15,
    "slot_minutes": 60,
    "tariff": None,
    "price_factor": 0.001,
    "forecast": "same_slot",
    "scenario_days": 2,
}
EFFORT = Effort(replan_minutes=720, tick_minutes=15, slot_minutes=60)


def options_of(folder: Path, **changes: Any) -> BacktestOptions:
    return two_days(
        folder, **QUARTERS, tick_minutes=15, import_multiplier=1.2, import_addition=0.1, min_soc_percent=10.0, **changes
    )


def history_of(world: World) -> OwnHistory:
    """What the counters of the backtest's home would have told, and the prices that it saw."""
    series = world.series
    before = Observation(series.start - timedelta(minutes=15), 0.25, soc_percent=50.0)
    return OwnHistory(world.home, (before, *series.observations), world.curve)


@pytest.mark.parametrize("power", [None, 9.0])
def test_it_agrees_with_the_backtest_to_the_cent(tmp_path: Path, power: float | None) -> None:
    world = build_world(options_of(tmp_path, power_price=power))
    result = run_world(world)
    history = history_of(world)
    home = history.home.model_copy(
        update={"prices": history.home.prices.model_copy(update={"source": "nordpool_sensor"})}
    )
    case = as_is(replace(history, home=home), world.series.start, world.series.end, EFFORT)
    costs = run_case(case)
    assert {cost.name for cost in costs} == {"no battery", "self-consumption", "Darkstar"}
    for cost in costs:
        score = result.score(cost.name)
        assert cost.cost == pytest.approx(score.cost, abs=1e-9 if power is None else CENT)
        assert cost.power == pytest.approx(score.power_cost, abs=1e-9)
        assert cost.import_kwh == pytest.approx(score.import_kwh)
        assert cost.cycles == pytest.approx(score.cycles)


def test_a_changed_battery_agrees_with_the_backtest_of_that_battery(tmp_path: Path) -> None:
    options = options_of(tmp_path)
    history = history_of(build_world(options))
    home = history.home.model_copy(
        update={"prices": history.home.prices.model_copy(update={"source": "nordpool_sensor"})}
    )
    other = build_world(replace(options, battery_kwh=10.0, battery_kw=2.0, start_soc_percent=25.0))
    expected = run_world(other).score("Darkstar").cost
    case = changed(
        replace(history, home=home),
        Changes(battery_kwh=10.0, battery_kw=2.0),
        other.series.start,
        other.series.end,
        EFFORT,
    )
    assert run_case(case)[-1].cost == pytest.approx(expected, abs=CENT)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> OwnHistory:
    return history_of(build_world(options_of(tmp_path_factory.mktemp("past"))))


def span(history: OwnHistory) -> tuple[datetime, datetime]:
    return history.rows[1].start, history.rows[-1].end


@pytest.mark.parametrize(
    "given",
    [
        {"battery_kwh": 12.0},
        {"tariff": {"fixed_feed_in_per_kwh": 0.3}},
        {"fixed_price_per_kwh": 0.08},
        {"ev": {"kwh_per_day": 6.0}},
        {"power_tariffs": [{"price_per_kw_month": 20.0, "different_days": False}]},
    ],
)
def test_every_change_changes_the_cost(history: OwnHistory, given: dict[str, Any]) -> None:
    start, end = span(history)
    coarse = Effort(replan_minutes=1440, tick_minutes=15, slot_minutes=60)
    before = run_case(as_is(history, start, end, coarse))
    after = run_case(changed(history, changes_from(given), start, end, coarse))
    assert abs(after[-1].cost - before[-1].cost) > CENT


def test_both_homes_are_set_side_by_side(history: OwnHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "darkstar.simulation.whatif.past.FINE", Effort(replan_minutes=1440, tick_minutes=15, slot_minutes=60)
    )
    start, end = span(history)
    seen: list[tuple[int, int]] = []
    found = what_if_past(
        history, Changes(battery_kwh=10.0), start, end, progress=lambda done, total: seen.append((done, total))
    )
    assert found.days == 2
    assert found.saved == pytest.approx(found.as_is[-1].cost - found.changed[-1].cost)
    assert found.saved_per_year == pytest.approx(found.saved / 2 * 365)
    assert found.changes == ("battery of 10 kWh instead of 5",)
    assert seen[-1] == (384, 384)
    assert [done for done, _ in seen] == list(range(1, 385))


def test_the_last_whole_days_with_load_and_prices_are_taken(history: OwnHistory) -> None:
    start, end = span(history)
    now = end + timedelta(hours=9)
    assert last_days(history, now) == (start, end)
    assert last_days(history, now, 1)[0] == end - timedelta(days=1)
    priced = PriceCurve(tuple(price for price in history.prices.prices if price.start >= start + timedelta(hours=3)))
    assert last_days(replace(history, prices=priced), now) == (start + timedelta(days=1), end)


def test_without_a_day_there_is_no_past(history: OwnHistory) -> None:
    with pytest.raises(SeriesError, match="no day has measured load and prices yet"):
        last_days(replace(history, rows=()), datetime(2026, 4, 20, tzinfo=UTC))


def test_small_gaps_are_filled_and_told_and_large_ones_refused(history: OwnHistory) -> None:
    start, end = span(history)
    small = replace(history, rows=(*history.rows[:20], *history.rows[24:]))
    case = as_is(small, start, end)
    assert case.world.series.load_kwh[19:23] == as_is(history, start, end).world.series.load_kwh[115:119]
    large = replace(history, rows=history.rows[:100])
    with pytest.raises(SeriesError, match="choose a period that was measured"):
        as_is(large, start, end)


def test_prices_that_were_read_back_are_told_and_so_is_what_is_missing(history: OwnHistory) -> None:
    start, end = span(history)
    told = replace(
        history,
        read_back=PriceCurve(tuple(p for p in history.prices.prices if start <= p.start < start + timedelta(hours=6))),
        prices_note="the sensor has no prices before 2026-04-01.",
    )
    assumptions = _assumptions(told, Changes(), EFFORT, start, end)
    assert "the prices of 6 hours are read back from Home Assistant, with the tariff as it is set today" in assumptions
    assert told.prices_note in assumptions
    assert not any("read back" in line for line in _assumptions(history, Changes(), EFFORT, start, end))


def test_a_past_without_prices_tells_the_way_out(history: OwnHistory) -> None:
    told = replace(history, prices=PriceCurve(), prices_note="Name in prices.history_entity a sensor.")
    with pytest.raises(SeriesError, match=r"try the days ahead\. Name in prices\.history_entity a sensor"):
        last_days(told, history.rows[-1].end + timedelta(days=1))
