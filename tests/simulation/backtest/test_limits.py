from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.simulation.backtest.limits import Inspector, Violations
from darkstar.simulation.house import House, HouseFlows, Plant
from tests.simulation.test_house import orders, plants, power

PLANT = Plant(10, 5, 4, 1, 1, max_import_kw=6, max_export_kw=3)
GOOD = HouseFlows(
    hours=0.5,
    load_kwh=1,
    heater_kwh=0,
    standby_kwh=0,
    pv_used_kwh=0,
    curtailed_kwh=0,
    import_kwh=3,
    export_kwh=0,
    charge_kwh=2,
    discharge_kwh=0,
    soc_kwh=7,
)


def found(flows: HouseFlows, soc_kwh: float = 5, pv_kw: float = 0) -> Violations:
    inspector = Inspector(PLANT, soc_kwh)
    inspector.look_at(flows, pv_kw)
    return inspector.violations


def test_a_good_tick_breaks_nothing() -> None:
    assert found(GOOD) == Violations()
    assert found(GOOD).total == 0


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (replace(GOOD, load_kwh=1.1, import_kwh=3.1), Violations(fuse=1)),
        (replace(GOOD, import_kwh=0, pv_used_kwh=4.6, export_kwh=1.6), Violations(export=1)),
        (replace(GOOD, import_kwh=2.9), Violations(balance=1)),
        (replace(GOOD, soc_kwh=7.1), Violations(balance=1)),
        (replace(GOOD, load_kwh=0, import_kwh=2.6, charge_kwh=2.6, soc_kwh=7.6), Violations(power=1)),
        (
            replace(GOOD, load_kwh=2.1, import_kwh=0, charge_kwh=0, discharge_kwh=2.1, soc_kwh=2.9),
            Violations(power=1),
        ),
    ],
)
def test_each_breach_is_found(bad: HouseFlows, kind: Violations) -> None:
    assert found(bad, pv_kw=2 * bad.pv_used_kwh) == kind


def test_an_impossible_soc_is_found() -> None:
    assert found(replace(GOOD, soc_kwh=11), soc_kwh=9) == Violations(soc=1)


def test_a_load_above_the_fuse_is_nobodys_fault() -> None:
    assert found(replace(GOOD, load_kwh=4, import_kwh=4, charge_kwh=0, soc_kwh=5)) == Violations()


def test_pv_that_vanishes_is_found() -> None:
    assert found(GOOD, pv_kw=1) == Violations(balance=1)


@given(plants, st.lists(st.tuples(orders, power, power), max_size=5), st.floats(0, 1))
def test_the_house_breaks_nothing(plant: Plant, ticks: list[tuple[object, float, float]], start: float) -> None:
    # An inverter that clips PV while it charges lets the load alone pass the fuse.
    house = House(replace(plant, inverter_kw=None), start * plant.capacity_kwh)
    inspector = Inspector(plant, house.soc_kwh)
    for order, load_kw, pv_kw in ticks:
        inspector.look_at(house.step(order, 0, load_kw, pv_kw, 0.25), pv_kw)  # type: ignore[arg-type] # drawn
    assert inspector.violations.total == 0
