"""Requests and plans as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from darkstar.optimizer.bundle import plan_from_json, plan_id_of, plan_to_json, request_from_json, request_to_json
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import HOMES, homes, winter


@settings(max_examples=60, deadline=None)
@given(homes())
def test_request_round_trip(request_: PlanRequest) -> None:
    assert request_from_json(request_to_json(request_)) == request_


@pytest.mark.parametrize("home", HOMES)
def test_plan_round_trip(home: Callable[[], PlanRequest]) -> None:
    planned = plan(home())
    assert plan_from_json(plan_to_json(planned)) == planned


def test_replayed_request_gives_the_same_plan() -> None:
    request = winter()
    assert plan(request_from_json(request_to_json(request))) == plan(request)


def test_id_is_short_stable_and_depends_on_everything() -> None:
    request = winter()
    assert plan_id_of(request) == plan_id_of(winter())
    assert len(plan_id_of(request)) == 12
    assert plan(request).plan_id == plan_id_of(request)
    assert plan_id_of(replace(request, notes=("x",))) != plan_id_of(request)


def test_whole_numbers_are_the_same_as_decimals() -> None:
    request = winter()
    whole = replace(request, batteries=(replace(request.batteries[0], capacity_kwh=10),))
    assert plan_id_of(whole) == plan_id_of(request)


@pytest.mark.parametrize("text", ["", "{}", '{"created_at": "yesterday"}', "[1, 2]"])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PlanRequest"):
        request_from_json(text)
