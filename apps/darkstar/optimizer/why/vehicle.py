"""What the vehicles do in a slot, and why."""

from __future__ import annotations

from collections.abc import Iterator

from ..request import PlanRequest
from .story import Story

_SHORT_KWH = 0.05


def vehicle_words(story: Story, index: int) -> Iterator[str]:
    """One thought per vehicle that charges or gives."""
    for number in story.vehicles:
        if story.charge[number][index] > story.threshold(index):
            yield _charging(story, number, index)
        elif story.discharge[number][index] > story.threshold(index):
            yield _giving(story, number, index)


def _charging(story: Story, number: int, index: int) -> str:
    vehicle = story.request.vehicles[number - len(story.own)]
    price = story.money(story.slots[index].import_price)
    source = f"at {price}" if story.imports(index) else "from the home's own energy"
    head = f"charges {story.name(number)} with {story.kw(story.charge[number][index], index)} {source}"
    lacking = vehicle.needed_kwh - story.stored_before(number, index)
    mean = story.money(story.mean_price(_plugged(story.request, number - len(story.own))))
    if lacking <= _SHORT_KWH:
        worth = story.money(vehicle.value_per_kwh)
        return f"{head}: has what it needs, a kWh more is worth {worth} (mean of its window {mean})"
    due = story.moment(vehicle.departure, index)
    return f"{head}: {lacking:.1f} kWh more needed by {due} (mean of its window {mean})"


def _giving(story: Story, number: int, index: int) -> str:
    storage, price = story.request.storages[number], story.slots[index].import_price
    gain = storage.discharge_efficiency * (price - storage.wear_cost_per_kwh)
    return (
        f"{story.name(number)} covers {story.kw(story.discharge[number][index], index)} of load that would cost "
        f"{story.money(price)}: {story.money(gain)} per stored kWh, later it is worth "
        f"{story.money(story.values[number][index])}"
    )


def _plugged(request: PlanRequest, vehicle: int) -> tuple[int, ...]:
    session = request.vehicles[vehicle]
    return tuple(
        index
        for index, slot in enumerate(request.slots)
        if slot.end > session.plugged_in and slot.start < session.departure
    )
