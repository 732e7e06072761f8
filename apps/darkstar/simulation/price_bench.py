"""How well prices past the published ones are forecast, on files of real prices; and where the weights come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ..forecast.day_grid import DAY_CELLS, Floats, cells_at
from ..forecast.price_days import MEMORY_DAYS, Clues, PriceDays, lay_out, weekday_of
from ..forecast.price_score import TAIL, WEEK, YESTERDAY, Outcome, walk_forward
from ..forecast.price_tail import quarter_hours
from ..forecast.price_weights import LEADS, PriceWeights
from ..home.prices import Price, SpotPrice
from .backtest.home_files import read_spot_prices
from .backtest.text_table import table

SHOWN_LEADS = (1, 2, 3, 4)
WARM_UP_DAYS = 28
"""Days at the start of the prices that are not forecast."""
_HOURS = 24
_ROUNDS = 60
_EPOCH = date(1970, 1, 1)
_RIDGE = 0.02


@dataclass(frozen=True, slots=True)
class PriceYear:
    """Hourly prices of days: a row per day of the market's clock, the last one numbered `last` since 1970."""

    days: Floats
    last: int

    @property
    def first(self) -> int:
        """Number of the first row's day."""
        return self.last - len(self.days) + 1


@dataclass(frozen=True, slots=True)
class PriceFile:
    """Where prices are: a column of a CSV or Parquet file with the time in `timestamp_utc`, and which days count."""

    path: Path
    column: str
    start: date | None = None
    end: date | None = None


