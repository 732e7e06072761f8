"""The benchmark prints a table; it asserts nothing about time."""

from __future__ import annotations

import pytest

from darkstar.optimizer import bench
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.solve import plan


def test_table_has_a_row_per_case() -> None:
    lines = bench.run(1).splitlines()
    rows = [line.strip().split("  ")[0] for line in lines[2:]]
    assert rows == ["battery", "battery + water heater", "flat price", "negative prices"]
    assert "48 h" in lines[0]


def test_sample_homes_are_the_same_every_time_and_differ() -> None:
    assert bench.sample_request(3) == bench.sample_request(3)
    assert bench.sample_request(3) != bench.sample_request(4)
    assert plan(bench.sample_request(3)).status is PlanStatus.OPTIMAL


def test_machine_without_solver_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "candidates", lambda: ())
    assert "no solver runs" in bench.run(1)
