"""What is asked of the plan for the car that is plugged in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..home.settings import HomeSettings
from ..home.vehicle import VehicleState
from ..optimizer.request import VehicleRequest


def vehicle_requests(home: HomeSettings, now: datetime, vehicle: VehicleState | None) -> tuple[VehicleRequest, ...]:
    """One charging session, from `now` to the departure; none where nothing can be planned.

    A car whose plug or SoC cannot be read is not planned: a guess would either leave it empty or pay
    for energy that it does not take.
    """
    ev = home.ev
    if ev is None or vehicle is None or not vehicle.connected or vehicle.soc_percent is None:
        return ()
    needed_kwh = ev.capacity_kwh * vehicle.target_soc_percent / 100
    initial_kwh = min(ev.capacity_kwh * vehicle.soc_percent / 100, ev.capacity_kwh)
    session = VehicleRequest(
        capacity_kwh=max(needed_kwh, initial_kwh),
        initial_kwh=initial_kwh,
        needed_kwh=needed_kwh,
        plugged_in=now,
        departure=vehicle.departure,
        max_current_a=ev.max_current_a,
        min_current_a=ev.min_current_a,
        phases=ev.phases,
        voltage_v=ev.voltage_v,
        charge_efficiency=ev.charge_efficiency,
        from_home_battery=ev.from_home_battery,
        name="car",
    )
    return (session,)


def vehicle_notes(home: HomeSettings, vehicle: VehicleState | None) -> Iterator[str]:
    """What the owner should know about how the car was planned."""
    if home.ev is None or vehicle is None:
        return
    if vehicle.connected is None:
        yield "whether the car is plugged in cannot be read: it is not planned"
    elif vehicle.connected and vehicle.soc_percent is None:
        yield "the car's SoC cannot be read: it is not planned and charges at once"
    elif vehicle.connected:
        leaves = vehicle.departure.astimezone(home.zone)
        yield f"the car is to have {vehicle.target_soc_percent:g} % at {leaves:%Y-%m-%d %H:%M}"
