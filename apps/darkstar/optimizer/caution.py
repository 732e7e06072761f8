"""Caution: plan for more load and less PV than is expected, within what is likely."""

from __future__ import annotations

from dataclasses import replace

from .request import EnergyBand, PlanRequest, RequestSlot


def cautious(request: PlanRequest) -> PlanRequest:
    """The request with load and PV moved inside their bands by its `caution`, and a note that says so.

    A caution of 1 plans for p90 of load and p10 of PV, -1 for p10 of load and p90 of PV. No energy
    changes its sign. The result has no caution left, so that it can be asked again without harm.

    Raises:
        ValueError: `caution` is not between -1 and 1.
    """
    if request.caution == 0:
        return request
    if not -1 <= request.caution <= 1:
        msg = (
            f"caution is {request.caution:g}: it must lie between -1 (p10 of load) and 1 (p90 of load); 0 plans for p50"
        )
        raise ValueError(msg)
    slots = tuple(_moved(slot, request.caution) for slot in request.slots)
    load = sum(slot.load_kwh for slot in slots) - sum(slot.load_kwh for slot in request.slots)
    pv = sum(slot.pv_kwh for slot in slots) - sum(slot.pv_kwh for slot in request.slots)
    note = f"caution {request.caution:g}: load {load:+.1f} kWh and PV {pv:+.1f} kWh against what is expected"
    return replace(request, slots=slots, caution=0.0, notes=(*request.notes, note))


def _moved(slot: RequestSlot, caution: float) -> RequestSlot:
    return replace(
        slot,
        load_kwh=_towards(slot.load_kwh, slot.load_band, caution),
        pv_kwh=_towards(slot.pv_kwh, slot.pv_band, -caution),
    )


def _towards(kwh: float, band: EnergyBand | None, share: float) -> float:
    """`share` of the way to p90 when it is positive, to p10 when it is negative."""
    if band is None:
        return kwh
    moved = kwh + share * max(band.p90 - kwh, 0.0) if share > 0 else kwh + share * max(kwh - band.p10, 0.0)
    return max(moved, min(kwh, 0.0))
