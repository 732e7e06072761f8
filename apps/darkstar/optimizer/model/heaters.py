"""Columns and rows of water heaters: the share of full power in each slot, heat days, tank.

On this stands the linear relaxation. `heat_blocks` adds the blocks that make a heater on or off.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..heat.blocks import Block
from ..heat.case import HeaterCase, heater_cases
from ..heat.days import HeatWindow
from ..heat.tank import cold_price, drawn_kwh, kept_share, most_heat
from ..request import Tank
from ..schedule import NOISE_KWH
from ..tiers import COLD_PRICE, HEAT_EXCESS_PRICE
from .rows import Row, Rows, Terms, Variable

HEAT_TIE = 1e-5
"""Price levels per kWh of heat at the horizon's end: at equal money heating comes first."""

Columns = list[tuple[Variable, float]]
"""Variables with their prices."""
SlotRows = list[tuple[Row, dict[int, float]]]
"""Rows with the coefficients of a heater's share of power, by slot."""


@dataclass(slots=True)
class HeaterPart:
    """What belongs to one heater alone. `share` is the part of full power in a slot; None where it never heats."""

    case: HeaterCase
    share: tuple[Variable | None, ...]
    due_columns: Columns = field(default_factory=list)
    """Columns of the heat that is owed and stored; with `due_rows`."""
    due_rows: SlotRows = field(default_factory=list)
    block_columns: Columns = field(default_factory=list)
    """Columns of blocks and what they cost; with `block_rows`."""
    block_rows: SlotRows = field(default_factory=list)
    choices: list[tuple[Block, Variable]] = field(default_factory=list)
    """The blocks that it may choose from, each 0 or 1."""

    def without_blocks(self) -> HeaterPart:
        """The same heater in a relaxation."""
        return replace(self, block_columns=[], block_rows=[], choices=[])

    def energies(self) -> tuple[float, ...]:
        """Energy per slot in the solution."""
        pairs = zip(self.share, self.case.kwh, strict=True)
        return tuple(0.0 if share is None else self._energy(share.varValue or 0.0, kwh) for share, kwh in pairs)

    def _energy(self, share: float, kwh: float) -> float:
        least = self.case.least_share
        if least >= 1:
            return kwh if share > 0.5 else 0.0  # noqa: PLR2004 - a binary
        if share * kwh <= NOISE_KWH or share < 0.5 * least:
            return 0.0
        return kwh * min(max(share, least), 1.0)


@dataclass(frozen=True, slots=True)
class HeaterColumns:
    """All heaters."""

    parts: tuple[HeaterPart, ...]

    def at(self, index: int) -> Terms:
        """The shares of full power in a slot, with the energies at full power."""
        return [(part.share[index], part.case.kwh[index]) for part in self.parts if part.share[index] is not None]

    def energies(self) -> tuple[tuple[float, ...], ...]:
        """Energy `[heater][slot]` in the solution."""
        return tuple(part.energies() for part in self.parts)


def add_heaters(rows: Rows) -> HeaterColumns:
    """Any share of full power in each slot; each day's heat and the tank's, with what is missing at a price."""
    return HeaterColumns(tuple(_add_heater(rows, case) for case in heater_cases(rows.request)))


def _add_heater(rows: Rows, case: HeaterCase) -> HeaterPart:
    share: list[Variable | None] = []
    for index, (usable, kwh) in enumerate(zip(case.usable, case.kwh, strict=True)):
        if not usable:
            share.append(None)
            continue
        now = rows.column(f"w{case.number}_{index}", 1.0, HEAT_TIE * kwh * index / len(rows.slots))
        rows.balance[index].append((now, -kwh))
        share.append(now)
    part = HeaterPart(case, tuple(share))
    for place, window in enumerate(case.windows):
        _serve(rows, part, f"{case.number}_{place}", window)
    if case.heater.tank is not None:
        _fill(rows, part, case.heater.tank)
    return part


def _serve(rows: Rows, part: HeaterPart, name: str, window: HeatWindow) -> None:
    """`heat + missing >= need` and `heat - excess <= cap`."""
    given = dict(window.heat_kwh)
    heat = [(part.share[index], kwh) for index, kwh in window.heat_kwh]
    missing = rows.column(f"wm{name}", window.need_kwh, COLD_PRICE)
    excess = rows.column(f"wx{name}", None, HEAT_EXCESS_PRICE)
    part.due_columns += [(missing, COLD_PRICE), (excess, HEAT_EXCESS_PRICE)]
    part.due_rows.append((rows.at_least([*heat, (missing, 1.0)], window.need_kwh), given))
    part.due_rows.append((rows.at_most([*heat, (excess, -1.0)], window.cap_kwh), given))


def _fill(rows: Rows, part: HeaterPart, tank: Tank) -> None:
    """Stored heat from slot to slot, too little of it at a price, what is left at the end with its value."""
    number, before = part.case.number, None
    most = most_heat(tank, rows.slots)
    for index, slot in enumerate(rows.slots):
        end_value = -tank.end_value_per_kwh / rows.level if index == len(rows.slots) - 1 else 0.0
        stored = rows.column(f"wt{number}_{index}", most[index], end_value, lower=None)
        kept, heat = kept_share(tank, slot), tank.heat_per_kwh * part.case.kwh[index]
        carried: Terms = [] if before is None else [(before, -kept)]
        known = -drawn_kwh(tank, index) + (kept * tank.initial_kwh if before is None else 0.0)
        row = rows.equal([(stored, 1.0), (part.share[index], -heat), *carried], known)
        part.due_rows.append((row, {index: -heat}))
        cold = rows.column(f"wc{number}_{index}", None, cold_price(slot))
        rows.at_least([(stored, 1.0), (cold, 1.0)], tank.min_kwh)
        part.due_columns += [(stored, end_value), (cold, cold_price(slot))]
        before = stored
