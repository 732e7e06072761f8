from dataclasses import replace
from datetime import UTC, datetime

from darkstar.home.entities import EntitySettings
from darkstar.home.ports import EntityState
from darkstar.inputs.counters import read_counters, read_import_kwh
from tests.homes import home

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


class _States:
    def __init__(self, *states: EntityState) -> None:
        self._states = {state.entity_id: state for state in states}

    def state(self, entity_id: str) -> EntityState | None:
        return self._states.get(entity_id)


def _state(entity_id: str, state: str, unit: str = "kWh") -> EntityState:
    return EntityState(entity_id, state, {"unit_of_measurement": unit}, NOW)


LOAD = _state("sensor.load", "1234500", "Wh")
PV = _state("sensor.pv", "77.5")
SOC = _state("sensor.soc", "64", "%")
HOME = home(
    water_heater=None,
    entities=EntitySettings(
        battery_soc="sensor.soc",
        load_energy="sensor.load",
        pv_energy="sensor.pv",
    ),
)


def test_counters_come_in_kwh_with_the_soc() -> None:
    readout = read_counters(_States(LOAD, PV, SOC), HOME, NOW)
    snapshot = readout.snapshot
    assert snapshot.load is not None
    assert snapshot.pv is not None
    assert (snapshot.load.kwh, snapshot.pv.kwh, readout.soc_percent) == (1234.5, 77.5, 64)
    assert snapshot.taken_at == NOW
    assert snapshot.grid_import is None
    assert not readout.problems


def test_a_counter_that_is_gone_is_a_problem_and_the_others_stay() -> None:
    readout = read_counters(_States(PV, SOC, replace(LOAD, state="unavailable")), HOME, NOW)
    assert readout.snapshot.load is None
    assert readout.snapshot.pv is not None
    assert [problem.problem_id for problem in readout.problems] == ["load_counter_unreadable"]
    assert "sensor.load" in readout.problems[0].meaning


def test_an_absurd_soc_is_none() -> None:
    assert read_counters(_States(LOAD, PV, replace(SOC, state="240")), HOME, NOW).soc_percent is None
    assert read_counters(_States(LOAD, PV), HOME, NOW).soc_percent is None


def test_the_import_alone_is_none_where_it_cannot_be_read() -> None:
    entities = EntitySettings(battery_soc="sensor.soc", grid_import_energy="sensor.import")
    metered = home(water_heater=None, entities=entities)
    assert read_import_kwh(_States(_state("sensor.import", "12500", "Wh")), metered) == 12.5
    assert read_import_kwh(_States(_state("sensor.import", "unavailable")), metered) is None
    assert read_import_kwh(_States(), metered) is None
    assert read_import_kwh(_States(PV), HOME) is None
