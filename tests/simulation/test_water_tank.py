import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.simulation.water_tank import WaterTank


def test_one_kwh_warms_100_litres_by_8_6_kelvin() -> None:
    tank = WaterTank(100, 20.0)
    assert tank.step(90, 1.0, 0.0, 1.0) == pytest.approx(1.0)
    assert tank.celsius == pytest.approx(28.6, abs=0.01)


def test_the_thermostat_stops_at_the_setpoint() -> None:
    tank = WaterTank(200, 59.0)
    used = tank.step(60, 3.0, 0.0, 1.0)
    assert tank.celsius == pytest.approx(60)
    assert used < 3.0


def test_a_warm_tank_uses_nothing_and_cools() -> None:
    tank = WaterTank(200, 60.0)
    assert tank.step(40, 3.0, 0.2, 1.0) == 0
    assert tank.celsius < 60


@given(st.floats(10, 90), st.floats(10, 90), st.floats(0, 3), st.floats(0, 3), st.floats(0.01, 1))
def test_energy_is_conserved(celsius: float, setpoint: float, power: float, draw: float, hours: float) -> None:
    tank = WaterTank(200, celsius)
    capacity = 200 * 4.186 / 3600
    loss = 0.0015 * (celsius - 20) * hours
    used = tank.step(setpoint, power, draw, hours)
    assert 0 <= used <= power * hours
    assert (tank.celsius - celsius) * capacity == pytest.approx(used - draw * hours - loss, abs=1e-9)
