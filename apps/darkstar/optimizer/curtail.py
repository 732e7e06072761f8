"""How much PV may and must be given up in a slot."""

from __future__ import annotations

from .request import Curtailment, PlanRequest, RequestSlot
from .schedule import NOISE_KWH, curtailable_kwh, export_limit_kwh, import_limit_kwh

_TINY = 1e-9
_SOLVER_NOISE_KWH = 1e-5
"""A surplus so little above the export limit comes from the solver's arithmetic: no reason to switch PV off."""


def curtailing_may_pay(request: PlanRequest, slot: RequestSlot) -> bool:
    """Whether giving up PV can ever be right: surplus is in the way, or import is paid.

    Elsewhere what nobody needs is sold for nothing at worst.
    """
    if curtailable_kwh(slot) <= 0:
        return False
    if surplus_is_in_the_way(request, slot):
        return True
    return request.grid.curtailment is not Curtailment.NEVER and (slot.import_price < 0 or slot.export_price < 0)


def surplus_is_in_the_way(request: PlanRequest, slot: RequestSlot) -> bool:
    """Whether more PV may be left over than the export limit lets out."""
    limit = export_limit_kwh(request, slot)
    return limit is not None and slot.pv_kwh - slot.load_kwh > limit


def legal(request: PlanRequest, slot: RequestSlot, net_kwh: float, wanted_kwh: float) -> float:
    """The legal curtailment nearest to what is wanted, at a net load (storages included) of `net_kwh`."""
    must, may = _bounds(request, slot, net_kwh)
    if request.grid.curtailment is Curtailment.ALL:
        return min(_all_or_nothing(slot, must, may), key=lambda kwh: abs(kwh - wanted_kwh))
    return min(max(wanted_kwh, must), may)


def cheapest_curtailment(request: PlanRequest, slot: RequestSlot, net_kwh: float) -> float:
    """The cheapest legal curtailment: the cost is linear between these few candidates."""
    must, may = _bounds(request, slot, net_kwh)
    candidates: tuple[float, ...] = (must, min(max(-net_kwh, must), may), may)
    if request.grid.curtailment is Curtailment.ALL:
        candidates = _all_or_nothing(slot, must, may)
    best, least_cost = must, None
    for curtailed in candidates:
        grid = net_kwh + curtailed
        cost = max(grid, 0.0) * slot.import_price - max(-grid, 0.0) * slot.export_price
        if least_cost is None or cost < least_cost - _TINY:
            best, least_cost = curtailed, cost
    return best


def _bounds(request: PlanRequest, slot: RequestSlot, net_kwh: float) -> tuple[float, float]:
    """Least and most curtailment: the export limit asks for it, the import limit bounds it."""
    most = curtailable_kwh(slot)
    sale, purchase = export_limit_kwh(request, slot), import_limit_kwh(request, slot)
    must = 0.0 if sale is None else min(max(-net_kwh - sale, 0.0), most)
    if request.grid.curtailment is Curtailment.NEVER:
        return must, must
    may = most if purchase is None else min(max(purchase - net_kwh, must), most)
    return must, may


def _all_or_nothing(slot: RequestSlot, must_kwh: float, may_kwh: float) -> tuple[float, ...]:
    """What an inverter can do that is either on or off; the export limit goes before the import limit."""
    most = curtailable_kwh(slot)
    # Less than a solver's rounding above the export limit is no reason to give up everything.
    if must_kwh > NOISE_KWH:
        return (most,)
    return (0.0, most) if may_kwh >= most else (0.0,)
