"""What forecasts one quantity of a home, load or PV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from .day_grid import Cells, Floats


class QuantityModel(Protocol):
    """Expects the power of one quantity. Uses only what was known at the issue time."""

    def model(self, issued_at: datetime) -> str:
        """What a forecast issued then is made with."""

    def judges_service(self, issued_at: datetime) -> bool:
        """Whether the owner's own PV forecast was compared with it: then what it expects stands."""

    def measured_share(self, issued_at: datetime) -> float:
        """Share of the quarter-hours of a day that this home has history of."""

    def expected_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Expected power in cells at or after `issued_at`."""

    def ceiling_kw(self, cells: Cells) -> Floats:
        """Most power that is possible in cells."""

    def samples_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Power on each past day (rows) at the time of each cell; NaN where unknown."""

    def bands_kw(self, issued_at: datetime, cells: Cells) -> Floats | None:
        """Rows p10, p50, p90 of the power in cells at or after `issued_at`; None: `samples_kw` must do."""

    def residuals_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells) -> Floats:
        """Measured less expected power of the forecasts issued `days` days ago (rows); NaN where unknown."""
