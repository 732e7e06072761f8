"""Numbers out of what Home Assistant says: finite, or none at all."""

from __future__ import annotations

import math


def number(value: object) -> float | None:
    """A finite number, also out of text; None for words (`unavailable`), booleans, NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None
