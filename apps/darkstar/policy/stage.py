"""One slot as the battery sees it: what its energy costs, and what it must be worth to be moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..optimizer.plan import IMPORT_BREACH_PRICE, BatteryRequest, PlanRequest, RequestSlot
from .response import Limits, Values, limits_of

TIE = 1e-5
"""Price levels that decide at equal money: nothing is bought or sold, surplus is stored, load is covered."""


@dataclass(frozen=True, slots=True)
class Marginal:
    """What a kWh stored at the slot's end must be worth, per row: to be bought, stored, kept, not sold.

    Ordered as the levels that follow from it: `charge >= store >= sell` and `charge >= cover >= sell`.
    """

    charge: Values
    store: Values
    cover: Values
    sell: Values


@dataclass(frozen=True, slots=True)
class Stage:
    """A slot with its prices and limits; `level` is the request's price level."""

    battery: BatteryRequest
    slot: RequestSlot
    limits: Limits
    sale_price: float
    level: float

    @classmethod
    def of(cls, request: PlanRequest, battery: BatteryRequest, index: int, level: float) -> Stage:
        """The stage of a request's slot."""
        slot, grid = request.slots[index], request.grid
        paid = slot.export_price if grid.export_allowed else 0.0
        return cls(battery, slot, limits_of(battery, grid, slot.hours), paid, level)

    @property
    def pv_price(self) -> float:
        """What a kWh of PV surplus brings: it can be curtailed, which even pays where import is paid."""
        return max(self.sale_price, 0.0) if self.slot.import_price >= 0 else self.slot.import_price

    def cost(self, net_kwh: Values, moved_kwh: Values) -> Values:
        """Money of the slot for a net load and the battery's AC energy (positive when charging)."""
        slot, limits = self.slot, self.limits
        bought = np.maximum(net_kwh + moved_kwh, 0.0)
        surplus = np.minimum(np.maximum(-net_kwh - np.maximum(moved_kwh, 0.0), 0.0), limits.export_kwh)
        sold = np.maximum(-moved_kwh - np.maximum(net_kwh, 0.0), 0.0)
        return np.asarray(
            bought * slot.import_price
            + np.maximum(bought - limits.import_kwh, 0.0) * self.level * IMPORT_BREACH_PRICE
            - surplus * self.pv_price
            - sold * self.sale_price
            + np.maximum(-moved_kwh, 0.0) * self.battery.wear_cost_per_kwh
        )

    def marginal(self, net_kwh: Values) -> Marginal:
        """The marginal values for rows with these net loads.

        Where selling beats buying, one value parts the two, weighted with how fast each goes.
        """
        battery, tie = self.battery, TIE * self.level
        breach = self.level * IMPORT_BREACH_PRICE
        bought = self.slot.import_price + np.where(net_kwh > self.limits.import_kwh, breach, 0.0)
        charge = bought / battery.charge_efficiency + tie
        sell = np.full_like(charge, battery.discharge_efficiency * (self.sale_price - battery.wear_cost_per_kwh) - tie)
        into = max(battery.max_charge_kw, 0.0) * battery.charge_efficiency
        out_of = max(battery.max_discharge_kw, 0.0) / battery.discharge_efficiency
        if into + out_of > 0:
            charge = np.where(sell > charge, (into * charge + out_of * sell) / (into + out_of), charge)
        sell = np.minimum(sell, charge)
        store = np.full_like(charge, self.pv_price / battery.charge_efficiency - tie)
        cover = battery.discharge_efficiency * (bought - battery.wear_cost_per_kwh) + tie
        return Marginal(charge, np.clip(store, sell, charge), np.clip(cover, sell, charge), sell)
