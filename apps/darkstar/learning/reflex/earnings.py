"""Return: what a kWh through the battery has really earned, against its wear.

Earned is what the grid would have cost with the battery at rest, less what it did cost, at the prices that held.
What the household buys anyway stands on both sides and cancels out. What is more or less in the battery at the end of
a day counts at the day's mean import price. Where cycling has clearly lost money, plans trust small differences of
price too much: a margin beyond wear is asked of a cycle. The wear itself is the owner's number and is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, median, stdev

from ...home.settings import HomeSettings
from .evidence import Evidence, Step, by_local_day
from .finding import Analyzer, Finding, Limits, Verdict

PATH = "planner.cycle_margin_per_kwh"
NEEDED_DAYS = 21
NEEDED_CYCLES = 5.0
DAY_HOURS = 21.0
"""So much of a day must have been measured."""
STEP, HIGHEST = 0.03, 0.15
"""Daily step and bound, in usual import prices."""
DOUBT = 0.003


@dataclass(frozen=True, slots=True)
class _Day:
    """Money that the battery has earned after wear, and kWh that it gave."""

    net: float
    discharged_kwh: float
    mean_price: float


def earnings(evidence: Evidence) -> Finding:
    """What a discharged kWh has earned after wear since the margin was last changed."""
    home = evidence.home
    if home.grid.power_tariffs:
        return _finding(home, None, 0, Verdict.NOTHING_TO_DO, "the battery also lowers peaks, which no slot shows")
    since = evidence.unchanged_since(PATH)
    by_day = by_local_day((step for step in evidence.steps if step.start >= since), home)
    days = [day for steps in by_day.values() if (day := _day(steps, home)) is not None]
    discharged_kwh = sum(day.discharged_kwh for day in days)
    cycles = discharged_kwh / home.battery.capacity_kwh
    if len(days) < NEEDED_DAYS or cycles < NEEDED_CYCLES:
        words = (
            f"{len(days)} measured days with {cycles:.1f} cycles under the present margin, {NEEDED_DAYS} days with "
            f"{NEEDED_CYCLES:g} are needed"
        )
        return _finding(home, None, len(days), Verdict.INSUFFICIENT, words)
    return _judged(evidence, days, discharged_kwh)


def _judged(evidence: Evidence, days: Sequence[_Day], discharged_kwh: float) -> Finding:
    home, margin = evidence.home, evidence.home.planner.cycle_margin_per_kwh
    owner_margin = evidence.owner_home.planner.cycle_margin_per_kwh
    per_kwh = sum(day.net for day in days) / discharged_kwh
    error = _error(days) * len(days) / discharged_kwh
    words = (
        f"over {len(days)} days a kWh from the battery earned {per_kwh + home.battery.wear_cost_per_kwh:.3f} "
        f"{home.currency} (give or take {error:.3f}), its wear costs {home.battery.wear_cost_per_kwh:.3f}"
    )
    usual = median(day.mean_price for day in days)
    limits = Limits(owner_margin, owner_margin + HIGHEST * max(usual, 0.0), STEP * max(usual, 0.0), 3)
    if per_kwh + error < 0:
        text = f"{words}: cycling has lost money, a cycle must be worth more"
        return _finding(home, per_kwh, len(days), Verdict.PROPOSED, text, margin - per_kwh, limits)
    if margin > owner_margin and per_kwh - error > 2 * margin:
        text = f"{words}: far more than the margin of {margin:.3f}, which can go back"
        return _finding(home, per_kwh, len(days), Verdict.PROPOSED, text, owner_margin, limits)
    return _finding(home, per_kwh, len(days), Verdict.STABLE, words)


def _finding(
    home: HomeSettings,
    value: float | None,
    count: int,
    verdict: Verdict,
    text: str,
    target: float | None = None,
    limits: Limits | None = None,
) -> Finding:
    unit = f"{home.currency}/kWh"
    return Finding(Analyzer.ROI, PATH, "earned by a kWh after wear", unit, value, count, verdict, text, target, limits)


def _day(steps: Sequence[Step], home: HomeSettings) -> _Day | None:
    """The account of a local day; None where too little of it was measured."""
    battery = home.battery
    earned = hours = discharged_kwh = priced = gained_kwh = 0.0
    for step in steps:
        charge, discharge, price = step.charge_kwh, step.discharge_kwh, step.price
        bought, sold = step.import_kwh, step.export_kwh
        if charge is None or discharge is None or price is None or bought is None or sold is None:
            continue
        grid_kwh = bought - sold
        earned += _money(grid_kwh - charge + discharge, step, home) - _money(grid_kwh, step, home)
        discharged_kwh += discharge
        gained_kwh += battery.capacity_kwh * (step.soc_after - step.soc_before) / 100
        hours += step.hours
        priced += price.import_per_kwh * step.hours
    if hours < DAY_HOURS:
        return None
    mean_price = priced / hours
    kept = gained_kwh * battery.discharge_efficiency * (mean_price - battery.wear_cost_per_kwh)
    return _Day(earned + kept - battery.wear_cost_per_kwh * discharged_kwh, discharged_kwh, mean_price)


def _money(grid_kwh: float, step: Step, home: HomeSettings) -> float:
    """What the grid costs in a slot; income is negative."""
    if step.price is None:
        return 0.0
    grid = home.grid
    if grid_kwh < 0:
        return grid_kwh * step.price.export_per_kwh if grid.export_allowed else 0.0
    soft_kwh = inf if grid.soft_import_kw is None else grid.soft_import_kw * step.hours
    extra = max(grid_kwh - soft_kwh, 0.0) * (grid.soft_import_price_per_kwh or 0.0)
    return grid_kwh * step.price.import_per_kwh + extra


def _error(days: Sequence[_Day]) -> float:
    """What the mean day's net does not miss by but for a share `DOUBT`."""
    from scipy.stats import t

    nets = [day.net for day in days]
    return float(t.ppf(1 - DOUBT / 2, len(nets) - 1)) * stdev(nets, fmean(nets)) / sqrt(len(nets))
