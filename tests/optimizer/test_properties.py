"""What holds for the plan of any request, with devices of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.plan import BatterySlot, Plan, PlanSlot, PlanStatus
from darkstar.optimizer.request import GridRequest, LoadRequest, PlanRequest
from darkstar.optimizer.schedule import export_limit_kwh, import_limit_kwh
from darkstar.optimizer.solve import plan
from tests.optimizer.golden_requests import GOLDEN
from tests.optimizer.samples import BATTERY, START, day, full_homes, request_of, slots_of

KWH = 1e-6
CENT = 1e-4

few = settings(max_examples=25, deadline=None)
some = settings(max_examples=50, deadline=None)


def storages_of(slot: PlanSlot) -> tuple[BatterySlot, ...]:
    return (*slot.batteries, *slot.vehicles)


def assert_sound(request: PlanRequest, planned: Plan) -> None:
    assert len(planned.slots) == len(request.slots)
    assert planned.cost == pytest.approx(sum(slot.cost for slot in planned.slots))
    for given_slot, slot in zip(request.slots, planned.slots, strict=True):
        assert (slot.start, slot.hours) == (given_slot.start, given_slot.hours)
        assert_balance(slot)
        assert min(slot.import_kwh, slot.export_kwh) == 0
        assert -KWH <= slot.curtailed_kwh <= max(slot.pv_kwh, 0.0) + max(-slot.load_kwh, 0.0) + KWH
        sale = export_limit_kwh(request, given_slot)
        if sale is not None and request.grid.curtailment != "never":
            assert slot.export_kwh <= sale + KWH
        assert slot.reason
    assert_storages(request, planned)
    assert_imports(request, planned)


def assert_balance(slot: PlanSlot) -> None:
    sources = slot.import_kwh + slot.pv_kwh - slot.curtailed_kwh
    sources += sum(one.discharge_kwh for one in storages_of(slot))
    sinks = slot.export_kwh + slot.load_kwh + slot.heater_kwh + slot.deferrable_kwh
    sinks += sum(one.charge_kwh for one in storages_of(slot))
    assert sources == pytest.approx(sinks, abs=KWH)


def assert_storages(request: PlanRequest, planned: Plan) -> None:
    before = [storage.start_kwh for storage in request.storages]
    for slot in planned.slots:
        for number, (storage, flow) in enumerate(zip(request.storages, storages_of(slot), strict=True)):
            assert min(flow.charge_kwh, flow.discharge_kwh) == 0
            assert 0 <= flow.charge_kwh <= storage.max_charge_kw * slot.hours + KWH
            assert 0 <= flow.discharge_kwh <= storage.max_discharge_kw * slot.hours + KWH
            assert -KWH <= flow.soc_kwh <= storage.capacity_kwh + KWH
            moved = storage.charge_efficiency * flow.charge_kwh - flow.discharge_kwh / storage.discharge_efficiency
            assert flow.soc_kwh == pytest.approx(before[number] + moved, abs=KWH)
            before[number] = flow.soc_kwh


def assert_imports(request: PlanRequest, planned: Plan) -> None:
    """The fuse holds, but where that is said."""
    over = 0.0
    for given_slot, slot in zip(request.slots, planned.slots, strict=True):
        limit = import_limit_kwh(request, given_slot)
        over += 0.0 if limit is None else max(slot.import_kwh - limit - KWH, 0.0)
    assert over <= 0.01 or any("import limit" in words for words in planned.unmet)


def assert_no_dearer(wider: Plan, narrower: Plan, level: float) -> None:
    """The proven optimum of more freedom is not above any plan with less."""
    assert wider.status is not PlanStatus.FALLBACK
    assert wider.objective <= narrower.objective + (wider.money_gap or 0.0) + CENT * level + CENT


@some
@given(full_homes())
def test_every_plan_is_sound(request_: PlanRequest) -> None:
    planned = plan(request_)
    assert planned.status is not PlanStatus.FALLBACK
    assert_sound(request_, planned)


@some
@given(full_homes())
def test_every_plan_without_a_solver_is_sound(request_: PlanRequest) -> None:
    planned = plan(request_, [])
    assert planned.status is PlanStatus.FALLBACK
    assert_sound(request_, planned)


@pytest.mark.parametrize("one", GOLDEN, ids=lambda one: one.__name__)
def test_golden_plans_are_sound(one: Any) -> None:
    assert_sound(one(), plan(one()))
    assert_sound(one(), plan(one(), []))


@few
@given(full_homes())
def test_never_dearer_than_self_consumption(request_: PlanRequest) -> None:
    plain = settle(request_, self_consumption(request_))
    assert plan(request_).objective <= plain.objective + request_.money_gap + CENT * request_.price_level


def no_limits(request: PlanRequest) -> PlanRequest:
    return replace(
        request,
        grid=replace(request.grid, max_import_kw=None, max_export_kw=None, export_allowed=True, soft_import_kw=None),
    )


def more_battery(request: PlanRequest) -> PlanRequest:
    bigger = [replace(one, capacity_kwh=2 * one.capacity_kwh, max_kwh=2 * one.max_kwh) for one in request.batteries]
    return replace(request, batteries=tuple(bigger))


def more_power(request: PlanRequest) -> PlanRequest:
    stronger = [replace(one, max_charge_kw=9.0, max_discharge_kw=9.0) for one in request.batteries]
    return replace(request, batteries=tuple(stronger))


def more_time(request: PlanRequest) -> PlanRequest:
    return replace(request, loads=tuple(_longer(one, request) for one in request.loads))


def _longer(load: LoadRequest, request: PlanRequest) -> LoadRequest:
    """A window inside the horizon grows to the horizon's end: what comes after it has its own price."""
    return replace(load, latest=max(load.latest, request.end), earliest=min(load.earliest, START))


