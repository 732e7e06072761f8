"""The account of a schedule against sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar.optimizer.ledger import settle
from darkstar.optimizer.request import GridRequest, PlanRequest
from darkstar.optimizer.schedule import Schedule
from tests.optimizer.samples import BATTERY, heater, request_of, slots_of

RESTING = Schedule((), (), ())


def hour(load: float, pv: float, bought_at: float, sold_at: float) -> PlanRequest:
    """One hour without battery."""
    return request_of(slots_of([load], [pv], [bought_at], [sold_at], hours=1.0))


def test_import_and_export_are_paid() -> None:
    assert settle(hour(2.0, 0.5, 0.4, 0.1), RESTING).cost == pytest.approx(0.6)
    assert settle(hour(0.5, 2.0, 0.4, 0.1), RESTING).cost == pytest.approx(-0.15)


@pytest.mark.parametrize(
    ("bought_at", "sold_at", "curtailed", "cost"),
    [
        (0.4, 0.1, 0.0, -0.1),
        (0.4, -0.1, 1.0, 0.0),
        (-0.2, -0.3, 2.0, -0.2),
        (-0.2, 0.3, 0.0, -0.3),
        (0.4, 0.0, 0.0, 0.0),
    ],
)
def test_curtailment_is_the_cheapest(bought_at: float, sold_at: float, curtailed: float, cost: float) -> None:
    ledger = settle(hour(1.0, 2.0, bought_at, sold_at), RESTING)
    assert ledger.flows[0].curtailed_kwh == pytest.approx(curtailed)
    assert ledger.cost == pytest.approx(cost)


def test_curtailing_for_paid_import_keeps_the_fuse() -> None:
    request = replace(hour(3.0, 2.0, -0.2, -0.3), grid=GridRequest(max_import_kw=2.0))
    flow = settle(request, RESTING).flows[0]
    assert (flow.import_kwh, flow.curtailed_kwh) == pytest.approx((2.0, 1.0))


def test_wear_and_end_value_and_soc() -> None:
    request = request_of(slots_of([3.0], [0.0], [0.4], [0.1], hours=1.0), BATTERY)
    ledger = settle(request, Schedule(((0.0,),), ((1.9,),), ()))
    assert ledger.cost == pytest.approx(1.1 * 0.4 + 1.9 * 0.02)
    assert ledger.stored_kwh[0][0] == pytest.approx(5.0 - 2.0)
    assert ledger.objective == pytest.approx(ledger.cost - 0.5 * 3.0)


def test_negative_load_counts_as_generation() -> None:
    flow = settle(replace(hour(0.0, 0.0, 0.4, -0.1), slots=slots_of([-1.0], [0.0], [0.4], [-0.1], 1.0)), RESTING).flows[
        0
    ]
    assert (flow.export_kwh, flow.curtailed_kwh) == pytest.approx((0.0, 1.0))


def test_wishes_that_fail_are_named_and_priced() -> None:
    request = request_of(slots_of([9.0], [0.0], [0.5], [0.1], hours=1.0), replace(BATTERY, initial_kwh=0.5))
    request = replace(request, grid=GridRequest(max_import_kw=7.0), heaters=(heater(3.0),))
    ledger = settle(request, Schedule(((0.0,),), ((0.0,),), ((0.0,),)))
    assert [words.split()[0] for words in ledger.unmet] == ["import", "water", "battery"]
    assert ledger.objective > ledger.cost + 0.5 * (200 * 2.0 + 20 * 3.0)
