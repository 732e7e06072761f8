"""One slot as the battery sees it: what its energy costs, and what it must be worth to be moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..optimizer.request import BatteryRequest, PlanRequest, RequestSlot
from ..optimizer.tiers import IMPORT_BREACH_PRICE
from .forced import Forced, forced_in
from .peaks import Surcharge
from .power import available_share
from .response import Limits

TIE = 1e-5
"""Price levels that decide at equal money: nothing is bought or sold, surplus is stored, load is covered."""


@dataclass(frozen=True, slots=True)
class Marginal:
    """What a kWh stored at the slot's end must be worth: to be stored, bought, kept from the load, not sold.

    `charge >= store >= sell` and `charge >= cover >= sell`, as the levels that follow are ordered.
    `peaks` has what it must be worth to be kept from load above each surcharge; they rise.
    """

    store: float
    charge: float
    cover: float
    sell: float
    peaks: tuple[float, ...]


@dataclass(frozen=True)
class Stage:
    """A slot with its prices and limits; `level` is the request's price level.

    `surcharges` are what import above a limit costs more, lowest limit first; the hard limit `fuse_kwh`
    is one of them. The battery is there for `hours` of the slot.
    """

    battery: BatteryRequest
    slot: RequestSlot
    limits: Limits
    fuse_kwh: float
    hours: float
    sale_price: float
    may_sell: bool
    level: float
    surcharges: tuple[Surcharge, ...]
    forced: Forced | None = None

    @classmethod
    def of(cls, request: PlanRequest, index: int, peaks: Sequence[Surcharge]) -> Stage:
        """The stage of a request's slot for its first battery."""
        battery, slot, grid = request.batteries[0], request.slots[index], request.grid
        surcharges = [*peaks]
        fuse_kw = grid.max_import_kw if slot.max_import_kw is None else slot.max_import_kw
        fuse_kwh = float("inf") if fuse_kw is None else max(fuse_kw, 0.0) * slot.hours
        if fuse_kw is not None:
            surcharges.append(Surcharge(fuse_kwh, request.price_level * IMPORT_BREACH_PRICE))
        if grid.soft_import_kw is not None and grid.soft_import_price > 0:
            surcharges.append(Surcharge(max(grid.soft_import_kw, 0.0) * slot.hours, grid.soft_import_price))
        surcharges.sort(key=lambda one: one.above_kwh)
        hours = slot.hours * available_share(battery, slot)
        forced = forced_in(battery, slot)
        bounds = forced or Forced(max(battery.max_charge_kw, 0.0), max(battery.max_discharge_kw, 0.0))
        soft_kwh = surcharges[0].above_kwh if surcharges else float("inf")
        limits = Limits(
            charge_kwh=bounds.max_charge_kw * hours,
            discharge_kwh=bounds.max_discharge_kw * hours,
            # what must be bought is bought: only the fuse bounds it
            import_kwh=soft_kwh if bounds.buys_to_kwh is None else fuse_kwh,
            export_kwh=_export_kwh(request, slot),
        )
        paid = slot.export_price if grid.export_allowed else 0.0
        level = request.price_level
        may_sell = battery.discharge_to_grid and grid.export_allowed
        return cls(battery, slot, limits, fuse_kwh, hours, paid, may_sell, level, tuple(surcharges), forced)

    @property
    def keeps_caps(self) -> bool:
        """Whether load above a cap is covered: not where the battery must buy or sell."""
        return self.forced is None or (self.forced.buys_to_kwh is None and self.forced.sells_to_kwh is None)

    @property
    def pv_price(self) -> float:
        """What a kWh of PV surplus brings: it can be curtailed, which even pays where import is paid."""
        return max(self.sale_price, 0.0) if self.slot.import_price >= 0 else self.slot.import_price

    def cost(self, net_kwh: float, moved_kwh: float) -> float:
        """Money of the slot for a net load and the battery's AC energy (positive when charging)."""
        bought = max(net_kwh + moved_kwh, 0.0)
        surplus = min(max(-net_kwh - max(moved_kwh, 0.0), 0.0), self.limits.export_kwh)
        sold = max(-moved_kwh - max(net_kwh, 0.0), 0.0)
        return (
            bought * self.slot.import_price
            + sum(one.per_kwh * max(bought - one.above_kwh, 0.0) for one in self.surcharges)
            - surplus * self.pv_price
            - sold * self.sale_price
            + max(-moved_kwh, 0.0) * self.battery.wear_cost_per_kwh
        )

    @cached_property
    def marginal(self) -> Marginal:
        """The marginal values.

        Where selling beats buying, one value parts the two, weighted with how fast each goes.
        """
        battery, price, wear = self.battery, self.slot.import_price, self.battery.wear_cost_per_kwh
        into, out_of, tie = battery.charge_efficiency, battery.discharge_efficiency, TIE * self.level
        charge = price / into + tie
        sell = out_of * (self.sale_price - wear) - tie
        fast_in, fast_out = self.limits.charge_kwh * into, self.limits.discharge_kwh / out_of
        if sell > charge and fast_in + fast_out > 0:
            charge = (fast_in * charge + fast_out * sell) / (fast_in + fast_out)
        sell = min(sell, charge)
        cover = out_of * (price - wear) + tie
        peaks, dear = [], cover
        for one in self.surcharges:
            dear += out_of * one.per_kwh
            peaks.append(dear)
        return Marginal(
            store=min(max(self.pv_price / into - tie, sell), charge),
            charge=charge,
            cover=min(max(cover, sell), charge),
            sell=sell,
            peaks=tuple(peaks),
        )


def _export_kwh(request: PlanRequest, slot: RequestSlot) -> float:
    if not request.grid.export_allowed:
        return 0.0
    limit_kw = request.grid.max_export_kw if slot.max_export_kw is None else slot.max_export_kw
    return float("inf") if limit_kw is None else max(limit_kw, 0.0) * slot.hours
