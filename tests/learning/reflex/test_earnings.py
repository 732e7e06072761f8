"""Return: what cycling earns is what it changes on the bill; the rest of the bill is none of its business."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar.learning.reflex.earnings import STEP, earnings
from darkstar.learning.reflex.finding import InForce, Verdict
from tests.learning.reflex.synthetic import IN_FORCE, Truth, evidence, home

PATH = "planner.cycle_margin_per_kwh"
BATTERY = {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5}
EVEN = Truth(cheap=0.2, dear=0.2, load_kw=5.0)
"""Nothing can be earned with it: every cycle loses its losses."""


def test_a_kwh_earns_the_difference_of_prices_less_losses() -> None:
    finding = earnings(evidence(Truth(cheap=0.10, dear=0.40, load_kw=5.0)))
    assert finding.verdict is Verdict.STABLE
    assert finding.value == pytest.approx(0.40 - 0.10 / 0.95**2, abs=0.01)


def test_wear_is_taken_off_but_stays_the_owners_number() -> None:
    worn = home(battery={**BATTERY, "wear_cost_per_kwh": 0.05})
    plain, less = earnings(evidence(Truth())), earnings(evidence(Truth(), home=worn))
    assert plain.value is not None
    assert less.value == pytest.approx(plain.value - 0.05, abs=0.002)
    assert less.path == PATH


@pytest.mark.parametrize("load_kw", [0.5, 2.0, 8.0])
def test_what_the_household_buys_is_no_loss(load_kw: float) -> None:
    """The reference took all imports off the revenue: more load, less return."""
    finding = earnings(evidence(Truth(load_kw=load_kw)))
    assert finding.verdict is Verdict.STABLE
    assert finding.value is not None
    assert finding.value > 0.15


def test_cycling_that_earns_proposes_nothing() -> None:
    assert {earnings(evidence(Truth(), days=22, seed=seed)).verdict for seed in range(200)} == {Verdict.STABLE}


def test_cycling_that_clearly_loses_asks_for_a_margin() -> None:
    finding = earnings(evidence(EVEN))
    assert finding.verdict is Verdict.PROPOSED
    assert finding.target == pytest.approx(0.2 / 0.95**2 - 0.2, abs=0.005)
    assert finding.limits is not None
    assert finding.limits.lowest == 0.0
    assert finding.limits.step == pytest.approx(STEP * 0.2)


def test_a_margin_that_is_far_below_the_return_can_go_back() -> None:
    with_margin = home(planner={"cycle_margin_per_kwh": 0.02})
    finding = earnings(evidence(Truth(), home=with_margin, owner_home=home()))
    assert (finding.verdict, finding.target) == (Verdict.PROPOSED, 0.0)
    assert earnings(evidence(Truth(), home=with_margin)).verdict is Verdict.STABLE, "the owner's own margin stays"


def test_only_days_under_the_present_margin_count() -> None:
    late = evidence(EVEN)
    changed = {**IN_FORCE, PATH: (InForce(late.observations[80].start, 0.0),)}
    assert earnings(replace(late, in_force=changed)).verdict is Verdict.INSUFFICIENT


def test_a_battery_at_rest_has_no_return() -> None:
    assert earnings(evidence(Truth(grid_charge=False))).verdict is Verdict.INSUFFICIENT


def test_peaks_are_not_in_this_account() -> None:
    peaky = home(grid={"power_tariffs": [{"price_per_kw_month": 8.0}]})
    assert earnings(evidence(EVEN, home=peaky)).verdict is Verdict.NOTHING_TO_DO
