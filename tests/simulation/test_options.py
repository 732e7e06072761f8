import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.simulation.options import BacktestOptions, add_arguments, from_arguments

NEEDED = ["home.csv", "--prices", "a.csv", "b.csv.gz", "--time-zone", "Europe/Stockholm"]


def parse(*arguments: str) -> BacktestOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return from_arguments(parser.parse_args([*NEEDED, *arguments]))


def test_defaults_are_those_of_the_options() -> None:
    expected = BacktestOptions(
        home_file=Path("home.csv"), prices=(Path("a.csv"), Path("b.csv.gz")), time_zone="Europe/Stockholm"
    )
    assert parse() == expected


def test_times_without_offset_are_local() -> None:
    options = parse("--start", "2025-07-03", "--end", "2025-08-01T00:00+00:00")
    assert options.start == datetime(2025, 7, 2, 22, tzinfo=UTC)
    assert options.end == datetime(2025, 8, 1, tzinfo=UTC)


def test_a_home_without_pv() -> None:
    assert parse("--pv-column", "none").pv_column is None


def test_the_tariff_is_multiplier_times_spot_plus_addition() -> None:
    tariff = parse("--import-multiplier", "1.25", "--import-addition", "0.85575").home(60).tariff
    noon = datetime(2025, 7, 3, 12, tzinfo=UTC)
    assert tariff.import_price(0.4, noon) == pytest.approx(1.25 * 0.4 + 0.85575)
    assert tariff.export_price(-0.1) == pytest.approx(-0.1)


def test_the_home_is_as_described() -> None:
    home = parse("--battery-kwh", "7", "--battery-kw", "3", "--min-soc-percent", "12", "--wear", "0.03").home(30)
    assert (home.battery.capacity_kwh, home.battery.max_charge_kw, home.battery.max_discharge_kw) == (7, 3, 3)
    assert (home.battery.min_soc_percent, home.battery.wear_cost_per_kwh) == (12, 0.03)
    assert home.planner.slot_minutes == 30
    assert home.longitude == 15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--import-multiplier", "0.9"], "--import-multiplier 0.9"),
        (["--replan-minutes", "45"], "--replan-minutes 45"),
        (["--start-soc-percent", "120"], "--start-soc-percent 120"),
        (["--battery-kwh", "-1"], "capacity_kwh"),
    ],
)
def test_values_out_of_range_are_named(arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(*arguments).home(60)


def test_an_unknown_time_zone_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--time-zone", "Mars/Olympus")
    assert "Mars/Olympus" in capsys.readouterr().err


def test_what_was_changed_can_be_typed_again() -> None:
    given = ["--start", "2025-07-03T00:00:00+00:00", "--pv-column", "none", "--export-floor", "0.0", "--wear", "0.03"]
    options = parse(*given)
    assert options.changed.startswith("--prices a.csv b.csv.gz --time-zone Europe/Stockholm ")
    assert parse(*options.changed.split()[5:]) == options
