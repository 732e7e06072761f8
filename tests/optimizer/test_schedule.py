"""Cutting a schedule to what a home can carry out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.request import GridRequest, PlanRequest, VehicleRequest
from darkstar.optimizer.schedule import Schedule, within_limits
from tests.optimizer.samples import BATTERY, homes, request_of, slots_of


def one_slot(request: PlanRequest, charge: float, discharge: float) -> tuple[float, float]:
    """What is left of a charge and a discharge in the only slot."""
    cut = within_limits(request, Schedule(((charge,),), ((discharge,),), ()))
    return cut.charge_kwh[0][0], cut.discharge_kwh[0][0]


def hour(load: float = 0.0, pv: float = 0.0) -> PlanRequest:
    """One hour with the sample battery."""
    return request_of(slots_of([load], [pv], [0.3], [0.1], hours=1.0), BATTERY)


def with_car(request: PlanRequest) -> PlanRequest:
    """A car that the battery may not charge is plugged in all the time."""
    first, last = request.slots[0], request.slots[-1]
    return replace(request, vehicles=(VehicleRequest(40.0, 10.0, 30.0, first.start, last.end, phases=1),))


def test_power_and_soc_bound_the_flows() -> None:
    assert one_slot(hour(load=9.0), 7.0, 0.0) == (5.0, 0.0)
    assert one_slot(hour(load=9.0), 0.0, 7.0) == pytest.approx((0.0, 4.75))


def test_charge_and_discharge_are_netted_at_equal_soc() -> None:
    charge, discharge = one_slot(hour(load=9.0), 2.0, 1.0)
    assert discharge == 0
    assert charge * 0.95 == pytest.approx(2.0 * 0.95 - 1.0 / 0.95)


def test_charging_keeps_the_import_limit() -> None:
    request = replace(hour(load=3.0), grid=GridRequest(max_import_kw=5.0))
    assert one_slot(request, 4.0, 0.0) == pytest.approx((2.0, 0.0))


def test_selling_keeps_the_export_limit() -> None:
    request = replace(hour(load=1.0), grid=GridRequest(max_export_kw=0.5))
    assert one_slot(request, 0.0, 4.0) == pytest.approx((0.0, 1.5))


def test_own_use_batteries_take_surplus_and_cover_shortage_only() -> None:
    own = replace(BATTERY, charge_from_grid=False, discharge_to_grid=False)
    assert one_slot(replace(hour(load=1.0, pv=2.5), batteries=(own,)), 4.0, 0.0) == pytest.approx((1.5, 0.0))
    assert one_slot(replace(hour(load=1.0), batteries=(own,)), 0.0, 4.0) == pytest.approx((0.0, 1.0))


def test_rounding_of_a_charger_takes_nothing_from_the_battery() -> None:
    home = with_car(hour(load=1.0, pv=3.0))
    cut = within_limits(home, Schedule(((0.0,), (2.0 + 1e-7,)), ((0.5,), (0.0,)), ()))
    assert cut.charge_kwh[1][0] == pytest.approx(2.0, abs=1e-12)
    assert cut.discharge_kwh[0][0] == 0.5


def test_a_charger_beyond_the_surplus_keeps_the_battery_from_giving() -> None:
    home = with_car(hour(load=1.0, pv=3.0))
    cut = within_limits(home, Schedule(((0.0,), (2.5,)), ((0.5,), (0.0,)), ()))
    assert (cut.charge_kwh[1][0], cut.discharge_kwh[0][0]) == (2.5, 0.0)


@settings(max_examples=60, deadline=None)
@given(homes(), st.data())
def test_any_schedule_becomes_one_that_keeps_the_limits(request_: PlanRequest, data: st.DataObject) -> None:
    count = len(request_.slots)
    flows = st.lists(st.floats(0, 10), min_size=count, max_size=count).map(tuple)
    wild = Schedule(
        tuple(data.draw(flows) for _ in request_.batteries),
        tuple(data.draw(flows) for _ in request_.batteries),
        self_consumption(request_).heaters_kwh,
    )
    cut = within_limits(request_, wild)
    again = within_limits(request_, cut)
    for row, same in zip((*cut.charge_kwh, *cut.discharge_kwh), (*again.charge_kwh, *again.discharge_kwh), strict=True):
        assert row == pytest.approx(same, abs=2e-6)
    ledger = settle(request_, cut)
    for battery, path in zip(request_.batteries, ledger.stored_kwh, strict=True):
        assert all(0 <= soc <= battery.capacity_kwh for soc in path)
    for slot, flow in zip(request_.slots, ledger.flows, strict=True):
        assert flow.import_kwh >= 0
        assert flow.export_kwh >= 0
        if not request_.grid.export_allowed:
            assert flow.export_kwh == pytest.approx(0, abs=1e-6)
        assert flow.curtailed_kwh <= max(slot.pv_kwh, 0) + 1e-9
