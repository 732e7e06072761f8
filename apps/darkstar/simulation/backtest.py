"""The backtest: the whole pipeline over the measured past of a home, against simple rules and the possible."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..home.prices import Price, PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import slots_between
from .agent import Darkstar, Effort
from .baselines import CHEAP_HOURS, CheapHours, NoBattery, SelfConsumption
from .csv_files import HomeColumns, read_home_series, read_spot_prices
from .house import House, Plant
from .loop import Controller, Progress, drive
from .options import BacktestOptions
from .perfect import perfect_foresight
from .scoring import Score, Valuation, scores, table
from .series import HomeSeries, home_prices, require_prices, shift_prices

PRICES_BEFORE = timedelta(days=28)
"""How long before the period prices are read: they are public, so the agent may know them."""
PRICES_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What came out: one score per way of running the battery, and how much Darkstar worked for it."""

    options: BacktestOptions
    start: datetime
    end: datetime
    scores: tuple[Score, ...]
    end_value_per_kwh: float
    effort: Effort
    seconds: float


def run(options: BacktestOptions, progress: Progress | None = None) -> BacktestResult:
    """Run the baselines, Darkstar and perfect foresight over the period.

    Raises:
        SeriesError: the files do not fit together; the message says how to mend it.
        ValueError: an option is out of its range.
    """
    began = time.monotonic()
    series = _read_series(options)
    home = options.home(series.minutes)
    curve = _read_curve(options, series, home)
    prices = require_prices(series, curve)
    plant = Plant.of(home)
    start_kwh = plant.capacity_kwh * options.start_soc_percent / 100
    valuation = Valuation(_mean_import(prices) * plant.discharge_efficiency, options.wear)
    darkstar = Darkstar(home, curve, timedelta(minutes=options.replan_minutes), series.minutes)
    runs = {
        name: drive(
            House(plant, start_kwh),
            series,
            prices,
            controller,
            tick_minutes=options.tick_minutes,
            soc_step_percent=options.soc_step_percent,
            progress=progress if controller is darkstar else None,
        )
        for name, controller in _controllers(home, plant, curve, darkstar).items()
    }
    runs["perfect foresight"] = perfect_foresight(
        plant,
        series,
        prices,
        start_soc_kwh=start_kwh,
        end_value_per_kwh=valuation.end_value_per_kwh,
        min_soc_kwh=min(plant.capacity_kwh * options.min_soc_percent / 100, start_kwh),
        wear_per_kwh=options.wear,
    )
    return BacktestResult(
        options=options,
        start=series.start,
        end=series.end,
        scores=scores(runs, valuation, plant.capacity_kwh),
        end_value_per_kwh=valuation.end_value_per_kwh,
        effort=darkstar.effort,
        seconds=time.monotonic() - began,
    )


def _controllers(home: HomeSettings, plant: Plant, curve: PriceCurve, darkstar: Darkstar) -> dict[str, Controller]:
    floor = home.battery.min_soc_percent
    return {
        "no battery": NoBattery(),
        "self-consumption": SelfConsumption(plant, floor),
        f"{CHEAP_HOURS} cheapest hours": CheapHours(plant, curve, home.zone, floor),
        "Darkstar": darkstar,
    }


def render(result: BacktestResult) -> str:
    """The result as plain text: what was run, the table, how Darkstar worked."""
    options, effort, zone = result.options, result.effort, result.options.zone
    head = (
        f"{options.home_file.name}, {result.start.astimezone(zone):%Y-%m-%d %H:%M} to "
        f"{result.end.astimezone(zone):%Y-%m-%d %H:%M} {options.time_zone}\n"
        f"battery {options.battery_kwh:g} kWh, {options.battery_kw:g} kW, one-way efficiency {options.efficiency:g}, "
        f"wear {options.wear:g} {options.currency}/kWh, start {options.start_soc_percent:g} %\n"
        f"options: {options.changed}"
    )
    rows: list[tuple[str, ...]] = [
        ("", f"cost {options.currency}", "share %", "import kWh", "export kWh", "cycles", "per year")
    ]
    rows += [_row(score) for score in result.scores]
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(effort.statuses.items()))
    foot = (
        "share: part of the possible saving, from no battery to perfect foresight of load, PV and prices.\n"
        f"cost: import less export, wear counted; a kWh more or less stored at the end counts "
        f"{result.end_value_per_kwh:.4f} {options.currency}.\n"
        f"{effort.count} plans ({statuses}), one per {options.replan_minutes} minutes, "
        f"{effort.mean_seconds * 1000:.0f} ms each; run time {result.seconds:.0f} s."
    )
    return f"{head}\n\n{table(rows)}\n\n{foot}"


def _row(score: Score) -> tuple[str, ...]:
    share = "-" if score.share is None else f"{100 * score.share:.1f}"
    energies = (f"{score.import_kwh:.0f}", f"{score.export_kwh:.0f}")
    return (score.name, f"{score.cost:.2f}", share, *energies, f"{score.cycles:.0f}", f"{score.cycles_per_year:.0f}")


def _read_series(options: BacktestOptions) -> HomeSeries:
    columns = HomeColumns(options.time_column, options.load_column, options.pv_column)
    series = read_home_series(options.home_file, columns, options.start, options.end)
    return series if options.interval_minutes is None else series.coarser(options.interval_minutes)


def _read_curve(options: BacktestOptions, series: HomeSeries, home: HomeSettings) -> PriceCurve:
    slots = slots_between(series.start - PRICES_BEFORE, series.end + PRICES_AFTER, series.minutes)
    spot = read_spot_prices(options.prices, options.price_column, options.price_factor, options.price_time_column)
    if options.shift_prices_years:
        spot = shift_prices(spot, slots, home.zone, options.shift_prices_years)
    nearby = [price for price in spot if slots[0].start < price.end and price.start < slots[-1].end]
    return home_prices(nearby, slots, home.tariff, home.zone, options.export_floor)


def _mean_import(prices: Sequence[Price]) -> float:
    return sum(price.import_per_kwh for price in prices) / len(prices)
