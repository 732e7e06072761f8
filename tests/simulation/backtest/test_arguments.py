import argparse
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from darkstar.simulation.backtest.arguments import add_arguments, requests
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.series import SeriesError

NEEDED = ["--prices", "a.csv", "--time-zone", "Europe/Stockholm"]


def parse(*arguments: str) -> tuple[BacktestOptions, ...]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return requests(parser.parse_args(list(arguments)))


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A file with two homes."""
    path = tmp_path / "street.parquet"
    columns = ["timestamp_utc", "h01_load_kwh", "h01_pv_kwh", "h02_load_kwh", "h02_pv_kwh"]
    pd.DataFrame([[datetime(2026, 1, 1, tzinfo=UTC), 1, 0, 2, 0]], columns=columns).to_parquet(path)
    return path


def test_defaults_are_those_of_the_options() -> None:
    expected = BacktestOptions(home_file=Path("home.csv"), prices=(Path("a.csv"),), time_zone="Europe/Stockholm")
    assert parse("home.csv", *NEEDED) == (expected,)


def test_options_may_come_first() -> None:
    assert parse("--prices", "a.csv", "--time-zone", "Europe/Stockholm", "home.csv") == parse("home.csv", *NEEDED)


def test_times_without_offset_are_local() -> None:
    (options,) = parse("home.csv", *NEEDED, "--start", "2025-07-03", "--end", "2025-08-01T00:00+00:00")
    assert options.start == datetime(2025, 7, 2, 22, tzinfo=UTC)
    assert options.end == datetime(2025, 8, 1, tzinfo=UTC)


def test_a_home_without_pv() -> None:
    assert parse("home.csv", *NEEDED, "--pv-column", "none")[0].pv_column is None


def test_several_homes_tariffs_batteries_wears_and_mismatches_are_crossed() -> None:
    runs = parse(
        "one.csv",
        "two.csv",
        *NEEDED,
        "--tariff",
        "A,D",
        "--currency",
        "SEK",
        "--battery",
        "5/2.5,10/5,34.2/10",
        "--wear",
        "0,0.03",
        "--mismatch",
        "none,soc+commands",
    )
    assert len(runs) == len(set(runs)) == 2 * 2 * 3 * 2 * 2
    assert {run.home_file.name for run in runs} == {"one.csv", "two.csv"}
    assert {(run.battery_kwh, run.battery_kw) for run in runs} == {(5, 2.5), (10, 5), (34.2, 10)}
    assert {run.mismatch for run in runs} == {"none", "soc+commands"}


def test_the_currency_is_that_of_the_tariff() -> None:
    assert [run.currency for run in parse("home.csv", *NEEDED, "--tariff", "A,B")] == ["SEK", "EUR"]
    with pytest.raises(ValueError, match="--tariff D: give --currency SEK or EUR"):
        parse("home.csv", *NEEDED, "--tariff", "D")
    with pytest.raises(ValueError, match="--tariff A: not in NOK: --currency SEK"):
        parse("home.csv", *NEEDED, "--tariff", "A", "--currency", "NOK")


def test_columns_by_pattern_are_one_home_each(street: Path) -> None:
    runs = parse(str(street), *NEEDED, "--load-column", "h*_load_kwh", "--pv-column", "h*_pv_kwh")
    assert [(run.load_column, run.pv_column) for run in runs] == [
        ("h01_load_kwh", "h01_pv_kwh"),
        ("h02_load_kwh", "h02_pv_kwh"),
    ]
    bare = parse(str(street), *NEEDED, "--load-column", "h*_load_kwh", "--pv-column", "none")
    assert [run.pv_column for run in bare] == [None, None]


def test_columns_by_name_pair_up() -> None:
    runs = parse("home.csv", *NEEDED, "--load-column", "a,b", "--pv-column", "c,d")
    assert [(run.load_column, run.pv_column) for run in runs] == [("a", "c"), ("b", "d")]
    assert [run.pv_column for run in parse("home.csv", *NEEDED, "--load-column", "a,b", "--pv-column", "none")] == [
        None,
        None,
    ]
    with pytest.raises(SeriesError, match=r"--load-column has 2 column\(s\), --pv-column 1"):
        parse("home.csv", *NEEDED, "--load-column", "a,b")


def test_a_pattern_that_fits_nothing_is_named(street: Path) -> None:
    with pytest.raises(SeriesError, match=r"no column is like --load-column x\*; it has timestamp_utc, h01_load_kwh"):
        parse(str(street), *NEEDED, "--load-column", "x*")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(NEEDED, "no home"), (["home.csv", "--prices", "a.csv"], "--time-zone is missing")],
)
def test_what_is_missing_is_named(arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--time-zone", "Mars/Olympus"], "Mars/Olympus"),
        (["--price-zone", "Mars/Olympus"], "Mars/Olympus"),
        (["--battery", "10"], "'10' is not kWh/kW"),
        (["--battery", "a/b"], "'a/b' is not kWh/kW"),
        (["--tariff", "A,Z"], "no tariff 'Z': choose from A, B, C, D, E"),
        (["--mismatch", "soc+luck"], "choose from none, efficiency"),
        (["--wear", "0,x"], "--wear"),
    ],
)
def test_nonsense_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit):
        parse("home.csv", *NEEDED, *arguments)
    assert words in capsys.readouterr().err
