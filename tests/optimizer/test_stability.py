"""Staying near the running plan: within the money, the same first slot, few changes; never at the price of a plan."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import HeatDay, PlanRequest, RunningSlot
from darkstar.optimizer.solve import plan
from tests.optimizer.replans import replans, running_of
from tests.optimizer.samples import (
    BATTERY,
    START,
    day,
    export_above_import,
    heater,
    homes,
    request_of,
    summer,
    winter,
    with_water,
)

STEADY = 0.02


def two_prices() -> PlanRequest:
    """A night and a day price: many schedules are worth the same."""
    prices = [0.15 if 40 <= index < 72 else 0.35 for index in range(104)]
    return replace(request_of(day(pv_kw=2.0, bought_at=prices, slots=104), BATTERY), stability_money=STEADY)


def hourly_prices() -> PlanRequest:
    """Prices by the hour, slots by the quarter: within an hour the order does not matter."""
    prices = [0.2 + 0.03 * ((index // 4 * 7) % 11) for index in range(104)]
    return replace(request_of(day(pv_kw=2.0, bought_at=prices, slots=104), BATTERY), stability_money=STEADY)


def with_heater() -> PlanRequest:
    """The same with a water heater."""
    days = (HeatDay(START, START + (START - START.replace(hour=0)), 3.0),)
    return replace(hourly_prices(), heaters=(replace(heater(), days=days),))


@pytest.mark.parametrize("home", [two_prices, hourly_prices, with_heater])
def test_unchanged_inputs_keep_the_first_slot(home: object) -> None:
    assert callable(home)
    for step in replans(home(), steps=5):
        old, new = step.first
        assert new.charge_kwh == pytest.approx(old.charge_kwh, abs=1e-3)
        assert new.discharge_kwh == pytest.approx(old.discharge_kwh, abs=1e-3)
        assert new.heaters_kwh == pytest.approx(old.heaters_kwh)
        assert step.churn.share <= 0.02


@pytest.mark.parametrize("home", [two_prices, hourly_prices, with_heater])
def test_little_noise_changes_few_slots(home: object) -> None:
    assert callable(home)
    steps = replans(home(), steps=6, noise=0.01)
    assert mean(step.churn.share for step in steps) <= 0.05
    assert mean(step.changed for step in steps) <= 0.05


def test_without_it_equal_prices_make_plans_jump() -> None:
    """The test above can fail: the same homes with a stage that may cost nothing."""
    jumping = replace(two_prices(), stability_money=0.0)
    old, new = (mean(step.changed for step in replans(one, 5)) for one in (jumping, two_prices()))
    assert new <= old


@pytest.mark.parametrize("home", [winter, summer, with_water, export_above_import])
def test_no_money_or_no_running_plan_changes_nothing(home: object) -> None:
    assert callable(home)
    request = home()
    plain = plan(request)
    assert plan(replace(request, stability_money=1.0)).slots == plain.slots
    elsewhere = plan(replace(request, running=_upside_down(request)))
    assert elsewhere.slots == plain.slots
    assert elsewhere.churn is not None
    assert elsewhere.churn.changed_actions > 0


@pytest.mark.parametrize("home", [winter, summer, with_water, export_above_import])
def test_more_money_brings_a_plan_nearer_and_costs_no_more_than_allowed(home: object) -> None:
    assert callable(home)
    request = replace(home(), running=_upside_down(home()))
    best = plan(request)
    assert best.churn is not None
    moved = best.churn.moved_kwh
    for money in (0.02, 0.2, 2.0):
        near = plan(replace(request, stability_money=money))
        assert near.objective <= best.objective + money + request.money_gap + 1e-4
        assert near.churn is not None
        assert near.churn.moved_kwh <= moved + 1e-3
        moved = near.churn.moved_kwh
        assert near.money_gap is not None
        assert near.objective - best.objective <= near.money_gap + 1e-4
    assert moved < 0.95 * best.churn.moved_kwh
    assert any("stays near the running plan" in note for note in near.notes)


def test_a_heater_stays_where_it_was_for_small_money() -> None:
    request = replace(request_of(day(slots=96)), heaters=(heater(1.5),))
    before = plan(request)
    on = [slot.start for slot in before.slots if slot.heater_kwh > 0]
    # Another hour gets a little cheaper than the chosen one.
    cheaper = min(slot.import_price for slot in before.slots) - 0.004
    slots = tuple(
        replace(slot, import_price=cheaper) if index in (80, 81) else slot for index, slot in enumerate(request.slots)
    )
    moved = plan(replace(request, slots=slots, running=running_of(before)))
    assert [slot.start for slot in moved.slots if slot.heater_kwh > 0] != on
    kept = plan(replace(request, slots=slots, running=running_of(before), stability_money=0.05))
    assert [slot.start for slot in kept.slots if slot.heater_kwh > 0] == on
    assert kept.churn is not None
    assert kept.churn.changed_actions == 0


@settings(max_examples=40, deadline=None)
@given(
    homes(),
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(0, 4), st.floats(0, 4)), min_size=10, max_size=10),
    st.sampled_from([0.0, 0.01, 1.0]),
)
def test_any_running_plan_leaves_a_plan_within_the_money(
    request_: PlanRequest, powers: list[tuple[float, float, float, float]], money: float
) -> None:
    running = tuple(
        RunningSlot(
            slot.start, slot.hours, (one, two)[: len(request_.batteries)], (three, four)[: len(request_.heaters)]
        )
        for slot, (one, two, three, four) in zip(request_.slots, powers, strict=False)
    )
    best = plan(request_)
    near = plan(replace(request_, running=running, stability_money=money))
    assert near.status is best.status or PlanStatus.FALLBACK not in {near.status, best.status}
    slack = 2 * request_.money_gap + 1e-4 * request_.price_level
    assert near.objective <= best.objective + money + slack


def test_the_same_request_has_the_same_plan() -> None:
    request = replace(with_heater(), running=_upside_down(with_heater()))
    assert plan(request) == plan(request)


def _upside_down(request: PlanRequest) -> tuple[RunningSlot, ...]:
    """A running plan that does the opposite of the best one."""
    return tuple(
        replace(
            one,
            storage_kw=tuple(-kw for kw in one.storage_kw),
            heater_kw=tuple(0.0 if kw else 3.0 for kw in one.heater_kw),
        )
        for one in running_of(plan(request))
    )
