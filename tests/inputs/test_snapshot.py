from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.devices import EvSettings
from darkstar.home.entities import EntitySettings
from darkstar.home.ports import EntityState
from darkstar.home.problem import Problem, Severity
from darkstar.home.readings import Readings
from darkstar.home.settings import HomeSettings
from darkstar.inputs.snapshot import read_home
from tests.homes import home
from tests.inputs.fake_home_assistant import NOON, entity, having, reported

MIDNIGHT = datetime(2026, 1, 15, 23, tzinfo=UTC)
OLD = timedelta(hours=6)


def entities(**changes: Any) -> EntitySettings:
    basic = {
        "battery_soc": "sensor.soc",
        "load_power": "sensor.load",
        "pv_power": "sensor.pv",
        "grid_power": "sensor.grid",
        "battery_power": "sensor.battery",
    }
    return EntitySettings(**{**basic, **changes})


def house(**changes: Any) -> HomeSettings:
    return home(water_heater=None, entities=entities(**changes))


DUAL = {"grid_power": None, "grid_import_power": "sensor.import", "grid_export_power": "sensor.export"}
STATES = {
    state.entity_id: state
    for state in (
        entity("sensor.soc", "64", "%"),
        entity("sensor.load", "1250", "W"),
        entity("sensor.pv", "3.4", "kW"),
        entity("sensor.grid", "-500", "W"),
        entity("sensor.battery", "1650", "W"),
        entity("sensor.import", "0", "W"),
        entity("sensor.export", "700", "W"),
        entity("input_boolean.darkstar_automation", "on"),
        entity("input_boolean.darkstar_manual_override", "off"),
        entity("input_boolean.darkstar_vacation", "off"),
    )
}


def read(*changed: EntityState, settings: HomeSettings | None = None, now: datetime = NOON) -> Readings:
    states = {**STATES, **{state.entity_id: state for state in changed}}
    return read_home(having(*states.values()), settings or house(), now)


def fault(readings: Readings, problem_id: str) -> Problem:
    (found,) = readings.faults
    assert found.problem_id == problem_id
    assert found.since == readings.read_at
    assert found.remedy
    return found


def value(measurement: Any) -> float | None:
    return None if measurement is None else measurement.value


def test_a_healthy_home() -> None:
    readings = read()
    assert readings.faults == ()
    assert value(readings.soc_percent) == 64
    assert value(readings.load_kw) == 1.25
    assert value(readings.pv_kw) == 3.4
    assert value(readings.grid_kw) == -0.5
    assert value(readings.battery_kw) == 1.65
    assert (readings.automation, readings.manual_override, readings.vacation) == (True, False, False)


def test_what_the_home_does_not_have_is_none_without_a_fault() -> None:
    settings = house(load_power=None, pv_power=None, grid_power=None, battery_power=None)
    readings = read(settings=settings)
    assert readings.faults == ()
    assert (readings.load_kw, readings.pv_kw, readings.grid_kw, readings.battery_kw) == (None, None, None, None)


def test_signs_follow_the_settings() -> None:
    settings = house(grid_power_positive="export", battery_power_positive="discharge")
    readings = read(settings=settings)
    assert value(readings.grid_kw) == 0.5
    assert value(readings.battery_kw) == -1.65


class TestSoc:
    @pytest.mark.parametrize("said", ["unavailable", "unknown", "", "nan", "inf", "150", "-1"])
    def test_an_unreadable_soc_is_critical(self, said: str) -> None:
        readings = read(entity("sensor.soc", said, "%"))
        assert readings.soc_percent is None
        problem = fault(readings, "soc_unreadable")
        assert problem.severity is Severity.CRITICAL
        assert "sensor.soc" in problem.meaning
        assert said in problem.meaning

    @pytest.mark.parametrize("said", ["0", "100"])
    def test_empty_and_full_are_legal(self, said: str) -> None:
        assert value(read(entity("sensor.soc", said, "%")).soc_percent) == float(said)

    def test_a_soc_without_percent_is_not_trusted(self) -> None:
        assert "no unit" in fault(read(entity("sensor.soc", "0.6")), "soc_unreadable").meaning

    def test_a_missing_entity_is_named(self) -> None:
        settings = house(battery_soc="sensor.nowhere")
        assert "no entity sensor.nowhere" in fault(read(settings=settings), "soc_unreadable").meaning

    @pytest.mark.parametrize(("minutes", "trusted"), [(30, True), (31, False), (-5, True), (-31, False)])
    def test_age_decides_even_when_nothing_need_have_changed(self, minutes: int, trusted: bool) -> None:
        state = reported(STATES["sensor.soc"], NOON - timedelta(minutes=minutes))
        readings = read(state)
        assert (readings.soc_percent is not None) is trusted
        if not trusted:
            fault(readings, "soc_unreadable")

    def test_an_undated_soc_is_not_trusted(self) -> None:
        problem = fault(read(reported(STATES["sensor.soc"], None)), "soc_unreadable")
        assert "since when" in problem.meaning


