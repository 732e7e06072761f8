"""How a battery under four SoC levels answers a net load: the physics of one slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..optimizer.request import BatteryRequest
from .power import charging, discharging
from .thresholds import ImportCap


@dataclass(frozen=True, slots=True)
class Levels:
    """The four levels of a slot in stored kWh, ordered as `PolicySlot` says, its import caps, and what waits in it."""

    grid_charge_to: float
    pv_charge_to: float
    load_floor: float
    export_floor: float
    caps: tuple[ImportCap, ...] = ()
    buys_late: bool = False
    sells_late: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What can flow in one slot at most, in kWh (AC); the grid's may be infinite.

    `import_kwh` bounds what grid charging and load may come to together, not the load alone.
    """

    charge_kwh: float
    discharge_kwh: float
    import_kwh: float
    export_kwh: float

    @property
    def without_grid(self) -> Limits:
        """What the battery alone allows."""
        return replace(self, import_kwh=float("inf"), export_kwh=float("inf"))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far SoC can move in one slot, in stored kWh, by each of the four ways.

    `peaks` is how far covering the load above each import cap alone would move it.
    """

    grid_charge: float
    pv_charge: float
    load: float
    export: float
    peaks: tuple[float, ...] = ()


def reach_of(battery: BatteryRequest, limits: Limits, net_kwh: float, peaks_above_kwh: Sequence[float] = ()) -> Reach:
    """The reach of a slot with the net load `net_kwh` (without battery, kWh), at full power.

    Grid charging leaves room for the load below the import limit, export leaves room for PV surplus.
    """
    into, out_of = battery.charge_efficiency, 1 / battery.discharge_efficiency
    return Reach(
        _within(limits.import_kwh - net_kwh, limits.charge_kwh) * into,
        _within(-net_kwh, limits.charge_kwh) * into,
        _within(net_kwh, limits.discharge_kwh) * out_of,
        _within(limits.export_kwh + net_kwh, limits.discharge_kwh) * out_of,
        tuple(_within(net_kwh - above, limits.discharge_kwh) * out_of for above in peaks_above_kwh),
    )


def tapered(battery: BatteryRequest, reach: Reach, soc_kwh: float, hours: float) -> Reach:
    """The reach from `soc_kwh` on, where power falls near full or empty."""
    if battery.charge_taper is not None:
        most = charging(battery, hours)(soc_kwh) - soc_kwh
        reach = replace(reach, grid_charge=min(reach.grid_charge, most), pv_charge=min(reach.pv_charge, most))
    if battery.discharge_taper is not None:
        most = soc_kwh - discharging(battery, hours)(soc_kwh)
        peaks = tuple(min(peak, most) for peak in reach.peaks)
        reach = replace(reach, load=min(reach.load, most), export=min(reach.export, most), peaks=peaks)
    return reach


def soc_after(soc_kwh: float, reach: Reach, levels: Levels) -> float:
    """SoC at the slot's end when an inverter follows the levels from moment to moment.

    A level that is reached within the slot ends what led to it, and self-use takes the rest of the slot.
    A purchase or sale that is late leaves the beginning of the slot to self-use, and ends with it.
    """
    if soc_kwh < levels.grid_charge_to and reach.grid_charge > 0:
        return _after_purchase(soc_kwh, reach, levels)
    if soc_kwh > levels.export_floor:
        return _after_sale(soc_kwh, reach, levels)
    stored = soc_kwh + _within(levels.pv_charge_to - soc_kwh, reach.pv_charge)
    covered = _within(soc_kwh - levels.load_floor, reach.load)
    for cap, peak in zip(levels.caps, reach.peaks, strict=True):
        covered = max(covered, _within(soc_kwh - cap.floor_kwh, peak))
    return stored - covered


def _after_purchase(soc_kwh: float, reach: Reach, levels: Levels) -> float:
    bought = _within(levels.grid_charge_to - soc_kwh, reach.grid_charge)
    if levels.buys_late:
        return soc_kwh + max(bought, _within(levels.pv_charge_to - soc_kwh, reach.pv_charge))
    rest = 1 - bought / reach.grid_charge
    charged = soc_kwh + bought
    return charged + _within(levels.pv_charge_to - charged, reach.pv_charge * rest)


def _after_sale(soc_kwh: float, reach: Reach, levels: Levels) -> float:
    sold = _within(soc_kwh - levels.export_floor, reach.export)
    if levels.sells_late:
        return soc_kwh - max(sold, _within(soc_kwh - levels.load_floor, reach.load))
    rest = 1 - sold / reach.export if reach.export > 0 else 0.0
    drained = soc_kwh - sold
    return drained - _within(drained - levels.load_floor, reach.load * rest)


def aimed(soc_kwh: float, reach: Reach, wanted: Levels, capacity_kwh: float) -> Levels:
    """The levels to follow so that the slot ends where `wanted` says, starting at `soc_kwh`.

    PV goes on charging after the grid has stopped, and the load goes on discharging after a sale: grid
    charging ends, and selling ends, that much before. Without PV or load both levels are as wanted, and
    where purchase or sale are late: nothing follows them in the slot.
    """
    buy_to, sell_to = wanted.grid_charge_to, wanted.export_floor
    if not wanted.buys_late:
        buy_to = max(buy_to - _follow_up(buy_to - soc_kwh, reach.grid_charge, reach.pv_charge), 0.0)
    if not wanted.sells_late:
        sell_to = min(sell_to + _follow_up(soc_kwh - sell_to, reach.export, reach.load), capacity_kwh)
    return replace(wanted, grid_charge_to=buy_to, export_floor=sell_to)


def _follow_up(distance: float, fast: float, slow: float) -> float:
    """What the slow flow adds after the fast one has stopped, so that both together go `distance`."""
    if slow <= 0 or distance >= fast:
        return 0.0
    if distance <= slow:
        return slow
    fast_part = (distance - slow) / (fast - slow)
    return slow * (1 - fast_part)


def battery_kwh(battery: BatteryRequest, soc_kwh: float, after_kwh: float) -> float:
    """AC energy of a change of SoC: positive into the battery, negative out of it."""
    change = after_kwh - soc_kwh
    return change / battery.charge_efficiency if change > 0 else change * battery.discharge_efficiency


def _within(amount: float, most: float) -> float:
    return min(max(amount, 0.0), most)
