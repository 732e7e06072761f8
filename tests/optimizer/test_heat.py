"""Heat windows: whole slots, parts of slots, and how much is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.slots import local_day, slots_between
from darkstar.optimizer.heat.days import heat_windows
from darkstar.optimizer.request import HeatDay, HeaterRequest, PlanRequest, RequestSlot
from tests.optimizer.samples import START, homes, request_of, slots_of


def request_with(
    energy_kwh: float, slots: tuple[RequestSlot, ...], begin: float = 0.0, end: float = 24.0
) -> PlanRequest:
    """One 3 kW heater that owes `energy_kwh` between `begin` and `end` hours after START."""
    days = (HeatDay(START + timedelta(hours=begin), START + timedelta(hours=end), energy_kwh),)
    return replace(request_of(slots), heaters=(HeaterRequest(3.0, days),))


def quarters(count: int) -> tuple[RequestSlot, ...]:
    """Equal slots."""
    return slots_of([1.0] * count, [0.0] * count, [0.3] * count, [0.1] * count)


@pytest.mark.parametrize(("energy", "need"), [(0.75, 0.75), (0.76, 0.75), (1.0, 1.5), (6.0, 6.0), (6.2, 6.75)])
def test_need_rounds_up_to_whole_slots(energy: float, need: float) -> None:
    (window,) = heat_windows(request_with(energy, quarters(20)))
    assert window.need_kwh == pytest.approx(need)
    assert window.cap_kwh == pytest.approx(need)


def test_a_day_that_owes_nothing_or_lies_elsewhere_is_no_window() -> None:
    assert heat_windows(request_with(0.0, quarters(8))) == ()
    assert heat_windows(request_with(3.0, quarters(8), begin=5.0, end=9.0)) == ()


def test_parts_of_slots_count_with_their_part() -> None:
    slots = slots_of([1.0] * 4, [0.0] * 4, [0.3] * 4, [0.1] * 4, hours=1.0)
    (window,) = heat_windows(request_with(3.0, slots, begin=0.5, end=2.5))
    assert dict(window.heat_kwh) == pytest.approx({0: 1.5, 1: 3.0, 2: 1.5})


def test_too_short_a_day_asks_for_all_of_it() -> None:
    (window,) = heat_windows(request_with(6.0, quarters(4)))
    assert window.need_kwh == pytest.approx(6.0, abs=0.05)
    assert window.delivered_kwh((0.75,) * 4) == pytest.approx(3.0)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_days_of_the_clock_change_have_all_their_slots(day: date, count: int) -> None:
    start, end = local_day(day, ZoneInfo("Europe/Stockholm"))
    around = slots_between(start - timedelta(hours=5), end + timedelta(hours=5))
    slots = tuple(RequestSlot(slot.start, slot.hours, 0.1, 0.0, 0.3, 0.1) for slot in around)
    request = replace(request_of(slots), heaters=(HeaterRequest(3.0, (HeatDay(start, end, 6.0),)),))
    (window,) = heat_windows(request)
    assert len(window.heat_kwh) == count


@given(homes(max_batteries=0), st.data())
def test_the_cap_never_forbids_what_is_needed(request_: PlanRequest, data: st.DataObject) -> None:
    """Filling up in any order stays within the cap when the slots are alike."""
    for window in heat_windows(request_):
        sizes = {round(kwh, 9) for _, kwh in window.heat_kwh}
        order = data.draw(st.permutations(window.heat_kwh))
        filled = 0.0
        for _, kwh in order:
            if filled >= window.need_kwh - 1e-9:
                break
            filled += kwh
        if len(sizes) == 1:
            assert filled <= window.cap_kwh + 1e-9 or filled < window.need_kwh
