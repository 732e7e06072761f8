"""`whatif`, `advise` and `ledger` on the data folder of a home; the past agrees with `backtest` to the cent."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from darkstar.__main__ import main
from darkstar.home.apps_file import home_from
from darkstar.home.observation import Observation
from darkstar.home.slots import local_date, local_day
from darkstar.simulation.whatif.own_world import Effort
from darkstar.storage.database import Database
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans, SavedPlan
from darkstar.storage.prices import Prices
from tests.simulation.measured_homes import sun_and_supper, two_level_prices
from tests.simulation.whatif.lives import planned

DAY = timedelta(days=1)
SETTINGS: dict[str, Any] = {
    "time_zone": "Europe/Stockholm",
    "latitude": 50.0,
    "longitude": 15.0,
    "battery": {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5, "min_soc_percent": 0},
    "inverter": {"profile": "deye", "entities": {"grid_charging": "switch.grid", "work_mode": "select.mode"}},
    "prices": {"source": "nordpool_sensor", "entity": "sensor.nordpool"},
    "entities": {"battery_soc": "sensor.soc"},
    "planner": {"slot_minutes": 60, "scenario_days": 0},
    "load_forecast": {"model": "same_slot"},
    "executor": {"low_soc_export_percent": 0},
}
COARSE = Effort(replan_minutes=1440, tick_minutes=15, slot_minutes=60)


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    """A home that was measured for two whole days, up to now."""
    folder = tmp_path / "apps"
    folder.mkdir()
    path = folder / "apps.yaml"
    path.write_text(yaml.safe_dump({"darkstar_planner": {"module": "darkstar.planner", "home": SETTINGS}}))
    return path


@pytest.fixture
def database(apps: Path) -> Iterator[Database]:
    with Database.open(apps.parent.parent / "darkstar" / "darkstar.sqlite3", datetime.now(UTC)) as opened:
        yield opened


def span(apps: Path) -> tuple[datetime, datetime]:
    zone = home_from(apps).zone
    today = local_date(datetime.now(UTC), zone)
    return local_day(today - 2 * DAY, zone)[0], local_day(today, zone)[0]


def measure(apps: Path, database: Database) -> list[Observation]:
    start, end = span(apps)
    series = sun_and_supper(start, end)
    rows = [
        Observation(
            slot.start,
            0.25,
            load_kwh=load,
            pv_kwh=pv,
            import_kwh=max(load - pv, 0.0),
            export_kwh=max(pv - load, 0.0),
            charge_kwh=0.0,
            discharge_kwh=0.0,
            soc_percent=50.0,
        )
        for slot, load, pv in zip(series.slots, series.load_kwh, series.pv_kwh, strict=True)
    ]
    before = Observation(start - timedelta(minutes=15), 0.25, soc_percent=50.0)
    Observations(database).save([before, *rows])
    Prices(database).save(two_level_prices(start - DAY, end + 2 * DAY))
    return rows


def backtest_files(folder: Path, apps: Path, rows: list[Observation]) -> list[str]:
    """The same input as files, and the options that describe the same home."""
    start, end = span(apps)
    with (folder / "home.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("timestamp_utc", "load_kwh", "pv_kwh"), *((r.start.isoformat(), r.load_kwh, r.pv_kwh) for r in rows)]
        )
    prices = two_level_prices(start - DAY, end + 2 * DAY).prices
    with (folder / "prices.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("timestamp_utc", "price"), *((price.start.isoformat(), price.import_per_kwh) for price in prices)]
        )
    named = "--time-zone Europe/Stockholm --latitude 50 --longitude 15 --export-share 0.5 --forecast same_slot"
    coarse = "--replan-minutes 1440 --tick-minutes 15 --slot-minutes 60 --scenario-days 0"
    return [str(folder / "home.csv"), "--prices", str(folder / "prices.csv"), *named.split(), *coarse.split()]


def test_the_past_agrees_with_the_backtest_command_to_the_cent(
    apps: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("darkstar.simulation.whatif.past.FINE", COARSE)
    rows = measure(apps, database)
    answers = tmp_path / "answers.json"
    asked = ["whatif", str(apps), "--only", "past", "--battery-kwh", "4", "--jobs", "1", "--json", str(answers)]
    assert main([*asked, "--progress", str(tmp_path / "percent")]) == 0
    assert (tmp_path / "percent").read_text() == "100"
    found = json.loads(answers.read_text())["past"]
    scores = tmp_path / "scores.json"
    files = backtest_files(tmp_path, apps, rows)
    for size, cases in (("10", found["as_is"]), ("4", found["changed"])):
        soc = "50" if size == "10" else "100"
        assert main(["backtest", *files, "--battery-kwh", size, "--start-soc-percent", soc, "--json", str(scores)]) == 0
        costs = {score["name"]: score["cost"] for score in json.loads(scores.read_text())[0]["scores"]}
        for case in cases:
            assert case["cost"] == pytest.approx(costs[case["name"]], abs=0.005)
    assert "battery of 4 kWh instead of 10" in capsys.readouterr().out


def test_the_ledger_agrees_with_the_backtest_command_to_the_cent(
    apps: Path, database: Database, tmp_path: Path
) -> None:
    rows = measure(apps, database)
    lines = tmp_path / "ledger.csv"
    assert main(["ledger", str(apps), "--enter", "--by", "year", "--csv", str(lines)]) == 0
    scores = tmp_path / "scores.json"
    assert main(["backtest", *backtest_files(tmp_path, apps, rows), "--json", str(scores)]) == 0
    costs = {score["name"]: score["cost"] for score in json.loads(scores.read_text())[0]["scores"]}
    with lines.open() as file:
        years = list(csv.DictReader(file))
    if len(years) == 1:  # two days around New Year are in two years
        assert float(years[0]["no_battery"]) == pytest.approx(costs["no battery"], abs=0.005)
        assert float(years[0]["self_consumption"]) == pytest.approx(costs["self-consumption"], abs=0.005)
        assert float(years[0]["paid"]) == pytest.approx(costs["no battery"], abs=0.005)
    assert sum(int(year["complete_days"]) for year in years) == 2


def plan_it(database: Database) -> None:
    made = planned()
    Plans(database).save(SavedPlan(made.request, made.plan, made.policy))
    Forecasts(database).save(made.forecast)


def test_ahead_export_and_advice_are_printed(
    apps: Path, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan_it(database)
    answers = tmp_path / "answers.json"
    assert main(["whatif", str(apps), "--only", "ahead", "--battery-kw", "2", "--json", str(answers)]) == 0
    assert "battery power of 2 kW instead of 5" in capsys.readouterr().out
    assert json.loads(answers.read_text())["ahead"]["changed"]["cost"]
    assert main(["whatif", str(apps), "--export-kwh", "2", "--json", str(answers)]) == 0
    assert "kWh" in capsys.readouterr().out
    assert json.loads(answers.read_text())["export"]["asked_kwh"] == 2
    assert main(["advise", str(apps), "--json", str(answers)]) == 0
    assert "dishwasher (1.1 kWh): the plan is over" in capsys.readouterr().out


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
def test_the_ledger_is_printed_by_every_period(
    apps: Path, database: Database, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    measure(apps, database)
    assert main(["ledger", str(apps), "--enter", "--by", by]) == 0
    out = capsys.readouterr().out
    assert "2 days entered" in out or "3 days entered" in out
    assert "self-consumption" in out
    assert main(["ledger", str(apps), "--regret"]) == 0
    assert "no forecast of this day is stored" in capsys.readouterr().out
    assert main(["ledger", str(apps), "--shadow"]) == 0
    assert "No complete day of shadow mode" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["whatif"], "nothing is changed"),
        (["whatif", "--battery-kwh", "-1"], "battery_kwh: Input should be greater than 0"),
        (["whatif", "--tariff", "vat"], "write a name and a number"),
        (["whatif", "--tariff", "vat=2", "--only", "past"], "no day has measured load"),
        (["whatif", "--risk", "2", "--only", "ahead"], "no plan is stored yet"),
        (["whatif", "--export-kwh", "2"], "no plan is stored yet"),
        (["advise"], "no plan is stored yet"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(
    apps: Path, database: Database, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *others = arguments
    assert main([command, str(apps), *others]) == 1
    assert words in capsys.readouterr().err


def test_a_home_without_data_is_refused(apps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", str(apps)]) == 1
    assert "is not there: give the apps.yaml" in capsys.readouterr().err
