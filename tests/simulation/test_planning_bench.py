"""The benchmark prints tables; it asserts nothing about time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.validate import check
from darkstar.simulation import planning_bench
from darkstar.simulation.planning_requests import SAMPLES, Prices, Sample, battery_home, full_home, prices_of, two_weeks


@pytest.mark.parametrize("case", SAMPLES.values())
@pytest.mark.parametrize("number", range(8))
def test_samples_are_possible_and_the_same_every_time(case: Callable[[int], Sample], number: int) -> None:
    sample = case(number)
    check(sample.request)
    assert case(number) == sample
    assert case(number + len(Prices)) != sample
    assert {len(path) for path in sample.scenarios} == {len(sample.request.slots)}
    assert len(sample.scenarios) == 28


def test_all_kinds_of_prices_take_turns() -> None:
    assert [prices_of(number) for number in range(5)] == [*Prices, Prices.SPOT]
    spot, flat, levels, negative = (
        {slot.import_price for slot in battery_home(number).request.slots} for number in range(4)
    )
    assert len(spot) > 100
    assert len(flat) == 1
    assert len(levels) == 2
    assert min(negative) < 0


def test_shapes_are_those_of_the_bars() -> None:
    full, weeks = full_home(1).request, two_weeks(1).request
    assert len(full.slots) == 192
    assert full.slots[0].hours <= 0.25
    assert (len(full.batteries), len(full.heaters), len(full.vehicles)) == (1, 1, 1)
    assert full.vehicles[0].min_current_a > 0
    assert [tariff.count for tariff in full.grid.power_tariffs] == [3]
    assert full.heaters[0].max_gap_hours is not None
    assert full.heaters[0].min_spacing_hours > 0
    assert len(weeks.slots) == 14 * 24
    assert len(weeks.batteries) == 2


def test_report_has_a_row_per_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning_bench, "full_home", battery_home)
    monkeypatch.setattr(planning_bench, "SAMPLES", {"battery alone": battery_home})
    lines = list(planning_bench.run(2, 1, 20.0))
    rows = {line[:42].strip(): line.split() for line in lines}
    assert rows["battery alone"][-3:] == ["2", "0", "0"]
    assert rows["flat price"][-9] == "1"
    assert 0 < float(rows["flat price"][-5]) < 60
    assert "14 days hourly, two batteries" in rows
    assert any(line.startswith("memory of a fresh process") for line in lines)
    assert lines[-1].startswith("loss: median 0.00")


def test_a_report_may_begin_at_another_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning_bench, "full_home", battery_home)
    monkeypatch.setattr(planning_bench, "SAMPLES", {})
    lines = list(planning_bench.run(1, 1, 20.0, first=6))
    assert any(line.startswith("  two price levels") for line in lines)
    assert lines[-2].split()[0] == "6"


def test_a_proof_finds_no_cheaper_plan_for_a_battery_home() -> None:
    proof = planning_bench.prove(battery_home(0).request, 20.0)
    assert proof.bound <= proof.best <= proof.ours
    assert proof.ours - proof.bound <= 0.02
    assert proof.loss_percent <= 0.2


def test_a_measurement_has_the_status_of_the_plan() -> None:
    timing = planning_bench.measure(battery_home(1))
    assert timing.status is PlanStatus.OPTIMAL
    assert timing.seconds > 0
