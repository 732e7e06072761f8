"""Small invented homes as files, for tests of the backtest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.synthetic import SyntheticHome

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START, END = datetime(2026, 4, 6, 22, tzinfo=UTC), datetime(2026, 4, 11, 22, tzinfo=UTC)


def home_table(seed: int = 5, start: datetime = START, end: datetime = END) -> pd.DataFrame:
    """Hourly load and PV of an invented home."""
    series = SyntheticHome(seed, 55.6, 13.0, STOCKHOLM).series(start, end, 60)
    times = [slot.start.isoformat() for slot in series.slots]
    return pd.DataFrame({"timestamp_utc": times, "load_kwh": series.load_kwh, "pv_kwh": series.pv_kwh})


def write_prices(path: Path) -> Path:
    """Three weeks of invented spot prices in EUR/MWh."""
    spot = SyntheticHome(5, 55.6, 13.0, STOCKHOLM).spot_between(
        datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 4, 14, tzinfo=UTC)
    )
    times = [price.start.isoformat() for price in spot]
    pd.DataFrame({"timestamp_utc": times, "eur_mwh": [1e3 * p.per_kwh for p in spot]}).to_csv(path, index=False)
    return path


def five_days(folder: Path, **changes: Any) -> BacktestOptions:
    """Options for five spring days, with their files in `folder`; `changes` replaces options."""
    home_table().to_csv(folder / "home.csv", index=False)
    options = BacktestOptions(
        home_file=folder / "home.csv",
        prices=(write_prices(folder / "prices.csv.gz"),),
        price_column="eur_mwh",
        tariff="B",
        time_zone="Europe/Stockholm",
        latitude=55.6,
        longitude=13.0,
        battery_kwh=5.0,
        replan_minutes=180,
    )
    return replace(options, **changes)


def two_days(folder: Path, **changes: Any) -> BacktestOptions:
    """The same for two days with few plans: quick."""
    short: dict[str, Any] = {"end": START + 2 * (END - START) / 5, "replan_minutes": 720, "tick_minutes": 60}
    return five_days(folder, **short | changes)
