import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import ActiveOverrides, Override, OverrideKind
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.home.readings import Measurement
from darkstar.optimizer.plan import Plan, PlanSlot
from darkstar.views.published import PublishedSensor
from darkstar.views.sensors import refused, sensors
from darkstar.views.snapshot import Snapshot
from darkstar.wire import encode, encode_state
from tests.views.samples import NOON, empty, sample, troubled

RECORDER_LIMIT = 16_384
"""Home Assistant's recorder drops attributes that are larger (bytes of compact JSON)."""

SNAPSHOTS = pytest.mark.parametrize("snapshot", [sample(), troubled(), empty()], ids=["sample", "troubled", "empty"])


def _named(snapshot: Snapshot, object_id: str) -> PublishedSensor:
    return next(sensor for sensor in sensors(snapshot) if sensor.entity_id == f"sensor.darkstar_{object_id}")


def _state(snapshot: Snapshot, object_id: str) -> str | float:
    return _named(snapshot, object_id).state


def _size(sensor: PublishedSensor) -> int:
    return len(json.dumps(encode(sensor.attributes), separators=(",", ":"), ensure_ascii=False).encode())


@SNAPSHOTS
def test_the_same_sensors_are_always_published(snapshot: Snapshot) -> None:
    names = [sensor.entity_id.removeprefix("sensor.darkstar_") for sensor in sensors(snapshot)]
    assert sorted(names) == sorted(
        [
            "plan", "status", "next_action", "cost_today", "cost_tomorrow", "cheapest_window", "soc_target", "override",
            "problems", "stored_value", "heartbeat", "battery_soc", "battery_power", "pv_power", "load_power",
            "grid_power", "import_price", "export_price", "write_budget", "learning", "forecast_skill", "reflex",
            "saving_today", "saving_month", "shadow_verdict",
        ]
    )  # fmt: skip


@SNAPSHOTS
def test_every_sensor_can_be_published(snapshot: Snapshot) -> None:
    for sensor in sensors(snapshot):
        assert 0 < len(encode_state(sensor.state)) <= 255
        assert isinstance(sensor.state, float) or len(sensor.state) <= 255
        assert _no_none(sensor.attributes)
        assert _size(sensor) < RECORDER_LIMIT
        assert sensor.attributes["friendly_name"].startswith("Darkstar ")
        assert sensor.attributes["icon"].startswith("mdi:")


def _no_none(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_no_none, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_no_none, value))
    return value is not None


def test_a_plan_of_large_odd_numbers_still_fits_the_recorder() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    assert len(snapshot.plan.slots) >= 192

    def inflate(slot: PlanSlot, index: int) -> PlanSlot:
        return replace(
            slot,
            import_price=-123.4567 + index / 7,
            export_price=-98.7654 - index / 7,
            import_kwh=12.3456,
            load_kwh=11.2345,
            pv_kwh=10.9876,
            heaters_kwh=(2.71828,),
        )

    slots = tuple(inflate(slot, index) for index, slot in enumerate(snapshot.plan.slots))
    plan: Plan = replace(snapshot.plan, slots=slots, notes=("note " * 300,))
    assert _size(_named(replace(snapshot, plan=plan), "plan")) < RECORDER_LIMIT


def test_the_plan_can_be_rebuilt_from_its_attributes() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    sensor = _named(snapshot, "plan")
    given_ = sensor.attributes
    assert sensor.state == "store"
    second, minutes = datetime.fromisoformat(given_["second_start"]), given_["slot_minutes"]
    starts = [datetime.fromisoformat(given_["start"])]
    starts += [second + timedelta(minutes=minutes * index) for index in range(len(snapshot.plan.slots) - 1)]
    assert starts == [slot.start for slot in snapshot.plan.slots]
    arrays = [value for value in given_.values() if isinstance(value, list) and len(value) > 100]
    assert len(arrays) == 8
    assert {len(array) for array in arrays} == {len(snapshot.plan.slots)}
    assert given_["battery_kw"][0] == pytest.approx(snapshot.plan.slots[0].charge_kwh * 6, abs=0.01)
    assert given_["known_price_slots"] == sum(slot.price_known for slot in snapshot.plan.slots)
    assert [run["action"] for run in given_["next_runs"]][:3] == ["store", "hold", "discharge"]


def test_unknown_is_said_and_zero_is_a_value() -> None:
    snapshot = empty()
    for name in ("plan", "cost_today", "soc_target", "stored_value", "heartbeat", "battery_soc", "import_price"):
        assert _state(snapshot, name) == "unknown"
    assert _state(snapshot, "problems") == "0"
    assert _state(snapshot, "override") == "none"
    price = PriceCurve((Price(NOON, NOON + timedelta(hours=1), 0.0, -0.0),))
    free = replace(snapshot, curve=price)
    assert _state(free, "import_price") == 0.0
    assert encode_state(_state(free, "export_price")) == "0"
    assert _named(free, "import_price").attributes["text"] == "sells at 0.00"


def test_readings_are_passed_on_with_words() -> None:
    snapshot = sample()
    assert snapshot.readings is not None
    selling = replace(snapshot.readings, grid_kw=Measurement(-1.234, NOON, "sensor.grid"))
    snapshot = replace(snapshot, readings=selling)
    grid = _named(snapshot, "grid_power")
    assert (grid.state, grid.attributes["text"]) == (-1.234, "selling")
    assert grid.attributes["unit_of_measurement"] == "kW"
    assert grid.attributes["state_class"] == "measurement"
    soc = _named(snapshot, "battery_soc")
    assert soc.attributes["text"] == "charging 2.9 kW"
    assert soc.attributes["device_class"] == "battery"
    assert _named(snapshot, "pv_power").attributes["text"].endswith(" kWh today")


