"""Which slots of a plan belong to a hygiene cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from darkstar.optimizer.plan import Plan
from darkstar.optimizer.request import HeatDay, HeaterRequest, Hygiene, PlanRequest
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import START, request_of, slots_of

HOUR = timedelta(hours=1)
PRICES = [0.5] * 6 + [0.2] * 3 + [0.5] * 10 + [0.1] + [0.5] * 4


def asked(prices: Sequence[float] = PRICES, **rules: Any) -> PlanRequest:
    count = len(prices)
    slots = slots_of([0.5] * count, [0.0] * count, prices, [0.0] * count, 1.0)
    return replace(request_of(slots), heaters=(HeaterRequest(**{"power_kw": 2.0, **rules}),))


def hot(planned: Plan) -> list[int]:
    return [index for index, slot in enumerate(planned.slots) if slot.hygiene]


def test_the_cycle_alone_is_marked_where_other_heat_lies_elsewhere() -> None:
    days = (HeatDay(START + 12 * HOUR, START + 24 * HOUR, 2.0),)
    request = asked(days=days, hygiene=Hygiene(START, START + 12 * HOUR, 3.0))
    for planned in (plan(request), plan(request, [])):
        assert hot(planned) == [6, 7, 8]
        assert planned.slots[19].heater_kwh > 0
        assert not planned.slots[19].hygiene


def test_a_home_that_owes_no_heat_still_gets_its_cycle() -> None:
    request = asked(hygiene=Hygiene(START, START + 24 * HOUR, 3.0))
    for planned in (plan(request), plan(request, [])):
        assert hot(planned) == [6, 7, 8]
        assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(6.0)


def test_without_a_cycle_nothing_is_marked() -> None:
    planned = plan(asked(days=(HeatDay(START, START + 24 * HOUR, 8.0),)))
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(8.0)
    assert hot(planned) == []


def test_one_that_cannot_be_whole_is_none() -> None:
    planned = plan(asked(hygiene=Hygiene(START, START + 2 * HOUR, 3.0)))
    assert hot(planned) == []
    assert any("hygiene cycle" in words for words in planned.unmet)


def test_the_rest_of_a_running_cycle_is_marked_to_its_end() -> None:
    """The first slot is what is left of the running one."""
    slots = slots_of([0.5] * 12, [0.0] * 12, [0.9] * 6 + [0.1] * 6, [0.0] * 12, 0.25, first_hours=0.1)
    end = slots[5].end
    request = replace(
        request_of(slots),
        heaters=(HeaterRequest(2.0, on_at_start=True, hygiene=Hygiene(START, end, (end - START) / HOUR)),),
    )
    planned = plan(request)
    assert hot(planned) == [0, 1, 2, 3, 4, 5]
