"""Deferrable loads: whole runs, pauses, several runs, windows past the horizon, optional ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.plan import Plan, PlanStatus
from darkstar.optimizer.request import GridRequest, LoadRequest, PlanRequest
from darkstar.optimizer.runs import WholeRuns, later_price, possibilities
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import BATTERY, START, request_of, slots_of

PRICES = [0.5, 0.4, 0.1, 0.2, 0.6, 0.3, 0.1, 0.1, 0.7, 0.8, 0.2, 0.9]


def at(hours: float) -> timedelta:
    return timedelta(hours=hours)


def home(
    *loads: LoadRequest, prices: Sequence[float] = PRICES, hours: float = 1.0, first_hours: float | None = None
) -> PlanRequest:
    """A home without storage, one price per slot."""
    count = len(prices)
    slots = slots_of([0.5] * count, [0.0] * count, prices, [0.0] * count, hours, first_hours)
    return replace(request_of(slots), loads=loads)


def machine(*profile_kw: float, begin: float = 0.0, end: float = 12.0, step_hours: float = 1.0) -> LoadRequest:
    return LoadRequest(profile_kw, START + at(begin), START + at(end), step_hours)


def taken(planned: Plan, number: int = 0) -> list[float]:
    return [slot.loads_kwh[number] for slot in planned.slots]


def where(planned: Plan, number: int = 0) -> list[int]:
    return [index for index, kwh in enumerate(taken(planned, number)) if kwh > 0]


def test_a_run_is_one_piece_in_the_cheapest_place() -> None:
    planned = plan(home(machine(2.0, 1.0)))
    assert where(planned) == [6, 7]
    assert taken(planned)[6:8] == pytest.approx([2.0, 1.0])
    assert planned.cost == pytest.approx(0.5 * sum(PRICES) + 2.0 * 0.1 + 1.0 * 0.1)
    assert planned.status is PlanStatus.OPTIMAL


def test_the_profile_matters_not_only_its_mean() -> None:
    assert where(plan(home(machine(0.1, 3.0), prices=[0.5, 0.4, 0.1, 0.3, 0.3, 0.3]))) == [1, 2]
    assert where(plan(home(machine(3.0, 0.1), prices=[0.5, 0.4, 0.1, 0.3, 0.3, 0.3]))) == [2, 3]


def test_the_window_is_kept() -> None:
    assert where(plan(home(machine(1.0, 1.0, begin=3, end=6)))) == [3, 4]
    assert where(plan(home(machine(1.0, begin=3, end=6)))) == [3]


def test_at_equal_money_a_run_comes_first() -> None:
    assert where(plan(home(machine(1.0, 1.0), prices=[0.3] * 12))) == [0, 1]


def test_a_profile_is_spread_over_slots_by_time() -> None:
    load = machine(4.0, 2.0, 0.0, 2.0, step_hours=0.5)
    planned = plan(home(load, prices=[0.5, 0.1, 0.1, 0.5]))
    assert taken(planned)[1:3] == pytest.approx([3.0, 1.0])
    quarters = plan(home(load, prices=[0.5] * 4 + [0.1] * 8, hours=0.25))
    assert taken(quarters)[4:12] == pytest.approx([1.0, 1.0, 0.5, 0.5, 0.0, 0.0, 0.5, 0.5])


def test_a_profile_is_spread_over_unequal_slots() -> None:
    planned = plan(home(machine(4.0, 2.0, step_hours=0.5, end=2.0), prices=[0.1, 0.3, 0.3], first_hours=0.2))
    assert taken(planned) == pytest.approx([0.8, 0.3 * 4 + 0.5 * 2, 0.0])


def test_what_does_not_fit_is_missed_and_said() -> None:
    planned = plan(home(replace(machine(2.0, 1.0, begin=3, end=4), name="dishwasher")))
    assert where(planned) == []
    assert planned.unmet == ("dishwasher: 1 of 1 run(s) find no room in the window, 3.00 kWh are missing",)
    assert planned.objective == pytest.approx(planned.cost + 8 * 0.9 * 3.0)


def test_a_window_that_is_over_is_missed() -> None:
    assert "1 of 1" in plan(home(machine(1.0, begin=-5, end=-2))).unmet[0]


def test_the_fuse_goes_before_a_run() -> None:
    request = replace(home(machine(3.0, 3.0)), grid=GridRequest(max_import_kw=3.0))
    planned = plan(request)
    assert where(planned) == []
    assert "1 of 1" in planned.unmet[0]
    fits = plan(replace(request, grid=GridRequest(max_import_kw=3.6)))
    assert where(fits) == [6, 7]


def test_several_runs_do_not_overlap() -> None:
    planned = plan(home(replace(machine(2.0, 1.0), runs=3)))
    assert where(planned) == [2, 3, 5, 6, 7, 8]
    assert sum(taken(planned)) == pytest.approx(9.0)
    assert max(taken(planned)) == pytest.approx(2.0)


def test_runs_that_find_no_room_are_counted() -> None:
    planned = plan(home(replace(machine(2.0, 1.0, end=5), runs=3)))
    assert sum(taken(planned)) == pytest.approx(6.0)
    assert "1 of 3 run(s)" in planned.unmet[0]


def test_a_load_that_may_pause_takes_the_cheapest_slots() -> None:
    load = replace(machine(2.0, 2.0, 2.0), uninterruptible=False)
    planned = plan(home(load))
    assert where(planned) == [2, 6, 7]
    assert taken(planned)[2] == pytest.approx(2.0)


def test_pauses_are_whole_slots_at_mean_power() -> None:
    load = replace(machine(3.0, 1.0, 0.5), uninterruptible=False)
    planned = plan(home(load))
    assert where(planned) == [2, 6, 7]
    assert [taken(planned)[index] for index in (2, 6, 7)] == pytest.approx([1.5] * 3)


def test_pausing_overshoots_by_less_than_a_slot_also_when_energy_is_paid() -> None:
    load = replace(machine(2.0, step_hours=2.5), uninterruptible=False)
    planned = plan(home(load, prices=[-0.2] * 12))
    assert 5.0 - 0.1 <= sum(taken(planned)) < 7.0


def test_a_short_first_slot_counts_as_a_whole_one() -> None:
    load = replace(machine(2.0, 2.0, end=2), uninterruptible=False)
    assert plan(home(load, prices=[0.1] * 3, first_hours=0.99)).unmet == ()


def test_a_pausing_load_takes_parts_of_slots_at_the_edges_of_its_window() -> None:
    load = replace(machine(2.0, 2.0, begin=0.5, end=2.5), uninterruptible=False)
    assert taken(plan(home(load, prices=[0.1] * 4))) == pytest.approx([1.0, 2.0, 1.0, 0.0])


def test_missing_energy_of_a_pausing_load_is_said() -> None:
    load = replace(machine(2.0, 2.0, 2.0, begin=1, end=3), uninterruptible=False)
    planned = plan(home(load))
    assert where(planned) == [1, 2]
    assert planned.unmet == ("load 1: 1.90 of 6.00 kWh find no room in the window",)


@pytest.mark.parametrize("uninterruptible", [True, False])
@pytest.mark.parametrize(("worth", "expected"), [(0.09, []), (0.11, [6, 7])])
def test_an_optional_load_runs_below_its_worth(uninterruptible: bool, worth: float, expected: list[int]) -> None:
    prices = [0.5, 0.4, 0.3, 0.2, 0.6, 0.3, 0.1, 0.1, 0.7, 0.8, 0.2, 0.9]
    load = replace(machine(2.0, 2.0), worth_per_kwh=worth, uninterruptible=uninterruptible)
    planned = plan(home(load, prices=prices))
    assert where(planned) == expected
    assert planned.unmet == ()
    gain = (worth - 0.1) * 4 if expected else 0.0
    assert planned.objective == pytest.approx(0.5 * sum(prices) - gain)


def test_an_optional_load_that_pauses_runs_in_part() -> None:
    load = replace(machine(2.0, 2.0, 2.0, 2.0), worth_per_kwh=0.15, uninterruptible=False)
    assert where(plan(home(load))) == [2, 6, 7]


def test_optional_runs_are_chosen_one_by_one() -> None:
    load = replace(machine(1.0), worth_per_kwh=0.15, runs=5)
    assert where(plan(home(load))) == [2, 6, 7]


def test_a_run_under_way_goes_on() -> None:
    load = replace(machine(2.0, 1.0, 3.0, begin=-5), running_since=START - at(0.5))
    planned = plan(home(load))
    assert taken(planned)[:4] == pytest.approx([0.5 * 2.0 + 0.5 * 1.0, 0.5 * 1.0 + 0.5 * 3.0, 1.5, 0.0])
    assert planned.unmet == ()


def test_further_runs_wait_for_the_one_under_way() -> None:
    load = replace(machine(2.0, 2.0, begin=-5), running_since=START - at(0.5), runs=2)
    planned = plan(home(load, prices=[0.1, 0.1, 0.1, 0.3, 0.3, 0.3]))
    assert taken(planned) == pytest.approx([2.0, 1.0, 2.0, 2.0, 0.0, 0.0])


def test_a_run_that_ended_before_the_horizon_is_done() -> None:
    load = replace(machine(2.0, begin=-5), running_since=START - at(3))
    assert where(plan(home(load))) == []
    assert plan(home(load)).unmet == ()


def test_a_run_under_way_goes_on_above_the_fuse() -> None:
    load = replace(machine(5.0, 5.0, begin=-5), running_since=START - at(1))
    planned = plan(replace(home(load), grid=GridRequest(max_import_kw=4.0)))
    assert taken(planned)[:2] == pytest.approx([5.0, 0.0])
    assert any("import limit" in words for words in planned.unmet)


def test_a_pausing_load_counts_what_it_had() -> None:
    load = replace(machine(2.0, 2.0, begin=-5), running_since=START - at(1), uninterruptible=False)
    assert where(plan(home(load))) == [2]


@pytest.mark.parametrize("uninterruptible", [True, False])
def test_a_load_may_wait_for_the_time_after_the_horizon(uninterruptible: bool) -> None:
    """The horizon's mean price is 0.37; all that is dearer waits, all that is cheaper runs."""
    load = replace(machine(2.0, 2.0, begin=8, end=40), uninterruptible=uninterruptible)
    dear = plan(home(load, prices=[*PRICES[:8], 0.7, 0.8, 0.7, 0.9]))
    assert where(dear) == []
    assert dear.unmet == ()
    assert dear.objective == pytest.approx(dear.cost + 4 * later_price(home(prices=[*PRICES[:8], 0.7, 0.8, 0.7, 0.9])))
    assert where(plan(home(load, prices=[*PRICES[:8], 0.1, 0.1, 0.7, 0.9]))) == [8, 9]


