"""Homes whose storages use every field: tapers, minimum powers, windows, goals, falling values, vehicles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from darkstar.optimizer.request import (
    BatteryRequest,
    LoadRequest,
    PlanRequest,
    SocGoal,
    Taper,
    ValueStep,
    VehicleRequest,
    Window,
)
from tests.optimizer.samples import START, batteries, homes

_HOURS = st.sampled_from([-1.0, 0.1, 0.5, 1.0, 1.7, 3.0, 6.0, 12.0])


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Always there, or in one or two windows that may overlap or be empty."""
    spans = draw(st.lists(st.tuples(_HOURS, _HOURS), max_size=2))
    return tuple(Window(START + timedelta(hours=one), START + timedelta(hours=two)) for one, two in spans)


@st.composite
def goals(draw: st.DrawFn, capacity_kwh: float) -> tuple[SocGoal, ...]:
    """Up to two goals, also beyond the capacity, in the past and after the horizon."""
    wished = draw(st.lists(st.tuples(_HOURS, st.sampled_from([0.2, 0.6, 0.9, 1.0, 1.2])), max_size=2))
    return tuple(
        SocGoal(START + timedelta(hours=hours), share * capacity_kwh, draw(st.sampled_from([None, 0.2, 9.0])))
        for hours, share in wished
    )


@st.composite
def odd_batteries(draw: st.DrawFn) -> BatteryRequest:
    """A battery with any of the rarer features."""
    one = draw(batteries())
    size = one.capacity_kwh
    return replace(
        one,
        min_charge_kw=draw(st.sampled_from([0.0, 1.0, 1.9])),
        min_discharge_kw=draw(st.sampled_from([0.0, 0.7])),
        charge_taper=draw(st.sampled_from([None, Taper(0.7 * size, size, 0.5), Taper(0.5 * size, 0.9 * size, 0.0)])),
        discharge_taper=draw(
            st.sampled_from([None, Taper(0.4 * size, 0.1 * size, 0.3), Taper(0.5 * size, 0.2 * size, 0.0)])
        ),
        end_value_steps=draw(
            st.sampled_from([(), (ValueStep(0.4 * size, 0.5), ValueStep(size, 0.1)), (ValueStep(0.5 * size, 0.2),)])
        ),
        goals=draw(goals(size)),
        available=draw(windows()),
        discharge_floor_kwh=draw(st.sampled_from([0.0, 0.25 * size])),
    )


@st.composite
def vehicles(draw: st.DrawFn) -> VehicleRequest:
    """A session that is under way, over, to come, or after the horizon."""
    return VehicleRequest(
        capacity_kwh=20.0,
        initial_kwh=draw(st.sampled_from([0.0, 3.0, 11.0, 20.0, 21.0])),
        needed_kwh=draw(st.sampled_from([0.0, 8.0, 19.0, 25.0])),
        plugged_in=START + timedelta(hours=draw(_HOURS)),
        departure=START + timedelta(hours=draw(_HOURS)),
        max_current_a=draw(st.sampled_from([16.0, 5.0])),
        min_current_a=draw(st.sampled_from([0.0, 6.0])),
        phases=draw(st.sampled_from([1, 3])),
        max_discharge_kw=draw(st.sampled_from([0.0, 5.0])),
        min_kwh=draw(st.sampled_from([0.0, 5.0])),
        wear_cost_per_kwh=draw(st.sampled_from([0.0, 0.04])),
        value_per_kwh=draw(st.sampled_from([0.0, 0.2])),
        shortage_price_per_kwh=draw(st.sampled_from([None, 0.5])),
        from_home_battery=draw(st.booleans()),
    )


@st.composite
def storing_homes(draw: st.DrawFn, max_batteries: int = 2, max_heaters: int = 1, max_vehicles: int = 2) -> PlanRequest:
    """Any home, with odd batteries, vehicles and a deferrable load."""
    home = draw(homes(max_batteries=0, max_heaters=max_heaters))
    load = LoadRequest(
        draw(st.sampled_from([(2.0,), (0.5, 3.0, 1.0)])),
        START,
        START + timedelta(hours=6),
        uninterruptible=draw(st.booleans()),
        worth_per_kwh=draw(st.sampled_from([None, 0.3])),
    )
    return replace(
        home,
        loads=draw(st.sampled_from([(), (load,)])),
        batteries=tuple(draw(odd_batteries()) for _ in range(draw(st.integers(0, max_batteries)))),
        vehicles=tuple(draw(vehicles()) for _ in range(draw(st.integers(0, max_vehicles)))),
    )