@pytest.mark.parametrize(
    ("name", "entity_id"), [("load", "sensor.load"), ("grid", "sensor.grid"), ("battery", "sensor.battery")]
)
class TestPowers:
    @pytest.mark.parametrize("said", ["unavailable", "unknown", "", "nan", "-inf"])
    def test_unreadable(self, name: str, entity_id: str, said: str) -> None:
        readings = read(entity(entity_id, said, "W"))
        assert getattr(readings, f"{name}_kw") is None
        problem = fault(readings, f"{name}_unreadable")
        assert problem.severity is Severity.WARNING
        assert f"{entity_id} says '{said}'" in problem.meaning

    @pytest.mark.parametrize("unit", [None, "VA", "kWh"])
    def test_a_unit_is_not_guessed(self, name: str, entity_id: str, unit: str | None) -> None:
        assert entity_id in fault(read(entity(entity_id, "5", unit)), f"{name}_unreadable").meaning

    def test_a_stale_value_is_missing_also_when_it_is_zero(self, name: str, entity_id: str) -> None:
        stale = reported(entity(entity_id, "0", "W"), NOON - OLD)
        assert "360 minutes ago" in fault(read(stale), f"{name}_unreadable").meaning


class TestPv:
    def test_a_stale_zero_counts_while_the_sun_is_down(self) -> None:
        stale = [reported(state, MIDNIGHT) for state in STATES.values() if state.entity_id != "sensor.pv"]
        readings = read(*stale, reported(entity("sensor.pv", "0", "W"), MIDNIGHT - OLD), now=MIDNIGHT)
        assert readings.faults == ()
        assert value(readings.pv_kw) == 0
        assert readings.pv_kw is not None
        assert readings.pv_kw.measured_at == MIDNIGHT

    @pytest.mark.parametrize(("said", "now"), [("0", NOON), ("0.4", MIDNIGHT), ("unavailable", MIDNIGHT)])
    def test_anything_else_that_is_stale_is_missing(self, said: str, now: datetime) -> None:
        fresh = [reported(state, now) for state in STATES.values() if state.entity_id != "sensor.pv"]
        readings = read(*fresh, reported(entity("sensor.pv", said, "kW"), now - OLD), now=now)
        assert readings.pv_kw is None
        fault(readings, "pv_unreadable")

    def test_standby_of_the_inverter_is_no_generation(self) -> None:
        assert value(read(entity("sensor.pv", "-12", "W")).pv_kw) == 0


class TestDualMeter:
    def test_net_is_import_less_export(self) -> None:
        readings = read(settings=house(**DUAL))
        assert value(readings.grid_kw) == -0.7
        assert readings.faults == ()

    def test_the_idle_side_may_be_old(self) -> None:
        idle = reported(STATES["sensor.import"], NOON - OLD)
        readings = read(idle, settings=house(**DUAL))
        assert value(readings.grid_kw) == -0.7
        assert readings.faults == ()

    @pytest.mark.parametrize("side", ["sensor.import", "sensor.export"])
    def test_an_old_value_or_a_silent_meter_is_missing(self, side: str) -> None:
        old = reported(entity(side, "300", "W"), NOON - OLD)
        assert side in fault(read(old, settings=house(**DUAL)), "grid_unreadable").meaning
        silent = [reported(STATES[name], NOON - OLD) for name in ("sensor.import", "sensor.export")]
        fault(read(*silent, settings=house(**DUAL)), "grid_unreadable")

    def test_half_a_meter_is_no_meter(self) -> None:
        readings = read(entity("sensor.import", "unavailable", "W"), settings=house(**DUAL))
        assert readings.grid_kw is None
        fault(readings, "grid_unreadable")


@pytest.mark.parametrize("name", ["automation", "manual_override", "vacation"])
class TestToggles:
    @pytest.mark.parametrize(("word", "expected"), [("on", True), ("off", False)])
    def test_words(self, name: str, word: str, expected: bool) -> None:
        readings = read(reported(entity(f"input_boolean.darkstar_{name}", word), None))
        assert getattr(readings, name) is expected

    @pytest.mark.parametrize("word", ["unavailable", "unknown", "", "1", "true"])
    def test_another_word_is_none(self, name: str, word: str) -> None:
        readings = read(entity(f"input_boolean.darkstar_{name}", word))
        assert getattr(readings, name) is None
        assert f"says '{word}'" in fault(readings, f"{name}_unreadable").meaning

    def test_a_missing_helper_is_none(self, name: str) -> None:
        settings = house(**{name: "input_boolean.nowhere"})
        readings = read(settings=settings)
        assert getattr(readings, name) is None
        assert "input_boolean.nowhere" in fault(readings, f"{name}_unreadable").meaning


def test_nothing_at_all_is_one_fault_per_value() -> None:
    readings = read_home(having(), house(), NOON)
    assert len(readings.faults) == len({problem.problem_id for problem in readings.faults}) == 8


