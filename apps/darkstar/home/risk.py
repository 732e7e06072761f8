"""How much safety the owner wants to pay for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .block import Block, NotNegative, Positive


class RiskSettings(Block):
    """The reserve that plans keep, and the caution with which they look at load and PV."""

    appetite: Annotated[int, Field(ge=1, le=5)] | None = None
    """1 safety, 2 conservative, 3 neutral, 4 aggressive, 5 gambler. The owner's helper replaces it.

    None: money alone decides, there is no reserve. On the Swedish home's prices levels 1 to 5 keep 85.9, 89.6, 91.9,
    92.4 and 92.3 % of the possible saving, none 92.7 %."""
    mode: Literal["probabilistic", "dynamic", "static"] = "probabilistic"
    """What the load factor rests on: the forecast's uncertainty and the appetite, the lack of PV and the cold, or
    `base_factor` alone; static keeps the reserve at its usual size, too."""
    base_factor: Annotated[float, Field(ge=0.5, le=2)] = 1.1
    """Start of the load factor (dynamic, static) and of the risk that the reserve follows."""
    pv_deficit_weight: NotNegative = 0.2
    """What a day without any PV adds to the risk."""
    temperature_weight: NotNegative = 0.3
    """What a day of `cold_celsius` adds to the risk; it needs `entities.weather`."""
    mild_celsius: float = 15.0
    """From this mean temperature on the cold adds nothing."""
    cold_celsius: float = -10.0
    """At this mean temperature the cold counts in full."""
    max_factor: Positive = 1.5
    """The load factor goes no higher."""
