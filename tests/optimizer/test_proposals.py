"""Few blocks at exact prices against the complete model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer import proposals
from darkstar.optimizer.heat.blocks import Block, blocks_of
from darkstar.optimizer.heat.case import HeaterCase
from darkstar.optimizer.heat.choose import chosen_blocks, left_out
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.model.build import build
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import HeatDay, HeaterRequest, Hygiene, PlanRequest, RunningSlot, Tank
from darkstar.optimizer.schedule import within_limits
from darkstar.optimizer.solve import plan
from darkstar.optimizer.solvers import Highs, candidates, runs
from tests.optimizer.samples import BATTERY, START, day, homes, request_of

SHARE = 0.002
"""What the issue allows: 0.2 % of the money."""


def half_day(prices: list[float], pv_kw: float = 2.0, **rules: Any) -> PlanRequest:
    """Twelve hours in half-hours with battery, sun and a 3 kW heater that owes 4.5 kWh."""
    slots = day(pv_kw=pv_kw, bought_at=prices, slots=24, hours=0.5)
    days = (HeatDay(START, START + timedelta(hours=12), 4.5),)
    usual = {"start_cost": 0.02, "max_gap_hours": 5.0, "gap_price_per_hour": 0.05, "min_spacing_hours": 1.0}
    return replace(request_of(slots, BATTERY), heaters=(HeaterRequest(3.0, days, **{**usual, **rules}),))


def spot() -> PlanRequest:
    return half_day([0.3 + 0.2 * ((index * 7919) % 97) / 97 for index in range(24)])


def flat() -> PlanRequest:
    return half_day([0.3] * 24)


def negative() -> PlanRequest:
    return half_day([-0.1 if index < 8 else 0.25 for index in range(24)])


def two_level() -> PlanRequest:
    return half_day([0.2 if index < 10 else 0.4 for index in range(24)], start_cost=0.2, min_spacing_hours=3.0)


def proven_money(request: PlanRequest) -> float:
    """The optimum by the complete model and HiGHS."""
    model = build(request)
    answer = Highs().solve(model.problem, 60.0, 1e-6)
    assert answer.proven
    return settle(request, within_limits(request, model.schedule())).objective


@pytest.mark.parametrize("home", [spot, flat, negative, two_level])
@pytest.mark.parametrize("solver", ["cbc", "highs", "scipy"])
def test_few_blocks_come_close_to_the_optimum_and_say_how_close(
    home: Callable[[], PlanRequest], solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "SMALL", 0)
    monkeypatch.setattr(proposals, "MOST_BLOCKS", 10)
    request = home()
    planned = plan(request, [next(one for one in candidates() if one.name == solver)])
    optimum = proven_money(request)
    assert planned.objective >= optimum - request.money_gap - 1e-6
    assert planned.objective <= optimum + SHARE * abs(optimum) + request.money_gap
    assert planned.money_gap is not None
    assert planned.objective - optimum <= planned.money_gap + 1e-3
    assert (planned.status is PlanStatus.OPTIMAL) == (planned.money_gap <= request.money_gap + 1e-5)


@settings(max_examples=25, deadline=None)
@given(homes(max_heaters=2), st.data())
def test_the_stated_loss_is_never_too_small(request_: PlanRequest, data: st.DataObject) -> None:
    heaters = tuple(_with_rules(heater, len(request_.slots), data) for heater in request_.heaters)
    request = replace(request_, heaters=heaters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "SMALL", 0)
        patch.setattr(proposals, "MOST_BLOCKS", 1)
        patch.setattr(proposals, "MORE_BLOCKS", 1)
        planned = plan(request)
    optimum = proven_money(request)
    tolerance = request.money_gap + 1e-3 * request.price_level
    assert planned.objective >= optimum - tolerance
    assert planned.money_gap is not None
    assert planned.objective - optimum <= planned.money_gap + tolerance
    for number, heater in enumerate(request.heaters):
        energies = [slot.heaters_kwh[number] for slot in planned.slots]
        case = HeaterCase(request, number)
        assert case.keeps_rests(blocks_of(energies))
        if heater.min_power_kw is None:
            assert all(kwh == 0 or kwh == pytest.approx(full) for kwh, full in zip(energies, case.kwh, strict=True))


def _with_rules(heater: HeaterRequest, slots: int, data: st.DataObject) -> HeaterRequest:
    """The same heater with any rules."""
    tank = Tank(1.0, 0.5, 4.0, (0.2,) * slots, 0.02, end_value_per_kwh=0.1)
    return replace(
        heater,
        start_cost=data.draw(st.sampled_from([0.0, 0.1])),
        max_gap_hours=data.draw(st.sampled_from([None, 1.0])),
        gap_price_per_hour=0.2,
        min_spacing_hours=data.draw(st.sampled_from([0.0, 0.7])),
        heated_until=START - timedelta(hours=data.draw(st.sampled_from([0.1, 2.0]))),
        locked_until=data.draw(st.sampled_from([None, START + timedelta(hours=0.5)])),
        hygiene=data.draw(st.sampled_from([None, Hygiene(START, START + timedelta(hours=2), 0.5)])),
        tank=data.draw(st.sampled_from([None, None, tank])),
        min_power_kw=data.draw(st.sampled_from([None, None, 0.0, 0.4])),
    )


def test_blocks_of_the_running_plan_can_be_chosen_again() -> None:
    request = spot()
    running = tuple(
        RunningSlot(slot.start, slot.hours, heater_kw=(3.0 if 3 <= index < 6 else 0.0,))
        for index, slot in enumerate(request.slots)
    )
    request = replace(request, running=running, stability_money=5.0)
    planned = plan(request)
    assert [index for index, slot in enumerate(planned.slots) if slot.heater_kwh > 0] == [3, 4, 5]


def test_a_small_home_is_solved_completely() -> None:
    request = half_day([0.3, 0.1] * 12)
    short = replace(request, slots=request.slots[:8])
    assert plan(short).status is PlanStatus.OPTIMAL


def test_without_prices_there_is_the_fallback() -> None:
    assert plan(spot(), []).status is PlanStatus.FALLBACK


def test_highs_runs_here() -> None:
    assert runs(Highs())


def test_a_block_that_cannot_be_gets_no_column() -> None:
    """A schedule with a tank may hold a block that is longer than any that fits: it is not among the known."""
    case = HeaterCase(half_day([0.3] * 24), 0)
    through = np.full((24, 2), 1.0)
    through[3, 1] = np.inf
    chosen = chosen_blocks(case, through, (), (Block(0, 3), Block(3, 5), Block(6, 8)), 1)
    assert chosen == (Block(6, 8),)
    assert left_out(through, chosen) == 1.0
