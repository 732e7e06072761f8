"""Deferrable loads without a solver: each in the cheapest place of its window that the fuse has room for."""

from __future__ import annotations

from collections.abc import Sequence

from .added_load import added_cost
from .request import LoadRequest, PlanRequest
from .runs import Pieces, WholeRuns, later_price, may_wait, possibilities


def place_loads(request: PlanRequest, heaters_kwh: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """Energy `[load][slot]` beside heaters that take `heaters_kwh`."""
    taken = [sum(row[index] for row in heaters_kwh) for index in range(len(request.slots))]
    rows = []
    for load in request.loads if request.slots else ():
        row = _place(request, load, taken)
        taken = [kwh + more for kwh, more in zip(taken, row, strict=True)]
        rows.append(tuple(row))
    return tuple(rows) if request.slots else ((),) * len(request.loads)


def _place(request: PlanRequest, load: LoadRequest, taken: Sequence[float]) -> list[float]:
    where = possibilities(request, load)
    return _runs(request, load, where, taken) if isinstance(where, WholeRuns) else _parts(request, load, where, taken)


def _runs(request: PlanRequest, load: LoadRequest, where: WholeRuns, taken: Sequence[float]) -> list[float]:
    row = [0.0] * len(request.slots)
    for index, kwh in where.running:
        row[index] += kwh
    busy: set[int] = set()
    count = 0
    priced = ((_money(request, start.kwh, taken), start) for start in where.starts)
    ranked = sorted(
        (money + start.after_kwh * later_price(request), start.first, start)
        for money, start in priced
        if money is not None
    )
    for money, _, start in ranked:
        places = {index for index, _ in start.kwh}
        if count == where.wanted or money > _bearable(request, load, where.later) * where.run_kwh:
            break
        if not places & busy:
            busy |= places
            count += 1
            for index, kwh in start.kwh:
                row[index] += kwh
    return row


def _parts(request: PlanRequest, load: LoadRequest, where: Pieces, taken: Sequence[float]) -> list[float]:
    row = [0.0] * len(request.slots)
    given = 0.0
    priced = ((_money(request, ((index, kwh),), taken), index, kwh) for index, kwh in where.kwh)
    for each, index, kwh in sorted((money / kwh, index, kwh) for money, index, kwh in priced if money is not None):
        if given >= where.need_kwh or each > _bearable(request, load, where.later_kwh):
            break
        if given + kwh <= where.cap_kwh:
            row[index] = kwh
            given += kwh
    return row


def _bearable(request: PlanRequest, load: LoadRequest, later: float) -> float:
    """The price per kWh above which a load does not run: its worth, or what waiting costs."""
    wait = later_price(request) if later and may_wait(request, load) else float("inf")
    return wait if load.worth_per_kwh is None else min(wait, load.worth_per_kwh)


def _money(request: PlanRequest, parts: Sequence[tuple[int, float]], taken: Sequence[float]) -> float | None:
    """What energy in these slots costs; None where the fuse has no room."""
    costs = [added_cost(request, request.slots[index], taken[index], kwh) for index, kwh in parts]
    return None if None in costs else sum(cost for cost in costs if cost is not None)
