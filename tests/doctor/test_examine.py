from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.control.decision import BatteryMode
from darkstar.doctor.candidates import candidates
from darkstar.doctor.examine import examine, is_well, report
from darkstar.doctor.finding import Grade, Machine
from darkstar.doctor.roles import ROLES
from darkstar.home.devices import BatterySettings
from darkstar.home.entities import EntitySettings
from darkstar.home.ports import EntityState
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.home.sources import PriceSourceSettings
from tests.doctor.samples import NOW, QUARTER, about, evidence, execution, faults, observation, sensor, states
from tests.homes import ENTITIES, home


def named(**entities: Any) -> EntitySettings:
    return ENTITIES.model_copy(update=entities)


def test_a_well_home_is_well() -> None:
    found = examine(evidence())
    assert faults(found) == []
    assert is_well(found)


def test_the_gravest_comes_first_and_the_report_counts_all() -> None:
    found = examine(evidence(states=states(sensor("sensor.soc", 140, "battery"))))
    assert found[0].grade is Grade.FAULT
    lines = list(report(found))
    assert lines[0].startswith("FAULT ")
    assert lines[-1].startswith("1 fault, ")
    assert sum(line[:6] in {"FAULT ", "advice", "assume", "ok    "} for line in lines) == len(found)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (sensor("sensor.soc", 140, "battery"), "140 %, which no battery has"),
        (sensor("sensor.soc", "unavailable", "battery"), "is unavailable"),
        (sensor("sensor.soc", 55, "battery", unit_of_measurement="Wh"), "Wh"),
        (replace(sensor("sensor.soc", 55, "battery"), reported_at=NOW - timedelta(hours=5)), "nothing for 5.0 hours"),
        (replace(sensor("sensor.soc", 55, "battery"), reported_at=None), "does not say since when"),
        (sensor("sensor.pv_power", 2000), "2000 kW, more than the 6 kW"),
    ],
)
def test_a_bad_sensor_is_named_with_what_is_wrong(state: EntityState, told: str) -> None:
    (text,) = faults(examine(evidence(states=states(state))))
    assert state.entity_id in text
    assert told in text


def test_a_missing_entity_comes_with_those_that_would_fit() -> None:
    present = states(sensor("sensor.house_battery_soc", 50, "battery"), sensor("sensor.phone_battery", 80, "battery"))
    del present["sensor.soc"]
    found = about(examine(evidence(states=present)), "entities.battery_soc")
    assert found.grade is Grade.FAULT
    assert found.proposals[0] == "sensor.house_battery_soc"
    assert "sensor.phone_battery" not in found.proposals


def test_a_sensor_that_nobody_named_is_proposed() -> None:
    found = about(
        examine(evidence(states=states(sensor("sensor.solar_total_energy", 900, "energy")))), "entities.pv_energy"
    )
    assert (found.grade, found.proposals) == (Grade.ADVICE, ("sensor.solar_total_energy",))


@pytest.mark.parametrize(
    "state",
    [
        sensor("sensor.darkstar_pv_power", 1.0),
        sensor("sensor.pv_energy_today", 5.0, "energy"),
        sensor("sensor.pv_power_2", 1.0, unit_of_measurement="kWh"),
        sensor("sensor.oven_power", 1.0),
        replace(sensor("sensor.x", 1.0), entity_id="number.pv_power"),
    ],
)
def test_what_does_not_fit_is_not_proposed(state: EntityState) -> None:
    assert candidates(ROLES["pv_power"], [state]) == ()


def test_what_is_taken_is_not_proposed_again() -> None:
    present = [sensor("sensor.pv_power", 1.0), sensor("sensor.solar_power", 1.0)]
    assert candidates(ROLES["pv_power"], present, frozenset({"sensor.pv_power"})) == ("sensor.solar_power",)


def test_a_counter_without_state_class_is_advised() -> None:
    of = home(entities=named(pv_energy="sensor.pv_total"))
    present = states(sensor("sensor.pv_total", 900, "energy", state_class=None))
    found = about(examine(evidence(of, states=present)), "entities.pv_energy")
    assert found.grade is Grade.ADVICE
    assert "no state_class" in found.text


def test_missing_helpers_are_told_in_one_finding() -> None:
    present = {name: state for name, state in states().items() if "darkstar_" not in name}
    (text,) = faults(examine(evidence(states=present)))
    assert "input_boolean.darkstar_automation" in text


def test_entities_are_not_judged_where_home_assistant_was_not_asked() -> None:
    found = examine(evidence(states=None))
    assert is_well(found)
    assert "Home Assistant was not asked" in " ".join(finding.text for finding in found)


def counted(**changes: Any) -> Iterator[Any]:
    return (observation(number, **changes) for number in range(200))


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, Grade.OK),
        ({"load_kwh": 0.36}, Grade.ADVICE),
        ({"load_kwh": 0.2}, Grade.FAULT),
        ({"export_kwh": 0.2}, Grade.FAULT),
        ({"heater_kwh": 0.2}, Grade.FAULT),
    ],
)
def test_energy_that_is_missing_is_found(changes: dict[str, float], grade: Grade) -> None:
    found = examine(evidence(observations=tuple(counted(**changes))))
    (balance,) = [each for each in found if "came in" in each.text]
    assert balance.grade is grade


