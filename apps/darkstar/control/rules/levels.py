"""The four SoC levels that rule the battery in a slot, in percent, from a policy or from a plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ...home.settings import HomeSettings
from ...optimizer.plan import Action, PlanSlot
from ...policy.thresholds import ImportBudget, PolicySlot
from .battery_modes import why_no_purchase, why_no_sale
from .situation import SOC_DIGITS


@dataclass(frozen=True, slots=True)
class Cap:
    """The load above an import of `import_kw` is covered down to `floor` percent.

    With a `budget` it is the mean import of an interval that counts.
    """

    import_kw: float
    floor: float
    budget: ImportBudget | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """SoC levels in percent, within the battery's band and what the home allows.

    Below `grid_charge_to` the battery is charged from the grid, PV surplus is stored up to
    `pv_charge_to`, the load is covered down to `load_floor`, above `export_floor` (infinite: never)
    the battery sells. `caps` are imports to keep to, the lowest first.
    """

    grid_charge_to: float
    pv_charge_to: float
    load_floor: float
    export_floor: float
    caps: tuple[Cap, ...] = ()


def levels_of_policy(slot: PolicySlot, home: HomeSettings) -> Levels:
    """The policy's levels."""
    return _within_limits(
        Levels(
            _percent(slot.grid_charge_to_kwh, home),
            _percent(slot.pv_charge_to_kwh, home),
            _percent(slot.load_floor_kwh, home),
            _percent(slot.export_floor_kwh, home),
            tuple(Cap(cap.import_kw, _percent(cap.floor_kwh, home), cap.budget) for cap in slot.caps),
        ),
        home,
    )


def levels_of_plan(slot: PlanSlot, home: HomeSettings) -> Levels:
    """Levels that follow a plan by its modes, for when there is no policy.

    The SoC at the slot's end bounds purchase and sale; while charging and holding the battery does
    not feed the load.
    """
    end = _percent(slot.soc_kwh, home)
    levels = Levels(grid_charge_to=0.0, pv_charge_to=100.0, load_floor=0.0, export_floor=math.inf)
    if slot.action is Action.CHARGE:
        levels = replace(levels, grid_charge_to=end, load_floor=100.0)
    elif slot.action is Action.EXPORT:
        levels = replace(levels, export_floor=end)
    elif slot.action is Action.HOLD:
        levels = replace(levels, load_floor=100.0)
    return _within_limits(levels, home)


def _within_limits(levels: Levels, home: HomeSettings) -> Levels:
    lowest, highest = home.battery.min_soc_percent, home.battery.max_soc_percent
    may_buy, may_sell = why_no_purchase(home) is None, why_no_sale(home) is None
    return Levels(
        min(levels.grid_charge_to, highest) if may_buy else 0.0,
        min(levels.pv_charge_to, highest),
        max(levels.load_floor, lowest),
        max(levels.export_floor, lowest) if may_sell else math.inf,
        tuple(replace(cap, floor=max(cap.floor, lowest)) for cap in levels.caps),
    )


def _percent(stored_kwh: float, home: HomeSettings) -> float:
    return round(min(max(stored_kwh / home.battery.capacity_kwh * 100, 0.0), 100.0), SOC_DIGITS)