def read_year(file: PriceFile, zone: ZoneInfo) -> PriceYear:
    """The hourly means of a file's prices, from 28 days before the first day that counts.

    Raises:
        SeriesError: the file cannot be used.
    """
    spot = read_spot_prices([file.path], file.column, 1.0, "timestamp_utc")
    warm_up = timedelta(days=WARM_UP_DAYS)
    kept = [price for price in spot if _counts(price, file, zone, warm_up)]
    if not kept:
        msg = f"{file.path}: no prices in '{file.column}' from {file.start} to {file.end}; choose a period that it has"
        raise ValueError(msg)
    epoch_s, prices, _ = quarter_hours([Price(each.start, each.end, each.per_kwh, 0.0) for each in kept])
    quarters, last = lay_out(cells_at(epoch_s, zone), prices)
    hours = quarters.reshape(len(quarters), _HOURS, DAY_CELLS // _HOURS)
    known = np.isfinite(hours)
    counts = known.sum(axis=2)
    means = np.where(known, hours, 0.0).sum(axis=2) / np.maximum(counts, 1)
    return PriceYear(np.where(counts > 0, means, np.nan), last)


def _counts(price: SpotPrice, file: PriceFile, zone: ZoneInfo, warm_up: timedelta) -> bool:
    day = price.start.astimezone(zone).date()
    return (file.start is None or day >= file.start - warm_up) and (file.end is None or day < file.end)


def report(file: PriceFile, zone: ZoneInfo, issued: Path | None) -> Iterator[str]:
    """Errors by days after the last known day, as a table.

    Prices are known to the end of the day on which the forecast is made, as in the morning before tomorrow's
    are published: day 2 is the day after tomorrow. `issued` is a file of somebody else's hourly forecasts
    (`issued_utc`, `timestamp_utc`, `forecast_eur_mwh`), shown beside for the days that it has.

    Raises:
        ValueError: a file cannot be used.
    """
    year = read_year(file, zone)
    found = [walk_forward(year.days, weekday_of(year.last), lead, WARM_UP_DAYS) for lead in SHOWN_LEADS]
    rows = [[f"MAE {model}", *(f"{each[model].mae:.2f}" for each in found)] for model in (YESTERDAY, WEEK, TAIL)]
    gains = (_change_percent(each[TAIL], each[YESTERDAY], each[WEEK]) for each in found)
    rows.append([f"{TAIL} against the better of the other two", *(f"{gain:+.1f} %" for gain in gains)])
    rows.append([f"prices between {TAIL}'s p10 and p90", *(f"{each[TAIL].coverage_percent:.0f} %" for each in found)])
    if issued is not None:
        others = _issued(issued, year, zone)
        rows.append([f"MAE {issued.stem}", *(_mae(others[lead], year.days) for lead in SHOWN_LEADS)])
    head = [f"{file.column}, {len(year.days) - WARM_UP_DAYS} days", *(f"day {lead}" for lead in SHOWN_LEADS)]
    yield table([head, *rows])


def _change_percent(ours: Outcome, *others: Outcome) -> float:
    return 100 * (ours.mae / min(other.mae for other in others) - 1)


def _mae(forecasts: Floats, actual: Floats) -> str:
    errors = np.abs(forecasts - actual)[WARM_UP_DAYS:]
    known = errors[np.isfinite(errors)]
    return f"{known.mean():.2f}" if len(known) else "-"


def _issued(path: Path, year: PriceYear, zone: ZoneInfo) -> dict[int, Floats]:
    """The last forecast that was issued on the day so many days before, laid out like the prices."""
    rows = pd.read_parquet(path).sort_values("issued_utc")
    times = pd.to_datetime(rows["timestamp_utc"], utc=True).dt.tz_convert(zone)
    days = (times.dt.tz_localize(None).dt.normalize() - pd.Timestamp(_EPOCH)).dt.days.to_numpy() - year.first
    made = pd.to_datetime(rows["issued_utc"], utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    leads = days + year.first - (made - pd.Timestamp(_EPOCH)).dt.days.to_numpy()
    hours, prices = times.dt.hour.to_numpy(), rows["forecast_eur_mwh"].to_numpy(dtype=np.float64)
    found = {}
    for lead in SHOWN_LEADS:
        kept = (leads == lead) & (days >= 0) & (days < len(year.days))
        found[lead] = np.full_like(year.days, np.nan)
        found[lead][days[kept], hours[kept]] = prices[kept]
    return found


def learned(file: PriceFile, zone: ZoneInfo) -> Iterator[str]:
    """The weights that fit a file's prices best, a line per day after the last known one.

    Least absolute errors for the median, least pinball loss for the two quantiles, both by iteratively
    reweighted least squares.

    Raises:
        ValueError: the file cannot be used.
    """
    year = read_year(file, zone)
    for lead in range(1, len(LEADS) + 1):
        yield repr(_fit(*_lessons(year, lead)))


def _lessons(year: PriceYear, lead: int) -> tuple[list[Clues], Floats]:
    """What was known of each day so many days before, and what came."""
    made = range(MEMORY_DAYS - 1, len(year.days) - lead)
    last = weekday_of(year.last) - len(year.days) + 1
    clues = [PriceDays.until(year.days, row, (last + row) % 7).clues(lead) for row in made]
    return clues, year.days[made.start + lead :]


def _fit(clues: Sequence[Clues], actual: Floats) -> PriceWeights:
    came = actual.ravel()
    known = np.isfinite(came)
    reasons = np.concatenate([clue.reasons for clue in clues])[known]
    moved = came[known] - np.concatenate([clue.usual for clue in clues])[known]
    shares = _quantile_regression(reasons, moved, 0.5, _RIDGE)
    left = moved - reasons @ shares
    spreads = np.concatenate([np.stack([clue.below, clue.above], axis=1) for clue in clues])[known]
    down, up = (_quantile_regression(spreads, left, share, 0.0) for share in (0.1, 0.9))
    return PriceWeights(_rounded(shares), _rounded(-down), _rounded(up))


def _quantile_regression(inputs: Floats, outputs: Floats, share: float, ridge: float) -> Floats:
    least = 0.005 * np.abs(outputs).mean()
    penalty = ridge * np.diag((inputs**2).mean(axis=0))
    weights = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        errors = outputs - inputs @ weights
        pull = np.where(errors > 0, share, 1 - share) / np.maximum(np.abs(errors), least)
        squares = inputs.T @ (inputs * pull[:, np.newaxis]) / len(outputs)
        weights = np.linalg.solve(squares + penalty * pull.mean(), inputs.T @ (pull * outputs) / len(outputs))
    return np.asarray(weights, dtype=np.float64)


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(value, 2) for value in values.tolist())
