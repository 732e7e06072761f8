"""What is known of the water heater's past."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from darkstar.home.observation import Observation
from darkstar.optimizer.plan import Plan
from darkstar.optimizer.request import HeatDay, HeaterRequest, PlanRequest
from darkstar.optimizer.solve import plan
from darkstar.strategy.heating import Heating, heating_at
from tests.optimizer.samples import START, request_of, slots_of

QUARTER = timedelta(minutes=15)


def made() -> tuple[PlanRequest, Plan]:
    """Two hours of which the second and third quarter are cheap: there it heats."""
    prices = [0.5, 0.1, 0.1, *[0.5] * 5]
    days = (HeatDay(START, START + 8 * QUARTER, 1.5),)
    heater = HeaterRequest(3.0, days, heated_until=START - timedelta(hours=5))
    request = replace(request_of(slots_of([0.5] * 8, [0.0] * 8, prices, [0.0] * 8)), heaters=(heater,))
    return request, plan(request)


def test_a_running_block_is_locked_to_its_planned_end() -> None:
    heating = heating_at(START + QUARTER, 3.0, made(), ())
    assert heating == Heating(
        heating_now=True, heated_until=START - timedelta(hours=5), locked_until=START + 3 * QUARTER
    )


def test_before_a_block_nothing_is_locked() -> None:
    heating = heating_at(START, 3.0, made(), ())
    assert heating == Heating(heated_until=START - timedelta(hours=5))


def test_after_a_block_its_end_counts() -> None:
    heating = heating_at(START + 4 * QUARTER, 3.0, made(), ())
    assert heating == Heating(heated_until=START + 3 * QUARTER)


def test_what_was_measured_goes_before_what_was_planned() -> None:
    rows = [
        Observation(START - 2 * QUARTER, 0.25, heater_kwh=0.7),
        Observation(START - QUARTER, 0.25, heater_kwh=0.01),
        Observation(START, 0.25),
    ]
    assert heating_at(START + 4 * QUARTER, 3.0, made(), rows).heated_until == START - QUARTER
    assert heating_at(START, 3.0, None, rows) == Heating(heated_until=START - QUARTER)


def test_a_home_that_has_just_been_set_up_knows_nothing() -> None:
    assert heating_at(START, 3.0, None, ()) == Heating()
