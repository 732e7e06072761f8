"""What a battery could have saved at most, had all load, PV and prices been known: one linear program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from ...home.prices import Price
from ..house import Plant
from ..series import HomeSeries
from .calendar_groups import CalendarGroups, Grouping
from .ledger import Intervals, Run
from .peaks import PowerTariff

Floats = npt.NDArray[np.float64]

_KINDS = 6
"""Columns per interval: charge, discharge, import, export, PV used (kWh), stored at its end."""
_IMPORT, _STORED = 2, 5


@dataclass(frozen=True, slots=True)
class PeakCharge:
    """A power tariff and the calendar that it counts by."""

    tariff: PowerTariff
    groups: CalendarGroups


def perfect_foresight(
    plant: Plant,
    series: HomeSeries,
    prices: Sequence[Price],
    *,
    start_soc_kwh: float,
    end_value_per_kwh: float,
    min_soc_kwh: float = 0.0,
    wear_per_kwh: float = 0.0,
    peak_charge: PeakCharge | None = None,
) -> Run:
    """The run with the least cost less the value of what is stored at its end.

    Charging and discharging may share an interval, and so may import and export, as in a house that does
    one after the other. Load and PV are even within an interval, so besides the battery either only load
    buys or only PV sells: no house beats the result, whatever its tick. It is exact while export is not
    paid better than import. Standby and the inverter's AC limit are left out, which only lowers the cost.

    With a power tariff the sum of a month's k highest days is the least of `k * level + sum over days
    of (peak - level)+`, so the program stays linear.

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
    below, below_limit = _inequalities(plant, load - pv, hours)
    cost = np.concatenate([nothing, np.full(count, wear_per_kwh), bought_at, -paid, nothing, at_end])
    bounds = _bounds(plant, load, pv, hours, min_soc_kwh)
    if peak_charge is not None:
        peak_cost, peak_rows = _peaks(peak_charge, count)
        more = len(peak_cost)
        cost = np.concatenate([cost, peak_cost])
        bounds = np.vstack([bounds, np.tile([0.0, np.inf], (more, 1))])
        equal = _widened(equal, more)
        below = sparse.vstack([_widened(below, more), peak_rows], format="csr")
        below_limit = np.concatenate([below_limit, np.zeros(peak_rows.shape[0])])
    solution = linprog(cost, A_ub=below, b_ub=below_limit, A_eq=equal, b_eq=equal_to, bounds=bounds, method="highs")
    if solution.status != 0:
        msg = f"perfect foresight has no solution: {solution.message}"
        raise ArithmeticError(msg)
    charge, discharge, bought, sold, used, stored = solution.x[: _KINDS * count].reshape(_KINDS, count)
    money = bought * bought_at - sold * paid
    return Run(
        Intervals(series.start, series.minutes, money, bought, sold, pv - used, charge, discharge, stored),
        start_soc_kwh,
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


def _inequalities(plant: Plant, net: Floats, hours: float) -> tuple[sparse.csr_matrix, Floats]:
    """Charging and discharging share the time; only net load and battery buy, only PV surplus and battery sell."""
    count = len(net)
    one, none = sparse.identity(count, format="csr"), sparse.csr_matrix((count, count))
    time_shared = [one / plant.max_charge_kw, one / plant.max_discharge_kw, none, none, none, none]
    bought_is_used = [-one, none, one, none, none, none]
    sold_is_own = [none, -one, none, one, none, none]
    rows = sparse.bmat([time_shared, bought_is_used, sold_is_own], format="csr")
    return rows, np.concatenate([np.full(count, hours), np.maximum(net, 0.0), np.maximum(-net, 0.0)])


def _bounds(plant: Plant, load: Floats, pv: Floats, hours: float, min_soc_kwh: float) -> Floats:
    count = len(load)
    most_bought = np.full(count, np.inf)
    if plant.max_import_kw is not None:
        most_bought = np.maximum(load, plant.max_import_kw * hours)
    most_sold = np.inf if plant.max_export_kw is None else plant.max_export_kw * hours
    lower = np.zeros(_KINDS * count)
    lower[_STORED * count :] = min_soc_kwh
    upper = [
        np.full(count, plant.max_charge_kw * hours),
        np.full(count, plant.max_discharge_kw * hours),
        most_bought,
        np.full(count, most_sold),
        pv,
        np.full(count, plant.capacity_kwh),
    ]
    return np.column_stack([lower, np.concatenate(upper)])


def _peaks(charge: PeakCharge, count: int) -> tuple[Floats, sparse.csr_matrix]:
    """Cost and rows of the columns peak per day, excess per day and level per month.

    Rows: an hour's import is at most its day's peak; a day's peak is at most its month's level and
    its own excess.
    """
    groups = charge.groups
    hours, days, months = groups.hours, groups.day_of_hour, groups.month_of_day
    hour_count, day_count, month_count = len(hours.names), len(days.names), len(months.names)
    peaks = np.minimum(np.bincount(months.of, minlength=month_count), charge.tariff.peaks)
    rate = charge.tariff.price_per_kw / peaks
    cost = np.concatenate([np.zeros(day_count), rate[months.of], rate * peaks])
    nothing = sparse.csr_matrix
    one_day = sparse.identity(day_count, format="csr")
    hourly = sparse.hstack(
        [
            nothing((hour_count, _IMPORT * count)),
            _members(hours),
            nothing((hour_count, (_KINDS - _IMPORT - 1) * count)),
            -_members(days).T,
            nothing((hour_count, day_count + month_count)),
        ]
    )
    daily = sparse.hstack([nothing((day_count, _KINDS * count)), one_day, -one_day, -_members(months).T])
    return cost, sparse.vstack([hourly, daily], format="csr")


def _members(grouping: Grouping) -> sparse.csr_matrix:
    """A row per group with a one for each of its members."""
    shape = (len(grouping.names), len(grouping.of))
    return sparse.csr_matrix((np.ones(len(grouping.of)), (grouping.of, np.arange(len(grouping.of)))), shape=shape)


def _widened(rows: sparse.csr_matrix, more: int) -> sparse.csr_matrix:
    return sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], more))], format="csr")
