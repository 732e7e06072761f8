"""Why a deferrable load runs in a slot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..request import LoadRequest
from .story import Story


def load_words(story: Story) -> dict[int, list[str]]:
    """One thought per load, for each slot in which it runs."""
    words: dict[int, list[str]] = {}
    for number, load in enumerate(story.request.loads):
        running = [
            index for index, kwh in enumerate(story.ledger.schedule.loads_kwh[number]) if kwh > story.threshold(index)
        ]
        mean = story.money(story.mean_price(_window(story, load))) if running else ""
        for index in running:
            words.setdefault(index, []).append(_words(story, number, load, index, mean))
    return words


def _words(story: Story, number: int, load: LoadRequest, index: int, mean: str) -> str:
    name = load.name or f"load {number + 1}"
    power = story.kw(story.ledger.schedule.loads_kwh[number][index], index)
    price = story.money(story.slots[index].import_price)
    source = f"at {price}" if story.imports(index) else "of the home's own energy"
    return f"runs {name} with {power} {source}{''.join(_because(story, load, index, mean))}"


def _because(story: Story, load: LoadRequest, index: int, mean: str) -> Iterator[str]:
    if load.running_since is not None and story.slots[index].start < load.running_since + _duration(load):
        yield ", which is under way"
        return
    yield f" (mean of its window {mean})"
    if load.worth_per_kwh is not None:
        yield f", worth {story.money(load.worth_per_kwh)}"
    else:
        yield f", due by {story.moment(load.latest, index)}"


def _duration(load: LoadRequest) -> timedelta:
    return timedelta(hours=len(load.profile_kw) * load.step_hours)


def _window(story: Story, load: LoadRequest) -> list[int]:
    inside = [index for index, slot in enumerate(story.slots) if slot.end > load.earliest and slot.start < load.latest]
    return inside or list(range(len(story.slots)))
