"""Rows that make it plain to the solver that a heater is on or off.

Without them the relaxation heats a little from little PV surplus, as if on by a part: its prices and its
bound are too good.
"""

from __future__ import annotations

from .grid import GridColumns
from .heaters import HeaterColumns
from .rows import Rows, Terms
from .storages import StorageColumns


def add_heat_cuts(rows: Rows, storages: StorageColumns, heaters: HeaterColumns, grid: GridColumns) -> None:
    """What a heater takes beyond the surplus of a slot is bought, or comes from a storage.

    `import + discharge >= (energy when on - surplus) * share` holds where a heater takes all or nothing.
    """
    for part in heaters.parts:
        if part.case.least_share < 1:
            continue
        for index, (slot, share) in enumerate(zip(rows.slots, part.share, strict=True)):
            surplus, kwh = slot.pv_kwh - slot.load_kwh, part.case.kwh[index]
            if share is None or not 0 < surplus < kwh:
                continue
            given: Terms = [(row[index], 1.0) for row in storages.discharge]
            rows.at_least([*grid.imported(index), *given, (share, surplus - kwh)], 0.0)
