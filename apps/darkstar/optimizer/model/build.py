"""The MILP: a plan request as a PuLP problem, money in price levels, binaries only where they matter.

Per slot t and storage b (kWh, AC; `h` hours, `eta` one-way efficiencies):

    import + breach + pv + sum discharge = load + heat + deferrable + sum charge + export + curtailed
    soc[b,t] = soc[b,t-1] + eta_c * charge[b,t] - discharge[b,t] / eta_d

    minimise  import cost - export revenue + wear - end value + price of unmet wishes + tie-breaks

Charge and discharge exclude each other by a binary only where burning energy may pay, because import is
paid now or a stored kWh is in the way of paid import later: `(1 - r) * lowest import price ahead + r * wear
< 0`, with `r` the round-trip efficiency and the end value as the price at the end. Import and export
exclude each other by a binary only where export is paid better. Elsewhere the netted solution is never
worse, and `schedule.within_limits` nets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulp

from ..heat.blocks import Block
from ..heat.reach import all_blocks
from ..request import BatteryRequest, PlanRequest
from ..schedule import Schedule
from .bounds import Bounds, bounds_of
from .columns import Columns
from .exclusive import add_exclusions
from .forced import add_forced
from .grid import GridColumns, add_grid
from .heat_blocks import add_blocks
from .heat_cuts import add_heat_cuts
from .heaters import HeaterColumns, add_heaters
from .loads import LoadColumns, add_loads
from .minimum import add_minimum_cuts
from .own_use import add_own_use
from .peaks import add_peaks
from .rows import Rows, Variable
from .storages import StorageColumns, add_storages


@dataclass(frozen=True, slots=True)
class Model:
    """A PuLP problem in price levels, and the handles to read its solution by."""

    problem: Any
    price_level: float
    storages: StorageColumns
    heaters: HeaterColumns
    loads: LoadColumns
    grid: GridColumns
    rows: Rows
    burning: dict[int, Variable]
    """By slot, where charging and discharging exclude each other by a binary: 1 where it may charge."""
    own_use: tuple[Variable, ...]
    """Binaries of who may take from whom: they follow from what devices and vehicles do."""

    @property
    def binaries(self) -> tuple[Variable, ...]:
        """The variables that are 0 or 1."""
        return tuple(self.rows.binaries)

    def schedule(self) -> Schedule:
        """The decisions of the solution that a solver has left in the problem."""
        return Schedule(
            charge_kwh=tuple(tuple(max(one.varValue, 0.0) for one in row) for row in self.storages.charge),
            discharge_kwh=tuple(tuple(max(one.varValue, 0.0) for one in row) for row in self.storages.discharge),
            heaters_kwh=self.heaters.energies(),
            loads_kwh=self.loads.energies(),
            curtailed_kwh=tuple(0.0 if one is None else max(one.varValue, 0.0) for one in self.grid.curtailed),
        )

    def restricted(self, blocks: Sequence[Sequence[Block]]) -> Model:
        """The MILP of a relaxation, with these blocks; it shares the columns, so that the last one made counts."""
        rows, parts = self.rows.forked(), tuple(part.without_blocks() for part in self.heaters.parts)
        model = replace(self, problem=rows.problem, rows=rows, heaters=HeaterColumns(parts))
        model.restrict(blocks)
        return model

    def restrict(self, blocks: Sequence[Sequence[Block]]) -> None:
        """Let each heater heat in its `blocks` only, on or off: the relaxation becomes the MILP."""
        for part, own in zip(self.heaters.parts, blocks, strict=True):
            add_blocks(self.rows, part, own)
        self.rows.finished()

    def loosen(self, binaries: Iterable[Variable]) -> None:
        """Let these take any value between 0 and 1."""
        loose = set()
        for variable in binaries:
            variable.cat = pulp.LpContinuous
            loose.add(variable.name)
        self.rows.binaries[:] = [one for one in self.rows.binaries if one.name not in loose]

    def fix_binaries(self) -> None:
        """Turn the problem into the linear program around the solution: its duals are prices."""
        for variable in self.binaries:
            value = round(variable.varValue)
            variable.lowBound, variable.upBound, variable.cat = value, value, pulp.LpContinuous


def build(request: PlanRequest, blocks: Sequence[Sequence[Block]] | None = None) -> Model:
    """Build the MILP of a request that has at least one slot.

    `blocks` are those that each heater may choose from; None is all of them: the complete model, whose
    optimum is that of the request.
    """
    model = relaxation(request)
    model.restrict([all_blocks(part.case) for part in model.heaters.parts] if blocks is None else blocks)
    return model


def relaxation(request: PlanRequest) -> Model:
    """The MILP with heaters that take any share of their power at any time: a bound, and exact prices."""
    rows, bounds = Rows(request), bounds_of(request)
    storages = add_storages(rows, [_hard_floor(storage, bounds) for storage in request.storages])
    add_forced(rows, storages)
    heaters = add_heaters(rows)
    loads = add_loads(rows)
    grid = add_grid(rows, bounds)
    add_minimum_cuts(rows, storages, grid)
    add_heat_cuts(rows, storages, heaters, grid)
    columns = Columns(rows, bounds, storages, heaters, loads, grid)
    own_use = add_own_use(columns)
    burning = add_exclusions(columns)
    add_peaks(rows, grid)
    return Model(rows.finished(), rows.level, storages, heaters, loads, grid, rows, burning, own_use)


def _hard_floor(storage: BatteryRequest, bounds: Bounds) -> float:
    """The floor is hard unless the battery starts below it or a breach of the fuse may need it."""
    if storage.start_kwh < storage.min_kwh or bounds.floors_are_soft:
        return 0.0
    return max(storage.min_kwh, 0.0)
