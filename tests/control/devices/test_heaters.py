"""From decisions to the water heater's entity."""

from __future__ import annotations

from typing import Any

import pytest

from darkstar.control.decision import HeaterMode, HeaterSettingsNow, Source
from darkstar.control.devices.fitting import RefusedError, fit, matches, service, shown
from darkstar.control.devices.heaters import wanted_heater
from darkstar.control.devices.writes import Celsius, Write
from darkstar.home.ports import EntityState
from tests.control.samples import HEATER, NOW, sample_home

SETPOINTS = [
    (HeaterMode.OFF, "40", "off"),
    (HeaterMode.NORMAL, "60", "on"),
    (HeaterMode.HYGIENE, "65", "on"),
    (HeaterMode.BOOST, "70", "on"),
    (HeaterMode.MAX, "85", "on"),
]
TANK = "water_heater.tank"


def asked(mode: HeaterMode, entity_id: str = HEATER, own: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    home = sample_home(entities={"water_heater": entity_id}, water_heater=own or {})
    wish = HeaterSettingsNow(mode, Source.PLAN, "as the test wants it")
    return [(write.entity_id, write.value.text) for write in wanted_heater(wish, home)]


def tank(temperature: object, **attributes: Any) -> EntityState:
    return EntityState(TANK, "eco", {"temperature": temperature, **attributes}, NOW)


@pytest.mark.parametrize(("mode", "setpoint", "switch"), SETPOINTS)
@pytest.mark.parametrize("domain", ["number", "input_number", "water_heater", "climate"])
def test_what_takes_a_temperature_gets_one(mode: HeaterMode, setpoint: str, switch: str, domain: str) -> None:
    assert asked(mode, f"{domain}.tank") == [(f"{domain}.tank", setpoint)]


@pytest.mark.parametrize(("mode", "setpoint", "switch"), SETPOINTS)
@pytest.mark.parametrize("domain", ["switch", "input_boolean"])
def test_what_can_be_switched_is_switched(mode: HeaterMode, setpoint: str, switch: str, domain: str) -> None:
    assert asked(mode, f"{domain}.tank") == [(f"{domain}.tank", switch)]


def test_own_temperatures_count() -> None:
    own = {"off_celsius": 35.0, "normal_celsius": 55.0, "hygiene_celsius": 62.0, "boost_celsius": 64.0}
    assert [asked(mode, own=own)[0][1] for mode in HeaterMode] == ["35", "55", "62", "64", "85"]


def test_no_heater_no_write() -> None:
    wish = HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "as the test wants it")
    assert wanted_heater(wish, sample_home(water_heater=None)) == ()


@pytest.mark.parametrize("domain", ["water_heater", "climate"])
def test_a_thermostat_is_set_by_its_own_service(domain: str) -> None:
    write = Write(f"{domain}.tank", Celsius(60.0, 0.5))
    assert service(write) == (f"{domain}/set_temperature", {"entity_id": f"{domain}.tank", "temperature": 60.0})


@pytest.mark.parametrize(("temperature", "same"), [(60, True), (60.4, True), (58, False), (None, False)])
def test_a_thermostat_shows_its_setpoint_as_an_attribute(temperature: object, same: bool) -> None:
    write, entity = Write(TANK, Celsius(60.0, 0.5)), tank(temperature)
    assert matches(write.value, shown(write, entity), entity.attributes) is same


def test_the_step_of_a_thermostat_counts() -> None:
    write, entity = Write(TANK, Celsius(62.0, 0.5)), tank(60, target_temp_step=5)
    assert matches(write.value, shown(write, entity), entity.attributes)


def test_a_thermostat_gets_what_it_takes() -> None:
    fitted = fit(Write(TANK, Celsius(85.0, 0.5)), {"min_temp": 30, "max_temp": 75})
    assert fitted.value.text == "75"
    assert "75 instead of 85" in fitted.note


def test_a_thermostat_in_fahrenheit_is_refused() -> None:
    with pytest.raises(RefusedError, match="counts in °F"):
        fit(Write(TANK, Celsius(60.0, 0.5)), {"min_temp": 110, "max_temp": 140})


def test_a_sensor_is_refused_with_the_way_out() -> None:
    home = sample_home(entities={"water_heater": "sensor.tank"})
    (write,) = wanted_heater(HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "as the test wants it"), home)
    with pytest.raises(RefusedError, match=r"sensor\.tank cannot be set to 'on': configure a switch"):
        service(write)
