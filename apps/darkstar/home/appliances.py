"""Appliances that the owner starts by hand: how long they run and what they take."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field

from .block import Block, Positive


class ApplianceSettings(Block):
    """One appliance that Darkstar advises on; it is not switched."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    energy_kwh: Positive
    """What a run takes from start to end."""
    hours: Annotated[float, Field(gt=0, le=12)]
    """How long a run lasts."""
    earliest: time | None = None
    """Local time of day before which it does not start, such as the end of the quiet hours. None: at any time."""
    ready_by: time | None = None
    """Local time of day by which it is to be done. None: by midnight after `earliest`, or within 24 hours."""


USUAL_APPLIANCES = (
    ApplianceSettings(name="dishwasher", energy_kwh=1.1, hours=2.5),
    ApplianceSettings(name="washing machine", energy_kwh=0.9, hours=2.0),
    ApplianceSettings(name="dryer", energy_kwh=1.8, hours=2.0),
)
"""Where the owner names none: usual machines of today in their usual programmes."""
