"""Wishes of storages: rest within the soft band, have their energy when it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ..goals import Target, price_of, targets_of
from ..request import BatteryRequest, PlanRequest, SocGoal
from ..tiers import SHORTEST_HOURS
from .account import WORTH_SAYING_KWH, Account, Wish


def storage_wishes(account: Account) -> Iterator[Wish]:
    """The rest outside the soft band and the goals that are missed, storage by storage."""
    request = account.request
    for number, (storage, path) in enumerate(zip(request.storages, account.stored_kwh, strict=True)):
        name = storage.name or f"battery {number + 1}"
        yield _outside_the_band(request, storage, name, path)
        if not path:
            continue
        is_vehicle = number >= len(request.batteries)
        for target in targets_of(request, storage):
            yield _missed(request, name, target, path[target.index], is_vehicle=is_vehicle)
        for goal in storage.goals:
            if goal.min_kwh > storage.capacity_kwh + WORTH_SAYING_KWH and price_of(request, goal) > 0:
                yield Wish(
                    0.0,
                    f"{name} cannot store the {goal.min_kwh:.2f} kWh that are wished for "
                    f"{_when(request, goal, is_vehicle=is_vehicle)}: its capacity is {storage.capacity_kwh:.2f} kWh",
                )


def _outside_the_band(request: PlanRequest, storage: BatteryRequest, name: str, path: Sequence[float]) -> Wish:
    outside = sum(
        storage.band_price(soc, request.price_level) * max(slot.hours, SHORTEST_HOURS)
        for soc, slot in zip(path, request.slots, strict=True)
    )
    below = [storage.min_kwh - soc for soc in path if storage.min_kwh - soc > WORTH_SAYING_KWH]
    words = (
        f"{name} is up to {max(below):.2f} kWh below its floor of "
        f"{storage.min_kwh:.2f} kWh at the end of {len(below)} slot(s)"
        if below
        else ""
    )
    return Wish(outside, words)


def _missed(request: PlanRequest, name: str, target: Target, stored_kwh: float, *, is_vehicle: bool) -> Wish:
    lacking = max(target.kwh - stored_kwh, 0.0)
    money = target.price * lacking
    if target.goal is None or lacking <= WORTH_SAYING_KWH:
        return Wish(money)
    when = _when(request, target.goal, is_vehicle=is_vehicle)
    if target.goal.at > request.end:
        # The horizon ends before: the part that full power cannot make up for until then.
        return Wish(money, f"{name} cannot have {target.goal.min_kwh:.2f} kWh {when}: {lacking:.2f} kWh less")
    return Wish(money, f"{name} lacks {lacking:.2f} of {target.kwh:.2f} kWh {when}")


def _when(request: PlanRequest, goal: SocGoal, *, is_vehicle: bool) -> str:
    if is_vehicle:
        return "at departure"
    return f"in {(goal.at - request.slots[0].start) / timedelta(hours=1):.1f} h"
