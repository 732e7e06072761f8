"""Rows for storages near full and near empty: less power, and none beyond the end of the line."""

from __future__ import annotations

from collections.abc import Sequence

from ..power_limits import Edge, PowerLimits
from .rows import Rows, Terms, Variable


def add_edge(
    rows: Rows,
    name: str,
    edge: Edge,
    start_kwh: float,
    stored: Sequence[Variable],
    flows: Sequence[Variable],
    limits: Sequence[PowerLimits],
) -> None:
    """Bound `flows` by the line; `stored` is the SoC at the slots' ends.

    A storage that starts beyond the dead level gets a binary per slot until it has left it: nothing flows
    while it is beyond, and it does not come back.
    """
    room = edge.sign * start_kwh - edge.dead_level
    beyond = _leave(rows, name, edge, room, stored, flows, limits) if room > 0 else ()
    if edge.slope_kw <= 0:
        return
    for index, limit in enumerate(limits):
        if limit.hours <= 0:
            continue
        half = limit.hours * edge.slope_kw * edge.sign / 2
        most = limit.hours * (edge.max_kw + edge.slope_kw * edge.from_level)
        terms: Terms = [(flows[index], 1.0), (stored[index], half)]
        if index:
            terms.append((stored[index - 1], half))
        else:
            most -= half * start_kwh
        if beyond:
            slack = limit.hours * edge.slope_kw * room
            if index:
                terms.append((beyond[index - 1], -slack))
            else:
                most += slack
        rows.at_most(terms, most)


def _leave(
    rows: Rows,
    name: str,
    edge: Edge,
    room: float,
    stored: Sequence[Variable],
    flows: Sequence[Variable],
    limits: Sequence[PowerLimits],
) -> tuple[Variable, ...]:
    """Whether the storage is still beyond the dead level, at the end of each slot."""
    beyond = tuple(rows.binary(f"l{name}_{index}") for index in range(len(stored)))
    for index, now in enumerate(beyond):
        rows.at_most([(stored[index], edge.sign), (now, -room)], edge.dead_level)
        if index == 0:
            flows[0].upBound = 0.0
            continue
        before = beyond[index - 1]
        rows.at_most([(now, 1.0), (before, -1.0)], 0.0)
        most = limits[index].charge_kwh if edge.sign > 0 else limits[index].discharge_kwh
        rows.at_most([(flows[index], 1.0), (before, most)], most)
    return beyond
