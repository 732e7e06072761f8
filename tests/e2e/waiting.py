"""Waiting for something to become true in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_S = 0.1


def wait_for(probe: Callable[[], T], timeout_s: float, what: str) -> T:
    """Call `probe` until it answers something true; that answer.

    Raises:
        TimeoutError: with `what` was waited for and the last answer.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            msg = f"waited {timeout_s:g} s for {what}; the last answer was {answer!r}"
            raise TimeoutError(msg)
        time.sleep(POLL_S)
