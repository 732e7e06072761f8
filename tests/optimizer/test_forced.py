"""What a storage or a heater must do at a time because somebody said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.alternatives import alternatives
from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.forced import settled, without_demands
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.plan import Plan, PlanSlot, PlanStatus
from darkstar.optimizer.power_limits import power_limits
from darkstar.optimizer.request import ForcedPower, GridRequest, PlanRequest, VehicleRequest, Window
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import BATTERY, START, heater, summer, winter, with_water
from tests.optimizer.storage_samples import storing_homes

NEAR = 1e-3


def at(hour: float) -> timedelta:
    return timedelta(hours=hour)


def within(made: Plan, begin: float, end: float) -> list[PlanSlot]:
    return [slot for slot in made.slots if START + at(begin) <= slot.start < START + at(end)]


def with_rule(request: PlanRequest, begin: float, end: float, **rule: float) -> PlanRequest:
    force = ForcedPower(START + at(begin), START + at(end), name="your block", **rule)
    return replace(request, batteries=(replace(request.batteries[0], forced=(force,)), *request.batteries[1:]))


def test_a_charge_is_at_its_power_until_it_is_full_and_nothing_is_given() -> None:
    made = plan(with_rule(winter(), 6, 8, max_charge_kw=2.0, least_charge_kw=2.0, until_kwh=9.0))
    inside = within(made, 6, 8)
    assert made.status is PlanStatus.OPTIMAL
    assert made.unmet == ()
    assert inside[0].charge_kwh == pytest.approx(0.5, abs=NEAR)
    assert inside[-1].soc_kwh == pytest.approx(9.0, abs=NEAR)
    assert all(slot.discharge_kwh == 0 for slot in inside)
    assert max(slot.soc_kwh for slot in inside) <= 9.0 + NEAR


def test_it_is_charged_then_and_not_before_where_it_would_be_cheaper() -> None:
    before = plan(winter())
    made = plan(with_rule(winter(), 6, 8, max_charge_kw=2.0, least_charge_kw=2.0, until_kwh=9.0))
    assert within(made, 5.75, 6)[0].soc_kwh == pytest.approx(within(before, 5.75, 6)[0].soc_kwh, abs=1.0)
    assert sum(slot.charge_kwh for slot in within(made, 6, 8)) > 0.5


def test_a_sale_goes_down_to_its_level_and_not_below() -> None:
    made = plan(with_rule(summer(), 7, 10, max_discharge_kw=3.0, least_discharge_kw=3.0, until_kwh=4.0))
    inside = within(made, 7, 10)
    assert inside[0].discharge_kwh == pytest.approx(0.75, abs=NEAR)
    assert all(slot.charge_kwh == 0 for slot in inside)
    assert made.unmet == ()
    reached = next(slot for slot in inside if slot.soc_kwh <= 4.0 + NEAR)
    rest = [slot for slot in inside if slot.start > reached.start]
    assert all(slot.export_kwh <= NEAR for slot in rest)


def test_a_battery_that_is_there_already_is_asked_for_nothing() -> None:
    free = plan(winter())
    made = plan(with_rule(winter(), 1, 2, max_charge_kw=2.0, least_charge_kw=2.0, until_kwh=2.0))
    assert made.unmet == ()
    assert made.cost >= free.cost - made.slots[0].import_price


def test_a_held_battery_rests_and_the_cost_is_seen() -> None:
    free = plan(winter())
    made = plan(with_rule(winter(), 6, 8, max_charge_kw=0.0, max_discharge_kw=0.0))
    assert all(slot.charge_kwh == slot.discharge_kwh == 0 for slot in within(made, 6, 8))
    assert made.objective > free.objective


def test_the_reason_says_whose_block_it_is() -> None:
    made = plan(with_rule(winter(), 6, 8, max_charge_kw=0.0, max_discharge_kw=0.0))
    assert all(slot.reason.startswith("your block: ") for slot in within(made, 6, 8))
    assert not any("your block" in slot.reason for slot in within(made, 0, 6))
    heated = plan(replace(with_water(), heaters=(replace(heater(), wanted=(Window(START + at(8), START + at(9)),)),)))
    assert all("heats water" in slot.reason and "your block" in slot.reason for slot in within(heated, 8, 9))


def test_what_the_fuse_does_not_give_is_told_in_words_and_there_is_a_plan() -> None:
    request = replace(winter(), grid=GridRequest(max_import_kw=3.0))
    made = plan(with_rule(request, 6, 8, max_charge_kw=5.0, least_charge_kw=5.0, until_kwh=10.0))
    assert made.status is not PlanStatus.FALLBACK
    assert len(made.slots) == len(request.slots)
    assert all(slot.import_kwh <= 3.0 * slot.hours + NEAR for slot in made.slots)
    assert any("your block" in wish and "cannot be charged" in wish for wish in made.unmet)


def test_a_car_is_charged_when_somebody_says_so() -> None:
    force = ForcedPower(START + at(2), START + at(3), 7.0, None, 7.0, until_kwh=50.0, name="your block")
    car = VehicleRequest(50.0, 20.0, 22.0, START, START + at(20), forced=(force,))
    made = plan(replace(winter(), vehicles=(car,)))
    assert sum(slot.vehicle_kwh for slot in within(made, 2, 3)) == pytest.approx(7.0, abs=NEAR)


def test_water_is_heated_when_it_is_wanted_also_beyond_what_is_owed() -> None:
    wanted = (Window(START + at(8), START + at(11)),)
    made = plan(replace(with_water(), heaters=(replace(heater(6.0), wanted=wanted),)))
    assert all(slot.heater_kwh == pytest.approx(0.75) for slot in within(made, 8, 11))
    assert made.unmet == ()
    none_owed = replace(heater(6.0), days=(), wanted=wanted)
    alone = plan(replace(with_water(), heaters=(none_owed,)))
    assert sum(slot.heater_kwh for slot in alone.slots) == pytest.approx(9.0)


def test_alternatives_are_weighed_against_the_same_wish() -> None:
    request = with_rule(winter(), 6, 8, max_charge_kw=2.0, least_charge_kw=2.0, until_kwh=9.0)
    made = plan(request)
    found = alternatives(request, made, START + at(20))
    assert found
    assert all(one.extra_cost is None or one.extra_cost > -0.05 for one in found)


def test_without_a_solver_the_bounds_hold_and_the_wish_is_told() -> None:
    request = with_rule(winter(), 6, 8, max_charge_kw=2.0, least_charge_kw=2.0, until_kwh=9.0)
    made = plan(request, solvers=())
    assert made.status is PlanStatus.FALLBACK
    assert all(slot.discharge_kwh == 0 for slot in within(made, 6, 8))
    assert any("your block" in wish for wish in made.unmet)


rules = st.tuples(
    st.floats(0, 20), st.floats(0.25, 6), st.floats(0, 6), st.sampled_from(["charge", "give", "hold"]), st.floats(0, 12)
)


@settings(max_examples=25, deadline=None)
@given(storing_homes(), rules)
def test_any_wish_leaves_a_plan_that_keeps_the_bounds(
    request: PlanRequest, rule: tuple[float, float, float, str, float]
) -> None:
    begin, hours, power_kw, what, until = rule
    if not request.batteries:
        return
    first = request.slots[0].start
    force = ForcedPower(
        first + at(begin),
        first + at(begin + hours),
        0.0 if what == "hold" else power_kw,
        0.0 if what == "hold" else power_kw,
        power_kw if what == "charge" else 0.0,
        power_kw if what == "give" else 0.0,
        until,
        name="your block",
    )
    asked = replace(request, batteries=(replace(request.batteries[0], forced=(force,)), *request.batteries[1:]))
    made = plan(asked)
    assert len(made.slots) == len(request.slots)
    limits = power_limits(asked.batteries[0], asked.slots)
    for slot, limit in zip(made.slots, limits, strict=True):
        assert slot.batteries[0].charge_kwh <= limit.charge_kwh + NEAR
        assert slot.batteries[0].discharge_kwh <= limit.discharge_kwh + NEAR
    bare = without_demands(asked)
    walked = settle(bare, self_consumption(bare)).stored_kwh
    question = settled(asked, walked)
    assert len(question.batteries[0].forced) <= len(question.slots)


def test_a_rule_that_asks_for_nothing_changes_nothing() -> None:
    request = replace(winter(), batteries=(replace(BATTERY, forced=()),))
    assert plan(request).objective == plan(winter()).objective