def test_a_run_may_reach_past_the_horizon() -> None:
    load = machine(2.0, 4.0, begin=11, end=13)
    planned = plan(home(load))
    assert taken(planned)[11] == pytest.approx(2.0)
    assert planned.unmet == ()
    assert planned.objective == pytest.approx(planned.cost + 4.0 * later_price(home()))


def test_only_as_many_runs_wait_as_have_room_later() -> None:
    load = replace(machine(1.0, 1.0, begin=10, end=15), runs=3, name="pump")
    planned = plan(home(load))
    assert where(planned) == [10, 11]
    assert "1 of 3 run(s)" in planned.unmet[0]


def test_a_run_across_the_horizons_end_takes_room_from_those_that_wait() -> None:
    load = replace(machine(1.0, 1.0, begin=11, end=14), runs=2)
    planned = plan(home(load))
    assert "1 of 2 run(s)" in planned.unmet[0]


def test_a_window_inside_one_slot_begins_there() -> None:
    planned = plan(home(machine(2.0, step_hours=0.5, begin=1.25, end=1.75)))
    assert taken(planned)[:3] == pytest.approx([0.0, 1.0, 0.0])


def test_loads_share_the_fuse() -> None:
    first, second = machine(2.0, 2.0), machine(2.0)
    planned = plan(replace(home(first, second), grid=GridRequest(max_import_kw=3.0)))
    assert set(where(planned)) & set(where(planned, 1)) == set()
    assert planned.unmet == ()


