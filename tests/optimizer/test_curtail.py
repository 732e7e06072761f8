"""How much PV may and must be given up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar.optimizer.curtail import cheapest_curtailment, curtailing_may_pay, legal
from darkstar.optimizer.request import Curtailment, GridRequest, PlanRequest
from tests.optimizer.samples import request_of, slots_of


def hour(
    how: Curtailment = Curtailment.PART,
    load: float = 1.0,
    pv: float = 5.0,
    bought_at: float = 0.4,
    sold_at: float = 0.1,
    export_kw: float | None = 3.0,
    import_kw: float | None = None,
) -> PlanRequest:
    """One hour without devices."""
    request = request_of(slots_of([load], [pv], [bought_at], [sold_at], hours=1.0))
    return replace(request, grid=GridRequest(import_kw, export_kw, curtailment=how))


@pytest.mark.parametrize(
    ("how", "wanted", "expected"),
    [
        (Curtailment.PART, 0.0, 1.0),
        (Curtailment.PART, 2.5, 2.5),
        (Curtailment.PART, 9.0, 5.0),
        (Curtailment.ALL, 0.0, 5.0),
        (Curtailment.ALL, 5.0, 5.0),
        (Curtailment.NEVER, 0.0, 1.0),
        (Curtailment.NEVER, 5.0, 1.0),
    ],
)
def test_a_surplus_above_the_export_limit(how: Curtailment, wanted: float, expected: float) -> None:
    request = hour(how)
    assert legal(request, request.slots[0], -4.0, wanted) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("how", "wanted", "expected"),
    [
        (Curtailment.PART, 1.2, 1.2),
        (Curtailment.ALL, 1.2, 0.0),
        (Curtailment.ALL, 2.6, 5.0),
        (Curtailment.NEVER, 2.6, 0.0),
    ],
)
def test_a_surplus_that_can_be_sold(how: Curtailment, wanted: float, expected: float) -> None:
    request = hour(how, export_kw=None)
    assert legal(request, request.slots[0], -4.0, wanted) == pytest.approx(expected)


def test_all_is_not_given_up_over_the_fuse() -> None:
    request = hour(Curtailment.ALL, load=3.0, export_kw=None, import_kw=2.0)
    assert legal(request, request.slots[0], -2.0, 5.0) == 0


def test_the_export_limit_goes_before_the_fuse() -> None:
    request = hour(Curtailment.ALL, load=1.5, export_kw=1.0, import_kw=1.0)
    assert legal(request, request.slots[0], -3.5, 0.0) == 5.0


@pytest.mark.parametrize(
    ("how", "bought_at", "sold_at", "expected"),
    [
        (Curtailment.PART, 0.4, -0.1, 4.0),
        (Curtailment.ALL, 0.4, -0.1, 0.0),
        (Curtailment.ALL, 0.05, -0.1, 5.0),
        (Curtailment.NEVER, 0.4, -0.1, 0.0),
        (Curtailment.PART, -0.2, 0.1, 0.0),
        (Curtailment.ALL, -0.5, 0.1, 5.0),
    ],
)
def test_the_cheapest(how: Curtailment, bought_at: float, sold_at: float, expected: float) -> None:
    request = hour(how, bought_at=bought_at, sold_at=sold_at, export_kw=None)
    assert cheapest_curtailment(request, request.slots[0], -4.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (hour(export_kw=None), False),
        (hour(export_kw=4.0), False),
        (hour(export_kw=3.9), True),
        (hour(export_kw=3.9, how=Curtailment.NEVER), True),
        (hour(export_kw=None, sold_at=-0.1), True),
        (hour(export_kw=None, bought_at=-0.1), True),
        (hour(export_kw=None, bought_at=-0.1, how=Curtailment.NEVER), False),
        (hour(export_kw=0.0, pv=0.0), False),
    ],
)
def test_where_it_can_be_right(request_: PlanRequest, expected: bool) -> None:
    assert curtailing_may_pay(request_, request_.slots[0]) is expected