def no_tariff(request: PlanRequest) -> PlanRequest:
    return replace(request, grid=replace(request.grid, power_tariffs=()))


@few
@given(full_homes(), st.sampled_from([no_limits, more_battery, more_power, more_time, no_tariff]))
def test_more_freedom_never_costs_more(request_: PlanRequest, widen: Any) -> None:
    inside = [
        replace(one, initial_kwh=min(max(one.initial_kwh, one.min_kwh), one.max_kwh)) for one in request_.batteries
    ]
    request = replace(request_, batteries=tuple(inside))
    assert_no_dearer(plan(widen(request)), plan(request), request.price_level)


@few
@given(full_homes())
def test_the_order_of_devices_is_no_matter(request_: PlanRequest) -> None:
    turned = replace(
        request_,
        batteries=request_.batteries[::-1],
        heaters=request_.heaters[::-1],
        vehicles=request_.vehicles[::-1],
        loads=request_.loads[::-1],
    )
    first, second = plan(request_), plan(turned)
    assert_no_dearer(first, second, request_.price_level)
    assert_no_dearer(second, first, request_.price_level)


MONEY = {
    "import_price",
    "export_price",
    "wear_cost_per_kwh",
    "end_value_per_kwh",
    "value_per_kwh",
    "per_kwh",
    "price_per_kwh",
    "shortage_price_per_kwh",
    "worth_per_kwh",
    "start_cost",
    "gap_price_per_hour",
    "soft_import_price",
    "price_per_kw",
    "fee",
    "money_gap",
    "stability_money",
}


def scaled(value: Any, factor: float, name: str = "") -> Any:
    """The same with all money times `factor`."""
    if is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: scaled(getattr(value, field.name), factor, field.name) for field in fields(value)}
        return replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(scaled(item, factor, name) for item in value)
    return factor * value if name in MONEY and value is not None else value


@few
@given(full_homes(), st.sampled_from([0.1, 11.0]))
def test_prices_scale_the_money(request_: PlanRequest, factor: float) -> None:
    prices = [abs(price) for slot in request_.slots for price in (slot.import_price, slot.export_price)]
    if max(prices) < 0.01:
        return
    once, scaled_up = plan(request_), plan(scaled(request_, factor))
    slack = (once.money_gap or 0.0) + CENT * (1 + request_.price_level)
    assert scaled_up.objective / factor <= once.objective + (scaled_up.money_gap or 0.0) / factor + slack
    assert once.objective <= scaled_up.objective / factor + slack


@few
@given(full_homes())
def test_same_request_same_plan(request_: PlanRequest) -> None:
    assert plan(request_) == plan(request_)


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to all numbers of a request."""
    if is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from numbers(item, (*path, number))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def with_number(value: Any, path: tuple[Any, ...], number: float) -> Any:
    if not path:
        return number
    head, *rest = path
    if isinstance(value, tuple):
        return (*value[:head], with_number(value[head], tuple(rest), number), *value[head + 1 :])
    return replace(value, **{head: with_number(getattr(value, head), tuple(rest), number)})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOLDEN), st.sampled_from([nan, inf, -inf]), st.data())
def test_no_nan_survives(one: Any, wrong: float, data: st.DataObject) -> None:
    request = one()
    path = data.draw(st.sampled_from(list(numbers(request))))
    name = ".".join(str(part) for part in path if not isinstance(part, int)).replace(".", r"(\[\d+\])?\.")
    with pytest.raises(ValueError, match=name):
        plan(with_number(request, path, wrong))


def test_many_slots_of_unequal_length() -> None:
    """Sixty hours in 240 slots, and with a short first one and hours at the end."""
    quarters = request_of(day(pv_kw=4.0, slots=240), BATTERY)
    assert_sound(quarters, plan(quarters))
    lengths = [0.05, *[0.25] * 95, *[0.5] * 48, *[1.0] * 48]
    start, slots = START, []
    for index, length in enumerate(lengths):
        one = slots_of([1.0], [max(0.0, 4.0 - index % 24)], [0.2 + 0.1 * (index % 5)], [0.1], length)[0]
        slots.append(replace(one, start=start))
        start = slots[-1].end
    mixed = replace(
        request_of(slots, BATTERY),
        loads=(LoadRequest((2.0, 1.0, 0.5), START, slots[-1].end, 0.75, runs=2),),
        grid=GridRequest(max_import_kw=8.0),
    )
    planned = plan(mixed)
    assert_sound(mixed, planned)
    # With so many binaries the solver may stop within a small share of the money, and the plan says so.
    assert planned.status is not PlanStatus.FALLBACK
    assert planned.money_gap is not None
    assert planned.money_gap <= mixed.money_gap + 0.001 * abs(planned.objective)
    assert sum(slot.deferrable_kwh for slot in planned.slots) == pytest.approx(2 * 2.625)
