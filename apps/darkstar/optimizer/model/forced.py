"""Rows for what storages must take or give at a time because somebody said so.

`flow + lacking >= demand`, `soc - beyond <= until` and at the end `soc + short >= reached`, mirrored where it is to
give. What lacks and what goes beyond has the price of the wish, so that there is always a plan.
"""

from __future__ import annotations

from ..forced import demands
from ..tiers import FORCED_PRICE
from .rows import Rows
from .storages import StorageColumns


def add_forced(rows: Rows, storages: StorageColumns) -> None:
    """The rows of all storages."""
    for number, storage in enumerate(rows.request.storages):
        if not storage.forced:
            continue
        for demand in demands(storage, rows.slots, storages.limits[number]):
            name, index, sign = f"{number}_{demand.index}", demand.index, demand.sign
            flow = (storages.charge if sign > 0 else storages.discharge)[number][index]
            stored = storages.stored[number][index]
            lacking = rows.column(f"fl{name}", demand.kwh, FORCED_PRICE)
            beyond = rows.column(f"fb{name}", None, FORCED_PRICE)
            rows.at_least([(flow, 1.0), (lacking, 1.0)], demand.kwh)
            rows.at_most([(stored, sign), (beyond, -1.0)], sign * demand.until_kwh)
            if demand.reached_kwh is not None:
                short = rows.column(f"fs{name}", None, FORCED_PRICE)
                rows.at_least([(stored, sign), (short, 1.0)], sign * demand.reached_kwh)
