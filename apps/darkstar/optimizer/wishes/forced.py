"""Wishes about the power of storages at a time, because somebody said so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..forced import demands
from ..power_limits import power_limits
from ..tiers import FORCED_PRICE
from .account import WORTH_SAYING_KWH, Account, Wish


def forced_wishes(account: Account) -> Iterator[Wish]:
    """What each storage does not take or give of what it must, by the name of the wish."""
    request, schedule = account.request, account.schedule
    price = FORCED_PRICE * request.price_level
    for number, storage in enumerate(request.storages):
        if not storage.forced:
            continue
        asked: dict[tuple[str, float], float] = defaultdict(float)
        lacking: dict[tuple[str, float], float] = defaultdict(float)
        for demand in demands(storage, request.slots, power_limits(storage, request.slots)):
            flows = schedule.charge_kwh if demand.sign > 0 else schedule.discharge_kwh
            key = (demand.name, demand.sign)
            asked[key] += demand.kwh
            lacking[key] += demand.lacking_kwh(flows[number][demand.index])
            stored = account.stored_kwh[number][demand.index]
            yield Wish(price * (demand.beyond_kwh(stored) + demand.short_kwh(stored)))
        for (name, sign), kwh in lacking.items():
            verb = "charged" if sign > 0 else "discharged"
            words = f"{name}: {kwh:.2f} of {asked[name, sign]:.2f} kWh cannot be {verb} then"
            yield Wish(price * kwh, words if kwh > WORTH_SAYING_KWH else "")
