"""What power tariffs charge for one day: by how much its peaks raise the bill of their month.

What a peak costs is certain at the month's end only. So a day is charged as the planner weighs it when it begins:
with the peaks that the month has brought by then, and those that the rest of it is expected to bring
(`strategy.peaks`). A peak below the billed ones costs nothing, one above them what it adds to their mean or to the fee.
So the days of a month add up to less than its bill: what expected peaks would cost anyway is charged to no day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from ..home.grid import GridSettings
from ..home.observation import Observation
from ..home.power_tariff import PowerTariffSettings
from ..home.settings import HomeSettings
from ..learning.ledger import bill
from ..optimizer.request import MeteringInterval
from ..strategy.metered_peaks import metered_import
from ..strategy.peaks import metered_imports, power_tariffs

if TYPE_CHECKING:
    from .backtest.perfect import ImportRows

Peaks = tuple[tuple[float, ...], ...]
"""Per power tariff of a home the highest billed powers in kW, highest first."""
_MOST_KW = 200.0
"""So far above its end a step that is not chosen lets the billed power rise: no home takes more."""
_STEP_MARGIN_KW = 1e-3
"""Perfect foresight stays so far below a step: `_MOST_KW` times what the solver takes for a whole number."""


def peaks_kw(start: datetime, minutes: int, import_kwh: Sequence[float], home: HomeSettings) -> Peaks:
    """The highest powers of consecutive intervals of import as the home's power tariffs bill them."""
    step = timedelta(minutes=minutes)
    rows = [Observation(start + number * step, minutes / 60, import_kwh=kwh) for number, kwh in enumerate(import_kwh)]
    metered = (metered_import(tariff, home.zone, rows) for tariff in home.grid.power_tariffs)
    end = start + len(rows) * step
    return tuple(tuple(peak.kw for peak in each.highest(start, end)) for each in metered)


@dataclass(frozen=True, slots=True)
class TariffDay:
    """One power tariff on one day. `held_kw` are the peaks of its month without this day."""

    tariff: PowerTariffSettings
    intervals: tuple[MeteringInterval, ...]
    held_kw: tuple[float, ...]

    def rise(self, day_kw: Sequence[float]) -> float:
        """What the day's powers (highest first) add to the month's bill. Days that are not held count 0 kW."""
        held = [(kw,) for kw in (*self.held_kw, *(0.0 for _ in range(self.tariff.count)))]
        return bill(self.tariff, [*held, day_kw]) - bill(self.tariff, held)


@dataclass(frozen=True, slots=True)
class DayPeaks:
    """All power tariffs of a home on the day that begins at `start`; one of a month without charge is None.

    `soft` is the power above which each kWh costs more, and how much.
    """

    start: datetime
    minutes: int
    tariffs: tuple[TariffDay | None, ...]
    soft: tuple[float, float] | None = None

    @classmethod
    def of(
        cls, home: HomeSettings, before: Sequence[Observation], start: datetime, end: datetime, minutes: int
    ) -> Self:
        """The day `[start, end)`, when `before` is what was measured of its month and the weeks before.

        `minutes` is the length of the intervals of import that are judged.
        """
        days = []
        for metered in metered_imports(home, before):
            request = next(iter(power_tariffs(start, end, (metered,))), None)
            held = () if request is None else (*(peak.kw for peak in request.past), *request.expected_kw)
            days.append(None if request is None else TariffDay(metered.tariff, request.intervals, held))
        return cls(start, minutes, tuple(days), _soft(home.grid))

    def rise(self, peaks: Peaks) -> float:
        """What these highest powers add to the month's bills."""
        return sum(day.rise(kw) for day, kw in zip(self.tariffs, peaks, strict=True) if day is not None)

    def rows(self, count: int) -> ImportRows:
        """What peaks and import above the soft limit cost, as a part of a linear program; an `ImportCharge`."""
        program = _Program(self.start, self.minutes)
        if self.soft is not None:
            program.add_soft(count, *self.soft)
        for day in self.tariffs:
            if day is not None:
                program.add(day)
        return program.rows(count)


