from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Source
from darkstar.simulation.house import House, HouseFlows, Plant

PLANT = Plant(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=4, charge_efficiency=0.9, discharge_efficiency=0.8)


def wanted(
    mode: BatteryMode, charge_kw: float = 5, discharge_kw: float = 5, target_percent: float = 0
) -> BatterySettingsNow:
    return BatterySettingsNow(mode, charge_kw, discharge_kw, target_percent, Source.PLAN, "test")


power = st.floats(0, 12)
limit = st.none() | st.floats(0, 8)
plants = st.builds(
    Plant,
    capacity_kwh=st.floats(1, 30),
    max_charge_kw=st.floats(0, 10),
    max_discharge_kw=st.floats(0, 10),
    charge_efficiency=st.floats(0.6, 1),
    discharge_efficiency=st.floats(0.6, 1),
    inverter_kw=limit,
    max_import_kw=limit,
    max_export_kw=limit,
    standby_kw=st.floats(0, 0.2),
)
orders = st.builds(wanted, st.sampled_from(BatteryMode), power, power, st.floats(0, 100))


@given(plants, orders, st.floats(0, 1), st.tuples(power, power, power), st.floats(0.01, 2))
def test_energy_is_conserved_and_limits_hold(
    plant: Plant, order: BatterySettingsNow, start: float, powers: tuple[float, float, float], hours: float
) -> None:
    heater_kw, load_kw, pv_kw = powers
    house = House(plant, start * plant.capacity_kwh)
    before = house.soc_kwh
    flows = house.step(order, heater_kw, load_kw, pv_kw, hours)

    taken = flows.load_kwh + flows.heater_kwh + flows.standby_kwh + flows.charge_kwh + flows.export_kwh
    assert flows.pv_used_kwh + flows.import_kwh + flows.discharge_kwh == pytest.approx(taken, abs=1e-9)
    assert flows.pv_used_kwh + flows.curtailed_kwh == pytest.approx(pv_kw * hours, abs=1e-9)
    stored = flows.charge_kwh * plant.charge_efficiency - flows.discharge_kwh / plant.discharge_efficiency
    assert flows.soc_kwh == pytest.approx(before + stored, abs=1e-9)
    assert flows.soc_kwh == house.soc_kwh
    assert 0 <= house.soc_kwh <= plant.capacity_kwh
    assert flows.charge_kwh <= min(order.charge_kw, plant.max_charge_kw) * hours + 1e-9
    assert flows.discharge_kwh <= min(order.discharge_kw, plant.max_discharge_kw) * hours + 1e-9
    assert min(flows.import_kwh, flows.export_kwh, flows.curtailed_kwh) >= 0
    if plant.max_export_kw is not None:
        assert flows.export_kwh <= plant.max_export_kw * hours + 1e-9
    if plant.max_import_kw is not None and flows.charge_kwh > 0:
        allowed = max(plant.max_import_kw, load_kw + heater_kw + plant.standby_kw - pv_kw) * hours
        assert flows.import_kwh <= allowed + flows.curtailed_kwh + 1e-9


@given(orders, st.floats(0, 1), power, power, st.integers(2, 12))
def test_one_long_step_equals_many_short_ones(
    order: BatterySettingsNow, start: float, load_kw: float, pv_kw: float, parts: int
) -> None:
    whole, pieces = House(PLANT, start * 10), House(PLANT, start * 10)
    once = whole.step(order, 0, load_kw, pv_kw, 1)
    several = [pieces.step(order, 0, load_kw, pv_kw, 1 / parts) for _ in range(parts)]
    assert sum(flows.import_kwh for flows in several) == pytest.approx(once.import_kwh, abs=1e-6)
    assert sum(flows.export_kwh for flows in several) == pytest.approx(once.export_kwh, abs=1e-6)
    assert pieces.soc_kwh == pytest.approx(whole.soc_kwh, abs=1e-6)


@given(st.floats(0, 100), st.floats(0, 1), power)
def test_grid_charge_stops_exactly_at_its_target(target: float, start: float, load_kw: float) -> None:
    house = House(PLANT, start * 10)
    flows = house.step(wanted(BatteryMode.GRID_CHARGE, target_percent=target), 0, load_kw, 0, 24)
    assert house.soc_kwh == pytest.approx(max(start * 10, target / 10))
    assert flows.discharge_kwh == 0
    assert flows.import_kwh == pytest.approx(load_kw * 24 + flows.charge_kwh)


@given(st.floats(0, 100), st.floats(0, 1), st.floats(0, 3))
def test_export_stops_exactly_at_its_target(target: float, start: float, load_kw: float) -> None:
    house = House(PLANT, start * 10)
    flows = house.step(wanted(BatteryMode.EXPORT, target_percent=target), 0, load_kw, 0, 24)
    assert house.soc_kwh == pytest.approx(min(start * 10, target / 10))
    assert flows.charge_kwh == 0