@settings(deadline=None)
@given(said=st.text(), unit=st.one_of(st.none(), st.text(), st.integers()), age=st.integers(-1000, 100000))
def test_junk_never_raises_and_is_always_explained(said: str, unit: object, age: int) -> None:
    at = NOON - timedelta(minutes=age)
    changed = [
        EntityState(entity_id, said, {"unit_of_measurement": unit}, at)
        for entity_id in ("sensor.soc", "sensor.load", "sensor.pv", "sensor.grid", "sensor.battery")
    ]
    readings = read(*changed)
    named = {"soc": readings.soc_percent, "load": readings.load_kw, "pv": readings.pv_kw, "grid": readings.grid_kw}
    for name, measurement in named.items():
        explained = f"{name}_unreadable" in {problem.problem_id for problem in readings.faults}
        assert explained is (measurement is None)


class TestCar:
    CAR = house(ev_connected="sensor.plug", ev_soc="sensor.car_soc", ev_power="sensor.car").model_copy(
        update={"ev": EvSettings(capacity_kwh=60)}
    )

    def read(self, plug: str, soc: EntityState | None = None) -> Readings:
        car_soc = soc or reported(entity("sensor.car_soc", "55", "%"), NOON - 2 * OLD)
        states = (entity("sensor.plug", plug), car_soc, entity("sensor.car", "7400", "W"))
        return read(*states, settings=self.CAR)

    def test_a_car_that_is_plugged_in(self) -> None:
        readings = self.read("Charging")
        assert readings.faults == ()
        assert readings.ev_connected is True
        assert value(readings.ev_soc_percent) == 55
        assert value(readings.ev_kw) == 7.4

    def test_the_soc_of_a_car_that_is_away_does_not_matter(self) -> None:
        readings = self.read("disconnected", entity("sensor.car_soc", "unavailable", "%"))
        assert (readings.ev_connected, readings.ev_soc_percent, readings.faults) == (False, None, ())

    def test_a_plug_that_says_neither_is_a_fault(self) -> None:
        readings = self.read("unavailable")
        assert readings.ev_connected is None
        assert "sensor.plug" in fault(readings, "ev_connected_unreadable").meaning

    def test_an_absurd_soc_is_a_fault(self) -> None:
        readings = self.read("on", entity("sensor.car_soc", "130", "%"))
        assert readings.ev_soc_percent is None
        assert "130" in fault(readings, "ev_soc_unreadable").meaning

    def test_a_home_without_a_car_does_not_ask(self) -> None:
        assert read(settings=house(ev_connected="sensor.plug")).faults == ()


class TestMainFuse:
    HOME = house(phase_currents=("sensor.phase_1", "sensor.phase_2"))

    def test_one_current_per_phase(self) -> None:
        readings = read(
            entity("sensor.phase_1", "12.5", "A"), entity("sensor.phase_2", "-3400", "mA"), settings=self.HOME
        )
        assert [value(current) for current in readings.phase_currents_a] == [12.5, -3.4]

    def test_a_phase_that_cannot_be_read_keeps_its_place(self) -> None:
        readings = read(
            entity("sensor.phase_1", "unavailable", "A"), entity("sensor.phase_2", "3", "A"), settings=self.HOME
        )
        assert [value(current) for current in readings.phase_currents_a] == [None, 3.0]
        assert "sensor.phase_1" in fault(readings, "phase_current_1_unreadable").meaning

    def test_a_stale_current_is_missing(self) -> None:
        old = reported(entity("sensor.phase_2", "3", "A"), NOON - OLD)
        readings = read(entity("sensor.phase_1", "3", "A"), old, settings=self.HOME)
        assert [value(current) for current in readings.phase_currents_a] == [3.0, None]
        assert "360 minutes ago" in fault(readings, "phase_current_2_unreadable").meaning

    def test_a_home_without_sensors_has_no_phases(self) -> None:
        assert read().phase_currents_a == ()


class TestWater:
    HOME = house(water_temperature="sensor.water")

    @pytest.mark.parametrize(("said", "unit", "celsius"), [("61.5", "°C", 61.5), ("140", "°F", 60.0), ("0", "°C", 0.0)])
    def test_temperature(self, said: str, unit: str, celsius: float) -> None:
        readings = read(entity("sensor.water", said, unit), settings=self.HOME)
        assert value(readings.water_celsius) == pytest.approx(celsius)
        assert readings.faults == ()

    @pytest.mark.parametrize(("said", "unit"), [("-127", "°C"), ("101", "°C"), ("60", "%"), ("hot", "°C")])
    def test_what_no_water_has(self, said: str, unit: str) -> None:
        readings = read(entity("sensor.water", said, unit), settings=self.HOME)
        assert readings.water_celsius is None
        assert "sensor.water" in fault(readings, "water_temperature_unreadable").meaning
