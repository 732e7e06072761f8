"""What a way of forecasting one quantity must offer to be scored and to serve.

A candidate learns at an instant from what was known then, and becomes something fitted that can be
pickled. The same fitted thing makes forecasts issued at any later instant, many at once: scoring asks
for those of past weeks, serving for the one of now and for those whose errors become scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..home.settings import HomeSettings
from ..home.weather import WeatherHour
from .bands import PvInterval
from .day_grid import Cells, Floats
from .slot_mean import Issues, SlotMean


@dataclass(frozen=True, slots=True)
class Material:
    """What forecasts of one quantity may rest on.

    `mean` holds what was measured (`mean.grid`, with the instant each value became known), the clock's zone
    and the reference shape. `weather` is oldest first, one per hour: of past hours a forecast that was issued before
    they began, of hours to come the newest. `days_off` are days without work besides weekends, numbered
    from 1970-01-01 on the quantity's clock (`cells // DAY_CELLS`). `service` is what the owner's own PV forecast tells,
    of past slots as it was told before they began.
    """

    home: HomeSettings
    mean: SlotMean
    weather: tuple[WeatherHour, ...] = ()
    days_off: frozenset[int] = frozenset()
    service: tuple[PvInterval, ...] = ()


class Fitted(Protocol):
    """A candidate that has learned. Picklable: plain numbers and what a library fitted."""

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Expected power in kW of forecasts issued then (rows), in the cells `offsets` after the cell of each issue.

        A row rests on nothing that became known after its issue (`material.mean.past`, `Past.known`). Offsets are
        0 to 671 (168 h), in any order. Never NaN, negative, or above `material.mean.ceiling_kw`.
        """


class Candidate(Protocol):
    """A way of forecasting one quantity."""

    @property
    def name(self) -> str:
        """What forecasts made with it are called on pages and in scores."""

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        """Learn from what was known when the cell `by_cell` began; None when that is too little.

        Deterministic: the same material up to then gives the same numbers.
        """
