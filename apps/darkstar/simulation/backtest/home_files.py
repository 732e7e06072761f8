"""Measured homes and published prices from CSV and Parquet files, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd

from ...home.prices import SpotPrice
from ..series import INTERVALS_MINUTES, HomeSeries, SeriesError

_LONGEST_PRICE = timedelta(hours=1)
_SHOWN_FAULTS = 3
_OK = "ok"
_PARQUET = {".parquet", ".pq"}


@dataclass(frozen=True, slots=True)
class HomeColumns:
    """Names of a home file's columns; `pv` None for a home without PV."""

    time: str = "timestamp_utc"
    load: str = "load_kwh"
    pv: str | None = "pv_kwh"


def read_home_series(
    path: Path, columns: HomeColumns, start: datetime | None = None, end: datetime | None = None
) -> HomeSeries:
    """Read a home's load and PV (kWh per interval, time stamp = start, UTC unless it has an offset).

    Only `[start, end)` is read and checked.

    Raises:
        SeriesError: a column is missing, a value is missing or negative, or the times have gaps, doubles or an
            unusable interval.
    """
    wanted = [columns.load] + ([columns.pv] if columns.pv else [])
    table = _read_table(path, columns.time, wanted)
    if start is not None:
        table = table.loc[table.index >= start]
    if end is not None:
        table = table.loc[table.index < end]
    if len(table) < 2:  # noqa: PLR2004 - an interval needs two time stamps
        msg = f"{path}: {len(table)} row(s) between --start {start} and --end {end}; choose a period that the file has"
        raise SeriesError(msg)
    minutes = _interval_minutes(path, table)
    for column in wanted:
        _reject(path, f"'{column}' is negative", table.index[table[column] < 0])
        _reject(path, f"'{column}' has no number", table.index[table[column].isna()])
    pv = table[columns.pv].tolist() if columns.pv else [0.0] * len(table)
    return HomeSeries(table.index[0].to_pydatetime(), minutes, tuple(table[columns.load].tolist()), tuple(pv))


def read_left_out(path: Path, columns: HomeColumns, quality: str | None) -> frozenset[datetime]:
    """Starts of the rows whose `quality` is not `ok`; none without such a column.

    Raises:
        SeriesError: a column is missing.
    """
    if quality is None:
        return frozenset()
    rows = _read_file(path)
    if quality not in rows.columns:
        msg = f"{path}: no column {quality}; it has {', '.join(map(str, rows.columns))}"
        raise SeriesError(msg)
    times = pd.to_datetime(rows.loc[rows[quality] != _OK, columns.time], utc=True, format="ISO8601")
    return frozenset(instant.to_pydatetime() for instant in times)


def read_spot_prices(paths: Sequence[Path], column: str, factor: float, time_column: str) -> tuple[SpotPrice, ...]:
    """Read published prices, in the home's currency per kWh after multiplying by `factor`.

    A price holds until the next time stamp, at most an hour. Rows without a price are left out.

    Raises:
        SeriesError: a column is missing or a time stamp occurs twice.
    """
    tables = [_read_table(path, time_column, [column])[column] for path in paths]
    prices = pd.concat(tables).sort_index()
    _reject(paths[-1], "time stamps occur twice", prices.index[prices.index.duplicated()])
    starts = [instant.to_pydatetime() for instant in prices.index]
    lasting = [min(after - before, _LONGEST_PRICE) for before, after in pairwise(starts)]
    lasting.append(lasting[-1] if lasting else _LONGEST_PRICE)
    return tuple(
        SpotPrice(begin, begin + length, value * factor)
        for begin, length, value in zip(starts, lasting, prices.tolist(), strict=True)
        if value == value  # noqa: PLR0124 - not NaN
    )


def column_names(path: Path) -> tuple[str, ...]:
    """The columns of a CSV or Parquet file.

    Raises:
        SeriesError: the file cannot be read.
    """
    return tuple(map(str, _read_file(path, 0).columns))


def _read_file(path: Path, csv_rows: int | None = None) -> pd.DataFrame:
    """A file as a table, of a CSV file only so many rows."""
    try:
        if path.suffix.lower() in _PARQUET:
            table = pd.read_parquet(path)
            return table.reset_index() if table.index.name is not None else table
        return pd.read_csv(path, nrows=csv_rows)
    except FileNotFoundError as error:
        msg = f"{path}: no such file"
        raise SeriesError(msg) from error
    except ImportError as error:
        msg = f"{path}: Parquet files need pyarrow (pip install pyarrow); or convert the file to CSV"
        raise SeriesError(msg) from error
    # A damaged Parquet file is pyarrow's ArrowInvalid, which is a ValueError.
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        kind = "Parquet" if path.suffix.lower() in _PARQUET else "CSV"
        msg = f"{path}: not a {kind} file ({error})"
        raise SeriesError(msg) from error


def _read_table(path: Path, time_column: str, columns: Sequence[str]) -> pd.DataFrame:
    table = _read_file(path)
    missing = [column for column in (time_column, *columns) if column not in table.columns]
    if missing:
        msg = f"{path}: no column {', '.join(missing)}; it has {', '.join(map(str, table.columns))}"
        raise SeriesError(msg)
    try:
        times = pd.to_datetime(table[time_column], utc=True, format="ISO8601")
    except ValueError as error:
        msg = f"{path}: '{time_column}' is not a time ({error}); write it like 2025-01-31T13:00:00Z"
        raise SeriesError(msg) from error
    numbers = table[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    numbers.index = pd.DatetimeIndex(times)
    return numbers


def _interval_minutes(path: Path, table: pd.DataFrame) -> int:
    steps = table.index.to_series().diff().iloc[1:]
    _reject(path, "time stamps occur twice or run backwards", steps.index[steps <= timedelta(0)])
    minutes = int(steps.min() / timedelta(minutes=1))
    if minutes not in INTERVALS_MINUTES:
        msg = f"{path}: intervals of {minutes} minutes; resample to 15, 30 or 60"
        raise SeriesError(msg)
    _reject(path, "gap before", steps.index[steps != timedelta(minutes=minutes)])
    return minutes


def _reject(path: Path, fault: str, places: pd.DatetimeIndex) -> None:
    if len(places) == 0:
        return
    shown = ", ".join(place.isoformat() for place in places[:_SHOWN_FAULTS])
    more = f" and {len(places) - _SHOWN_FAULTS} more" if len(places) > _SHOWN_FAULTS else ""
    msg = f"{path}: {fault} at {shown}{more}; mend the file or choose --start and --end around it"
    raise SeriesError(msg)
