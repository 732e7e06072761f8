"""What more load in a slot costs, without a solver."""

from __future__ import annotations

from .request import PlanRequest, RequestSlot
from .schedule import import_limit_kwh


def added_cost(request: PlanRequest, slot: RequestSlot, others_kwh: float, kwh: float) -> float | None:
    """Money for `kwh` beside load and `others_kwh`, first from PV that would be sold; None over the fuse."""
    net = slot.load_kwh + others_kwh - slot.pv_kwh
    limit = import_limit_kwh(request, slot)
    if limit is not None and kwh > 0 and net + kwh > limit:
        return None
    from_pv = min(max(-net, 0.0), kwh)
    sold_instead = max(slot.export_price, 0.0) if request.grid.export_allowed else 0.0
    return from_pv * sold_instead + (kwh - from_pv) * slot.import_price
