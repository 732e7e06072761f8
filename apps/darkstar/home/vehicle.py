"""The car at one moment: what a plan must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class VehicleState:
    """What is known of the car. `connected` and `soc_percent` are None when they cannot be read.

    `target_soc_percent` is what it should have at `departure`, an instant after now.
    """

    connected: bool | None
    soc_percent: float | None
    target_soc_percent: float
    departure: datetime