def test_a_derived_load_is_not_judged_by_itself() -> None:
    found = examine(evidence(observations=tuple(counted(flags=("derived",)))))
    assert any("what the other counters leave over" in each.text for each in found)


def test_jumping_counters_are_advised() -> None:
    rows = (*counted(), *counted(flags=("gap",)))
    (advice,) = [each for each in examine(evidence(observations=rows)) if "reset or a spike" in each.text]
    assert advice.grade is Grade.ADVICE
    assert advice.text.startswith("50 %")


def test_a_turned_grid_sign_is_found_and_the_right_one_named() -> None:
    turned = tuple(execution(number, grid=1.4) for number in range(150))
    found = about(examine(evidence(executions=turned)), "entities.grid_power_positive")
    assert found.grade is Grade.FAULT
    assert found.remedy == "Set it to export."


def test_a_selling_battery_does_not_turn_the_sign() -> None:
    selling = tuple(execution(number, load=1.0, pv=0.0, grid=-2.0, mode=BatteryMode.EXPORT) for number in range(150))
    found = examine(evidence(executions=selling))
    assert faults(found) == []


def test_few_moments_judge_nothing() -> None:
    found = examine(evidence(executions=(execution(0, grid=1.4),)))
    assert faults(found) == []
    assert any("too few moments" in each.text for each in found)


def test_prices_that_have_run_out_are_a_fault() -> None:
    assert faults(examine(evidence(curve=PriceCurve()))) == ["No price is known now."]


def test_prices_in_another_unit_are_a_fault() -> None:
    dear = PriceCurve((Price(NOW, NOW + QUARTER, 1500.0, 500.0),))
    (text,) = faults(examine(evidence(curve=dear)))
    assert "1500" in text


def test_prices_of_tomorrow_that_are_late_are_advised() -> None:
    afternoon = datetime(2026, 11, 23, 15, tzinfo=UTC)
    curve = PriceCurve((Price(afternoon, afternoon + timedelta(hours=8), 1.5, 0.5),))
    source = PriceSourceSettings(source="nordpool_sensor", entity="sensor.nordpool")
    found = examine(evidence(home(prices=source), now=afternoon, curve=curve))
    assert any("Tomorrow's should be out" in each.text for each in found)


def test_no_and_old_forecasts_are_faults() -> None:
    assert faults(examine(evidence(forecast=None))) == ["There is no forecast yet."]
    made = evidence().forecast
    assert made is not None
    old = replace(made, issued_at=NOW - timedelta(hours=9))
    assert "9.0 hours old" in faults(examine(evidence(forecast=old)))[0]


def test_what_a_forecast_assumes_is_told() -> None:
    made = evidence().forecast
    assert made is not None
    found = examine(evidence(forecast=replace(made, assumed=("load: a standard household",))))
    assert any(each.text == "Load: a standard household." and each.grade is Grade.ASSUMED for each in found)


@pytest.mark.parametrize(
    ("machine", "told"),
    [(Machine(None, 5000.0, 1.0), "No solver runs"), (Machine("cbc", 50.0, 1.0), "50 MB are free")],
)
def test_a_machine_that_cannot_do_it_is_a_fault(machine: Machine, told: str) -> None:
    (text,) = faults(examine(evidence(machine=machine)))
    assert told in text


def test_another_time_zone_and_a_missing_library_are_advised() -> None:
    found = examine(evidence(machine=Machine("cbc", 5000.0, 1.0, "America/New_York", has_sklearn=False)))
    advice = [each.text for each in found if each.area == "machine" and each.grade is Grade.ADVICE]
    assert ["scikit-learn" in advice[0], "America/New_York" in advice[1]] == [True, True]


@pytest.mark.parametrize(("mode", "advised"), [(False, True), (True, False), (None, False)])
def test_an_appdaemon_that_reads_all_files_each_second_is_advised(mode: bool | None, advised: bool) -> None:
    found = examine(evidence(machine=Machine("cbc", 5000.0, 1.0, in_production_mode=mode)))
    assert any("production_mode" in each.remedy for each in found) is advised


def test_demo_data_in_a_real_home_are_refused() -> None:
    of = home(entities=named(load_energy="sensor.darkstar_demo_load_energy"))
    present = states(sensor("sensor.darkstar_demo_load_energy", 9, "energy"))
    (text,) = faults(examine(evidence(of, states=present)))
    assert "simulated house" in text
    assert is_well(examine(evidence(of, states=present, is_demo=True)))


def test_open_problems_are_told_by_their_gravity() -> None:
    grave = Problem("p", Severity.CRITICAL, NOW, "No plan could be made.", "Check prices.")
    slight = replace(grave, severity=Severity.WARNING, meaning="A little thing.")
    assert faults(examine(evidence(problems=(grave, slight)))) == ["No plan could be made."]


def test_only_what_the_owner_has_not_said_is_assumed() -> None:
    assumed = {each.setting for each in examine(evidence()) if each.grade is Grade.ASSUMED}
    assert {"battery.charge_efficiency", "pv_arrays.0.tilt_deg", "tariff.vat_percent"} <= assumed
    said = BatterySettings(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5, charge_efficiency=0.95)
    assumed = {each.setting for each in examine(evidence(home(battery=said))) if each.grade is Grade.ASSUMED}
    assert "battery.charge_efficiency" not in assumed
    assert "battery.discharge_efficiency" in assumed
