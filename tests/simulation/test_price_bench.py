"""The measuring of price forecasts on files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from darkstar.simulation.price_bench import PriceFile, learned, read_year, report

UTC_ZONE = ZoneInfo("UTC")
START = datetime(2025, 1, 1, tzinfo=UTC)


def written(folder: Path, days: int) -> Path:
    rng = np.random.default_rng(3)
    level = np.repeat(60 + rng.normal(0, 20, days).cumsum() * 0.3, 24)
    prices = level + np.tile(10 * np.sin(np.arange(24) / 4), days) + rng.normal(0, 8, days * 24)
    times = [(START + timedelta(hours=hour)).isoformat() for hour in range(days * 24)]
    path = folder / "spot.csv"
    pd.DataFrame({"timestamp_utc": times, "eur": prices}).to_csv(path, index=False)
    return path


def test_the_table_has_a_column_per_day_ahead(tmp_path: Path) -> None:
    (text,) = report(PriceFile(written(tmp_path, 80), "eur"), UTC_ZONE, None)
    head, _, yesterday, week, tail, gain, coverage = text.splitlines()
    assert "52 days" in head
    assert head.split()[-2:] == ["day", "4"]
    first = [float(line.split()[-4]) for line in (yesterday, week, tail)]
    change = float(gain.split()[-8])
    assert change == pytest.approx(100 * (first[2] / min(first[:2]) - 1), abs=0.2)
    assert coverage.endswith("%")


def test_forecasts_of_others_stand_beside(tmp_path: Path) -> None:
    file = PriceFile(written(tmp_path, 40), "eur")
    year = read_year(file, UTC_ZONE)
    rows = [
        (
            START + timedelta(days=day, hours=9),
            START + timedelta(days=day + 2, hours=hour),
            year.days[day + 2, hour] + 5,
        )
        for day in range(28, 38)
        for hour in range(24)
    ]
    issued = tmp_path / "others.parquet"
    pd.DataFrame(rows, columns=["issued_utc", "timestamp_utc", "forecast_eur_mwh"]).to_parquet(issued)
    (text,) = report(file, UTC_ZONE, issued)
    assert text.splitlines()[-1].split() == ["MAE", "others", "-", "5.00", "-", "-"]


def test_only_the_days_asked_for_are_read(tmp_path: Path) -> None:
    file = PriceFile(written(tmp_path, 80), "eur", date(2025, 2, 10), date(2025, 2, 20))
    year = read_year(file, UTC_ZONE)
    assert year.days.shape == (38, 24)
    assert year.first == (date(2025, 1, 13) - date(1970, 1, 1)).days
    with pytest.raises(ValueError, match=r"no prices in 'eur' from 2031-01-01"):
        read_year(PriceFile(file.path, "eur", date(2031, 1, 1)), UTC_ZONE)


def test_weights_are_learned_for_each_day_of_a_week(tmp_path: Path) -> None:
    lines = list(learned(PriceFile(written(tmp_path, 90), "eur"), UTC_ZONE))
    assert len(lines) == 7
    assert all(line.startswith("PriceWeights(reasons=(") for line in lines)
