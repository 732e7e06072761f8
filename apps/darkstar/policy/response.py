"""How a battery under four SoC levels answers a net load: the physics of one slot, for arrays or numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..optimizer.plan import BatteryRequest, GridRequest

Values = NDArray[np.float64]
"""Any shape that broadcasts; plain numbers are fine as well."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The four levels of a slot in stored kWh, ordered as `PolicySlot` says."""

    grid_charge_to: Values
    pv_charge_to: Values
    load_floor: Values
    export_floor: Values


@dataclass(frozen=True, slots=True)
class Limits:
    """What can flow in one slot at most, in kWh (AC); the grid's may be infinite."""

    charge_kwh: float
    discharge_kwh: float
    import_kwh: float
    export_kwh: float


def limits_of(battery: BatteryRequest, grid: GridRequest, hours: float) -> Limits:
    """The limits of a slot of `hours`."""
    bought = np.inf if grid.max_import_kw is None else max(grid.max_import_kw, 0.0) * hours
    sold = np.inf if grid.max_export_kw is None else max(grid.max_export_kw, 0.0) * hours
    return Limits(
        max(battery.max_charge_kw, 0.0) * hours,
        max(battery.max_discharge_kw, 0.0) * hours,
        bought,
        sold if grid.export_allowed else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far SoC can move in one slot, in stored kWh, by each of the four ways."""

    grid_charge: Values
    pv_charge: Values
    load: Values
    export: Values


def reach_of(battery: BatteryRequest, limits: Limits, net_kwh: Values) -> Reach:
    """The reach of a slot with the net load `net_kwh` (without battery, kWh).

    Grid charging leaves room for the load below the import limit, export leaves room for PV surplus.
    """
    into, out_of = battery.charge_efficiency, 1 / battery.discharge_efficiency
    net = np.asarray(net_kwh, dtype=float)
    return Reach(
        _within(limits.import_kwh - net, limits.charge_kwh) * into,
        _within(-net, limits.charge_kwh) * into,
        _within(net, limits.discharge_kwh) * out_of,
        _within(limits.export_kwh + net, limits.discharge_kwh) * out_of,
    )


def best_end(soc_kwh: Values, reach: Reach, wanted: Levels) -> Values:
    """SoC at the slot's end when the levels are what is wanted at the end, and the answer is perfect.

    Grid energy is bought, and stored energy sold, only for what PV and load do not do anyway.
    """
    stored = soc_kwh + _within(wanted.pv_charge_to - soc_kwh, reach.pv_charge)
    bought = soc_kwh + _within(wanted.grid_charge_to - soc_kwh, reach.grid_charge)
    covered = soc_kwh - _within(soc_kwh - wanted.load_floor, reach.load)
    sold = soc_kwh - _within(soc_kwh - wanted.export_floor, reach.export)
    up, down = np.maximum(stored, bought), np.minimum(covered, sold)
    return np.asarray(np.where(up > soc_kwh, up, down), dtype=float)


def soc_after(soc_kwh: Values, reach: Reach, levels: Levels) -> Values:
    """SoC at the slot's end when an inverter follows the levels from moment to moment.

    A level that is reached within the slot ends what led to it, and self-use takes the rest of the slot.
    """
    bought = _within(levels.grid_charge_to - soc_kwh, reach.grid_charge)
    rest = 1 - _part(bought, reach.grid_charge)
    charged = soc_kwh + bought
    charged = charged + _within(levels.pv_charge_to - charged, reach.pv_charge * rest)

    sold = _within(soc_kwh - levels.export_floor, reach.export)
    rest = 1 - _part(sold, reach.export)
    drained = soc_kwh - sold
    drained = drained - _within(drained - levels.load_floor, reach.load * rest)

    used = soc_kwh + _within(levels.pv_charge_to - soc_kwh, reach.pv_charge)
    used = used - _within(soc_kwh - levels.load_floor, reach.load)

    away = np.where(soc_kwh > levels.export_floor, drained, used)
    return np.asarray(np.where(soc_kwh < levels.grid_charge_to, charged, away), dtype=float)


def aimed(soc_kwh: float, reach: Reach, wanted: Levels, capacity_kwh: float) -> Levels:
    """The levels to follow so that the slot ends where `wanted` says, starting at `soc_kwh`.

    PV goes on charging after the grid has stopped, and the load goes on discharging after a sale: grid
    charging ends, and selling ends, that much before. Without PV or load both levels are as wanted.
    """
    buy_to = wanted.grid_charge_to - _follow_up(wanted.grid_charge_to - soc_kwh, reach.grid_charge, reach.pv_charge)
    sell_to = wanted.export_floor + _follow_up(soc_kwh - wanted.export_floor, reach.export, reach.load)
    return Levels(np.maximum(buy_to, 0.0), wanted.pv_charge_to, wanted.load_floor, np.minimum(sell_to, capacity_kwh))


def _follow_up(distance: Values, fast: Values, slow: Values) -> Values:
    """What the slow flow adds after the fast one has stopped, so that both together go `distance`."""
    if slow <= 0 or distance >= fast:
        return np.asarray(0.0)
    if distance <= slow:
        return np.asarray(slow)
    fast_part = (distance - slow) / (fast - slow)
    return np.asarray(slow * (1 - fast_part))


def battery_kwh(battery: BatteryRequest, soc_kwh: Values, after_kwh: Values) -> Values:
    """AC energy of a change of SoC: positive into the battery, negative out of it."""
    change = np.asarray(after_kwh) - soc_kwh
    return np.where(change > 0, change / battery.charge_efficiency, change * battery.discharge_efficiency)


def _within(amount: Values, most: Values | float) -> Values:
    """`amount` between 0 and `most`; half the time of `np.clip` on arrays this small."""
    return np.asarray(np.minimum(np.maximum(amount, 0.0), most), dtype=float)


def _part(done: Values, whole: Values) -> Values:
    """Share of the slot that a flow took; all of it where nothing could flow."""
    whole = np.broadcast_to(whole, np.shape(done))
    return np.divide(done, whole, out=np.ones(np.shape(done)), where=whole > 0)
