"""Encoding of what goes to Home Assistant as a state.

AppDaemon 4.5 drops 0, False and None from what `set_state` sends, inside lists too, so that
`[0.0, 1.5, 0]` arrives as `[1.5]`. `encode` makes values that survive it and read the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

_LONGEST_STATE = 255


class _Number(float):
    """A float that never equals False or None, which is how AppDaemon picks what to drop."""

    __slots__ = ()
    __hash__ = float.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool) or other is None:
            return False
        return float.__eq__(self, other) is True


def encode(value: object) -> object:
    """Make a value that arrives in Home Assistant unharmed.

    Numbers become floats, booleans `on`/`off`, datetimes ISO text, tuples lists. A None in a mapping
    is left out; in a list it becomes an empty text, so that no position shifts.

    Raises:
        ValueError: NaN or infinity, which Home Assistant refuses.
        TypeError: a type that has no place in a state.
    """
    match value:
        case None:
            encoded: object = ""
        case bool():
            encoded = "on" if value else "off"
        case int() | float():
            encoded = _finite(value)
        case str():
            encoded = value
        case datetime():
            encoded = value.isoformat()
        case Mapping():
            encoded = encode_attributes(value)
        case list() | tuple():
            encoded = [encode(item) for item in value]
        case _:
            msg = f"{type(value).__name__} cannot be published"
            raise TypeError(msg)
    return encoded


def encode_attributes(attributes: Mapping[str, object]) -> dict[str, object]:
    """`encode` for the attributes of an entity: what is None is left out."""
    return {name: encode(value) for name, value in attributes.items() if value is not None}


def _finite(value: float) -> _Number:
    if not math.isfinite(value):
        msg = f"{value} cannot be published"
        raise ValueError(msg)
    return _Number(value)


def encode_state(state: str | float) -> str:
    """A state as text of at most 255 characters: a number with its digits, zero as `0`."""
    text = state if isinstance(state, str) else f"{state:.12g}"
    return text if len(text) <= _LONGEST_STATE else text[: _LONGEST_STATE - 1] + "…"