@given(st.floats(0, 100), st.floats(0, 1), power, power)
def test_self_use_neither_buys_nor_sells_for_the_battery(
    floor: float, start: float, load_kw: float, pv_kw: float
) -> None:
    house = House(PLANT, start * 10)
    flows = house.step(wanted(BatteryMode.SELF_USE, target_percent=floor), 0, load_kw, pv_kw, 3)
    if pv_kw >= load_kw:
        assert flows.import_kwh + flows.discharge_kwh == pytest.approx(0, abs=1e-9)
    else:
        assert flows.export_kwh + flows.charge_kwh == pytest.approx(0, abs=1e-9)
        assert house.soc_kwh >= min(start * 10, floor / 10) - 1e-9


def step_once(house: House, order: BatterySettingsNow | None, load_kw: float = 1, pv_kw: float = 0) -> HouseFlows:
    return house.step(order, 0, load_kw, pv_kw, 1)


def test_grid_charge_uses_pv_first_and_leaves_the_load_to_the_grid() -> None:
    flows = step_once(House(PLANT, 0), wanted(BatteryMode.GRID_CHARGE, target_percent=100), load_kw=1, pv_kw=3)
    assert flows.charge_kwh == 5
    assert flows.import_kwh == 3


def test_past_its_target_grid_charge_stores_only_surplus() -> None:
    flows = step_once(House(PLANT, 5), wanted(BatteryMode.GRID_CHARGE, target_percent=50), load_kw=1, pv_kw=3)
    assert flows.charge_kwh == 2
    assert flows.import_kwh == 0


def test_export_at_its_target_sells_surplus_instead_of_storing_it() -> None:
    flows = step_once(House(PLANT, 5), wanted(BatteryMode.EXPORT, target_percent=50), load_kw=1, pv_kw=3)
    assert flows.export_kwh == 2
    assert flows.soc_kwh == 5


def test_a_charge_limit_of_zero_keeps_pv_out_and_a_discharge_limit_of_zero_keeps_energy_in() -> None:
    house = House(PLANT, 5)
    order = wanted(BatteryMode.SELF_USE, charge_kw=0, discharge_kw=0)
    assert step_once(house, order, pv_kw=4).export_kwh == 3
    assert step_once(house, order).import_kwh == 1
    assert house.soc_kwh == 5


def test_without_settings_the_inverter_keeps_what_it_has() -> None:
    house = House(PLANT, 5)
    step_once(house, wanted(BatteryMode.EXPORT, discharge_kw=2), load_kw=0)
    assert step_once(house, None, load_kw=0).discharge_kwh == 2


def test_it_starts_in_self_use() -> None:
    assert step_once(House(PLANT, 5), None).discharge_kwh == 1


def test_pv_beyond_the_export_limit_is_curtailed_and_the_battery_does_not_sell_on_top() -> None:
    plant = replace(PLANT, max_export_kw=2)
    flows = step_once(House(plant, 10), wanted(BatteryMode.EXPORT), load_kw=1, pv_kw=6)
    assert (flows.export_kwh, flows.curtailed_kwh, flows.discharge_kwh) == (2, 3, 0)


def test_where_export_is_forbidden_the_battery_only_covers_the_load() -> None:
    flows = step_once(House(replace(PLANT, max_export_kw=0), 10), wanted(BatteryMode.EXPORT), load_kw=1)
    assert (flows.export_kwh, flows.discharge_kwh) == (0, 1)


def test_the_fuse_throttles_charging_but_not_the_load() -> None:
    house = House(replace(PLANT, max_import_kw=3), 0)
    order = wanted(BatteryMode.GRID_CHARGE, target_percent=100)
    assert step_once(house, order, load_kw=1).charge_kwh == 2
    assert step_once(house, order, load_kw=6).import_kwh == 6


def test_the_inverter_bounds_pv_and_battery_together() -> None:
    plant = replace(PLANT, inverter_kw=4)
    assert step_once(House(plant, 10), wanted(BatteryMode.EXPORT), load_kw=0, pv_kw=3).export_kwh == 4
    full = step_once(House(plant, 10), wanted(BatteryMode.SELF_USE), load_kw=0, pv_kw=6)
    assert (full.export_kwh, full.curtailed_kwh) == (4, 2)
    empty = step_once(House(plant, 0), wanted(BatteryMode.SELF_USE), load_kw=0, pv_kw=6)
    assert empty.curtailed_kwh == 0


def test_heater_and_standby_are_part_of_what_the_battery_covers() -> None:
    house = House(replace(PLANT, standby_kw=0.1), 10)
    flows = house.step(wanted(BatteryMode.SELF_USE), 2, 1, 0, 1)
    assert flows.discharge_kwh == pytest.approx(3.1)
    assert (flows.heater_kwh, flows.standby_kwh) == (2, 0.1)


@pytest.mark.parametrize(("load_kw", "hours"), [(-1.0, 1.0), (1.0, 0.0), (float("nan"), 1.0)])
def test_impossible_steps_are_refused(load_kw: float, hours: float) -> None:
    with pytest.raises(ValueError, match="out of range"):
        House(PLANT, 5).step(None, 0, load_kw, 0, hours)


def test_impossible_devices_are_refused() -> None:
    with pytest.raises(ValueError, match="capacity_kwh 0"):
        replace(PLANT, capacity_kwh=0)
    with pytest.raises(ValueError, match=r"efficiency 1\.1"):
        replace(PLANT, charge_efficiency=1.1)
    with pytest.raises(ValueError, match="soc_kwh 11"):
        House(PLANT, 11)
