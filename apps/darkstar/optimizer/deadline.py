"""One clock for all solver calls of a plan."""

from __future__ import annotations

from time import monotonic

HASTE_SECONDS = 0.02
"""With less than this left no solver is started."""
_FIRST_SHARE = 0.7
"""Part of the time left that a call may take, so that another solver, or a later stage, gets some."""


class Deadline:
    """The end of the time for a plan, by the wall clock; every solver call takes a part of what is left."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left_s(self) -> float:
        """Seconds left, at least 0."""
        return max(self._end - monotonic(), 0.0)

    def share_s(self) -> float:
        """Seconds that the next solver call may take."""
        return _FIRST_SHARE * self.left_s()
