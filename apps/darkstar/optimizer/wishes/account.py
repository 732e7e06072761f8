"""What wishes are judged by: a request, a schedule, and the flows and SoC that come of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..request import PlanRequest
from ..schedule import Schedule

WORTH_SAYING_KWH = 0.005
"""Less than this is not put into words."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Grid side of a slot, in kWh; `breach_kwh` is the part of the import above the hard limit."""

    import_kwh: float
    export_kwh: float
    curtailed_kwh: float
    breach_kwh: float
    cost: float
    """Import cost - export revenue + battery wear."""


@dataclass(frozen=True, slots=True)
class Account:
    """All that a wish is judged by. `stored_kwh` is `[storage][slot]`, at the slots' ends."""

    request: PlanRequest
    schedule: Schedule
    flows: tuple[Flow, ...]
    stored_kwh: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish that is not met: what that counts in the objective, and in words where it is worth saying."""

    money: float
    words: str = ""
