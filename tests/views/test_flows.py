from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.observation import Observation
from darkstar.views.flows import BatteryFlows, measured_flows, planned_flows
from tests.views.samples import sample

START = datetime(2026, 4, 14, 11, tzinfo=UTC)
ENERGY = st.floats(0, 5)


def test_every_planned_kwh_has_an_origin_and_a_use() -> None:
    plan = sample().plan
    assert plan is not None
    for slot in plan.slots:
        flows = planned_flows(slot)
        assert flows.from_grid_kwh + flows.from_pv_kwh == pytest.approx(slot.charge_kwh)
        assert flows.to_home_kwh + flows.to_grid_kwh == pytest.approx(slot.discharge_kwh)


@pytest.mark.parametrize(
    ("load", "pv", "charge", "discharge", "flows"),
    [
        (1.0, 0.5, 1.0, 0.0, BatteryFlows(1.0, 0.0, 0.0, 0.0)),
        (1.0, 1.5, 1.0, 0.0, BatteryFlows(0.5, 0.5, 0.0, 0.0)),
        (0.2, 1.5, 1.0, 0.0, BatteryFlows(0.0, 1.0, 0.0, 0.0)),
        (1.0, 0.0, 0.0, 0.8, BatteryFlows(0.0, 0.0, 0.8, 0.0)),
        (1.0, 0.0, 0.0, 3.0, BatteryFlows(0.0, 0.0, 1.0, 2.0)),
    ],
)
def test_pv_serves_the_home_first(load: float, pv: float, charge: float, discharge: float, flows: BatteryFlows) -> None:
    net = load - pv + charge - discharge
    row = Observation(START, 0.25, load, pv, max(net, 0.0), max(-net, 0.0), charge, discharge)
    assert measured_flows(row) == flows


@given(load=ENERGY, pv=ENERGY, battery=st.floats(-5, 5))
def test_without_battery_counters_the_balance_tells(load: float, pv: float, battery: float) -> None:
    net = load + 0.7 - pv + battery
    row = Observation(START, 0.25, load, pv, max(net, 0.0), max(-net, 0.0), heater_kwh=0.4, ev_kwh=0.3)
    flows = measured_flows(row)
    assert flows is not None
    moved = flows.from_grid_kwh + flows.from_pv_kwh - flows.to_home_kwh - flows.to_grid_kwh
    assert moved == pytest.approx(battery, abs=1e-9)
    assert min(flows.from_grid_kwh, flows.from_pv_kwh, flows.to_home_kwh, flows.to_grid_kwh) >= 0


@pytest.mark.parametrize(
    "row",
    [
        Observation(START, 0.25, 1.0, 1.0, None, 0.0, 0.1, 0.0),
        Observation(START, 0.25, 1.0, 1.0, 0.0, None, 0.1, 0.0),
        Observation(START, 0.25, None, 1.0, 0.0, 0.0),
        Observation(START, 0.25, 1.0, None, 0.0, 0.0),
    ],
)
def test_too_little_measured_is_no_flow(row: Observation) -> None:
    assert measured_flows(row) is None
