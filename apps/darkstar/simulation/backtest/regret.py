"""Where the money that was not saved went: load, PV, prices past the horizon, execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .scoring import DARKSTAR, PERFECT

LOAD_KNOWN, PV_KNOWN, PRICES_KNOWN, ALL_KNOWN = "load known", "PV known", "all prices known", "everything known"


@dataclass(frozen=True, slots=True)
class Regret:
    """Money by which Darkstar missed perfect foresight, and what each piece of knowledge would have saved.

    The pieces overlap, so `overlap` makes the sum right: `load + pv + prices + execution + overlap =
    total`. `execution` is what is lost although all is known: slots, modes, the value at the
    horizon's end.
    """

    total: float
    load: float
    pv: float
    prices: float
    execution: float

    @property
    def overlap(self) -> float:
        """What the pieces save together beyond each alone."""
        return self.total - self.load - self.pv - self.prices - self.execution


def regret_of(costs: Mapping[str, float]) -> Regret | None:
    """The split from the costs of runs by name; None when a run is not there."""
    if not {LOAD_KNOWN, PV_KNOWN, PRICES_KNOWN, ALL_KNOWN} <= costs.keys():
        return None
    paid = costs[DARKSTAR]
    return Regret(
        total=paid - costs[PERFECT],
        load=paid - costs[LOAD_KNOWN],
        pv=paid - costs[PV_KNOWN],
        prices=paid - costs[PRICES_KNOWN],
        execution=costs[ALL_KNOWN] - costs[PERFECT],
    )
