"""Why water is heated in a slot."""

from __future__ import annotations

from collections.abc import Iterator

from ..heat.case import heater_cases
from .forced import YOURS
from .story import Story


def heating_words(story: Story) -> dict[int, list[str]]:
    """One thought per heater, for each slot in which it heats."""
    words: dict[int, list[str]] = {}
    for case in heater_cases(story.request):
        energies = story.ledger.schedule.heaters_kwh[case.number]
        served = {index: place for place, window in enumerate(case.windows) for index, _ in window.heat_kwh}
        means = [story.mean_price(index for index, _ in window.heat_kwh) for window in case.windows]
        horizon = story.mean_price(range(len(story.slots)))
        name = "water" if len(story.request.heaters) == 1 else f"water ({case.label})"
        for index, kwh in enumerate(energies):
            if kwh <= 0:
                continue
            mean = f"mean of its day {story.money(means[served[index]])}" if index in served else ""
            if case.heater.tank is not None:
                mean = f"mean of the horizon {story.money(horizon)}"
            reasons = "".join(_duties(story, case.number, index))
            if index in case.wanted:
                reasons += f", {YOURS}"
            words.setdefault(index, []).append(_words(story, name, kwh, index, mean) + reasons)
    return words


def _words(story: Story, name: str, kwh: float, index: int, mean: str) -> str:
    head = f"heats {name} with {story.kw(kwh, index)}"
    if not story.imports(index):
        return f"{head} of the home's own energy"
    return f"{head} at {story.money(story.slots[index].import_price)}" + (f" ({mean})" if mean else "")


def _duties(story: Story, number: int, index: int) -> Iterator[str]:
    """A cycle or a block that asks for heat beside the price."""
    heater, slot = story.request.heaters[number], story.slots[index]
    cycle = heater.hygiene
    if cycle is not None and slot.end > cycle.start and slot.start < cycle.end and _long(story, number, index):
        yield f", a hygiene cycle of {cycle.hours:g} h due by {story.moment(cycle.end, index)}"
    if heater.on_at_start and heater.locked_until is not None and slot.start < heater.locked_until:
        yield f", not cut before {story.moment(heater.locked_until, index)}"


def _long(story: Story, number: int, index: int) -> bool:
    """Whether the block around a slot lasts as long as the hygiene cycle."""
    energies, cycle = story.ledger.schedule.heaters_kwh[number], story.request.heaters[number].hygiene
    first = last = index
    while first > 0 and energies[first - 1] > 0:
        first -= 1
    while last + 1 < len(energies) and energies[last + 1] > 0:
        last += 1
    return cycle is not None and sum(story.slots[at].hours for at in range(first, last + 1)) >= cycle.hours - 1e-6