@pytest.mark.parametrize(("kw", "words"), [(0.0, "resting"), (-2.04, "giving 2.0 kW")])
def test_the_battery_says_its_direction(kw: float, words: str) -> None:
    snapshot = sample()
    assert snapshot.readings is not None
    readings = replace(snapshot.readings, battery_kw=Measurement(kw, NOON, "sensor.battery"))
    assert _named(replace(snapshot, readings=readings), "battery_soc").attributes["text"] == words


def test_the_cost_of_today_has_its_two_parts() -> None:
    sensor = _named(sample(), "cost_today")
    assert sensor.state == 11.94
    assert sensor.attributes["so_far"] + sensor.attributes["planned_rest"] == pytest.approx(11.94, abs=0.011)
    assert (sensor.attributes["device_class"], sensor.attributes["unit_of_measurement"]) == ("monetary", "SEK")


def test_the_next_action_says_when_what_and_how_much() -> None:
    snapshot = sample(NOON + timedelta(hours=4))
    sensor = _named(snapshot, "next_action")
    assert str(sensor.state).startswith("18:00: sell from the battery at 2.")
    assert sensor.attributes["action"] == "export"
    assert sensor.attributes["price_per_kwh"] > 1.5
    assert _state(empty(), "next_action") == "No plan yet"
    assert snapshot.plan is not None
    last = replace(snapshot.plan, slots=snapshot.plan.slots[:1])
    assert _state(replace(snapshot, plan=last), "next_action") == "Nothing else planned"


def test_the_soc_target_follows_the_policy_and_obeys_an_override() -> None:
    assert _state(sample(), "soc_target") == 100.0
    assert _state(troubled(), "soc_target") == 100.0
    assert _state(replace(sample(), policy=None), "soc_target") == "unknown"


def test_an_override_counts_down() -> None:
    sensor = _named(troubled(), "override")
    assert (sensor.state, sensor.attributes["minutes_left"]) == ("force_charge", 43.0)
    assert sensor.attributes["remaining"] == "43 min left"
    assert sensor.attributes["battery"] == "force_charge"
    assert sensor.attributes["battery_minutes_left"] == 43.0
    assert "heater" not in sensor.attributes
    assert _state(sample(), "override") == "none"


def test_each_group_of_devices_has_its_own_override() -> None:
    stop = Override(OverrideKind.STOP_ALL, NOON - timedelta(minutes=5), NOON + timedelta(minutes=25))
    heat = Override(OverrideKind.FORCE_HEAT, NOON, NOON + timedelta(minutes=15))
    held = ActiveOverrides(battery=stop, heater=heat, ev=stop)
    sensor = _named(replace(sample(), overrides=held), "override")
    assert (sensor.state, sensor.attributes["minutes_left"]) == ("force_heat", 15.0)
    assert {name: sensor.attributes[name] for name in ("battery", "heater", "ev")} == {
        "battery": "stop_all",
        "heater": "force_heat",
        "ev": "stop_all",
    }
    assert sensor.attributes["remaining"] == "15 min left, Stop all 25 min"
    assert sensor.attributes["ev_minutes_left"] == 25.0
    assert sensor.attributes["heater_expires_at"] == "2026-04-14T11:35:00+00:00"


def test_the_worst_problem_is_shown_first_and_the_others_counted() -> None:
    sensor = _named(troubled(), "problems")
    assert (sensor.state, sensor.attributes["severity"]) == ("2", "critical")
    assert sensor.attributes["text"] == (
        "sensor.soc is unavailable, so the battery's SoC is not known. Check the inverter's connection. And 1 more."
    )
    assert [problem["id"] for problem in sensor.attributes["problems"]] == ["prices_missing", "soc_unreadable"]


def test_all_is_well_only_while_somebody_works() -> None:
    assert _named(sample(), "problems").attributes["text"] == "All is well"
    assert _named(empty(), "problems").attributes["text"] == "No problems reported"
    silent = replace(sample(), now=NOON + timedelta(hours=1))
    assert _named(silent, "problems").attributes["text"] == "No problems reported"


@given(st.text(min_size=1, max_size=900), st.integers(1, 60))
def test_no_problem_is_too_long_and_no_list_too_large(words: str, count: int) -> None:
    problems = tuple(Problem(f"fault_{n}", Severity.WARNING, NOON, words, words) for n in range(count))
    sensor = _named(replace(sample(), problems=problems), "problems")
    assert len(sensor.attributes["text"]) <= 255
    assert sensor.state == str(count)
    assert len(sensor.attributes["problems"]) == min(count, 20)


def test_the_list_of_problems_fits_the_recorder() -> None:
    problems = tuple(Problem(f"fault_{n}", Severity.WARNING, NOON, "m" * 900, "r" * 900) for n in range(60))
    assert _size(_named(replace(sample(), problems=problems), "problems")) < RECORDER_LIMIT


def test_the_heartbeat_is_the_last_tick() -> None:
    sensor = _named(sample(), "heartbeat")
    assert datetime.fromisoformat(str(sensor.state)) == NOON - timedelta(minutes=2)
    assert sensor.attributes["device_class"] == "timestamp"


def test_wrong_settings_are_shown_as_a_critical_problem() -> None:
    status, problems = refused("apps.yaml: 1 fault(s)\n  - batery: no such setting")
    assert isinstance(status.state, str)
    assert "settings in apps.yaml are wrong" in status.state
    assert problems.attributes["severity"] == "critical"
    assert "batery" in problems.attributes["text"]
