"""Rows that make a minimum charging power plain to the solver.

Without them the relaxation charges below the minimum from little PV surplus, as if on by a part: such days
take several times as long to solve.
"""

from __future__ import annotations

from ..own_use import own_use_of
from .grid import GridColumns
from .rows import Rows, Terms
from .storages import StorageColumns


def add_minimum_cuts(rows: Rows, storages: StorageColumns, grid: GridColumns) -> None:
    """What a storage takes beyond the surplus of a slot is bought, or comes from another storage.

    `charge <= import + discharge of others + surplus * on` holds in every netted solution.
    """
    not_fed = own_use_of(rows.request).not_fed
    for number, charging in enumerate(storages.charging):
        for index, on in enumerate(charging):
            slot = rows.slots[index]
            surplus = slot.pv_kwh - slot.load_kwh
            if on is None or not 0 < surplus < storages.limits[number][index].charge_kwh:
                continue
            others = () if number in not_fed else storages.discharge
            given: Terms = [(row[index], -1.0) for giver, row in enumerate(others) if giver != number]
            bought: Terms = [(variable, -factor) for variable, factor in grid.imported(index)]
            rows.at_most([(storages.charge[number][index], 1.0), (on, -surplus), *bought, *given], 0.0)
