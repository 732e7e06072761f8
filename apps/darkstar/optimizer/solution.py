"""What planning found: the account of a schedule, how good it is, and what stored energy is worth in it."""

from __future__ import annotations

from dataclasses import dataclass

from .fallback import walked_values
from .ledger import Ledger
from .plan import PlanStatus
from .request import PlanRequest


@dataclass(frozen=True, slots=True)
class Solution:
    """The best schedule found. `values` are what one more stored kWh is worth at each slot's end, `[storage][slot]`."""

    ledger: Ledger
    values: tuple[tuple[float, ...], ...]
    status: PlanStatus
    money_gap: float | None
    solver: str
    notes: tuple[str, ...]


def fallback_solution(request: PlanRequest, plain: Ledger, note: str) -> Solution:
    """Plain self-consumption, with the reason why it is nothing better."""
    return Solution(plain, walked_values(request, plain), PlanStatus.FALLBACK, None, "", (note,))
