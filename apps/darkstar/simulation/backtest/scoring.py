"""What a run cost, all things counted, and which share of the possible saving it reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .bootstrap import Spread, total_spread
from .calendar_groups import CalendarGroups
from .ledger import Run
from .limits import Violations
from .peaks import MonthPeak, PowerTariff, month_peaks

Floats = npt.NDArray[np.float64]

WORSE_SHARE = 0.01
"""A month is clearly worse when it costs this much more."""
_NOTICEABLE = 1e-6
"""Money below which two costs are the same."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a run did against self-consumption, by local days and calendar months.

    Costs count wear and what is stored at the day's or month's end; months also the power tariff.
    """

    days_worse: int
    months_worse: int
    months_clearly_worse: int
    """Worse by more than 1 %."""
    difference: Spread
    """Cost less that of self-consumption, without the power tariff: below zero is better."""


@dataclass(frozen=True, slots=True)
class Score:
    """A run in money. `cost` counts wear, what is stored at the end and the power tariff.

    `share` is None without a possible saving. Costs of days leave the power tariff out, those of
    months count it.
    """

    name: str
    cost: float
    power_cost: float
    share: float | None
    import_kwh: float
    export_kwh: float
    cycles: float
    cycles_per_year: float
    day_costs: tuple[float, ...]
    month_costs: tuple[float, ...]
    peaks: tuple[MonthPeak, ...]
    violations: Violations
    against_self_consumption: Comparison | None


@dataclass(frozen=True, slots=True)
class Valuation:
    """How runs become comparable: a kWh more stored at the end than at the start, and a kWh discharged."""

    end_value_per_kwh: float
    wear_per_kwh: float

    def by_interval(self, run: Run) -> Floats:
        """Import less export, plus wear, less the value of the energy gained in the battery."""
        flows = run.intervals
        gained_kwh = np.diff(flows.soc_kwh, prepend=run.start_soc_kwh)
        return np.asarray(
            flows.money + self.wear_per_kwh * flows.discharge_kwh - self.end_value_per_kwh * gained_kwh,
            dtype=np.float64,
        )

    def cost(self, run: Run) -> float:
        """The sum over the run."""
        return float(self.by_interval(run).sum())


@dataclass(frozen=True, slots=True)
class Yardstick:
    """By what all runs of a period are measured."""

    valuation: Valuation
    capacity_kwh: float
    groups: CalendarGroups
    power: PowerTariff | None = None


@dataclass(frozen=True, slots=True)
class _Bill:
    """A run in money, by days and months."""

    days: Floats
    months: Floats
    power_cost: float
    peaks: tuple[MonthPeak, ...]

    @property
    def cost(self) -> float:
        return float(self.months.sum())


def saving_share(cost: float, no_battery: float, perfect: float) -> float | None:
    """Part of the possible saving (no battery to perfect foresight) that `cost` reaches; None if there is none."""
    possible = no_battery - perfect
    return (no_battery - cost) / possible if possible > 0 else None


NO_BATTERY, SELF_CONSUMPTION, DARKSTAR, PERFECT = "no battery", "self-consumption", "Darkstar", "perfect foresight"


def scores(runs: Mapping[str, Run], yardstick: Yardstick) -> tuple[Score, ...]:
    """Score runs of one period; those named `NO_BATTERY`, `SELF_CONSUMPTION` and `PERFECT` must be there.

    A cycle is one capacity discharged (AC).
    """
    bills = {name: _bill(run, yardstick) for name, run in runs.items()}
    return tuple(
        Score(
            name=name,
            cost=bills[name].cost,
            power_cost=bills[name].power_cost,
            share=saving_share(bills[name].cost, bills[NO_BATTERY].cost, bills[PERFECT].cost),
            import_kwh=run.import_kwh,
            export_kwh=run.export_kwh,
            cycles=run.discharge_kwh / yardstick.capacity_kwh,
            cycles_per_year=run.discharge_kwh / yardstick.capacity_kwh * 365.25 / run.days,
            day_costs=tuple(bills[name].days.tolist()),
            month_costs=tuple(bills[name].months.tolist()),
            peaks=bills[name].peaks,
            violations=run.violations,
            against_self_consumption=_comparison(bills[name], bills[SELF_CONSUMPTION])
            if name != SELF_CONSUMPTION
            else None,
        )
        for name, run in runs.items()
    )


def _bill(run: Run, yardstick: Yardstick) -> _Bill:
    groups = yardstick.groups
    days = groups.days.sums(yardstick.valuation.by_interval(run))
    months = groups.month_of_day.sums(days)
    power = yardstick.power
    if power is None:
        return _Bill(days, months, 0.0, month_peaks(groups, run.intervals.import_kwh))
    peaks = month_peaks(groups, run.intervals.import_kwh, power.peaks)
    charged = np.array([power.cost((month,)) for month in peaks])
    return _Bill(days, months + charged, float(charged.sum()), peaks)


def _comparison(bill: _Bill, plain: _Bill) -> Comparison:
    more = bill.months - plain.months
    return Comparison(
        days_worse=int((bill.days > plain.days + _NOTICEABLE).sum()),
        months_worse=int((more > _NOTICEABLE).sum()),
        months_clearly_worse=int((more > WORSE_SHARE * np.abs(plain.months) + _NOTICEABLE).sum()),
        difference=total_spread(bill.days - plain.days),
    )
