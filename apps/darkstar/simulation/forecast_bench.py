"""How good every model of load and PV would have been at a measured home: what training compares, over many weeks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from ..forecast.bands import Context
from ..forecast.candidates import Material
from ..forecast.champion import Losses, choose
from ..forecast.choice import PLAIN, UNTRAINED, candidates
from ..forecast.day_grid import DAY_CELLS, cell_at
from ..forecast.home_means import HomeMeans, materials
from ..forecast.scoring import CALIBRATED_WEEKS, ISSUE_STEP, Outcome, Plan, Walk
from ..forecast.slot_mean import WEEK_CELLS
from ..forecast.train import SCORED_WEEKS
from ..forecast.training import Quantity
from ..home.observation import Observation
from ..home.settings import HomeSettings, load_settings
from .backtest.home_files import HomeColumns, column_names, read_home_series, read_left_out
from .backtest.text_table import table
from .series import SeriesError

SERVED = "served (champion of each week)"

_KNOWN_WEEKS = SCORED_WEEKS + CALIBRATED_WEEKS
"""Weeks of losses that a champion is chosen by."""
_LEADS = ((0, 6), (6, 24), (24, 48), (0, 24))
_HEAD = ("model", "hours ahead", "MAE p50", "MAE mean", "RMSE", "bias", "pinball", "p10-p90 %", "slots")
_CELL_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Bench:
    """A home's history, and what is scored of it."""

    home: HomeSettings
    history: tuple[Observation, ...]
    minutes: int
    weeks: int
    at_midnight: bool

    def report(self, quantity: Quantity) -> Iterator[str]:
        """The scores of every model as text.

        Raises:
            SeriesError: the history is too short.
        """
        material = materials(self.home, HomeMeans.of(self.home, self.history), self.history, Context())[quantity]
        plan = self._plan(material)
        outcomes, losses = {}, {}
        for candidate in candidates(quantity):
            walk = Walk.of(candidate, material, plan)
            if walk.fits.since:
                outcomes[candidate.name] = Outcome.of(walk, material, plan)
                losses[candidate.name] = walk.weekly_losses(material, plan)
        served, names = _served(quantity, outcomes, losses)
        outcomes[SERVED] = served
        rows = [_row(quantity, name, outcome, lead) for lead in _LEADS for name, outcome in outcomes.items()]
        yield f"{quantity.value}: {len(plan.begins)} weeks, errors in W of means over {self.minutes} minutes"
        yield table([_HEAD, *(row for row in rows if row is not None)])
        runs = [(name, len(list(weeks))) for name, weeks in groupby(names)]
        yield f"champions: {', then '.join(f'{name} ({weeks} weeks)' for name, weeks in runs)}"

    def _plan(self, material: Material) -> Plan:
        end = cell_at(self.history[-1].end, material.mean.grid.zone) // DAY_CELLS * DAY_CELLS
        possible = (end - material.mean.grid.first) // WEEK_CELLS - 2 * CALIBRATED_WEEKS
        weeks = min(self.weeks, possible)
        if weeks < 1:
            msg = f"{possible + 2 * CALIBRATED_WEEKS} weeks of history; at least {2 * CALIBRATED_WEEKS + 1} are needed"
            raise SeriesError(msg)
        begins = tuple(end - back * WEEK_CELLS for back in range(weeks, 0, -1))
        step = DAY_CELLS if self.at_midnight else ISSUE_STEP
        return Plan(begins, end, step, max(self.minutes // _CELL_MINUTES, 1))


def _served(quantity: Quantity, outcomes: dict[str, Outcome], losses: Losses) -> tuple[Outcome, list[str]]:
    """What would have served: each week the champion that the weeks before it chose."""
    first = next(iter(outcomes.values()))
    names, champion = [], UNTRAINED[quantity]
    for week in range(int(first.week[-1]) + 1):
        end = CALIBRATED_WEEKS + week
        known = {name: loss[max(end - _KNOWN_WEEKS, 0) : end] for name, loss in losses.items()}
        champion = choose(quantity, known, champion, PLAIN[quantity], champion).champion
        names.append(champion)
    expected, bands = np.empty_like(first.expected), np.empty_like(first.bands)
    for week, name in enumerate(names):
        mine = first.week == week
        expected[mine], bands[:, mine] = outcomes[name].expected[mine], outcomes[name].bands[:, mine]
    return Outcome(first.came, expected, bands, first.week, first.slot_hours), names


def _row(quantity: Quantity, name: str, outcome: Outcome, lead: tuple[int, int]) -> tuple[str, ...] | None:
    shown = f"{lead[0]}-{lead[1]}"
    score = outcome.score(quantity, name, shown, *lead)
    if score is None:
        return None
    errors = np.abs(outcome.came - outcome.expected)[:, outcome.ahead(*lead)]
    watts = (score.mae, float(np.nanmean(errors)), score.rmse, score.bias, score.pinball)
    return (name, shown, *(f"{1000 * kw:.1f}" for kw in watts), f"{score.coverage_percent:.1f}", f"{score.slots}")


def lines(options: argparse.Namespace) -> Iterator[str]:
    """The scores that the command line asks for, as text.

    Raises:
        SeriesError: the home's file cannot be used, or is too short.
    """
    bench = _bench(options)
    asked = [Quantity(options.quantity)] if options.quantity else [Quantity.LOAD, Quantity.PV]
    for quantity in asked:
        yield from bench.report(quantity)


def _bench(options: argparse.Namespace) -> Bench:
    columns = HomeColumns(load=options.load_column, pv=options.pv_column)
    if options.pv_column not in column_names(options.home):
        columns = HomeColumns(load=options.load_column, pv=None)
    series = read_home_series(options.home, columns, options.start, options.end)
    left_out = read_left_out(options.home, columns, options.quality_column)
    history = tuple(replace(row, flags=("gap",)) if row.start in left_out else row for row in series.observations)
    return Bench(_home(options), history, series.minutes, options.weeks, options.at_midnight)


def _home(options: argparse.Namespace) -> HomeSettings:
    """A home at that place; its battery does not matter."""
    return load_settings(
        {
            "time_zone": options.time_zone.key,
            "latitude": options.latitude,
            "longitude": options.longitude,
            "battery": {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5},
            "inverter": {
                "profile": "deye",
                "entities": {"grid_charging": "switch.simulated_grid", "work_mode": "select.simulated_mode"},
            },
            "prices": {"source": "fixed", "fixed_per_kwh": 0.0},
            "entities": {"battery_soc": "sensor.simulated_soc"},
            "load_forecast": {"holidays": options.holidays},
        }
    )
