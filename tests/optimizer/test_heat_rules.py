"""The rules of a water heater: money by hand, and plans that keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.heat.blocks import Block, blocks_of
from darkstar.optimizer.heat.case import HeaterCase
from darkstar.optimizer.ledger import Ledger, settle
from darkstar.optimizer.plan import Plan
from darkstar.optimizer.request import GridRequest, HeatDay, HeaterRequest, Hygiene, PlanRequest, Tank
from darkstar.optimizer.schedule import Schedule
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import START, request_of, slots_of


def at(hours: float) -> datetime:
    """So many hours after the start of the horizon."""
    return START + timedelta(hours=hours)


def home(prices: Sequence[float], hours: float = 1.0, load_kw: float = 0.5, **rules: Any) -> PlanRequest:
    """A home without battery and PV; a 2 kW heater with these rules, by default without a day."""
    count = len(prices)
    slots = slots_of([load_kw] * count, [0.0] * count, prices, [0.0] * count, hours)
    return replace(request_of(slots), heaters=(HeaterRequest(**{"power_kw": 2.0, **rules}),))


def owes(kwh: float, hours: float = 24.0, begin: float = 0.0) -> tuple[HeatDay, ...]:
    return (HeatDay(at(begin), at(begin + hours), kwh),)


def account(request: PlanRequest, *heated: int) -> Ledger:
    """The account with the heater on in these slots."""
    kwh = tuple(2.0 * slot.hours if index in heated else 0.0 for index, slot in enumerate(request.slots))
    return settle(request, Schedule((), (), (kwh,)))


def wishes(request: PlanRequest, *heated: int) -> float:
    """What the rules count, beside the money for energy."""
    ledger = account(request, *heated)
    return ledger.objective - ledger.cost


def on(planned: Plan) -> list[int]:
    return [index for index, slot in enumerate(planned.slots) if slot.heater_kwh > 0]


# Money by hand. The price level of all these homes is 1.
LEVEL = (1.0,) + (0.5,) * 23


def test_a_day_counts_what_is_missing_and_what_is_too_much() -> None:
    request = home(LEVEL, days=owes(4.0))
    assert wishes(request, 1, 2) == pytest.approx(0)
    assert wishes(request, 1) == pytest.approx(20 * 2.0)
    assert wishes(request, 1, 2, 3) == pytest.approx(8 * 2.0)


def test_a_start_counts_once_per_block_but_not_for_the_running_one() -> None:
    request = home(LEVEL, start_cost=0.3)
    assert wishes(request, 0, 1, 4) == pytest.approx(0.6)
    running = home(LEVEL, start_cost=0.3, on_at_start=True)
    assert wishes(running, 0, 1, 4) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("heated", "before", "hours"),
    [
        ((), 0.0, 12 + 6),
        ((), 6.0, 18 + 12),
        ((), 40.0, 24 + 24),
        ((12,), 0.0, 0.0),
        ((11,), 0.0, 0.0),
        ((2, 18), 0.0, 15 - 12),
        ((20,), 0.0, 8 + 2),
    ],
)
def test_an_hour_beyond_the_gap_counts_double_beyond_half_as_much_more(
    heated: tuple[int, ...], before: float, hours: float
) -> None:
    request = home(LEVEL, max_gap_hours=12.0, gap_price_per_hour=0.1, heated_until=at(-before))
    assert wishes(request, *heated) == pytest.approx(0.1 * hours)


def test_the_gap_price_does_not_depend_on_the_length_of_slots() -> None:
    rules: dict[str, Any] = {"max_gap_hours": 3.0, "gap_price_per_hour": 0.1, "heated_until": at(-1.0)}
    assert wishes(home([1.0] * 8, **rules)) == pytest.approx(wishes(home([1.0] * 32, 0.25, **rules)))


def test_an_unknown_past_counts_from_now_and_asks_for_no_rest() -> None:
    request = home(LEVEL, max_gap_hours=12.0, gap_price_per_hour=0.1, min_spacing_hours=5.0)
    assert wishes(request) == pytest.approx(0.1 * (12 + 6))
    assert HeaterCase(request, 0).keeps_rests([Block(0, 1)])


def test_the_hygiene_cycle_counts_what_the_longest_block_lacks() -> None:
    request = home(LEVEL, hygiene=Hygiene(at(2), at(8), 3.0))
    assert wishes(request, 2, 3, 4) == pytest.approx(0)
    assert wishes(request, 0, 1, 2, 3, 6, 7) == pytest.approx(40 * 2.0 * 1.0)
    assert wishes(request, 10, 11, 12) == pytest.approx(40 * 2.0 * 3.0)


def test_a_hygiene_cycle_that_can_wait_counts_nothing() -> None:
    assert wishes(home(LEVEL, hygiene=Hygiene(at(20), at(30), 3.0))) == pytest.approx(0)
    assert wishes(home(LEVEL, hygiene=Hygiene(at(20), at(26), 3.0))) == pytest.approx(40 * 2.0 * 3.0)


def test_a_locked_block_that_is_cut_counts() -> None:
    request = home(LEVEL, on_at_start=True, locked_until=at(2))
    assert wishes(request, 0, 1) == pytest.approx(0)
    assert wishes(request, 0) == pytest.approx(30 * 2.0)


def test_a_tank_counts_cold_hours_and_what_it_keeps() -> None:
    tank = Tank(3.0, 2.0, 8.0, (1.0, 1.0, 1.0, 0.0), loss_per_hour=0.1, heat_per_kwh=0.5, end_value_per_kwh=0.2)
    request = home([1.0] * 4, tank=tank)
    stored = [3 * 0.9 - 1 + 1]
    stored.append(stored[0] * 0.9 - 1)
    stored.append(stored[1] * 0.9 - 1)
    stored.append(stored[2] * 0.9)
    cold = sum(max(2 - kwh, 0) for kwh in stored)
    assert wishes(request, 0) == pytest.approx(20 * cold - 0.2 * stored[-1])


def test_unmet_wishes_are_in_words_with_amounts_and_names() -> None:
    rules: dict[str, Any] = {
        "days": owes(4.0),
        "max_gap_hours": 12.0,
        "gap_price_per_hour": 0.1,
        "hygiene": Hygiene(at(2), at(8), 3.0),
        "on_at_start": True,
        "locked_until": at(1),
        "tank": Tank(0.0, 2.0, 8.0, ()),
        "name": "boiler",
    }
    words = account(home(LEVEL, **rules)).unmet
    assert words == (
        "boiler: 4.00 of 4.00 kWh of heat do not fit into the 24 slot(s) of the day that are planned",
        "boiler is up to 2.00 kWh of heat too cold at the end of 24 slot(s)",
        "boiler: the running block is cut by 2.00 kWh",
        "boiler: only 0.00 of 3.00 h of the hygiene cycle fit without a break",
        "boiler: no heat for up to 24.0 h, longer than 12 h",
    )
    assert "water heater 1" in account(home(LEVEL, days=owes(4.0))).unmet[0]


# Plans.


def test_heat_is_split_where_the_gap_is_worth_it() -> None:
    prices = [0.1] * 4 + [1.0] * 20
    cheap = home(prices, days=owes(4.0), max_gap_hours=12.0, gap_price_per_hour=0.1, heated_until=at(0))
    dear = home(prices, days=owes(4.0), max_gap_hours=12.0, gap_price_per_hour=1.0, heated_until=at(0))
    assert on(plan(cheap)) == [2, 3]
    assert len(blocks_of([slot.heater_kwh for slot in plan(dear).slots])) == 2


@pytest.mark.parametrize("until", [-1.0, -3.0])
def test_blocks_keep_their_distance(until: float) -> None:
    prices = [0.1, 0.9, 0.1, 0.9] * 6
    rules: dict[str, Any] = {"days": owes(8.0), "min_spacing_hours": 4.0, "heated_until": at(until)}
    request = home(prices, **rules)
    planned = plan(request)
    blocks = blocks_of([slot.heater_kwh for slot in planned.slots])
    assert HeaterCase(request, 0).keeps_rests(blocks)
    assert blocks[0].first >= 4 + until
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(8.0)
    assert HeaterCase(request, 0).keeps_rests(blocks_of(self_consumption(request).heaters_kwh[0]))


def test_a_running_block_is_not_cut_for_nothing() -> None:
    prices = [0.5, 0.5, 0.49, 0.49] + [0.5] * 8
    request = home(prices, days=owes(4.0, 12), on_at_start=True, start_cost=0.1)
    assert on(plan(request)) == [0, 1]


def test_a_locked_block_goes_on_at_any_price() -> None:
    prices = [1.0, 1.0, 0.1, 0.1] + [0.5] * 8
    request = home(prices, days=owes(4.0, 12), on_at_start=True, locked_until=at(2))
    assert on(plan(request)) == [0, 1]
    assert on(plan(request, [])) == [0, 1]


def test_the_fuse_goes_before_a_locked_block() -> None:
    request = home([0.5] * 8, load_kw=3.0, days=owes(4.0, 8), on_at_start=True, locked_until=at(2))
    request = replace(request, grid=GridRequest(max_import_kw=4.0))
    for planned in (plan(request), plan(request, [])):
        assert on(planned) == []
        assert any("running block is cut by 4.00 kWh" in words for words in planned.unmet)


def test_the_hygiene_cycle_goes_where_it_is_cheapest_and_serves_the_day() -> None:
    prices = [0.5] * 6 + [0.2] * 3 + [0.5] * 15
    request = home(prices, days=owes(4.0), hygiene=Hygiene(at(0), at(24), 3.0))
    for planned in (plan(request), plan(request, [])):
        assert on(planned) == [6, 7, 8]
        assert planned.unmet == ()


def test_a_tank_is_heated_before_the_draw_in_the_cheap_hours_and_not_above_its_maximum() -> None:
    draws = (0.0,) * 8 + (4.0,) + (0.0,) * 3
    tank = Tank(2.0, 1.0, 6.5, draws)
    request = home([0.5] * 4 + [0.1] * 2 + [0.5] * 6, tank=tank)
    for planned in (plan(request), plan(request, [])):
        assert on(planned) == [4, 5]
        assert planned.unmet == ()


def test_a_tank_that_is_full_is_not_heated_even_when_paid() -> None:
    request = home([-0.5] * 6, tank=Tank(5.0, 1.0, 6.0, (0.0,) * 6))
    assert on(plan(request)) == []


def test_a_tank_keeps_heat_that_is_worth_more_later() -> None:
    tank = Tank(2.0, 1.0, 6.0, (0.0,) * 4, end_value_per_kwh=0.4)
    assert on(plan(home([0.5, 0.3, 0.3, 0.5], tank=tank))) == [1, 2]


def test_a_modulating_heater_follows_the_surplus() -> None:
    slots = slots_of([0.0] * 4, [1.5, 1.0, 0.2, 0.0], [0.5] * 4, [0.1] * 4, 1.0)
    days = owes(2.7, 4)
    request = replace(request_of(slots), heaters=(HeaterRequest(2.0, days, min_power_kw=0.0),))
    planned = plan(request)
    assert [slot.heater_kwh for slot in planned.slots] == pytest.approx([1.5, 1.0, 0.2, 0.0], abs=1e-4)


def test_a_modulating_heater_keeps_its_least_power_while_on() -> None:
    slots = slots_of([0.0] * 4, [1.5, 1.0, 0.2, 0.0], [0.5] * 4, [0.1] * 4, 1.0)
    request = replace(request_of(slots), heaters=(HeaterRequest(2.0, owes(2.5, 4), min_power_kw=0.8),))
    energies = [slot.heater_kwh for slot in plan(request).slots]
    assert energies == pytest.approx([1.5, 1.0, 0.0, 0.0], abs=1e-4)


def test_two_heaters_share_the_fuse() -> None:
    request = home([0.1] * 2 + [0.5] * 4, load_kw=1.0, days=owes(4.0, 6))
    request = replace(request, heaters=request.heaters * 2, grid=GridRequest(max_import_kw=3.5))
    planned = plan(request)
    assert max(slot.heater_kwh for slot in planned.slots) == pytest.approx(2.0)
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(8.0)
    assert planned.unmet == ()
