"""Columns and rows of power tariffs.

The sum of the k highest of many peaks is the least value of `k * level + sum (peak - level)+`, so it needs
no binaries; the steps of a fee need one each. Peaks that the horizon cannot change are constants.
"""

from __future__ import annotations

from ..metering import metered_powers
from ..request import PowerTariffRequest
from ..wishes.peaks import STEP_TOLERANCE_KW, owed
from .grid import GridColumns
from .rows import Rows, Terms, Variable

PEAK_TIE = 1e-4
"""Price levels per kW of a day's highest power: at equal money peaks are low."""
_ROOM_KW = 1.0
"""The last step reaches so far above the highest power that can be: the solver's rounding needs room."""


def add_peaks(rows: Rows, grid: GridColumns) -> None:
    """Price the peaks of all power tariffs, by how much they add to what is owed anyway."""
    for number, tariff in enumerate(rows.request.grid.power_tariffs):
        _Tariff(rows, grid, tariff, f"p{number}").add()


class _Tariff:
    """One power tariff under construction; its columns begin with `name`."""

    def __init__(self, rows: Rows, grid: GridColumns, tariff: PowerTariffRequest, name: str) -> None:
        self._rows, self._grid, self._tariff, self._name = rows, grid, tariff, name
        self._fixed = sorted(tariff.expected_kw, reverse=True)
        self._highest = max(tariff.floor_kw, 0.0)

    def add(self) -> None:
        """Bill the mean of the highest peaks, less what is owed anyway."""
        peaks = self._peaks()
        if not peaks:
            return
        rows, count = self._rows, float(max(self._tariff.count, 1))
        level = rows.column(f"{self._name}level", None)
        terms: Terms = [(level, count)]
        for place, peak in enumerate(peaks):
            above = rows.column(f"{self._name}above{place}", None)
            rows.at_most([(peak, 1.0), (level, -1.0), (above, -1.0)], 0.0)
            terms.append((above, 1.0))
        for place, kw in enumerate(sorted(self._fixed, reverse=True)[: int(count)]):
            above = rows.column(f"{self._name}fixed{place}", None)
            rows.at_least([(level, 1.0), (above, 1.0)], kw)
            terms.append((above, 1.0))
        billed = rows.column(f"{self._name}billed", None, lower=max(self._tariff.floor_kw, 0.0))
        rows.at_most([*terms, (billed, -count)], 0.0)
        rows.column(f"{self._name}owed", 1.0, -owed(rows.request, self._tariff) / rows.level, lower=1.0)
        if self._tariff.steps:
            self._price_steps(billed)
        else:
            rows.price(billed, max(self._tariff.price_per_kw, 0.0) / rows.level)

    def _peaks(self) -> list[Variable]:
        """The highest power of each day of the horizon, or of each interval; what is past is a bound or a constant."""
        tariff, peaks = self._tariff, dict[str, Variable]()
        powers = metered_powers(self._rows.request, tariff)
        days = {power.day for power in powers} if tariff.different_days else set()
        past: dict[str, float] = {}
        for place, peak in enumerate(tariff.past):
            key = peak.day if tariff.different_days else f"past {place}"
            past[key] = max(peak.kw, past.get(key, 0.0))
        self._fixed += [kw for day, kw in past.items() if day not in days]
        self._highest = max([self._highest, *self._fixed, *past.values()])
        for place, power in enumerate(powers):
            key = power.day if tariff.different_days else f"interval {place}"
            if key not in peaks:
                name = f"{self._name}peak{len(peaks)}"
                peaks[key] = self._rows.column(name, None, PEAK_TIE, lower=past.get(key, 0.0))
            imported = [
                (variable, part * factor)
                for index, factor in power.kw_per_kwh
                for variable, part in self._grid.imported(index)
            ]
            self._rows.at_most([*imported, (peaks[key], -1.0)], -power.base_kw)
            most = power.base_kw + sum(variable.upBound * factor for variable, factor in imported)
            self._highest = max(self._highest, most)
        return list(peaks.values())

    def _price_steps(self, billed: Variable) -> None:
        """One step is the billed power's; those below what is billed anyway are left out."""
        rows, count = self._rows, max(self._tariff.count, 1)
        least = max(sum(sorted(self._fixed, reverse=True)[:count]) / count, self._tariff.floor_kw)
        steps = sorted((self._highest if one.up_to_kw is None else one.up_to_kw, one.fee) for one in self._tariff.steps)
        steps[-1] = (max(steps[-1][0], self._highest) + _ROOM_KW, steps[-1][1])
        steps = [(up_to, fee) for up_to, fee in steps if up_to >= least - STEP_TOLERANCE_KW]
        chosen = [rows.binary(f"{self._name}step{place}", fee / rows.level) for place, (_, fee) in enumerate(steps)]
        rows.equal([(one, 1.0) for one in chosen], 1.0)
        limits = [(one, -up_to) for one, (up_to, _) in zip(chosen, steps, strict=True)]
        rows.at_most([(billed, 1.0), *limits], 0.0)
