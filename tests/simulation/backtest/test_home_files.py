import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from darkstar.simulation.backtest.home_files import HomeColumns, column_names, read_home_series, read_spot_prices
from darkstar.simulation.series import HomeSeries, SeriesError

START = datetime(2025, 7, 1, tzinfo=UTC)
HEAD = "timestamp_utc,load_kwh,pv_kwh\n"


def home_file(folder: Path, rows: str, head: str = HEAD) -> Path:
    path = folder / "home.csv"
    path.write_text(head + rows)
    return path


def rows(count: int, minutes: int = 30) -> str:
    return "".join(f"{(START + timedelta(minutes=minutes * n)).isoformat()},{n / 10},0.5\n" for n in range(count))


def test_a_home_is_read(tmp_path: Path) -> None:
    series = read_home_series(home_file(tmp_path, rows(3)), HomeColumns())
    assert series == HomeSeries(START, 30, (0.0, 0.1, 0.2), (0.5, 0.5, 0.5))


def test_only_the_period_is_read_and_its_end_is_exclusive(tmp_path: Path) -> None:
    path = home_file(tmp_path, rows(3) + "2025-09-01T00:00:00Z,,\n")
    series = read_home_series(path, HomeColumns(), START + timedelta(minutes=30), START + timedelta(minutes=90))
    assert series.start == START + timedelta(minutes=30)
    assert series.load_kwh == (0.1, 0.2)


def test_other_columns_offsets_and_a_home_without_pv(tmp_path: Path) -> None:
    path = home_file(tmp_path, "2025-07-01T02:00+02:00,1\n2025-07-01T03:00+02:00,2\n", "when,use\n")
    series = read_home_series(path, HomeColumns("when", "use", None))
    assert series == HomeSeries(START, 60, (1, 2), (0, 0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rows(3) + "2025-07-01T02:30:00Z,1,1\n", "gap before at 2025-07-01T02:30"),
        (rows(2) + rows(1), "twice or run backwards at 2025-07-01T00:00"),
        (rows(2) + "2025-07-01T01:00:00Z,-1,0\n", "'load_kwh' is negative at 2025-07-01T01:00"),
        (rows(2) + "2025-07-01T01:00:00Z,1,x\n", "'pv_kwh' has no number at 2025-07-01T01:00"),
        (rows(1), r"1 row\(s\) between"),
        (rows(3, 20), "intervals of 20 minutes"),
        ("yesterday,1,1\n", "'timestamp_utc' is not a time"),
    ],
)
def test_faults_name_the_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        read_home_series(home_file(tmp_path, content), HomeColumns())


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"nowhere.csv: no such file"):
        read_home_series(tmp_path / "nowhere.csv", HomeColumns())
    with pytest.raises(SeriesError, match="no column solar; it has timestamp_utc, load_kwh, pv_kwh"):
        read_home_series(home_file(tmp_path, rows(3)), HomeColumns(pv="solar"))


def test_prices_of_mixed_resolution_and_several_files(tmp_path: Path) -> None:
    later, earlier = tmp_path / "b.csv.gz", tmp_path / "a.csv"
    times = [START + timedelta(hours=2), START + timedelta(hours=2, minutes=15)]
    pd.DataFrame({"time": [time.isoformat() for time in times], "eur_mwh": [100.0, 50.0]}).to_csv(later, index=False)
    earlier.write_text(f"time,eur_mwh\n{START.isoformat()},-20\n{(START + timedelta(hours=1)).isoformat()},\n")
    prices = read_spot_prices([later, earlier], "eur_mwh", 0.001, "time")
    assert [price.per_kwh for price in prices] == pytest.approx([-0.02, 0.1, 0.05])
    assert [(price.end - price.start) / timedelta(minutes=1) for price in prices] == [60, 15, 15]


def test_a_price_given_twice_is_refused(tmp_path: Path) -> None:
    path = home_file(tmp_path, rows(2))
    with pytest.raises(SeriesError, match="twice"):
        read_spot_prices([path, path], "pv_kwh", 1, "timestamp_utc")


@pytest.mark.parametrize("as_index", [True, False])
def test_a_parquet_home_is_read(tmp_path: Path, as_index: bool) -> None:
    path = tmp_path / "homes.parquet"
    times = pd.DatetimeIndex([START, START + timedelta(hours=1)], name="timestamp_utc")
    table = pd.DataFrame({"a_load": [1, 2], "a_pv": [0.5, 0]}, index=times, dtype="float32")
    (table if as_index else table.reset_index()).to_parquet(path)
    assert column_names(path) == ("timestamp_utc", "a_load", "a_pv")
    series = read_home_series(path, HomeColumns("timestamp_utc", "a_load", "a_pv"))
    assert series == HomeSeries(START, 60, (1, 2), (0.5, 0))


def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "homes.parquet"
    path.write_bytes(b"nothing")
    with pytest.raises(SeriesError, match=r"homes\.parquet: not a Parquet file"):
        column_names(path)


def test_without_pyarrow_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "homes.parquet"
    path.write_bytes(b"")
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SeriesError, match="need pyarrow"):
        column_names(path)


def test_the_columns_of_a_csv_file(tmp_path: Path) -> None:
    assert column_names(home_file(tmp_path, rows(3))) == ("timestamp_utc", "load_kwh", "pv_kwh")
