"""The command line: what it prints, and words instead of tracebacks for wrong input."""

import io
import json
from pathlib import Path

import pytest
import yaml

from darkstar.__main__ import main
from darkstar.optimizer.bundle import request_to_json
from tests.optimizer.samples import with_water
from tests.simulation.backtest.samples import two_days
from tests.simulation.test_price_bench import written


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(request_to_json(with_water()), encoding="utf-8")
    return path


def test_plan_prints_a_table_in_the_home_s_time(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(request_file), "--time-zone", "Europe/Stockholm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > len(with_water().slots)


def test_plan_as_json_is_the_same_each_time(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans = []
    for _ in range(2):
        assert main(["plan", str(request_file), "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        del plan["solve_seconds"]
        plans.append(plan)
    assert plans[0] == plans[1]
    assert plans[0]["status"] == "optimal"


def test_one_slot_is_explained_with_what_else_could_be_done(
    request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(request_file), "--why", "2026-01-15T20:10", "--time-zone", "Europe/Stockholm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Thu 20:00-20:15: ")
    assert lines[1].startswith("Why: ")
    assert any(line.startswith("  battery: hold: costs ") for line in lines)
    assert any(line.startswith("  water heater 1: heat: ") for line in lines)


def test_a_time_outside_the_plan_gets_words(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(request_file), "--why", "2027-01-15T20:10"]) == 1
    assert "is in no slot of the plan" in capsys.readouterr().err


def test_plan_reads_standard_input(
    request_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(request_file.read_text(encoding="utf-8")))
    assert main(["plan", "-"]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("{", "JSON"), ('{"slots": 3}', "created_at")])
def test_wrong_input_gets_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["plan", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("darkstar: ")
    assert words in captured.err


def test_bench_prints_all_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--requests", "1"]) == 0
    out = capsys.readouterr().out
    for case in ("battery + heater + car + power tariff", "battery alone", "14 days hourly", "memory"):
        assert case in out


def test_backtest_runs_several_tariffs_side_by_side_and_remembers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_days(tmp_path)
    wanted = ["backtest", str(tmp_path / "home.csv"), "--prices", str(tmp_path / "prices.csv.gz")]
    wanted += ["--price-column", "eur_mwh", "--time-zone", "Europe/Stockholm", "--tariff", "B,E", "--currency", "EUR"]
    wanted += ["--end", "2026-04-09", "--replan-minutes", "720", "--tick-minutes", "60"]
    numbers = tmp_path / "numbers.json"
    assert main([*wanted, "--jobs", "2", "--json", str(numbers)]) == 0
    out = capsys.readouterr().out
    assert "B: import 1.20 x spot + 0.12" in out
    assert "E: import 0.32 from 06 to 22" in out
    assert len(json.loads(numbers.read_text(encoding="utf-8"))) == 2
    assert main([*wanted, "--compare", str(numbers)]) == 0
    assert "Darkstar +0.00 EUR (95 %: +0.00 to +0.00) against the earlier run" in capsys.readouterr().out


def test_backtest_runs_a_suite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two_days(tmp_path)
    suite = tmp_path / "suite.toml"
    suite.write_text(
        """
[[home]]
name = "the only one"
home_file = "home.csv"
time_zone = "Europe/Stockholm"
tariff = "E"
currency = "EUR"
end = 2026-04-09
replan_minutes = 720
tick_minutes = 60
"""
    )
    assert main(["backtest", "--suite", str(suite)]) == 0
    assert capsys.readouterr().out.startswith("the only one: home.csv, 2026-04-07 00:00 to 2026-04-09 00:00")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no home: name a file"),
        (["--suite", "nowhere.toml"], "nowhere.toml"),
        (["home.csv", "--suite", "nowhere.toml"], "home_files beside --suite"),
        (["--wear", "0.1", "--suite", "nowhere.toml"], "wear beside --suite"),
        (["home.csv", "--time-zone", "Europe/Paris", "--jobs", "0"], "--jobs 0"),
    ],
)
def test_backtest_says_what_it_lacks(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["backtest", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_prices_measures_a_file_or_learns_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spot = str(written(tmp_path, 60))
    assert main(["prices", spot, "--column", "eur", "--start", "2025-02-10", "--end", "2025-02-25"]) == 0
    assert capsys.readouterr().out.startswith("eur, 15 days")
    assert main(["prices", spot, "--column", "eur", "--learn"]) == 0
    assert capsys.readouterr().out.count("PriceWeights(") == 7
    assert main(["prices", spot, "--column", "nothing"]) == 1
    assert "no column nothing" in capsys.readouterr().err


def test_watchdog_prints_a_package_for_the_home_of_apps_yaml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        msg = "AppDaemon's own reading of the tag"
        raise ValueError(msg)

    taught = {**yaml.SafeLoader.yaml_constructors, "!secret": refuse}
    monkeypatch.setattr(yaml.SafeLoader, "yaml_constructors", taught)
    apps = tmp_path / "apps.yaml"
    apps.write_text(
        """
helper: {module: other, class: Other, token: !secret token}
darkstar_executor:
  module: darkstar.executor
  class: Executor
  home:
    battery: {capacity_kwh: 10, max_charge_kw: 5, max_discharge_kw: 5}
    inverter: {entities: {grid_charging: switch.my_grid_charging}}
    prices: {source: fixed, fixed_per_kwh: 1.0}
    entities: {battery_soc: sensor.soc}
""",
        encoding="utf-8",
    )
    assert main(["watchdog", str(apps)]) == 0
    package = yaml.safe_load(capsys.readouterr().out)
    assert package["automation"][0]["id"] == "darkstar_watchdog"
    assert "switch.my_grid_charging" in str(package)


@pytest.mark.parametrize(
    ("text", "words"), [("", "no app"), ("a: [", "not valid YAML"), ("a: {home: {x: 1}}", "fault")]
)
def test_a_wrong_apps_yaml_gets_words(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apps = tmp_path / "apps.yaml"
    apps.write_text(text, encoding="utf-8")
    assert main(["watchdog", str(apps)]) == 1
    assert words in capsys.readouterr().err
