"""A progress bar for the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .loop import Progress

_WIDTH = 40
_REDRAW_S = 0.5


@contextmanager
def progress_bar(stream: TextIO) -> Iterator[Progress]:
    """A function that draws `done` of `total` as a bar on `stream`; silent where nobody watches."""
    if not stream.isatty():
        yield lambda done, total: None  # noqa: ARG005 - the shape of Progress
        return
    began = last = time.monotonic()

    def draw(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _REDRAW_S and done < total:
            return
        last = now
        left = (now - began) * (total - done) / max(done, 1)
        bar = "#" * (_WIDTH * done // max(total, 1))
        stream.write(f"\r[{bar:<{_WIDTH}}] {done}/{total}, {left:.0f} s left ")
        stream.flush()

    yield draw
    stream.write("\n")
