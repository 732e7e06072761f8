"""The search for blocks against trying all schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.slots import local_day, slots_between
from darkstar.optimizer.heat.blocks import Block, blocks_of
from darkstar.optimizer.heat.case import HeaterCase
from darkstar.optimizer.heat.levels import ladder_of
from darkstar.optimizer.heat.reach import all_blocks
from darkstar.optimizer.heat.search import search
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.model.heat_blocks import HEAT_START_TIE
from darkstar.optimizer.request import HeatDay, HeaterRequest, PlanRequest, RequestSlot
from darkstar.optimizer.schedule import Schedule
from tests.optimizer.samples import START, request_of, slots_of

_PRICE = st.floats(-0.3, 1.0).map(lambda price: round(price, 2))


@st.composite
def heated(draw: st.DrawFn) -> PlanRequest:
    """A home of a few slots that only heats: the price of a slot is that of its import."""
    prices = draw(st.lists(_PRICE, min_size=2, max_size=8))
    first = draw(st.sampled_from([None, 0.1]))
    none = [0.0] * len(prices)
    slots = slots_of(none, none, prices, [-1.0] * len(prices), 0.5, first)
    middle = START + (slots[-1].end - START) * draw(st.sampled_from([0.4, 0.5, 1.0]))
    days = [HeatDay(START, middle, draw(st.sampled_from([0.4, 1.0, 2.0])))]
    if middle < slots[-1].end:
        days.append(HeatDay(middle, slots[-1].end, draw(st.sampled_from([0.0, 1.0]))))
    on_at_start = draw(st.booleans())
    heater = HeaterRequest(
        2.0,
        tuple(days),
        on_at_start,
        start_cost=draw(st.sampled_from([0.0, 0.2])),
        locked_until=draw(st.sampled_from([None, START + timedelta(hours=1)])),
        heated_until=draw(st.sampled_from([None, START - timedelta(minutes=30)])),
        max_gap_hours=draw(st.sampled_from([None, 1.0])),
        gap_price_per_hour=0.3 * request_of(slots).price_level,
        min_spacing_hours=draw(st.sampled_from([0.0, 1.0])),
    )
    return replace(request_of(slots), heaters=(heater,))


def objective(request: PlanRequest, case: HeaterCase, on: tuple[bool, ...]) -> float | None:
    """What a schedule counts, with the tie-break of its starts; None where it is not allowed."""
    energies = tuple(kwh if now else 0.0 for kwh, now in zip(case.kwh, on, strict=True))
    blocks = blocks_of(energies)
    if not case.keeps_rests(blocks) or any(now and not usable for now, usable in zip(on, case.usable, strict=True)):
        return None
    ties = sum(block.first > 0 or not case.heater.on_at_start for block in blocks)
    return settle(request, Schedule((), (), (energies,))).objective + HEAT_START_TIE * ties * request.price_level


@settings(max_examples=60, deadline=None)
@given(heated())
def test_it_finds_the_best_schedule_and_the_best_through_each_block(request_: PlanRequest) -> None:
    case = HeaterCase(request_, 0)
    level = request_.price_level
    costs: dict[tuple[bool, ...], float] = {}
    for on in product((False, True), repeat=len(request_.slots)):
        money = objective(request_, case, on)
        if money is not None:
            costs[on] = money / level
    prices = np.array([slot.import_price * kwh for slot, kwh in zip(request_.slots, case.kwh, strict=True)]) / level
    starts = np.full(len(prices), HEAT_START_TIE + case.heater.start_cost / level)
    found = search(case, prices, starts, ladder_of(case))
    assert found.least == pytest.approx(min(costs.values()), abs=1e-6)
    chosen = tuple(any(block.first <= index < block.after for block in found.blocks) for index in range(len(prices)))
    assert costs[chosen] == pytest.approx(found.least, abs=1e-6)
    for block in all_blocks(case):
        through = [money for on, money in costs.items() if block in blocks_of([float(now) for now in on])]
        least = found.through[block.first, block.after - block.first - 1]
        if through:
            assert least == pytest.approx(min(through), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(heated())
def test_the_best_schedule_needs_no_other_blocks_than_all(request_: PlanRequest) -> None:
    case = HeaterCase(request_, 0)
    best = min(
        (
            (money, on)
            for on in product((False, True), repeat=len(request_.slots))
            if (money := objective(request_, case, on)) is not None
        ),
    )[1]
    assert set(blocks_of([float(now) for now in best])) <= set(all_blocks(case))


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_days_of_the_clock_change_get_their_heat_in_the_cheapest_slots(day: date, count: int) -> None:
    start, end = local_day(day, ZoneInfo("Europe/Stockholm"))
    slots = tuple(
        RequestSlot(slot.start, slot.hours, 0.0, 0.0, 0.1 if 40 <= index < 48 else 0.5, 0.0)
        for index, slot in enumerate(slots_between(start, end))
    )
    assert len(slots) == count
    request = replace(request_of(slots), heaters=(HeaterRequest(3.0, (HeatDay(start, end, 6.0),), start_cost=0.01),))
    case = HeaterCase(request, 0)
    prices = np.array([slot.import_price * 0.75 for slot in slots]) / 0.5
    found = search(case, prices, np.full(count, 0.02), ladder_of(case))
    assert found.blocks == (Block(40, 48),)
