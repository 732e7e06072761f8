"""Reading of the helpers in Home Assistant by which the owner steers: buttons, numbers."""

from __future__ import annotations

import math

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
    if state is None:
        return default
    try:
        value = float(state.state)
    except ValueError:
        return default
    return value if math.isfinite(value) else default
