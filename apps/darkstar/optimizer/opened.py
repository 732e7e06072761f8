"""Binaries that are no decisions for the time being: open to any value between 0 and 1, or pinned to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pulp

from .model.rows import Variable


@contextmanager
def opened(binaries: Iterable[Variable]) -> Iterator[None]:
    """Binaries that may take any value between 0 and 1."""
    variables = tuple(binaries)
    for variable in variables:
        variable.cat = pulp.LpContinuous
    try:
        yield
    finally:
        for variable in variables:
            variable.cat = pulp.LpInteger


@contextmanager
def pinned(values: Iterable[tuple[Variable, int]]) -> Iterator[None]:
    """Binaries that are these values."""
    pairs = tuple(values)
    with opened(variable for variable, _ in pairs):
        for variable, value in pairs:
            variable.lowBound = variable.upBound = value
        try:
            yield
        finally:
            for variable, _ in pairs:
                variable.lowBound, variable.upBound = 0, 1
