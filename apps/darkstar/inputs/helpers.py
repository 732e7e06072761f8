"""Reading of the helpers in Home Assistant by which the owner steers: buttons, numbers."""

from __future__ import annotations

from ..home.finite import number
from ..home.ports import EntityState, StateReader

_TOGGLED = ("on", "off")
_NO_PRESS = (None, "unknown", "unavailable", "")


def was_pressed(old: object, new: object) -> bool:
    """Whether an `input_button` went from one state to a new press.

    Its state is the time of the last press, `unknown` before the first. Coming back from
    `unavailable` (restart, reload) restores an old press and is none.
    """
    return new not in _NO_PRESS and old not in (None, "unavailable") and old != new


def is_on(reader: StateReader, entity_id: str) -> bool | None:
    """Whether a helper reads `on`; None where it says neither on nor off."""
    state = reader.state(entity_id)
    said = "" if state is None else state.state
    return said == "on" if said in _TOGGLED else None


def number_or(state: EntityState | None, default: float) -> float:
    """The number of a helper, or `default` when it cannot be read."""
    value = number(state.state) if state is not None else None
    return default if value is None else value
