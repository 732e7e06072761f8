"""Columns and rows of the grid connection: import, export, curtailment, and the energy balance of each slot."""

from __future__ import annotations

from dataclasses import dataclass

from ..curtail import curtailing_may_pay
from ..request import Curtailment
from ..schedule import curtailable_kwh
from ..tiers import CURTAILED_PRICE, IMPORT_BREACH_PRICE
from .bounds import Bounds
from .rows import Rows, Terms, Variable


@dataclass(frozen=True, slots=True)
class GridColumns:
    """Per slot: import within the limit, import above it (None: impossible), export and curtailment (None: none)."""

    bought: tuple[Variable, ...]
    breach: tuple[Variable | None, ...]
    sold: tuple[Variable | None, ...]
    curtailed: tuple[Variable | None, ...]

    def imported(self, index: int) -> Terms:
        """All import of a slot."""
        breach = self.breach[index]
        return [(self.bought[index], 1.0), *([(breach, 1.0)] if breach is not None else [])]


def add_grid(rows: Rows, bounds: Bounds) -> GridColumns:
    """Close the balance of each slot with import, export and curtailment."""
    columns = [_add_slot(rows, bounds, index) for index in range(len(rows.slots))]
    bought, breach, sold, curtailed = zip(*columns, strict=True) if columns else ((), (), (), ())
    grid = GridColumns(bought, breach, sold, curtailed)
    _price_soft_limit(rows, grid)
    return grid


def _add_slot(
    rows: Rows, bounds: Bounds, index: int
) -> tuple[Variable, Variable | None, Variable | None, Variable | None]:
    slot, limits = rows.slots[index], bounds.slots[index]
    bought = rows.column(f"i{index}", limits.most_bought, slot.import_price / rows.level)
    balance = [*rows.balance[index], (bought, 1.0)]
    sold = breach = None
    curtailed = _add_curtailment(rows, index)
    if curtailed is not None:
        balance.append((curtailed, -1.0))
    if limits.most_sold > 0:
        sold = rows.column(f"e{index}", limits.most_sold, -slot.export_price / rows.level)
        balance.append((sold, -1.0))
    if bounds.may_breach[index]:
        most = limits.need + limits.heat + limits.deferrable
        breach = rows.column(f"x{index}", most, IMPORT_BREACH_PRICE + slot.import_price / rows.level)
        balance.append((breach, 1.0))
    rows.equal(balance, slot.load_kwh - slot.pv_kwh)
    return bought, breach, sold, curtailed


def _add_curtailment(rows: Rows, index: int) -> Variable | None:
    """PV given up: any part of it, all or nothing, or what is in the way, at a price that nothing else pays."""
    request, slot = rows.request, rows.slots[index]
    if not curtailing_may_pay(request, slot):
        return None
    own = curtailable_kwh(slot)
    never = request.grid.curtailment is Curtailment.NEVER
    curtailed = rows.column(f"k{index}", own, CURTAILED_PRICE if never else 0.0)
    if request.grid.curtailment is Curtailment.ALL:
        off = rows.binary(f"a{index}")
        rows.equal([(curtailed, 1.0), (off, -own)], 0.0)
    return curtailed


def _price_soft_limit(rows: Rows, grid: GridColumns) -> None:
    """Import above the soft limit has its price."""
    settings = rows.request.grid
    if settings.soft_import_kw is None or settings.soft_import_price <= 0:
        return
    for index, slot in enumerate(rows.slots):
        limit = max(settings.soft_import_kw, 0.0) * slot.hours
        if grid.bought[index].upBound > limit or grid.breach[index] is not None:
            above = rows.column(f"y{index}", None, settings.soft_import_price / rows.level)
            rows.at_most([*grid.imported(index), (above, -1.0)], limit)
