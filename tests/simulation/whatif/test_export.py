from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from darkstar.simulation.whatif.changes import ChangesError
from darkstar.simulation.whatif.export import what_if_export
from tests.simulation.whatif.lives import HOME, NOW, live, live_with, with_grid

GAP = 0.03


@pytest.mark.parametrize("kwh", [1.0, 3.0, 6.0])
def test_a_sale_is_at_the_peak_and_never_beats_a_proven_plan(kwh: float) -> None:
    found = what_if_export(live(), kwh)
    assert found.sold_kwh == pytest.approx(kwh, abs=0.02)
    assert found.gain <= GAP
    tomorrow = [slot for slot in live().request.slots if slot.start.astimezone(HOME.zone).date() == date(2026, 3, 11)]
    best = max(slot.export_price for slot in tomorrow)
    assert max(slot.export_price for slot in found.slots) == best
    assert sum(slot.kwh for slot in found.slots) == pytest.approx(kwh)


def test_more_sold_costs_more() -> None:
    gains = [what_if_export(live(), kwh).gain for kwh in (2.0, 5.0, 8.0)]
    assert all(less >= more - 1e-6 for less, more in pairwise(gains))
    assert gains[-1] < 0


def test_what_changes_elsewhere_is_told() -> None:
    found = what_if_export(live(), 6.0)
    assert any(one.flow == "export" and one.kwh > 0 for one in found.elsewhere)
    assert any(one.flow in {"import", "charge"} and one.kwh > 0 for one in found.elsewhere)
    assert "against the plan" in found.words


def test_more_than_there_can_be_is_cut() -> None:
    found = what_if_export(live(), 60.0)
    assert found.sold_kwh < 40
    assert found.words.startswith("only ")


def test_the_export_limit_holds() -> None:
    found = what_if_export(with_grid(live(), max_export_kw=1.0), 3.0)
    assert all(slot.kwh <= 1.0 + 1e-9 for slot in found.slots)
    assert len(found.slots) >= 3


def test_what_nobody_may_sell_is_refused() -> None:
    with pytest.raises(ChangesError, match="above 0"):
        what_if_export(live(), 0.0)
    with pytest.raises(ChangesError, match=r"grid\.export_allowed is false"):
        what_if_export(with_grid(live(), export_allowed=False), 1.0)
    kept = HOME.model_copy(update={"battery": HOME.battery.model_copy(update={"discharge_to_grid": False})})
    with pytest.raises(ChangesError, match="the battery may not sell"):
        what_if_export(live_with(kept), 1.0)
    with pytest.raises(ChangesError, match="the plan has no hour of 2026-03-20"):
        what_if_export(live(), 1.0, date(2026, 3, 20))


def test_today_can_be_asked_for() -> None:
    found = what_if_export(live(), 1.0, NOW.date())
    assert {slot.start.date() for slot in found.slots} == {NOW.date()}


def test_a_plan_that_sells_anyway_is_left_alone() -> None:
    dear = replace(
        live(),
        request=replace(
            live().request,
            slots=tuple(replace(slot, export_price=slot.import_price * 0.98) for slot in live().request.slots),
        ),
    )
    from darkstar.optimizer.solve import plan as solve

    seller = replace(dear, plan=solve(dear.request))
    assert what_if_export(seller, 1.0).gain == pytest.approx(0.0, abs=GAP)
