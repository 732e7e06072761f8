from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.simulation.backtest.suite import SuiteError, read_suite

SUITE = """
[defaults]
time_zone = "Europe/Stockholm"
prices = ["spot.csv"]
tariff = ["A", "D"]
currency = "SEK"
wear = [0, 0.03]
battery = ["5/2.5", "10/5"]
start = 2025-07-03

[[home]]
name = "first"
home-file = "$HOMES/first.csv"

[[home]]
name = "second"
home_file = "second.csv"
tariff = "E"
wear = 0
mismatch = ["none", "soc+commands"]
regret = true
baselines = false
latitude = -12.5
"""


def suite(folder: Path, text: str) -> Path:
    path = folder / "suite.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_homes_take_the_defaults_and_lists_are_crossed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMES", str(tmp_path / "homes"))
    runs = read_suite(suite(tmp_path, SUITE))
    first, second = ([run for run in runs if run.name == name] for name in ("first", "second"))
    assert len(first) == 2 * 2 * 2
    assert {run.tariff for run in first} == {"A", "D"}
    assert {run.home_file for run in first} == {tmp_path / "homes" / "first.csv"}
    assert {run.prices for run in runs} == {(tmp_path / "spot.csv",)}
    assert {run.start for run in runs} == {datetime(2025, 7, 2, 22, tzinfo=UTC)}
    assert [(run.tariff, run.wear, run.mismatch) for run in second] == [
        ("E", 0, "none"),
        ("E", 0, "soc+commands"),
    ] * 2
    assert all(run.regret and not run.baselines and run.latitude == -12.5 for run in second)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[home]\n", "not a TOML file"),
        ("", r"one \[defaults\] table and one \[\[home\]\] table per home"),
        ("[homes]\n[[home]]\n", "unknown homes"),
        ('[[home]]\nhome_file = "a.csv"\n', r"\[\[home\]\] 1: --time-zone is missing"),
        ('[[home]]\ntime_zone = "Europe/Paris"\n', "no home"),
        ('[[home]]\nhome_file = "a.csv"\ncolour = "red"\n', "unrecognized arguments: --colour=red"),
        ('[[home]]\nhome_file = "a.csv"\ntariff = "Z"\n', "no tariff 'Z'"),
        ('[[home]]\nhome_file = "$NO_SUCH_FOLDER/a.csv"\n', "environment variable that is not set"),
    ],
)
def test_faults_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        read_suite(suite(tmp_path, text))


def test_the_example_suite_is_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DARKSTAR_DATA", str(tmp_path))
    example = Path(__file__).parent / "suite.toml"
    text = example.read_text(encoding="utf-8").replace("h*_load_kwh", "h01_load_kwh").replace("h*_pv_kwh", "h01_pv_kwh")
    runs = read_suite(suite(tmp_path, text))
    assert {run.tariff for run in runs} == {"A", "B", "C", "D", "E"}
    assert len(runs) == len(set(runs))
