"""What a run came to, interval by interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ...home.prices import Price
from ..house import HouseFlows
from .limits import Violations

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Energies in kWh (AC) of consecutive intervals, the first one at `start`.

    `money` is import less export, `soc_kwh` what is stored at each interval's end.
    """

    start: datetime
    minutes: int
    money: Floats
    import_kwh: Floats
    export_kwh: Floats
    curtailed_kwh: Floats
    charge_kwh: Floats
    discharge_kwh: Floats
    soc_kwh: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a period came to. Energies in kWh; `cost` is import less export and without battery wear."""

    intervals: Intervals
    start_soc_kwh: float
    violations: Violations = field(default_factory=Violations)

    @property
    def cost(self) -> float:
        """Import less export, in money."""
        return float(self.intervals.money.sum())

    @property
    def import_kwh(self) -> float:
        """Energy bought."""
        return float(self.intervals.import_kwh.sum())

    @property
    def export_kwh(self) -> float:
        """Energy sold."""
        return float(self.intervals.export_kwh.sum())

    @property
    def charge_kwh(self) -> float:
        """AC energy into the battery."""
        return float(self.intervals.charge_kwh.sum())

    @property
    def discharge_kwh(self) -> float:
        """AC energy out of the battery."""
        return float(self.intervals.discharge_kwh.sum())

    @property
    def end_soc_kwh(self) -> float:
        """Energy stored at the end."""
        return float(self.intervals.soc_kwh[-1])

    @property
    def days(self) -> float:
        """Length in days of 24 hours."""
        return len(self.intervals.money) * self.intervals.minutes / (24 * 60)


class RunRecorder:
    """Adds the ticks of each interval up."""

    def __init__(self, start: datetime, minutes: int, start_soc_kwh: float) -> None:
        self._start, self._minutes, self._start_soc_kwh = start, minutes, start_soc_kwh
        self._rows: list[tuple[float, ...]] = []

    def record(self, ticks: Iterable[HouseFlows], price: Price) -> None:
        """Add an interval made of these ticks."""
        bought = sold = curtailed = charged = discharged = soc_kwh = 0.0
        for tick in ticks:
            bought += tick.import_kwh
            sold += tick.export_kwh
            curtailed += tick.curtailed_kwh
            charged += tick.charge_kwh
            discharged += tick.discharge_kwh
            soc_kwh = tick.soc_kwh
        money = bought * price.import_per_kwh - sold * price.export_per_kwh
        self._rows.append((money, bought, sold, curtailed, charged, discharged, soc_kwh))

    def run(self, violations: Violations) -> Run:
        """All that was recorded."""
        columns = np.array(self._rows, dtype=np.float64).reshape(-1, 7).T
        return Run(Intervals(self._start, self._minutes, *columns), self._start_soc_kwh, violations)
