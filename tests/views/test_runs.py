from datetime import timedelta
from itertools import pairwise

import pytest

from darkstar.optimizer.plan import Action
from darkstar.views.runs import runs_from
from tests.views.samples import NOON, sample


def test_runs_cover_what_is_left_and_alternate() -> None:
    plan = sample().plan
    assert plan is not None
    runs = runs_from(plan, NOON + timedelta(hours=3))
    assert runs[0].start <= NOON + timedelta(hours=3) < runs[0].end
    assert runs[-1].end == plan.slots[-1].end
    for earlier, later in pairwise(runs):
        assert earlier.end == later.start
        assert earlier.action is not later.action


def test_a_run_counts_what_its_action_is_about() -> None:
    plan = sample().plan
    assert plan is not None
    runs = runs_from(plan, NOON)
    charge = next(run for run in runs if run.action is Action.CHARGE)
    slots = [slot for slot in plan.slots if charge.start <= slot.start < charge.end]
    assert charge.energy_kwh == pytest.approx(sum(slot.charge_kwh for slot in slots))
    assert charge.money == pytest.approx(sum(slot.charge_kwh * slot.import_price for slot in slots))
    assert charge.kw == pytest.approx(4.0)
    assert charge.price_per_kwh == pytest.approx(charge.money / charge.energy_kwh)
    export = next(run for run in runs if run.action is Action.EXPORT)
    sold = [slot for slot in plan.slots if export.start <= slot.start < export.end]
    assert export.energy_kwh == pytest.approx(sum(slot.export_kwh for slot in sold))
    assert export.money == pytest.approx(sum(slot.export_kwh * slot.export_price for slot in sold))


def test_only_trade_has_a_price() -> None:
    plan = sample().plan
    assert plan is not None
    for run in runs_from(plan, NOON):
        assert (run.price_per_kwh is None) == (run.action not in {Action.CHARGE, Action.EXPORT})
        if run.action is Action.HOLD:
            assert run.energy_kwh == 0


def test_nothing_is_left_of_an_old_plan() -> None:
    plan = sample().plan
    assert plan is not None
    assert runs_from(plan, NOON + timedelta(days=3)) == ()
