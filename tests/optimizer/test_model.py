"""The MILP has the binaries that it needs, and no others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.model.build import build
from darkstar.optimizer.request import GridRequest, HeatDay, HeaterRequest, PlanRequest
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import (
    BATTERY,
    START,
    above_the_ceiling,
    day,
    export_above_import,
    flat,
    request_of,
    slots_of,
    summer,
    with_water,
)


def binaries(request: PlanRequest) -> Counter[str]:
    """How many binaries of each kind: w heater, b burning, g grid direction, z above the ceiling."""
    return Counter(variable.name[0] for variable in build(request).binaries)


def test_a_usual_day_needs_none() -> None:
    assert binaries(summer()) == {}
    assert binaries(flat()) == {}


def test_a_heater_needs_one_per_block_that_its_day_can_use() -> None:
    """Six kWh are eight quarters of 3 kW: blocks of one to eight slots, fewer where the day ends."""
    assert binaries(with_water()) == {"w": 8 * 96 - 28}
    half = (HeatDay(START, START + timedelta(hours=12), 3.0),)
    assert binaries(replace(summer(), heaters=(HeaterRequest(3.0, half),))) == {"w": 4 * 48 - 6}


def test_a_heater_that_takes_any_power_needs_none() -> None:
    (heater,) = with_water().heaters
    assert binaries(replace(with_water(), heaters=(replace(heater, min_power_kw=0.0),))) == {}


def test_export_above_import_needs_them_where_it_is() -> None:
    assert binaries(export_above_import()) == {"g": 6}


def test_export_above_import_is_no_matter_where_nothing_is_sold() -> None:
    assert binaries(replace(export_above_import(), grid=GridRequest(export_allowed=False))) == {}


@pytest.mark.parametrize(
    ("price", "wear", "efficiency", "expected"),
    [
        (-0.01, 0.0, 0.95, 3),
        (-0.01, 0.02, 0.95, 0),
        (-0.50, 0.02, 0.95, 3),
        (-0.50, 0.0, 1.0, 0),
    ],
)
def test_paid_import_needs_them_where_burning_pays(price: float, wear: float, efficiency: float, expected: int) -> None:
    """A paid slot counts for itself and for those before it: they may make room."""
    slots = slots_of([1.0] * 6, [0.0] * 6, [0.2, 0.2, price, 0.2, 0.2, 0.2], [-1.0] * 6)
    battery = replace(BATTERY, wear_cost_per_kwh=wear, charge_efficiency=efficiency, discharge_efficiency=efficiency)
    assert binaries(request_of(slots, battery))["b"] == expected


def test_a_start_above_the_ceiling_needs_them() -> None:
    assert binaries(above_the_ceiling()) == {"z": 48}


def test_relaxed_model_does_not_trade_with_itself() -> None:
    request = request_of(slots_of([1.0] * 4, [0.0] * 4, [0.1] * 4, [0.5] * 4))
    planned = plan(request)
    assert sum(slot.export_kwh for slot in planned.slots) == 0


def test_slots_of_unequal_length_are_no_problem() -> None:
    slots = (*day(slots=4), *slots_of([1.0] * 4, [0.0] * 4, [0.3] * 4, [0.1] * 4, hours=1.0))
    shifted = [
        replace(slot, start=START + timedelta(hours=sum(before.hours for before in slots[:index])))
        for index, slot in enumerate(slots)
    ]
    planned = plan(request_of(shifted, BATTERY))
    assert [slot.hours for slot in planned.slots] == [0.25] * 4 + [1.0] * 4
