"""What comes out of training: how good each model has been, and which one serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Quantity(StrEnum):
    """What is forecast."""

    LOAD = "load"
    PV = "pv"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Score:
    """How a model did on the last weeks, each forecast made from what was known when it was issued.

    Errors are of slot means in kW (prices: in the home's currency per kWh). `lead` are the hours ahead, such as
    `1-6`; `coverage_percent` is the share of slots between p10 and p90, `slots` how many were measured.
    """

    quantity: Quantity
    model: str
    lead: str
    mae: float
    rmse: float
    bias: float
    pinball: float
    coverage_percent: float
    slots: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which model serves a quantity from now on, and why. `previous` is None at the first training."""

    quantity: Quantity
    champion: str
    previous: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Training:
    """One training: when, from how many days with data, what it took, what came of it."""

    issued_at: datetime
    days: float
    seconds: float
    scores: tuple[Score, ...]
    verdicts: tuple[Verdict, ...]
