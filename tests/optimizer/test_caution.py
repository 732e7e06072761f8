"""Load and PV inside their bands, as cautious as is asked."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.optimizer.caution import cautious
from darkstar.optimizer.request import EnergyBand, PlanRequest
from darkstar.optimizer.solve import find, plan
from tests.optimizer.samples import BATTERY, request_of, slots_of


def banded(caution: float, load: EnergyBand | None = None, pv: EnergyBand | None = None) -> PlanRequest:
    """One hour with 2 kWh of load and 1 kWh of PV expected."""
    (slot,) = slots_of([2.0], [1.0], [0.4], [0.1], hours=1.0)
    banded = replace(slot, load_band=load or EnergyBand(1.5, 4.0), pv_band=pv or EnergyBand(0.2, 1.6))
    return replace(request_of([banded], BATTERY), caution=caution)


@pytest.mark.parametrize(
    ("caution", "load", "pv"),
    [(0.0, 2.0, 1.0), (1.0, 4.0, 0.2), (0.5, 3.0, 0.6), (-1.0, 1.5, 1.6), (-0.5, 1.75, 1.3)],
)
def test_energies_move_inside_their_bands(caution: float, load: float, pv: float) -> None:
    (slot,) = cautious(banded(caution)).slots
    assert (slot.load_kwh, slot.pv_kwh) == pytest.approx((load, pv))


def test_the_plan_shows_the_cautious_energies_and_says_so() -> None:
    planned = plan(banded(1.0))
    assert (planned.slots[0].load_kwh, planned.slots[0].pv_kwh) == pytest.approx((4.0, 0.2))
    assert "caution 1: load +2.0 kWh and PV -0.8 kWh against what is expected" in planned.notes
    assert not plan(banded(0.0)).notes
    assert plan(banded(1.0)).plan_id != plan(banded(0.0)).plan_id


def test_it_is_applied_once() -> None:
    once = cautious(banded(0.5))
    assert cautious(once) == once
    assert find(banded(0.5)).ledger == find(once).ledger


def test_slots_without_bands_stay() -> None:
    request = replace(request_of(slots_of([2.0], [1.0], [0.4], [0.1]), BATTERY), caution=1.0)
    assert cautious(request).slots == request.slots


def test_no_energy_changes_its_sign() -> None:
    (slot,) = cautious(banded(1.0, pv=EnergyBand(-3.0, 2.0))).slots
    assert slot.pv_kwh == 0
    (slot,) = cautious(banded(-1.0, load=EnergyBand(-3.0, 2.0))).slots
    assert slot.load_kwh == 0


def test_a_band_on_the_wrong_side_moves_nothing() -> None:
    (slot,) = cautious(banded(1.0, load=EnergyBand(0.5, 1.0), pv=EnergyBand(2.0, 3.0))).slots
    assert (slot.load_kwh, slot.pv_kwh) == (2.0, 1.0)


@pytest.mark.parametrize("caution", [1.01, -2.0, math.inf, math.nan])
def test_more_than_the_band_is_refused(caution: float) -> None:
    with pytest.raises(ValueError, match="caution"):
        plan(banded(caution))
    with pytest.raises(ValueError, match=r"caution is .* must lie between -1"):
        cautious(banded(caution))


@given(st.floats(-1, 1), st.floats(0, 5), st.floats(0, 5), st.floats(0, 5))
def test_more_caution_is_never_less_load(caution: float, low: float, load: float, high: float) -> None:
    band = EnergyBand(min(low, load), max(high, load))
    (slot,) = request_of(slots_of([load], [0.0], [0.4], [0.1], hours=1.0)).slots
    request = replace(request_of([replace(slot, load_band=band)]), caution=caution)
    moved = cautious(request).slots[0].load_kwh
    assert band.p10 - 1e-9 <= moved <= band.p90 + 1e-9
    assert (moved - load) * caution >= 0
