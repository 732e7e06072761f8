"""Finds entities of Home Assistant that would fit a setting."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..home.ports import EntityState
from ..inputs.units import Unreadable
from .roles import Role

SHOWN = 3
OWN = "darkstar"
"""In the id of what Darkstar itself publishes: never a source."""
COUNTING = frozenset({"total", "total_increasing"})
"""State classes of what Home Assistant keeps statistics of as a counter."""
_SPLIT = re.compile(r"[^a-z0-9]+")


def candidates(role: Role, states: Iterable[EntityState], taken: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Ids of sensors that fit a role, the likeliest first; none of `taken`.

    A sensor fits when its unit does, its device class is the role's or not said, and a word of the role stands in its
    id or name. A counter must also count up.
    """
    scored = [(_score(role, state), state.entity_id) for state in states if state.entity_id not in taken]
    best = sorted((-score, entity_id) for score, entity_id in scored if score > 0)
    return tuple(entity_id for _, entity_id in best[:SHOWN])


def _score(role: Role, state: EntityState) -> int:
    domain, _, _ = state.entity_id.partition(".")
    if domain != "sensor" or OWN in state.entity_id or isinstance(role.convert(state), Unreadable):
        return 0
    kind = state.attributes.get("device_class")
    if kind not in (None, role.device_class):
        return 0
    if role.is_counter != (state.attributes.get("state_class") in COUNTING):
        return 0
    text = _words(f"{state.entity_id} {state.attributes.get('friendly_name', '')}")
    speaking = sum(_has(text, word) for word in role.words)
    against = sum(_has(text, word) for word in role.not_words)
    if against >= speaking:
        return 0
    return 4 * speaking - 3 * against + (2 if kind == role.device_class else 0)


def _words(text: str) -> str:
    return f"_{'_'.join(_SPLIT.split(text.lower()))}_"


def _has(text: str, word: str) -> bool:
    return f"_{word}_" in text
