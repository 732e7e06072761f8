"""Reading of the helpers in Home Assistant by which the owner steers: buttons, numbers."""

from __future__ import annotations

from ..home.finite import number
from ..home.ports import EntityState

_NO_PRESS = (None, "unknown", "unavailable", "")


def was_pressed(old: object, new: object) -> bool:
    """Whether an `input_button` went from one state to a new press.

    Its state is the time of the last press, `unknown` before the first. Coming back from
    `unavailable` (restart, reload) restores an old press and is none.
    """
    return new not in _NO_PRESS and old not in (None, "unavailable") and old != new


def number_or(state: EntityState | None, default: float) -> float:
    """The number of a helper, or `default` when it cannot be read."""
    value = number(state.state) if state is not None else None
    return default if value is None else value
