"""Marks what is done because somebody said so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..power_limits import forced_in
from .story import Story

YOURS = "your block"


def marked(story: Story, index: int, words: Iterable[str], storages: Iterable[int]) -> Iterator[str]:
    """The words, the first of them marked where a rule of the owner's holds for one of the storages."""
    slot, every = story.slots[index], story.request.storages
    is_forced = any(forced_in(every[number], slot) is not None for number in storages)
    for thought in words:
        yield f"{YOURS}: {thought}" if is_forced else thought
        is_forced = False
