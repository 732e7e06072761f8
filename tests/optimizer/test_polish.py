"""Heaters slot by slot: the same optimum as with all blocks, and a second look that never costs money."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings

from darkstar.optimizer.course import Course
from darkstar.optimizer.heat.blocks import blocks_of
from darkstar.optimizer.heat.case import heater_cases
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.model.build import build, relaxation
from darkstar.optimizer.model.heat_slots import add_slots, fits_slots
from darkstar.optimizer.plan import Plan
from darkstar.optimizer.polish import polish
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.schedule import within_limits
from darkstar.optimizer.solve import plan
from darkstar.simulation.planning_requests import full_home
from tests.optimizer.samples import full_homes, with_water
from tests.optimizer.solves import refuse, solve
from tests.optimizer.test_heat_search import heated

_EXACT_KWH = 1e-6


def slot_by_slot(request: PlanRequest) -> Course:
    model = relaxation(request)
    for part in model.heaters.parts:
        add_slots(model.rows, part)
    answer = solve(model.rows.finished(), 0.0)
    return Course(model, answer.objective, settle(request, within_limits(request, model.schedule())))


def block_by_block(request: PlanRequest, *, count: int | None = None) -> Course:
    """The best plan with all blocks, or with the first of them only."""
    model = relaxation(request)
    model = build(request, [[]] * len(model.heaters.parts)) if count == 0 else build(request)
    answer = solve(model.problem, 0.0)
    return Course(model, answer.objective, settle(request, within_limits(request, model.schedule())))


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(heated())
def test_slots_and_blocks_have_the_same_optimum(request: PlanRequest) -> None:
    assume(all(map(fits_slots, heater_cases(request))))
    one, other = slot_by_slot(request), block_by_block(request)
    assert one.ledger.objective == pytest.approx(other.ledger.objective, abs=2e-3)


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(heated())
def test_the_rest_follows_from_the_slots(request: PlanRequest) -> None:
    assume(all(map(fits_slots, heater_cases(request))))
    model = relaxation(request)
    columns = [add_slots(model.rows, part) for part in model.heaters.parts]
    answer = solve(model.rows.finished(), 0.0)
    for one in columns:
        one.follow()
    assert all(row.valid(1e-6) for row in model.problem.constraints())
    counted = sum(price * variable.varValue for variable, price in model.problem.objective.items())
    assert counted == pytest.approx(answer.objective, abs=1e-6)


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(heated())
def test_slots_keep_the_rests(request: PlanRequest) -> None:
    assume(all(map(fits_slots, heater_cases(request))))
    schedule = slot_by_slot(request).ledger.schedule
    for case, energies in zip(heater_cases(request), schedule.heaters_kwh, strict=True):
        assert case.keeps_rests(blocks_of(energies))


def test_a_poor_course_gets_the_best_blocks() -> None:
    request = with_water()
    poor, best = block_by_block(request, count=0), block_by_block(request)
    assert poor.ledger.objective > best.ledger.objective + 1
    better = polish(request, poor, solve)
    assert better.ledger.objective == pytest.approx(best.ledger.objective, abs=1e-3)


def test_the_best_course_stays() -> None:
    request = with_water()
    best = block_by_block(request)
    assert polish(request, best, solve).ledger.objective <= best.ledger.objective


def test_without_an_answer_the_course_stays() -> None:
    request = with_water()
    poor = block_by_block(request, count=0)
    assert polish(request, poor, refuse) is poor


def test_a_heater_with_a_tank_stays_as_it_is() -> None:
    request = with_water()
    modulating = replace(request, heaters=tuple(replace(one, min_power_kw=1.0) for one in request.heaters))
    course = block_by_block(modulating)
    assert polish(modulating, course, refuse) is course


def exclusive(request: PlanRequest, made: Plan) -> bool:
    """Nothing is bought and sold, or charged and discharged, in one slot."""
    flows = [(one.import_kwh, one.export_kwh) for one in made.slots]
    flows += [(one.charge_kwh, one.discharge_kwh) for slot in made.slots for one in slot.batteries]
    return bool(request.slots) and all(min(pair) <= _EXACT_KWH for pair in flows)


@pytest.mark.parametrize("number", [3, 7, 47, 87])
def test_negative_days_keep_directions_apart(number: int) -> None:
    """47 and 87 have so many binaries that the heater is placed last."""
    request = full_home(number).request
    made = plan(request)
    assert exclusive(request, made)
    for case, row in zip(
        heater_cases(request), zip(*(one.heaters_kwh for one in made.slots), strict=True), strict=True
    ):
        assert case.keeps_rests(blocks_of(row))
        assert all(kwh in (0.0, full) for kwh, full in zip(row, case.kwh, strict=True))


@settings(max_examples=15, deadline=None)
@given(full_homes())
def test_the_second_look_never_costs(request: PlanRequest) -> None:
    first = block_by_block(request)
    assert polish(request, first, solve).ledger.objective <= first.ledger.objective
