"""How good the price tail has been: every past day forecast from the days before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from ..home.prices import Price, PriceCurve
from ..home.tariff import TariffSettings
from .day_grid import Floats, cells_at
from .price_days import PriceDays, forecast_days, lay_out, weekday_of
from .price_tail import fees, quarter_hours
from .training import Quantity, Score

TAIL = "price_tail"
YESTERDAY = "price_yesterday"
WEEK = "price_week_mean"
SCORED_DAYS = 28
SCORED_LEADS = (1, 2, 3)
_ENOUGH_DAYS = 7
"""Days that must be known before the first forecast that counts."""
_WEEKDAYS = 7
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Forecasts of one model against what came: a row per day, a column per time of day.

    `band` holds p10, p50 and p90, one behind the other; three times the same for a model that knows no quantiles.
    """

    actual: Floats
    band: Floats

    @property
    def mae(self) -> float:
        """Mean absolute error of the median."""
        return float(np.nanmean(np.abs(self.actual - self.band[1])))

    @property
    def coverage_percent(self) -> float:
        """Share of prices between p10 and p90."""
        known = np.isfinite(self.actual)
        inside = (self.band[0] <= self.actual) & (self.actual <= self.band[2])
        return float(inside[known].mean() * 100)

    def score(self, model: str, lead: str) -> Score:
        """All measures. The pinball loss is the mean over the three quantiles."""
        errors = self.actual - self.band[1]
        pinball = [
            np.nanmean(np.maximum(share * (self.actual - line), (share - 1) * (self.actual - line)))
            for share, line in zip(_QUANTILES, self.band, strict=True)
        ]
        return Score(
            quantity=Quantity.PRICE,
            model=model,
            lead=lead,
            mae=self.mae,
            rmse=float(np.sqrt(np.nanmean(errors**2))),
            bias=float(-np.nanmean(errors)),
            pinball=float(np.mean(pinball)),
            coverage_percent=self.coverage_percent,
            slots=int(np.isfinite(self.actual).sum()),
        )


def price_scores(curve: PriceCurve, zone: ZoneInfo, tariff: TariffSettings) -> tuple[Score, ...]:
    """Scores of the tail and of the two simple forecasts over the last 28 days of known import prices.

    Each day is forecast as of the end of the day `lead` days before it, from the known prices up to then; leads are
    `day 1` to `day 3` after the last known day. Empty where fewer than eight days are known.
    """
    known = [price for price in curve.prices if price.known]
    if not known:
        return ()
    table, last = _table(known, zone, tariff)
    found = []
    for lead in SCORED_LEADS:
        if len(table) >= _ENOUGH_DAYS + lead:
            outcomes = walk_forward(table, weekday_of(last), lead, len(table) - SCORED_DAYS)
            found += [outcome.score(model, f"day {lead}") for model, outcome in outcomes.items()]
    return tuple(found)


def _table(known: Sequence[Price], zone: ZoneInfo, tariff: TariffSettings) -> tuple[Floats, int]:
    epoch_s, imported, _ = quarter_hours(known)
    return lay_out(cells_at(epoch_s, zone), imported - fees(epoch_s, zone, tariff))


def walk_forward(table: Floats, last_weekday: int, lead: int, first: int) -> Mapping[str, Outcome]:
    """Each model's forecasts of the rows of `table` from `first` on, each made `lead` days before.

    `last_weekday` is the weekday of the last row. At least seven days must lie before a forecast.
    """
    rows = range(max(first, _ENOUGH_DAYS - 1 + lead), len(table))
    bands: dict[str, list[Sequence[Floats]]] = {TAIL: [], YESTERDAY: [], WEEK: []}
    for row in rows:
        made = row - lead
        days = PriceDays.until(table, made, (last_weekday - (len(table) - 1 - made)) % _WEEKDAYS)
        bands[TAIL].append(forecast_days(days, [lead])[lead])
        bands[YESTERDAY].append((table[made],) * 3)
        bands[WEEK].append((_mean_day(table[made - _WEEKDAYS + 1 : made + 1]),) * 3)
    actual = table[rows.start :]
    return {model: Outcome(actual, np.stack([np.stack(day) for day in made], axis=1)) for model, made in bands.items()}


def _mean_day(rows: Floats) -> Floats:
    known = np.isfinite(rows)
    sums, counts = np.where(known, rows, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
