"""Measured power by day and quarter-hour: the layout in which the same slot of past days is a stride away.

A cell is a quarter-hour on the clock of a zone, numbered from 1970-01-01 00:00 on that clock, so the
same time of the day before is always 96 cells back, also over a change of the clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import numpy as np
import numpy.typing as npt

from ..home.slots import Slot

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]

CELL_MINUTES = 15
CELL_S = 60 * CELL_MINUTES
CELLS_PER_HOUR = 60 // CELL_MINUTES
DAY_CELLS = 24 * CELLS_PER_HOUR

_DAY_S = 86400
_LONG_ENOUGH = 0.5
"""Share of a cell that an energy must last to stand for it."""

_THURSDAY = 3
"""Weekday of cell 0 (1970-01-01)."""
_SATURDAY = 5


def is_weekend(cells: Cells) -> npt.NDArray[np.bool_]:
    """Whether cells lie on a Saturday or Sunday of their clock."""
    return (cells // DAY_CELLS + _THURSDAY) % 7 >= _SATURDAY


def cells_at(epoch_s: Floats, zone: tzinfo) -> Cells:
    """Numbers of the cells that contain instants (seconds since 1970 UTC) on the clock of `zone`.

    A clock changes at most once in a day of UTC: a day that begins and ends at the same offset has it throughout.
    """
    days, day_of = np.unique(epoch_s // _DAY_S, return_inverse=True)
    at_start = np.array([_utc_offset_s(day * _DAY_S, zone) for day in days.tolist()])
    at_end = np.array([_utc_offset_s((day + 1) * _DAY_S, zone) for day in days.tolist()])
    offset_s = at_start[day_of]
    for changing in np.flatnonzero((at_start != at_end)[day_of]).tolist():
        offset_s[changing] = _utc_offset_s(float(epoch_s[changing]), zone)
    return np.asarray((epoch_s + offset_s) // CELL_S, dtype=np.int64)


def cell_at(instant: datetime, zone: tzinfo) -> int:
    """Number of the cell that contains an instant on the clock of `zone`."""
    epoch_s = instant.timestamp()
    return int((epoch_s + _utc_offset_s(epoch_s, zone)) // CELL_S)


def starts_s(cells: Cells, zone: tzinfo) -> Floats:
    """When cells begin on the clock of `zone`, in seconds since 1970 UTC."""
    local = [datetime.fromtimestamp(cell * CELL_S, UTC).replace(tzinfo=zone) for cell in cells.tolist()]
    return np.array([instant.timestamp() for instant in local])


def start_s(cell: int, zone: tzinfo) -> float:
    """When a cell begins on the clock of `zone`, in seconds since 1970 UTC."""
    return float(starts_s(np.array([cell], dtype=np.int64), zone)[0])


def _utc_offset_s(epoch_s: float, zone: tzinfo) -> float:
    offset = datetime.fromtimestamp(epoch_s, zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


@dataclass(frozen=True, slots=True)
class Energies:
    """Measured energies in rows: `kwh` in the interval of `hours` from `start_s` (seconds since 1970 UTC)."""

    start_s: Floats
    hours: Floats
    kwh: Floats

    def usable(self) -> Self:
        """Without rows that do not start on a quarter-hour, are too short, or hold no energy."""
        on_grid = (self.hours * CELLS_PER_HOUR > _LONG_ENOUGH) & (self.start_s % CELL_S == 0)
        kept = on_grid & np.isfinite(self.kwh) & (self.kwh >= 0)
        return type(self)(self.start_s[kept], self.hours[kept], self.kwh[kept])


@dataclass(frozen=True, slots=True)
class DayGrid:
    """Mean power of one quantity per cell, and when it became known.

    Cells without measurement hold NaN and become known never. Where the clock jumps forward there is
    nothing; where it goes back the second pass of the hour is left out.
    """

    zone: tzinfo
    first: int
    power_kw: Floats
    known_at_s: Floats

    @classmethod
    def of(cls, energies: Energies, zone: tzinfo) -> Self:
        """Lay out energies of 15, 30 or 60 minutes; of two of the same time the later one counts.

        Rows that are not `usable` are left out.
        """
        rows = energies.usable()
        if not len(rows.kwh):
            return cls(zone, 0, np.array([np.nan]), np.array([np.inf]))
        length = np.rint(rows.hours * CELLS_PER_HOUR).astype(np.int64)
        within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        epoch_s = np.repeat(rows.start_s, length) + CELL_S * within
        power_kw = np.repeat(rows.kwh / rows.hours, length)
        known_at_s = np.repeat(rows.start_s + 3600 * rows.hours, length)
        cells = cells_at(epoch_s, zone)
        by_preference = np.lexsort((-np.arange(len(cells)), epoch_s))
        cells, at = np.unique(cells[by_preference], return_index=True)
        chosen = by_preference[at]
        spread = np.full((2, int(cells[-1] - cells[0]) + 2), [[np.nan], [np.inf]])
        spread[:, cells - cells[0]] = power_kw[chosen], known_at_s[chosen]
        return cls(zone, int(cells[0]), spread[0], spread[1])

    def positions(self, cells: Cells) -> Cells:
        """Where cells lie in `power_kw` and `known_at_s`; the last position, always empty, if outside."""
        nowhere = len(self.power_kw) - 1
        positions = cells - self.first
        return np.where((positions >= 0) & (positions < nowhere), positions, nowhere)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A horizon cut at quarter-hours, to go from power per cell to energy per slot and back.

    `epoch_s` is the start of each piece, `hours` its length, `first` the number of each slot's first piece.
    """

    epoch_s: Floats
    hours: Floats
    first: npt.NDArray[np.intp]

    @classmethod
    def of(cls, horizon: Sequence[Slot]) -> Self:
        """Cut each slot of a horizon."""
        start_s = np.array([slot.start.timestamp() for slot in horizon], dtype=np.float64)
        end_s = np.array([slot.end.timestamp() for slot in horizon], dtype=np.float64)
        cell = start_s // CELL_S
        count = (np.ceil(end_s / CELL_S) - cell).astype(np.intp)
        first = np.cumsum(count) - count
        edge_s = CELL_S * (np.repeat(cell - first, count) + np.arange(count.sum()))
        epoch_s = np.maximum(edge_s, np.repeat(start_s, count))
        until_s = np.minimum(edge_s + CELL_S, np.repeat(end_s, count))
        return cls(epoch_s, (until_s - epoch_s) / 3600, first)

    def energy_kwh(self, power_kw: Floats) -> Floats:
        """Energy per slot (last axis) from power per piece; NaN where any piece is NaN."""
        return np.asarray(np.add.reduceat(power_kw * self.hours, self.first, axis=-1), dtype=np.float64)


def same_time_before(instant: datetime, zone: tzinfo, days: Sequence[int]) -> Floats:
    """The instants that many days before at the same time on the clock of `zone`, in seconds since 1970 UTC."""
    local = instant.astimezone(zone)
    return np.array([(local - timedelta(days=count)).astimezone(UTC).timestamp() for count in days])