def test_a_run_moves_to_the_sun_that_nobody_buys() -> None:
    pv = [0.0] * 4 + [3.0] * 4 + [0.0] * 4
    slots = slots_of([0.5] * 12, pv, [0.3] * 12, [0.0] * 12, 1.0)
    assert where(plan(replace(request_of(slots), loads=(machine(2.0, 2.0),)))) == [4, 5]


PROFILES = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=4).map(tuple)


@st.composite
def washing_homes(draw: st.DrawFn) -> PlanRequest:
    """A home with one or two loads of any kind on slots of any length."""
    prices = draw(st.lists(st.floats(-0.3, 1.0).map(lambda price: round(price, 2)), min_size=2, max_size=8))
    loads = tuple(
        LoadRequest(
            draw(PROFILES),
            START + at(draw(st.sampled_from([-2.0, 0.0, 0.5, 1.0, 2.0]))),
            START + at(draw(st.sampled_from([0.5, 2.0, 4.0, 5.5, 30.0]))),
            draw(st.sampled_from([0.25, 0.5, 1.0])),
            draw(st.booleans()),
            draw(st.integers(0, 3)),
            draw(st.sampled_from([None, 0.2])),
            draw(st.sampled_from([None, START - at(0.75)])),
        )
        for _ in range(draw(st.integers(1, 2)))
    )
    request = home(
        *loads,
        prices=prices,
        hours=draw(st.sampled_from([0.25, 0.5, 1.0])),
        first_hours=draw(st.sampled_from([None, 0.1])),
    )
    limit = draw(st.sampled_from([None, 2.0]))
    batteries = draw(st.sampled_from([(), (BATTERY,), (replace(BATTERY, charge_from_grid=False),)]))
    return replace(request, grid=GridRequest(max_import_kw=limit), batteries=batteries)


