"""Columns and rows of deferrable loads.

A load that may not pause has one binary per slot in which a run can begin: the energy of the run in each
later slot is known, so runs are whole by construction, and all of a load's runs share the binaries. A load
that may pause is on or off, slot by slot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..request import LoadRequest
from ..runs import Pieces, WholeRuns, later_price, may_wait, possibilities
from ..tiers import MISSED_LOAD_PRICE
from .rows import Rows, Terms, Variable

LOAD_TIE = 1e-5
"""Price levels per kWh at the horizon's end: at equal money a load runs first, and it pauses last."""


@dataclass(frozen=True, slots=True)
class LoadColumns:
    """Energy of each deferrable load and slot, as terms `[load][slot]`: variables that are 0 or 1, and kWh."""

    kwh: tuple[tuple[Terms, ...], ...]

    def at(self, index: int) -> Terms:
        """The terms of all loads in a slot."""
        return [term for row in self.kwh for term in row[index]]

    def energies(self) -> tuple[tuple[float, ...], ...]:
        """Energy `[load][slot]` in the solution."""
        return tuple(
            tuple(sum(kwh * round(variable.varValue) for variable, kwh in terms) for terms in row) for row in self.kwh
        )


def add_loads(rows: Rows) -> LoadColumns:
    """Add all deferrable loads."""
    return LoadColumns(tuple(_add_load(rows, number, load) for number, load in enumerate(rows.request.loads)))


def _add_load(rows: Rows, number: int, load: LoadRequest) -> tuple[Terms, ...]:
    where = possibilities(rows.request, load)
    if isinstance(where, WholeRuns):
        terms = _add_runs(rows, f"{number}", load, where)
    else:
        terms = _add_pieces(rows, f"{number}", load, where)
    for index, parts in enumerate(terms):
        rows.balance[index] += [(variable, -kwh) for variable, kwh in parts]
    return terms


def _add_runs(rows: Rows, name: str, load: LoadRequest, where: WholeRuns) -> tuple[Terms, ...]:
    """`sum of starts + waiting + missed = wanted`, and in no slot two runs."""
    terms: list[Terms] = [[] for _ in rows.slots]
    if where.running:
        runs_now = rows.column(f"rn{name}", 1.0, lower=1.0)
        for index, kwh in where.running:
            terms[index].append((runs_now, kwh))
    if not where.wanted:
        return tuple(terms)
    after_price = later_price(rows.request) / rows.level
    gain = (load.worth_per_kwh or 0.0) / rows.level * where.run_kwh
    counted: Terms = []
    crowd: dict[int, Terms] = defaultdict(list)
    waits: Terms = []
    for start in where.starts:
        tie = LOAD_TIE * where.run_kwh * start.first / len(rows.slots)
        begins = rows.binary(f"r{name}_{start.first}", tie + after_price * start.after_kwh - gain)
        counted.append((begins, 1.0))
        for index, kwh in start.kwh:
            crowd[index].append((begins, 1.0))
            if kwh > 0:
                terms[index].append((begins, kwh))
        if start.lost_later:
            waits.append((begins, float(start.lost_later)))
    if where.later and may_wait(rows.request, load):
        price = after_price * where.run_kwh - gain + LOAD_TIE * where.run_kwh
        waiting = rows.column(f"rw{name}", float(where.later), price)
        counted.append((waiting, 1.0))
        if waits:
            rows.at_most([*waits, (waiting, 1.0)], float(where.later))
    if where.wanted > 1:
        for sharing in crowd.values():
            rows.at_most(sharing, 1.0)
    _count(rows, name, load, counted, float(where.wanted), where.run_kwh)
    return tuple(terms)


def _count(rows: Rows, name: str, load: LoadRequest, counted: Terms, wanted: float, kwh: float) -> None:
    """A load that must run pays for what is missed; an optional one may leave it."""
    if load.worth_per_kwh is not None:
        rows.at_most(counted, wanted)
        return
    missed = rows.column(f"rm{name}", wanted, MISSED_LOAD_PRICE * kwh)
    rows.equal([*counted, (missed, 1.0)], wanted)


def _add_pieces(rows: Rows, name: str, load: LoadRequest, where: Pieces) -> tuple[Terms, ...]:
    """On or off per slot; what is served beyond the need earns nothing."""
    terms: list[Terms] = [[] for _ in rows.slots]
    if not where.need_kwh:
        return tuple(terms)
    given = _switched(rows, name, where, terms)
    if given:
        rows.at_most(given, where.cap_kwh)
    supply = list(given)
    if where.later_kwh and may_wait(rows.request, load):
        price = later_price(rows.request) / rows.level + LOAD_TIE
        supply.append((rows.column(f"rw{name}", where.later_kwh, price), 1.0))
    if load.worth_per_kwh is None:
        missed = rows.column(f"rm{name}", where.need_kwh, MISSED_LOAD_PRICE)
        rows.at_least([*supply, (missed, 1.0)], where.need_kwh)
        return tuple(terms)
    served = rows.column(f"rs{name}", where.need_kwh, -load.worth_per_kwh / rows.level)
    rows.at_most([(served, 1.0), *((variable, -kwh) for variable, kwh in supply)], 0.0)
    return tuple(terms)


def _switched(rows: Rows, name: str, where: Pieces, terms: Sequence[Terms]) -> list[tuple[Variable, float]]:
    given = []
    for index, kwh in where.kwh:
        runs = rows.binary(f"r{name}_{index}", LOAD_TIE * kwh * index / len(rows.slots))
        terms[index].append((runs, kwh))
        given.append((runs, kwh))
    return given
