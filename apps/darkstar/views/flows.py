"""Where the battery's energy comes from and where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from ..home.observation import Observation
from ..optimizer.plan import PlanSlot


@dataclass(frozen=True, slots=True)
class BatteryFlows:
    """Battery energy of an interval by origin and use, in kWh (AC), none negative."""

    from_grid_kwh: float
    from_pv_kwh: float
    to_home_kwh: float
    to_grid_kwh: float


def planned_flows(slot: PlanSlot) -> BatteryFlows:
    """The flows of a slot of a plan."""
    return _split(slot.charge_kwh, slot.discharge_kwh, slot.import_kwh, slot.export_kwh)


def measured_flows(observation: Observation) -> BatteryFlows | None:
    """The flows of a measured interval, or None when too little was measured to tell them apart."""
    if observation.import_kwh is None or observation.export_kwh is None:
        return None
    charge, discharge = observation.charge_kwh, observation.discharge_kwh
    if charge is None or discharge is None:
        if observation.load_kwh is None or observation.pv_kwh is None:
            return None
        used = observation.load_kwh + (observation.heater_kwh or 0.0) + (observation.ev_kwh or 0.0)
        net = observation.pv_kwh + observation.import_kwh - observation.export_kwh - used
        charge, discharge = max(net, 0.0), max(-net, 0.0)
    return _split(charge, discharge, observation.import_kwh, observation.export_kwh)


def _split(charge: float, discharge: float, imported: float, exported: float) -> BatteryFlows:
    # PV serves the home first: what is imported while charging beyond the home's own need went into the battery.
    from_grid = min(charge, imported)
    to_grid = min(discharge, exported)
    return BatteryFlows(from_grid, charge - from_grid, discharge - to_grid, to_grid)
