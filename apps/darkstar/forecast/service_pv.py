"""PV energy per slot from the intervals that a forecast service gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..home.slots import Slot
from .bands import PvInterval
from .day_grid import CELL_S, Floats

_COVERED_S = 1.0
"""A slot counts as covered when less than this many seconds of it are not."""


@dataclass(frozen=True, slots=True)
class ServicePv:
    """Energies in kWh per slot; NaN where the service says nothing."""

    p10: Floats
    p50: Floats
    p90: Floats

    @classmethod
    def of(
        cls, intervals: Sequence[PvInterval], horizon: Sequence[Slot], clear_sky_kw: Callable[[Floats], Floats]
    ) -> Self:
        """Split intervals of any length over slots.

        The energy of an interval is spread in it like that of a cloudless sky (`clear_sky_kw`, by the
        mid of a quarter-hour in seconds since 1970): evenly would put PV before sunrise.
        """
        starts = np.array([slot.start.timestamp() for slot in horizon])
        ends = np.array([slot.end.timestamp() for slot in horizon])
        if not intervals:
            nothing = np.full(len(horizon), np.nan)
            return cls(nothing, nothing, nothing)
        given_from = np.array([interval.start.timestamp() for interval in intervals])
        given_to = np.array([interval.end.timestamp() for interval in intervals])
        overlap_from = np.maximum(starts[:, None], given_from[None, :])
        overlap_to = np.maximum(np.minimum(ends[:, None], given_to[None, :]), overlap_from)
        sunshine = _Sunshine.over(min(given_from.min(), starts[0]), max(given_to.max(), ends[-1]), clear_sky_kw)
        whole = sunshine.between(given_from, given_to)
        share = sunshine.between(overlap_from, overlap_to) / np.where(whole > 0, whole, 1.0)[None, :]
        covered = (overlap_to - overlap_from).sum(axis=1) > ends - starts - _COVERED_S

        def per_slot(given_kwh: list[float]) -> Floats:
            energy = np.where(share > 0, share * np.array(given_kwh), 0.0).sum(axis=1)
            return np.where(covered, energy, np.nan)

        return cls(
            per_slot([_number(interval.p10_kwh) for interval in intervals]),
            per_slot([interval.kwh for interval in intervals]),
            per_slot([_number(interval.p90_kwh) for interval in intervals]),
        )


def _number(value: float | None) -> float:
    return np.nan if value is None else value


@dataclass(frozen=True, slots=True)
class _Sunshine:
    """Energy of a cloudless sky up to an instant, linear within a quarter-hour."""

    edges_s: Floats
    energy: Floats

    @classmethod
    def over(cls, start_s: float, end_s: float, clear_sky_kw: Callable[[Floats], Floats]) -> Self:
        first, last = start_s // CELL_S, -(-end_s // CELL_S)
        edges_s = np.arange(first, last + 1) * CELL_S
        return cls(edges_s, np.concatenate([[0.0], np.cumsum(clear_sky_kw(edges_s[:-1] + CELL_S / 2))]))

    def between(self, start_s: Floats, end_s: Floats) -> Floats:
        return np.interp(end_s, self.edges_s, self.energy) - np.interp(start_s, self.edges_s, self.energy)
