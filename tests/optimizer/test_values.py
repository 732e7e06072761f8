"""What one more stored kWh is worth: the duals say what a solve with a little more in the storage says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.request import BatteryRequest, LoadRequest, PlanRequest, VehicleRequest
from darkstar.optimizer.solve import find
from tests.optimizer.samples import START, export_above_import, heater, summer, two_batteries, winter

STEP_KWH = 0.1


def everything() -> PlanRequest:
    """Battery, heater, vehicle and load in winter."""
    car = VehicleRequest(50.0, 20.0, 26.0, START, START + timedelta(hours=18))
    wash = LoadRequest((1.0,) * 4, START, START + timedelta(hours=20))
    return replace(winter(), heaters=(heater(1.5),), vehicles=(car,), loads=(wash,))


def more_stored(request: PlanRequest, number: int, kwh: float) -> PlanRequest:
    """The request with more in one battery."""
    batteries: list[BatteryRequest] = list(request.batteries)
    batteries[number] = replace(batteries[number], initial_kwh=batteries[number].initial_kwh + kwh)
    return replace(request, batteries=tuple(batteries))


@pytest.mark.parametrize(
    ("home", "number"),
    [(winter, 0), (summer, 0), (export_above_import, 0), (two_batteries, 0), (two_batteries, 1), (everything, 0)],
)
def test_a_kwh_more_changes_the_money_by_its_value(home: Callable[[], PlanRequest], number: int) -> None:
    request = replace(home(), money_gap=1e-6)
    less, now, more = (find(more_stored(request, number, kwh)) for kwh in (-STEP_KWH, 0.0, STEP_KWH))
    before = (less.ledger.objective - now.ledger.objective) / STEP_KWH
    after = (now.ledger.objective - more.ledger.objective) / STEP_KWH
    value = now.values[number][0]
    # Where the battery is at a limit the two sides differ, and the dual lies between them.
    assert min(before, after) - 0.01 <= value <= max(before, after) + 0.01
    assert value > 0.05


def test_each_storage_has_its_values() -> None:
    request = everything()
    values = find(request).values
    assert [len(row) for row in values] == [len(request.slots)] * 2
    assert all(0 <= value <= request.price_level / 0.9 + 1e-9 for row in values for value in row)
