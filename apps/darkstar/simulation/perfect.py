"""What a battery could have saved at most, had all load, PV and prices been known: one linear program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from ..home.prices import Price
from .house import Plant
from .loop import Run
from .series import HomeSeries

Floats = npt.NDArray[np.float64]


def perfect_foresight(
    plant: Plant,
    series: HomeSeries,
    prices: Sequence[Price],
    *,
    start_soc_kwh: float,
    end_value_per_kwh: float,
    min_soc_kwh: float = 0.0,
    wear_per_kwh: float = 0.0,
) -> Run:
    """The run with the least cost less the value of what is stored at its end.

    Charging and discharging may share an interval, and so may import and export, but a kWh bought
    never leaves again without passing the battery: no house beats the result, whatever its tick. It
    is exact while export is not paid better than import. Standby and the inverter's AC limit are left
    out, which only lowers the cost.

    Raises:
        ArithmeticError: the program has no solution, as when the start lies far below `min_soc_kwh`.
    """
    count, hours = len(series.load_kwh), series.hours
    load, pv = np.array(series.load_kwh), np.array(series.pv_kwh)
    bought_at = np.array([price.import_per_kwh for price in prices])
    paid = np.array([price.export_per_kwh for price in prices])
    nothing, at_end = np.zeros(count), np.zeros(count)
    at_end[-1] = -end_value_per_kwh
    equal, equal_to = _equations(plant, load, start_soc_kwh)
    below, below_limit = _inequalities(plant, load, hours)
    solution = linprog(
        # Columns, per interval: charge, discharge, import, export, PV used (kWh), stored at its end.
        np.concatenate([nothing, np.full(count, wear_per_kwh), bought_at, -paid, nothing, at_end]),
        A_ub=below,
        b_ub=below_limit,
        A_eq=equal,
        b_eq=equal_to,
        bounds=_bounds(plant, load, pv, hours, min_soc_kwh),
        method="highs",
    )
    if solution.status != 0:
        msg = f"perfect foresight has no solution: {solution.message}"
        raise ArithmeticError(msg)
    charge, discharge, bought, sold, used, stored = solution.x.reshape(6, count)
    return Run(
        cost=float(bought @ bought_at - sold @ paid),
        import_kwh=float(bought.sum()),
        export_kwh=float(sold.sum()),
        curtailed_kwh=float((pv - used).sum()),
        charge_kwh=float(charge.sum()),
        discharge_kwh=float(discharge.sum()),
        start_soc_kwh=start_soc_kwh,
        end_soc_kwh=float(stored[-1]),
        days=count * hours / 24,
    )


def _equations(plant: Plant, load: Floats, start_soc_kwh: float) -> tuple[sparse.csr_matrix, Floats]:
    """AC balance and change of the stored energy."""
    count = len(load)
    one, none = sparse.identity(count, format="csr"), sparse.csr_matrix((count, count))
    change = one - sparse.diags([np.ones(count - 1)], [-1], shape=(count, count))
    balance = [-one, one, one, -one, one, none]
    storage = [-plant.charge_efficiency * one, one / plant.discharge_efficiency, none, none, none, change]
    initial = np.zeros(count)
    initial[0] = start_soc_kwh
    return sparse.bmat([balance, storage], format="csr"), np.concatenate([load, initial])


def _inequalities(plant: Plant, load: Floats, hours: float) -> tuple[sparse.csr_matrix, Floats]:
    """Charging and discharging share the time; only load and battery buy, only PV and battery sell."""
    count = len(load)
    one, none = sparse.identity(count, format="csr"), sparse.csr_matrix((count, count))
    time_shared = [one / plant.max_charge_kw, one / plant.max_discharge_kw, none, none, none, none]
    bought_is_used = [-one, none, one, none, none, none]
    sold_is_own = [none, -one, none, one, -one, none]
    rows = sparse.bmat([time_shared, bought_is_used, sold_is_own], format="csr")
    return rows, np.concatenate([np.full(count, hours), load, np.zeros(count)])


def _bounds(plant: Plant, load: Floats, pv: Floats, hours: float, min_soc_kwh: float) -> Floats:
    count = len(load)
    most_bought = np.full(count, np.inf)
    if plant.max_import_kw is not None:
        most_bought = np.maximum(load, plant.max_import_kw * hours)
    most_sold = np.inf if plant.max_export_kw is None else plant.max_export_kw * hours
    lower = np.zeros(6 * count)
    lower[5 * count :] = min_soc_kwh
    upper = [
        np.full(count, plant.max_charge_kw * hours),
        np.full(count, plant.max_discharge_kw * hours),
        most_bought,
        np.full(count, most_sold),
        pv,
        np.full(count, plant.capacity_kwh),
    ]
    return np.column_stack([lower, np.concatenate(upper)])
