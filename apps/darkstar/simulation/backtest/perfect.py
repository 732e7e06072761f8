"""What a battery could have saved at most, had all load, PV and prices been known: one linear program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
Flags = npt.NDArray[np.bool_]

_KINDS = 6
"""Columns per interval: charge, discharge, import, export, PV used (kWh), stored at its end."""
_IMPORT, _STORED = 2, 5


@dataclass(frozen=True, slots=True, eq=False)
class ImportRows:
    """Further columns, none below 0, and rows of the program that see nothing but import.

    A row says: `of_import` times the energy imported per interval plus `of_columns` times the further columns is
    at most `limit`. `money` is the cost of each column, `is_whole` says which are whole numbers.
    """

    of_import: sparse.csr_matrix
    of_columns: sparse.csr_matrix
    limit: Floats
    money: Floats
    is_whole: Flags


class ImportCharge(Protocol):
    """A charge for how import is spread over time."""

    def rows(self, count: int) -> ImportRows:
        """Its part of the program of `count` intervals."""


@dataclass(frozen=True, slots=True)
class PeakCharge:
    """A power tariff and the calendar that it counts by."""

    tariff: PowerTariff
    groups: CalendarGroups

    def rows(self, count: int) -> ImportRows:
        """Columns: peak per day, excess per day and level per month.

        An hour's import is at most its day's peak; a day's peak is at most its month's level and its own excess.
        """
        hours, days, months = self.groups.hours, self.groups.day_of_hour, self.groups.month_of_day
        day_count, month_count = len(days.names), len(months.names)
        peaks = np.minimum(np.bincount(months.of, minlength=month_count), self.tariff.peaks)
        rate = self.tariff.price_per_kw / peaks
        nothing, one_day = sparse.csr_matrix, sparse.identity(day_count, format="csr")
        hourly = sparse.hstack([-_members(days).T, nothing((len(hours.names), day_count + month_count))])
        daily = sparse.hstack([one_day, -one_day, -_members(months).T])
        return ImportRows(
            of_import=sparse.vstack([_members(hours), nothing((day_count, count))], format="csr"),
            of_columns=sparse.vstack([hourly, daily], format="csr"),
            limit=np.zeros(len(hours.names) + day_count),
            money=np.concatenate([np.zeros(day_count), rate[months.of], rate * peaks]),
            is_whole=np.zeros(2 * day_count + month_count, dtype=np.bool_),
        )


def perfect_foresight(
    plant: Plant,
    series: HomeSeries,
    prices: Sequence[Price],
    *,
    start_soc_kwh: float,
    end_value_per_kwh: float,
    min_soc_kwh: float = 0.0,
    wear_per_kwh: float = 0.0,
    peak_charge: ImportCharge | None = None,
) -> Run:
    """The run with the least cost less the value of what is stored at its end.

    Charging and discharging may share an interval, and so may import and export, as in a house that does
    one after the other. Load and PV are even within an interval, so besides the battery either only load
    buys or only PV sells, and a battery that charges at full power takes the PV surplus of that time before it
    buys, as one that discharges feeds the load of that time before it sells: no house beats the result, whatever
    its tick. Standby and the inverter's AC limit are left out, which only lowers the cost.

    With a power tariff the sum of a month's k highest days is the least of `k * level + sum over days
    of (peak - level)+`, so the program stays linear; the steps of a fee need whole numbers.

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
    bounds, is_whole = _bounds(plant, load, pv, hours, min_soc_kwh), np.zeros(len(cost), dtype=np.bool_)
    if peak_charge is not None:
        charge_rows = peak_charge.rows(count)
        more = len(charge_rows.money)
        cost = np.concatenate([cost, charge_rows.money])
        bounds = np.vstack([bounds, np.tile([0.0, np.inf], (more, 1))])
        is_whole = np.concatenate([is_whole, charge_rows.is_whole])
        equal = _widened(equal, more)
        below = sparse.vstack([_widened(below, more), _on_import(charge_rows, count)], format="csr")
        below_limit = np.concatenate([below_limit, charge_rows.limit])
    solution = linprog(
        cost,
        A_ub=below,
        b_ub=below_limit,
        A_eq=equal,
        b_eq=equal_to,
        bounds=bounds,
        method="highs",
        integrality=is_whole.astype(int) if is_whole.any() else None,
    )
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
    load, surplus = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    one, none = sparse.identity(count, format="csr"), sparse.csr_matrix((count, count))
    bought_part = sparse.diags(np.maximum(1 - surplus / (plant.max_charge_kw * hours), 0.0))
    sold_part = sparse.diags(np.maximum(1 - load / (plant.max_discharge_kw * hours), 0.0))
    time_shared = [one / plant.max_charge_kw, one / plant.max_discharge_kw, none, none, none, none]
    bought_is_used = [-bought_part, none, one, none, none, none]
    sold_is_own = [none, -sold_part, none, one, none, none]
    rows = sparse.bmat([time_shared, bought_is_used, sold_is_own], format="csr")
    return rows, np.concatenate([np.full(count, hours), load, surplus])


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


def _on_import(rows: ImportRows, count: int) -> sparse.csr_matrix:
    """The rows over all columns of the program."""
    height, none = rows.of_import.shape[0], sparse.csr_matrix
    before, after = none((height, _IMPORT * count)), none((height, (_KINDS - _IMPORT - 1) * count))
    return sparse.hstack([before, rows.of_import, after, rows.of_columns], format="csr")


def _members(grouping: Grouping) -> sparse.csr_matrix:
    """A row per group with a one for each of its members."""
    shape = (len(grouping.names), len(grouping.of))
    return sparse.csr_matrix((np.ones(len(grouping.of)), (grouping.of, np.arange(len(grouping.of)))), shape=shape)


def _widened(rows: sparse.csr_matrix, more: int) -> sparse.csr_matrix:
    return sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], more))], format="csr")
