import argparse
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from darkstar.home.sources import LoadForecastSettings
from darkstar.simulation.backtest.arguments import add_arguments, requests
from darkstar.simulation.backtest.options import BacktestOptions, ForecastModel

NEEDED = ["home.csv", "--prices", "a.csv", "b.csv.gz", "--time-zone", "Europe/Stockholm"]


def parse(*arguments: str) -> BacktestOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    (options,) = requests(parser.parse_args([*NEEDED, *arguments]))
    return options


def test_the_tariff_is_multiplier_times_spot_plus_addition() -> None:
    tariff = parse("--import-multiplier", "1.25", "--import-addition", "0.85575").home(60).tariff
    noon = datetime(2025, 7, 3, 12, tzinfo=UTC)
    assert tariff.import_price(0.4, noon) == pytest.approx(1.25 * 0.4 + 0.85575)
    assert tariff.export_price(-0.1) == pytest.approx(-0.1)


def test_a_power_tariff_of_ones_own() -> None:
    power = parse("--power-price", "50", "--power-peaks", "1").terms.power
    assert power is not None
    assert (power.price_per_kw, power.peaks) == (50, 1)
    assert parse().terms.power is None


def test_the_home_knows_its_power_tariff() -> None:
    (charge,) = parse("--tariff", "D", "--currency", "SEK").home(60).grid.power_tariffs
    assert (charge.month_price_per_kw, charge.count, charge.interval_minutes, charge.different_days) == (
        80,
        3,
        60,
        True,
    )
    assert parse("--tariff", "A").home(60).grid.power_tariffs == ()


def test_the_forecaster_may_be_chosen() -> None:
    assert parse("--forecast", "same_slot").home(60).load_forecast.model == "same_slot"
    assert parse().home(60).load_forecast == LoadForecastSettings()
    assert get_args(ForecastModel) == get_args(LoadForecastSettings.model_fields["model"].annotation)


def test_the_home_is_as_described() -> None:
    home = parse("--battery-kwh", "7", "--battery-kw", "3", "--min-soc-percent", "12", "--wear", "0.03").home(30)
    assert (home.battery.capacity_kwh, home.battery.max_charge_kw, home.battery.max_discharge_kw) == (7, 3, 3)
    assert (home.battery.min_soc_percent, home.battery.wear_cost_per_kwh) == (12, 0.03)
    assert home.planner.slot_minutes == 30
    assert home.longitude == 15
    assert home.grid.max_import_kw is None


def test_the_grid_connection_is_as_described() -> None:
    grid = parse("--max-import-kw", "11", "--max-export-kw", "0").home(60).grid
    assert (grid.max_import_kw, grid.max_export_kw) == (11, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--import-multiplier", "0.9"], "--import-multiplier 0.9"),
        (["--replan-minutes", "45"], "--replan-minutes 45"),
        (["--start-soc-percent", "120"], "--start-soc-percent 120"),
        (["--battery-kwh", "-1"], "capacity_kwh"),
        (["--tick-minutes", "0"], "--tick-minutes 0"),
        (["--power-price", "-1"], "--power-price -1"),
        (["--power-peaks", "0"], "--power-peaks 0"),
        (["--pv-skill", "1.5"], "--pv-skill 1.5"),
        (["--train-every-days", "0"], "--train-every-days 0"),
        (["--warm-up-days", "-1"], "--warm-up-days -1"),
        (["--train-every-days", "15"], "--train-every-days 15"),
        (["--train-every-days", "7", "--forecast", "ridge"], "--forecast ridge is not trained"),
        (["--forecast", "trees"], "add --train-every-days 7"),
        (["--tariff", "A", "--feed-in", "0.1"], "--tariff A settles --feed-in: leave one out"),
    ],
)
def test_values_out_of_range_are_named(arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(*arguments).home(60)


def test_a_home_has_a_name() -> None:
    assert parse().title == "home"
    assert parse("--name", "My home").title == "My home"
    assert parse("--load-column", "h01_load").title == "home h01_load"


@pytest.mark.parametrize(
    "given",
    [
        ["--start", "2025-07-03T00:00:00+00:00", "--pv-column", "none", "--export-floor", "0.0", "--wear", "0.03"],
        ["--tariff", "D", "--currency", "SEK", "--regret", "--name", "Two words", "--mismatch", "soc+commands"],
        ["--import-addition", "-0.1", "--price-factor", "0.011", "--interval-minutes", "15"],
        ["--train-every-days", "7", "--forecast", "blend"],
    ],
)
def test_the_command_gives_the_same_run_again(given: list[str]) -> None:
    options = parse(*given)
    words = shlex.split(options.command)
    assert words[:5] == ["python", "-m", "darkstar", "backtest", "home.csv"]
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert requests(parser.parse_args(words[4:])) == (options,)


def test_only_what_was_changed_is_shown() -> None:
    assert parse("--wear", "0").changed == "--time-zone Europe/Stockholm --prices a.csv b.csv.gz"


def test_times_are_those_of_the_home() -> None:
    assert parse("--start", "2025-07-03").start == datetime(2025, 7, 2, 22, tzinfo=UTC)
    assert parse().home_file == Path("home.csv")
