"""How good models have been: their forecasts of the last weeks, made from what was known then, against what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Self

import numpy as np

from .calibration import QUANTILES, BandTable
from .candidates import Candidate, Material
from .day_grid import CELLS_PER_HOUR, Cells, Floats, start_s
from .slot_mean import WEEK_CELLS, Issues
from .training import Quantity, Score
from .walk_forward import Fits

CALIBRATED_WEEKS = 4
"""Weeks of forecasts that a band rests on."""
SCORED_HOURS = 48
ISSUE_STEP = 5 * CELLS_PER_HOUR
"""Between scored forecasts: 24 of them meet every hour of the day."""

_LEADS = {"1-6": (0, 6), "6-24": (6, 24), "24-48": (24, SCORED_HOURS)}
"""Hours ahead: after the first, up to the second."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is scored: the weeks that begin at these cells, and how many weeks before them are walked for bands.

    `step` is how far forecasts are apart, `slot_cells` how many quarter-hours one measurement spans.
    """

    begins: tuple[int, ...]
    end: int
    step: int = ISSUE_STEP
    slot_cells: int = 1
    hours: int = SCORED_HOURS

    @classmethod
    def last_weeks(cls, weeks: int, end: int) -> Self:
        """The last weeks before the cell `end`, cut where weeks of the clock begin."""
        last = end // WEEK_CELLS
        return cls(tuple((last - back) * WEEK_CELLS for back in range(weeks, -1, -1)), end)

    @property
    def offsets(self) -> Cells:
        """The cells ahead that are scored."""
        return np.arange(self.hours * CELLS_PER_HOUR, dtype=np.int64)

    def fitted_at(self) -> tuple[int, ...]:
        """Where candidates are fitted: also in the weeks whose forecasts only bands rest on."""
        first = self.begins[0]
        return (*(first - back * WEEK_CELLS for back in range(CALIBRATED_WEEKS, 0, -1)), *self.begins)


@dataclass(frozen=True, slots=True)
class Walk:
    """A candidate's forecasts of the past weeks (issue, offset), in kW; NaN where none was made."""

    fits: Fits
    issues: Issues
    offsets: Cells
    expected_kw: Floats

    @classmethod
    def of(cls, candidate: Candidate, material: Material, plan: Plan) -> Self:
        """Fit from week to week, and forecast."""
        fits = Fits.of(candidate, material, plan.fitted_at())
        cells = np.arange(plan.fitted_at()[0], plan.end, plan.step, dtype=np.int64)
        issues = Issues.at_starts(cells, material.mean.grid.zone)
        return cls(fits, issues, plan.offsets, fits.issued_kw(material, issues, plan.offsets))

    def bands(self, material: Material, by_cell: int) -> BandTable | None:
        """Bands from the forecasts of the weeks before `by_cell`, and what was known of them then."""
        recent = (self.issues.cells >= by_cell - CALIBRATED_WEEKS * WEEK_CELLS) & (self.issues.cells < by_cell)
        issues = Issues(self.issues.cells[recent], self.issues.at_s[recent])
        came = material.mean.measured_kw(issues, self.offsets, start_s(by_cell, material.mean.grid.zone))
        return BandTable.of(issues, self.offsets, self.expected_kw[recent], came)

    def weekly_losses(self, material: Material, plan: Plan) -> tuple[float, ...]:
        """Mean squared error in kW² of the forecasts of each walked week; NaN in weeks without any.

        Each stretch of hours ahead counts alike: the next six hours settle more money than the rest (measured on
        three homes: knowing them is worth 5 to 6 points of the possible saving, knowing what follows 2).
        """
        came = material.mean.measured_kw(self.issues, self.offsets, start_s(plan.end, material.mean.grid.zone))
        squares = (came - self.expected_kw) ** 2
        edges = (*plan.fitted_at(), plan.end)
        cells = self.issues.cells
        return tuple(_loss(squares[(cells >= begin) & (cells < end)], plan) for begin, end in pairwise(edges))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scored forecasts by slot (issue, slot) in kW: what came, what was expected, rows p10, p50, p90; the week of each.

    NaN where nothing was measured, none was forecast, or nothing but zero is possible.
    """

    came: Floats
    expected: Floats
    bands: Floats
    week: Cells
    slot_hours: float

    @classmethod
    def of(cls, walk: Walk, material: Material, plan: Plan) -> Self:
        """Put the bands around the forecasts of each week, from what was known when it began."""
        edges = (*plan.begins, plan.end)
        by_s = start_s(plan.end, material.mean.grid.zone)
        parts = [_week_of(walk, material, begin, end, by_s) for begin, end in pairwise(edges)]
        weeks = [np.full(len(part[0]), number) for number, part in enumerate(parts)]
        came, expected, bands = (np.concatenate(columns, axis=-2) for columns in zip(*parts, strict=True))
        hours = plan.slot_cells / CELLS_PER_HOUR
        came, expected, bands = (_by_slot(each, plan.slot_cells) for each in (came, expected, bands))
        return cls(came, expected, bands, np.concatenate(weeks), hours)

    def scores(self, quantity: Quantity, model: str) -> Iterator[Score]:
        """A score for each stretch of hours ahead; none where nothing was measured."""
        for lead, (after, until) in _LEADS.items():
            score = self.score(quantity, model, lead, after, until)
            if score is not None:
                yield score

    def score(self, quantity: Quantity, model: str, lead: str, after: int, until: int) -> Score | None:
        """The score of the slots more than `after` and up to `until` hours ahead."""
        ahead = self.ahead(after, until)
        came, expected, bands = self.came[:, ahead], self.expected[:, ahead], self.bands[:, :, ahead]
        known = np.isfinite(came) & np.isfinite(expected) & np.isfinite(bands).all(axis=0)
        if not known.any():
            return None
        came, expected, bands = came[known], expected[known], bands[:, known]
        shortfall = came - bands
        levels = np.array(QUANTILES)[:, None]
        inside = (came >= bands[0]) & (came <= bands[2])
        return Score(
            quantity=quantity,
            model=model,
            lead=lead,
            mae=float(np.abs(came - bands[1]).mean()),
            rmse=float(np.sqrt(((came - expected) ** 2).mean())),
            bias=float((expected - came).mean()),
            pinball=float(np.maximum(levels * shortfall, (levels - 1) * shortfall).mean()),
            coverage_percent=100 * float(inside.mean()),
            slots=int(known.sum()),
        )

    def ahead(self, after: int, until: int) -> slice:
        """The slots more than `after` and up to `until` hours ahead."""
        return slice(round(after / self.slot_hours), round(until / self.slot_hours))


def _week_of(walk: Walk, material: Material, begin: int, end: int, by_s: float) -> tuple[Floats, Floats, Floats]:
    mine = (walk.issues.cells >= begin) & (walk.issues.cells < end)
    issues, expected = Issues(walk.issues.cells[mine], walk.issues.at_s[mine]), walk.expected_kw[mine]
    cells = issues.cells[:, None] + walk.offsets
    ceiling = material.mean.ceiling_kw(cells)
    came = np.where(ceiling > 0, material.mean.measured_kw(issues, walk.offsets, by_s), np.nan)
    table = walk.bands(material, begin)
    if table is None:
        return came, expected, np.full((len(QUANTILES), *expected.shape), np.nan)
    return came, expected, table.bands_kw(cells, walk.offsets, expected, ceiling)


def _by_slot(cells: Floats, slot_cells: int) -> Floats:
    """Means over the quarter-hours of each slot (last axis)."""
    return np.asarray(cells.reshape(*cells.shape[:-1], -1, slot_cells).mean(axis=-1), dtype=np.float64)


def _loss(squares: Floats, plan: Plan) -> float:
    """The mean over the stretches of hours ahead that were measured."""
    stretches = (squares[:, _cells_ahead(after, until)] for after, until in _LEADS.values() if after < plan.hours)
    means = [float(np.nanmean(stretch)) for stretch in stretches if np.isfinite(stretch).any()]
    return fmean(means) if means else float("nan")


def _cells_ahead(after: int, until: int) -> slice:
    return slice(after * CELLS_PER_HOUR, until * CELLS_PER_HOUR)
