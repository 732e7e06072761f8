"""The grid connection in the plan: limits per slot, soft limits, curtailment, and what is said of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.model.bounds import bounds_of
from darkstar.optimizer.model.build import build
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import Curtailment, GridRequest, HeaterRequest, LoadRequest, PlanRequest
from darkstar.optimizer.solve import plan
from darkstar.optimizer.solvers import Highs
from tests.optimizer.samples import BATTERY, START, day, homes, request_of, slots_of, summer

ROUNDING = 1e-6


def hours(
    load: list[float], pv: list[float] | None = None, bought_at: float = 0.3, sold_at: float = 0.1
) -> PlanRequest:
    """Whole hours without devices."""
    count = len(load)
    return request_of(slots_of(load, pv or [0.0] * count, [bought_at] * count, [sold_at] * count, hours=1.0))


def under(request: PlanRequest, **limits: object) -> PlanRequest:
    """The request behind another grid connection."""
    return replace(request, grid=replace(request.grid, **limits))  # type: ignore[arg-type]


def test_a_slots_own_limits_replace_those_of_the_connection() -> None:
    request = under(hours([1.0, 1.0], [6.0, 6.0]), max_export_kw=4.0, max_import_kw=9.0)
    first, second = request.slots
    narrow = replace(request, slots=(replace(first, max_export_kw=2.0), second))
    planned = plan(narrow)
    assert [slot.export_kwh for slot in planned.slots] == pytest.approx([2.0, 4.0])
    assert [slot.curtailed_kwh for slot in planned.slots] == pytest.approx([3.0, 1.0])


def test_a_slots_own_import_limit_moves_charging() -> None:
    slots = slots_of([0.5] * 4, [0.0] * 4, [0.1, 0.1, 0.9, 0.9], [0.0] * 4, hours=1.0)
    limited = [replace(slots[0], max_import_kw=1.0), *slots[1:]]
    battery = replace(BATTERY, initial_kwh=1.0)
    planned = plan(request_of(limited, battery))
    assert planned.slots[0].import_kwh <= 1.0 + ROUNDING
    assert planned.slots[1].import_kwh > 1.0
    assert planned.unmet == ()


def test_a_breach_names_the_limits_that_hold() -> None:
    request = under(hours([9.0, 9.0, 1.0]), max_import_kw=7.0)
    assert plan(request).unmet == (
        "import limit of 7 kW exceeded by 4.00 kWh in 2 slot(s): the load alone is above it",
    )
    first, *others = request.slots
    mixed = replace(request, slots=(replace(first, max_import_kw=4.0), *others))
    assert plan(mixed).unmet == (
        "import limit of 4 to 7 kW exceeded by 7.00 kWh in 2 slot(s): the load alone is above it",
    )
    alone = replace(mixed, grid=GridRequest())
    assert plan(alone).unmet[0].startswith("import limit of 4 kW exceeded by 5.00 kWh in 1 slot(s)")


def test_a_soft_limit_is_kept_where_that_is_cheap_and_paid_where_it_is_not() -> None:
    slots = slots_of([2.0] * 4, [0.0] * 4, [0.1, 0.3, 0.3, 0.3], [0.0] * 4, hours=1.0)
    request = under(request_of(slots, BATTERY), soft_import_kw=3.0, soft_import_price=0.5)
    planned = plan(request)
    assert max(slot.import_kwh for slot in planned.slots) <= 3.0 + ROUNDING
    assert planned.unmet == ()
    above = plan(under(hours([4.0, 1.0]), soft_import_kw=3.0, soft_import_price=0.5))
    assert above.unmet == ("import above the soft limit of 3 kW by 1.00 kWh in 1 slot(s), counted 0.50",)
    assert above.objective == pytest.approx(above.cost + 0.5)


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_a_soft_limit_without_price_is_none(price: float) -> None:
    request = under(hours([4.0, 1.0]), soft_import_kw=3.0, soft_import_price=price)
    assert plan(request).unmet == ()
    assert plan(request).objective == pytest.approx(5 * 0.3)


def test_a_soft_limit_counts_the_part_above_the_fuse_too() -> None:
    planned = plan(under(hours([9.0]), max_import_kw=7.0, soft_import_kw=3.0, soft_import_price=0.5))
    assert planned.objective == pytest.approx(9 * 0.3 + 6 * 0.5 + 200 * 0.3 * 2)


def test_no_export_curtails_the_surplus() -> None:
    planned = plan(under(summer(), export_allowed=False))
    assert sum(slot.export_kwh for slot in planned.slots) == pytest.approx(0.0, abs=ROUNDING)
    assert sum(slot.curtailed_kwh for slot in planned.slots) > 1


def binaries(request: PlanRequest) -> Counter[str]:
    return Counter(variable.name[0] for variable in build(request).binaries)


def test_all_or_nothing_needs_binaries_only_where_it_may_pay() -> None:
    request = under(hours([1.0] * 4, [3.0] * 4), curtailment=Curtailment.ALL)
    assert binaries(request) == {}
    assert binaries(under(request, max_export_kw=2.0)) == {}
    assert binaries(under(request, max_export_kw=1.9)) == {"a": 4}
    slots = [replace(slot, export_price=-0.1 if index == 2 else 0.1) for index, slot in enumerate(request.slots)]
    assert binaries(replace(request, slots=tuple(slots))) == {"a": 1}
    assert binaries(replace(request, slots=tuple(slots), grid=GridRequest())) == {}


def test_all_or_nothing_is_nothing_in_between() -> None:
    slots = slots_of([1.0] * 4, [5.0] * 4, [0.3] * 4, [-0.2, -0.05, 0.1, 0.1], hours=1.0)
    planned = plan(under(request_of(slots), curtailment=Curtailment.ALL))
    assert [slot.curtailed_kwh for slot in planned.slots] == pytest.approx([5.0, 0.0, 0.0, 0.0])
    assert planned.cost == pytest.approx(0.3 + 4 * 0.05 - 8 * 0.1)


def test_all_or_nothing_under_an_export_limit_stores_what_it_can() -> None:
    battery = replace(BATTERY, end_value_per_kwh=0.2)
    request = under(request_of(slots_of([1.0], [5.0], [0.3], [0.1], hours=1.0), battery), curtailment=Curtailment.ALL)
    fits = plan(under(request, max_export_kw=1.0))
    assert (fits.slots[0].charge_kwh, fits.slots[0].curtailed_kwh) == pytest.approx((4.0, 0.0), abs=1e-4)
    small = replace(request.batteries[0], max_charge_kw=2.0)
    off = plan(replace(under(request, max_export_kw=1.0), batteries=(small,)))
    assert off.slots[0].curtailed_kwh == pytest.approx(5.0)


def test_all_off_may_be_above_the_fuse() -> None:
    request = under(hours([4.0], [9.0]), curtailment=Curtailment.ALL, max_export_kw=2.0, max_import_kw=3.0)
    planned = plan(request)
    assert planned.slots[0].import_kwh == pytest.approx(4.0)
    assert planned.unmet == ("import limit of 3 kW exceeded by 1.00 kWh in 1 slot(s)",)


def test_never_sells_at_a_loss_rather_than_give_up_pv() -> None:
    slots = slots_of([1.0] * 2, [5.0] * 2, [0.3, 0.3], [-0.2, -0.2], hours=1.0)
    planned = plan(under(request_of(slots), curtailment=Curtailment.NEVER))
    assert [slot.curtailed_kwh for slot in planned.slots] == [0.0, 0.0]
    assert planned.cost == pytest.approx(8 * 0.2)


def test_never_is_broken_by_the_export_limit_alone_and_said() -> None:
    request = under(hours([1.0] * 2, [5.0] * 2), curtailment=Curtailment.NEVER, max_export_kw=3.0)
    planned = plan(request)
    assert [slot.curtailed_kwh for slot in planned.slots] == pytest.approx([1.0, 1.0])
    assert planned.unmet == ("PV cut off by 2.00 kWh in 2 slot(s): the export limit of 3 kW leaves no room",)
    with_room = plan(replace(request, batteries=(BATTERY,)))
    assert with_room.unmet == ()
    assert sum(slot.curtailed_kwh for slot in with_room.slots) == pytest.approx(0.0, abs=1e-4)


def test_never_does_not_burn_surplus_in_the_battery() -> None:
    slots = slots_of([1.0] * 6, [5.0] * 6, [0.3] * 6, [-0.5] * 6, hours=1.0)
    battery = replace(BATTERY, initial_kwh=10.0, wear_cost_per_kwh=0.0, end_value_per_kwh=0.0)
    planned = plan(under(request_of(slots, battery), curtailment=Curtailment.NEVER))
    assert planned.status is PlanStatus.OPTIMAL
    assert all(min(slot.charge_kwh, slot.discharge_kwh) == 0 for slot in planned.slots)


@pytest.mark.parametrize("how", list(Curtailment))
@pytest.mark.parametrize("export_kw", [None, 1.0])
def test_solvers_agree_on_curtailment(how: Curtailment, export_kw: float | None) -> None:
    prices = [0.3 if index % 12 < 8 else -0.2 for index in range(48)]
    slots = day(pv_kw=5.0, slots=48, hours=0.5, bought_at=prices, sold_share=0.8)
    request = under(request_of(slots, BATTERY), curtailment=how, max_export_kw=export_kw)
    reference, other = plan(request), plan(request, [Highs()])
    assert reference.status is other.status is PlanStatus.OPTIMAL
    assert other.objective == pytest.approx(reference.objective, abs=0.005)


def test_more_freedom_to_curtail_never_costs_more() -> None:
    slots = day(pv_kw=6.0, slots=24, hours=1.0, bought_at=[0.2] * 12 + [-0.3] * 12)
    request = under(request_of(slots, BATTERY), max_export_kw=2.0)
    part, whole = (plan(under(request, curtailment=how)).objective for how in (Curtailment.PART, Curtailment.ALL))
    never = plan(under(request, curtailment=Curtailment.NEVER)).objective
    assert part <= whole + 0.003
    assert part <= never + 0.003


def test_what_is_under_way_may_breach_the_fuse() -> None:
    request = under(hours([2.0, 2.0]), max_import_kw=4.0)
    assert not any(bounds_of(request).may_breach)
    locked = HeaterRequest(3.0, locked_until=request.slots[1].start, on_at_start=True)
    assert bounds_of(replace(request, heaters=(locked,))).may_breach == (True, False)
    load = LoadRequest((3.0, 3.0), START, request.end, running_since=START)
    assert bounds_of(replace(request, loads=(load,))).may_breach == (True, True)


@settings(max_examples=60, deadline=None)
@given(
    homes(),
    st.sampled_from(list(Curtailment)),
    st.sampled_from([None, 2.0]),
    st.lists(st.sampled_from([None, 0.0, 1.5, 6.0]), min_size=2, max_size=2),
)
def test_any_connection_gets_a_sound_plan(
    request_: PlanRequest, how: Curtailment, soft_kw: float | None, own: list[float | None]
) -> None:
    first, *others = request_.slots
    slots = (replace(first, max_import_kw=own[0], max_export_kw=own[1]), *others)
    request = replace(under(request_, curtailment=how, soft_import_kw=soft_kw, soft_import_price=0.3), slots=slots)
    planned = plan(request)
    assert planned.status is PlanStatus.OPTIMAL or (planned.money_gap or 0.0) > request.money_gap
    assert planned.status is not PlanStatus.FALLBACK
    assert isfinite(planned.objective)
    for given_slot, slot in zip(slots, planned.slots, strict=True):
        assert min(slot.import_kwh, slot.export_kwh) == 0
        used = slot.load_kwh + slot.heater_kwh + slot.charge_kwh + slot.export_kwh + slot.curtailed_kwh
        assert used == pytest.approx(slot.pv_kwh + slot.discharge_kwh + slot.import_kwh, abs=ROUNDING)
        most = given_slot.max_export_kw if given_slot.max_export_kw is not None else request.grid.max_export_kw
        if most is not None:
            assert slot.export_kwh <= most * slot.hours + ROUNDING
        if how is Curtailment.ALL:
            assert slot.curtailed_kwh < 1e-5 or slot.curtailed_kwh == pytest.approx(slot.pv_kwh)
        if how is Curtailment.NEVER and most is None and request.grid.export_allowed:
            assert slot.curtailed_kwh == 0