@settings(max_examples=150, deadline=None)
@given(washing_homes())
def test_plans_of_any_loads_are_sound(request_: PlanRequest) -> None:
    planned = plan(request_)
    assert planned.status is PlanStatus.OPTIMAL
    for number, load in enumerate(request_.loads):
        energies = taken(planned, number)
        possible = possibilities(request_, load)
        if isinstance(possible, WholeRuns):
            chosen = possible.chosen(energies)
            whole = sum(kwh for run in chosen for _, kwh in run.kwh) + sum(kwh for _, kwh in possible.running)
            assert sum(energies) == pytest.approx(whole)
            assert all(run.free_from <= after.first for run, after in pairwise(chosen))
        else:
            assert sum(energies) <= possible.cap_kwh + 1e-6
        assert max(energies) <= max(load.profile_kw) * max(slot.hours for slot in request_.slots) + 1e-9
    plain = settle(request_, self_consumption(request_))
    assert planned.objective <= plain.objective + request_.money_gap + 1e-6 * request_.price_level


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-0.3, 1.0).map(lambda price: round(price, 2)), min_size=4, max_size=7),
    PROFILES,
    st.integers(1, 2),
)
def test_no_placing_of_the_runs_is_cheaper(prices: list[float], profile: tuple[float, ...], runs: int) -> None:
    load = replace(machine(*profile, end=len(prices)), runs=runs)
    planned = plan(home(load, prices=prices))
    starts = range(len(prices) - len(profile) + 1)
    costs = [
        sum(prices[start + step] * power for start in chosen for step, power in enumerate(profile))
        for chosen in combinations(starts, runs)
        if all(after - before >= len(profile) for before, after in pairwise(chosen))
    ]
    if costs and sum(profile):
        assert planned.cost == pytest.approx(0.5 * sum(prices) + min(costs), abs=2e-3)
        assert planned.unmet == ()
    else:
        assert (planned.unmet != ()) is (sum(profile) > 0)


@settings(max_examples=60, deadline=None)
@given(washing_homes())
def test_without_a_solver_runs_are_whole_and_below_the_fuse(request_: PlanRequest) -> None:
    planned = plan(request_, [])
    limit = request_.grid.max_import_kw
    running = any(load.running_since for load in request_.loads)
    for slot in planned.slots:
        if limit is not None and not running:
            assert slot.import_kwh <= limit * slot.hours + 1e-6
    for number, load in enumerate(request_.loads):
        possible = possibilities(request_, load)
        if isinstance(possible, WholeRuns):
            chosen = possible.chosen(taken(planned, number))
            whole = sum(kwh for run in chosen for _, kwh in run.kwh) + sum(kwh for _, kwh in possible.running)
            assert sum(taken(planned, number)) == pytest.approx(whole)


def test_the_fallback_takes_the_cheapest_places() -> None:
    whole = home(replace(machine(2.0, 1.0), runs=2))
    assert where(plan(whole, [])) == [2, 3, 6, 7]
    pausing = home(replace(machine(2.0, 2.0), uninterruptible=False))
    assert where(plan(pausing, [])) == [2, 6]
    optional = home(replace(machine(1.0), worth_per_kwh=0.05))
    assert where(plan(optional, [])) == []
