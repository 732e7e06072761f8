from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from darkstar.optimizer.request import ValueStep
from darkstar.optimizer.solve import plan as solve
from darkstar.simulation.whatif.ahead import AheadWhatIf, changed_request, what_if_ahead
from darkstar.simulation.whatif.changes import Changes, ChangesError, changes_from
from darkstar.simulation.whatif.compare import differences, net_money
from tests.simulation.whatif.lives import HOME, live, live_with

CENT = 0.005
GAP = 0.03
"""What a proven plan may lose, and pay for staying near to the running one."""


def test_the_plan_itself_is_no_difference() -> None:
    assert differences(live().plan.slots, live().plan.slots) == ()
    again = what_if_ahead(live(), Changes(battery_kwh=HOME.battery.capacity_kwh))
    assert again.saved == pytest.approx(0.0, abs=GAP)
    assert again.elsewhere == ()


def test_a_bigger_battery_saves_and_a_smaller_one_costs() -> None:
    more, less = (what_if_ahead(live(), Changes(battery_kwh=size)).saved for size in (16.0, 6.0))
    assert more > CENT
    assert less < -CENT


@pytest.mark.parametrize("steps", [(), (ValueStep(6.0, 1.4), ValueStep(HOME.battery.capacity_kwh, 1.2))])
def test_what_a_bigger_battery_holds_at_the_end_counts_in_full(steps: tuple[ValueStep, ...]) -> None:
    """Nothing shines, energy is cheap all the time and dear after the horizon: at its end the battery is full."""
    request = live().request
    battery = replace(request.batteries[0], end_value_per_kwh=1.2, end_value_steps=steps, goals=())
    slots = tuple(replace(slot, import_price=0.5, export_price=0.1, pv_kwh=0.0, pv_band=None) for slot in request.slots)
    wanted = replace(request, batteries=(battery,), slots=slots)
    cheap = replace(live(), request=wanted, plan=solve(wanted))
    found = what_if_ahead(cheap, Changes(battery_kwh=HOME.battery.capacity_kwh + 5))
    more = 5 * (1.2 - 0.5 / battery.charge_efficiency)  # bought and kept
    assert found.saved == pytest.approx(more, abs=0.3)


def test_more_panels_save_and_say_where() -> None:
    found = what_if_ahead(live(), Changes(pv_kwp=12.0))
    assert found.saved > 1
    assert found.elsewhere
    assert {one.flow for one in found.elsewhere} & {"export", "import", "charge"}


def test_the_changed_request_solved_alone_gives_the_same_money() -> None:
    changes = Changes(battery_kwh=14.0, battery_kw=6.0)
    request = changed_request(live(), changes)
    found = what_if_ahead(live(), changes)
    assert found.changed.net == pytest.approx(net_money(request, solve(request)).net, abs=CENT)


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({"tariff": {"transfer_fee_per_kwh": 0.9}}, True),
        ({"tariff": {"fixed_feed_in_per_kwh": 0.0}}, True),
        ({"tariff": {"vat_percent": 0.0}}, False),
        ({"ev": {"kwh_per_day": 9.0}}, True),
        ({"ev": {"kwh_per_day": 9.0, "charging": "at_once"}}, True),
        ({"power_tariffs": [{"price_per_kw_month": 50.0}]}, True),
    ],
)
def test_terms_and_cars_change_the_money(given: dict[str, Any], more: bool) -> None:
    found = what_if_ahead(live(), changes_from(given))
    assert (found.saved < -CENT) == more
    assert abs(found.saved) > CENT


def test_a_car_that_waits_is_cheaper_than_one_that_does_not() -> None:
    waits, begins = (
        what_if_ahead(live(), changes_from({"ev": {"kwh_per_day": 9.0, "charging": how}}))
        for how in ("cheapest", "at_once")
    )
    assert waits.saved > begins.saved + CENT
    assert sum(slot.vehicle_kwh for slot in waits.plan.slots) == pytest.approx(18.0, abs=0.2)


def test_an_appetite_for_safety_keeps_more_and_costs() -> None:
    safe = what_if_ahead(live(), Changes(risk_appetite=1))
    assert safe.saved < -CENT
    with pytest.raises(ChangesError, match="no forecast is stored"):
        what_if_ahead(replace(live(), forecast=None), Changes(risk_appetite=1))


def test_the_live_plan_is_not_touched() -> None:
    before = TypeAdapter(type(live().request)).dump_json(live().request)
    what_if_ahead(live(), Changes(battery_kwh=20.0, pv_kwp=3.0))
    assert TypeAdapter(type(live().request)).dump_json(live().request) == before


def test_the_answer_goes_over_the_wire() -> None:
    found = what_if_ahead(live(), Changes(battery_kwh=14.0))
    adapter = TypeAdapter(AheadWhatIf)
    assert adapter.validate_json(adapter.dump_json(found)) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "nothing is changed"),
        ({"battery": 5}, "battery: Extra inputs"),
        ({"battery_kwh": -1}, "battery_kwh: Input should be greater than 0"),
        ({"risk_appetite": 9}, "risk_appetite"),
        ({"ev": {"charging": "later"}}, r"ev\.charging"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ChangesError, match=words):
        changes_from(given)


def test_a_wrong_tariff_and_missing_panels_are_refused() -> None:
    with pytest.raises(ChangesError, match=r"tariff\.vat: Extra inputs"):
        what_if_ahead(live(), Changes(tariff={"vat": 3}))
    dark = live_with(HOME.model_copy(update={"pv_arrays": ()}))
    with pytest.raises(ChangesError, match="the home has no pv_arrays"):
        what_if_ahead(dark, Changes(pv_kwp=3.0))