def _soft(grid: GridSettings) -> tuple[float, float] | None:
    return None if grid.soft_import_kw is None else (grid.soft_import_kw, grid.soft_import_price_per_kwh or 0.0)


@dataclass(slots=True)
class _Program:
    """Rows under construction: each is its weights of intervals, its weights of columns, and its limit."""

    start: datetime
    minutes: int
    money: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    lines: list[tuple[dict[int, float], dict[int, float], float]] = field(default_factory=list)

    def add_soft(self, count: int, limit_kw: float, price: float) -> None:
        """Price what each interval imports above a power."""
        for interval in range(count):
            self._at_most({self._column(price): -1.0}, limit_kw * self.minutes / 60, {interval: 1.0})

    def add(self, day: TariffDay) -> None:
        """Bill the mean of the highest powers: their sum is the least of `count * level + sum of (power - level)+`."""
        tariff = day.tariff
        level, billed = self._column(), self._column(0.0 if tariff.steps else tariff.month_price_per_kw)
        total = {level: float(tariff.count), billed: -float(tariff.count)}
        for peak in self._peaks(day):
            above = self._column()
            self._at_most({peak: 1.0, level: -1.0, above: -1.0}, 0.0)
            total[above] = 1.0
        for kw in sorted(day.held_kw, reverse=True)[: tariff.count]:
            above = self._column()
            self._at_most({level: -1.0, above: -1.0}, -kw)
            total[above] = 1.0
        self._at_most(total, 0.0)
        self._at_most({billed: -1.0}, -tariff.floor_kw)
        if tariff.steps:
            self._add_steps(tariff, billed)

    def rows(self, count: int) -> ImportRows:
        """All that was added."""
        import numpy as np
        from scipy import sparse

        from .backtest.perfect import ImportRows

        of_import = sparse.lil_matrix((len(self.lines), count))
        of_columns = sparse.lil_matrix((len(self.lines), len(self.money)))
        for number, (intervals, columns, _) in enumerate(self.lines):
            for place, weight in intervals.items():
                of_import[number, place] = weight
            for place, weight in columns.items():
                of_columns[number, place] = weight
        is_whole = np.zeros(len(self.money), dtype=np.bool_)
        is_whole[self.whole] = True
        limit = np.array([limit for _, _, limit in self.lines])
        return ImportRows(of_import.tocsr(), of_columns.tocsr(), limit, np.array(self.money), is_whole)

    def _peaks(self, day: TariffDay) -> Iterator[int]:
        """Columns of the day's highest power, or of the power of each interval."""
        peak = self._column() if day.tariff.different_days else None
        for interval in day.intervals:
            column = self._column() if peak is None else peak
            kw_per_kwh = interval.weight / interval.hours
            self._at_most({column: -1.0}, 0.0, dict.fromkeys(self._inside(interval), kw_per_kwh))
            if peak is None:
                yield column
        if peak is not None:
            yield peak

    def _inside(self, interval: MeteringInterval) -> range:
        step = timedelta(minutes=self.minutes)
        return range((interval.start - self.start) // step, (interval.end - self.start) // step)

    def _add_steps(self, tariff: PowerTariffSettings, billed: int) -> None:
        """One step holds, and the billed power is at most what it goes up to."""
        last = len(tariff.steps) - 1
        chosen = [self._column(step.fee_per_month) for step in tariff.steps]
        self.whole += chosen
        self._at_most(dict.fromkeys(chosen, 1.0), 1.0)
        self._at_most(dict.fromkeys(chosen, -1.0), -1.0)
        for place, (column, step) in enumerate(zip(chosen, tariff.steps, strict=True)):
            if step.up_to_kw is not None and place < last:
                self._at_most({billed: 1.0, column: _MOST_KW}, _MOST_KW + step.up_to_kw - _STEP_MARGIN_KW)

    def _column(self, money: float = 0.0) -> int:
        self.money.append(money)
        return len(self.money) - 1

    def _at_most(self, columns: dict[int, float], limit: float, intervals: dict[int, float] | None = None) -> None:
        self.lines.append((intervals or {}, columns, limit))
