"""What all devices have added to a problem: what the rules between devices look at."""

from __future__ import annotations

from dataclasses import dataclass

from .bounds import Bounds
from .grid import GridColumns
from .heaters import HeaterColumns
from .loads import LoadColumns
from .rows import Rows
from .storages import StorageColumns


@dataclass(frozen=True, slots=True)
class Columns:
    """A problem with the columns of its devices and the bounds of its slots."""

    rows: Rows
    bounds: Bounds
    storages: StorageColumns
    heaters: HeaterColumns
    loads: LoadColumns
    grid: GridColumns
