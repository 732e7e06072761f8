"""How the executor works, as sensors."""

from dataclasses import replace

from darkstar.control.decision import Decision, ExecutionStatistics
from darkstar.views.executor_sensors import heartbeat, write_budget
from tests.views.samples import NOON, sample


def test_the_write_budget_is_what_the_busiest_entity_has_left() -> None:
    sensor = write_budget(replace(sample(), writes_today={"switch.a": 3, "number.b": 21, "number.c": 21}))
    assert sensor.entity_id == "sensor.darkstar_write_budget"
    assert sensor.state == 179.0
    assert sensor.attributes["limit"] == 200
    assert sensor.attributes["busiest"] == "number.b"
    assert list(sensor.attributes["written_today"].items()) == [("number.b", 21), ("number.c", 21), ("switch.a", 3)]


def test_nothing_written_leaves_all_and_too_much_leaves_nothing() -> None:
    assert write_budget(sample()).state == 200.0
    assert "busiest" not in write_budget(sample()).attributes
    assert write_budget(replace(sample(), writes_today={"switch.a": 999})).state == 0.0


def test_the_heartbeat_counts_the_last_days() -> None:
    counted = ExecutionStatistics(200, 3, 10, 41, 4, 20, {"pause": 20})
    attributes = heartbeat(replace(sample(), statistics=counted)).attributes
    assert (attributes["ticks"], attributes["ok"], attributes["failed"], attributes["hands_off"]) == (200, 197, 3, 10)
    assert attributes["success_percent"] == 98.5
    assert attributes["overrides"] == {"pause": 20}


def test_the_heartbeat_tells_the_lease_the_error_and_the_next_slot() -> None:
    execution = sample().execution
    assert execution is not None
    troubled = replace(execution, lease_until=NOON, error="RuntimeError: broken")
    following = Decision(NOON, None, None, "Charges from the grid.")
    attributes = heartbeat(replace(sample(), execution=troubled, next_decision=following)).attributes
    assert attributes["lease_until"] == NOON.isoformat()
    assert attributes["error"] == "RuntimeError: broken"
    assert (attributes["next_slot_start"], attributes["next_slot"]) == (NOON.isoformat(), "Charges from the grid.")


def test_what_is_not_known_is_left_out() -> None:
    attributes = heartbeat(replace(sample(), execution=None, next_decision=None)).attributes
    assert not {"lease_until", "error", "next_slot", "success_percent"} & attributes.keys()
