"""Wishes of the grid connection: no import above the fuse, little above the soft limit, no PV cut off unasked."""

from __future__ import annotations

from collections.abc import Iterator

from ..request import Curtailment, RequestSlot
from ..schedule import export_limit_kwh, import_limit_kwh
from ..tiers import CURTAILED_PRICE, IMPORT_BREACH_PRICE
from .account import WORTH_SAYING_KWH, Account, Wish


def grid_wishes(account: Account) -> Iterator[Wish]:
    """Import above the hard and above the soft limit, and PV that must be cut off where none may be."""
    yield _breach(account)
    yield _soft_breach(account)
    yield _cut_off(account)


def _breach(account: Account) -> Wish:
    request = account.request
    total = sum(flow.breach_kwh for flow in account.flows)
    over = _over(account, [flow.breach_kwh for flow in account.flows])
    words = ""
    if over:
        limits = _kilowatts([(slot, import_limit_kwh(request, slot) or 0.0) for slot, _ in over])
        cause = ": the load alone is above it" if all(_load_is_above(account, slot) for slot, _ in over) else ""
        words = f"import limit of {limits} exceeded by {_sum(over)}{cause}"
    return Wish(IMPORT_BREACH_PRICE * request.price_level * total, words)


def _soft_breach(account: Account) -> Wish:
    grid = account.request.grid
    if grid.soft_import_kw is None or grid.soft_import_price <= 0:
        return Wish(0.0)
    pairs = zip(account.request.slots, account.flows, strict=True)
    above = [max(flow.import_kwh - grid.soft_import_kw * slot.hours, 0.0) for slot, flow in pairs]
    money = grid.soft_import_price * sum(above)
    over = _over(account, above)
    words = f"import above the soft limit of {grid.soft_import_kw:g} kW by {_sum(over)}, counted {money:.2f}"
    return Wish(money, words if over else "")


def _cut_off(account: Account) -> Wish:
    request = account.request
    if request.grid.curtailment is not Curtailment.NEVER:
        return Wish(0.0)
    cut = [flow.curtailed_kwh for flow in account.flows]
    over = _over(account, cut)
    words = ""
    if over:
        limits = _kilowatts([(slot, export_limit_kwh(request, slot) or 0.0) for slot, _ in over])
        words = f"PV cut off by {_sum(over)}: the export limit of {limits} leaves no room"
    return Wish(CURTAILED_PRICE * request.price_level * sum(cut), words)


def _over(account: Account, energies_kwh: list[float]) -> list[tuple[RequestSlot, float]]:
    pairs = zip(account.request.slots, energies_kwh, strict=True)
    return [(slot, kwh) for slot, kwh in pairs if kwh > WORTH_SAYING_KWH]


def _sum(over: list[tuple[RequestSlot, float]]) -> str:
    return f"{sum(kwh for _, kwh in over):.2f} kWh in {len(over)} slot(s)"


def _kilowatts(limits: list[tuple[RequestSlot, float]]) -> str:
    powers = [kwh / slot.hours for slot, kwh in limits]
    low, high = min(powers), max(powers)
    return f"{low:g} kW" if high - low < 1e-6 else f"{low:g} to {high:g} kW"  # noqa: PLR2004 - rounding


def _load_is_above(account: Account, slot: RequestSlot) -> bool:
    limit = import_limit_kwh(account.request, slot)
    return limit is not None and slot.load_kwh - slot.pv_kwh > limit
