"""What the energy counters of a row say about the battery: shared by the accounts of the guard and of the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from ..home.observation import Observation
from ..home.settings import HomeSettings


def battery_kwh(row: Observation, home: HomeSettings) -> tuple[float, float] | None:
    """Charge and discharge (AC) as metered, else from the balance of the others; None where that has a gap."""
    if row.charge_kwh is not None and row.discharge_kwh is not None:
        return row.charge_kwh, row.discharge_kwh
    pv_kwh = 0.0 if row.pv_kwh is None and not home.pv_arrays else row.pv_kwh
    if row.load_kwh is None or pv_kwh is None or row.import_kwh is None or row.export_kwh is None:
        return None
    into = row.import_kwh - row.export_kwh + pv_kwh - row.load_kwh - (row.heater_kwh or 0.0) - (row.ev_kwh or 0.0)
    return max(into, 0.0), max(-into, 0.0)


def household_kwh(row: Observation) -> float | None:
    """The load with water heater and car; None where the load is not measured."""
    return None if row.load_kwh is None else row.load_kwh + (row.heater_kwh or 0.0) + (row.ev_kwh or 0.0)


def soft_import_cost(row_import_kwh: float, hours: float, home: HomeSettings) -> float:
    """What import above `grid.soft_import_kw` costs on top of its price."""
    grid = home.grid
    if grid.soft_import_kw is None:
        return 0.0
    return max(row_import_kwh - grid.soft_import_kw * hours, 0.0) * (grid.soft_import_price_per_kwh or 0.0)


def soft_import_costs(imports_kwh: Iterable[float], hours: float, home: HomeSettings) -> float:
    """The same for all of these intervals of `hours`."""
    return sum(soft_import_cost(kwh, hours, home) for kwh in imports_kwh)
