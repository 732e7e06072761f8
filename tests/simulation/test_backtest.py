from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from darkstar.simulation.backtest import BacktestResult, render, run
from darkstar.simulation.options import BacktestOptions
from darkstar.simulation.series import SeriesError
from darkstar.simulation.synthetic import SyntheticHome

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START, END = datetime(2026, 4, 6, 22, tzinfo=UTC), datetime(2026, 4, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> BacktestOptions:
    """Five spring days of an invented home, as files."""
    folder = tmp_path_factory.mktemp("backtest")
    invented = SyntheticHome(5, 55.6, 13.0, STOCKHOLM)
    series = invented.series(START, END, 60)
    times = [slot.start.isoformat() for slot in series.slots]
    pd.DataFrame({"timestamp_utc": times, "load_kwh": series.load_kwh, "pv_kwh": series.pv_kwh}).to_csv(
        folder / "home.csv", index=False
    )
    spot = invented.spot_between(datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 4, 14, tzinfo=UTC))
    prices = {"timestamp_utc": [price.start.isoformat() for price in spot], "eur_mwh": [1e3 * p.per_kwh for p in spot]}
    pd.DataFrame(prices).to_csv(folder / "prices.csv.gz", index=False)
    return BacktestOptions(
        home_file=folder / "home.csv",
        prices=(folder / "prices.csv.gz",),
        price_column="eur_mwh",
        price_factor=0.001,
        import_multiplier=1.2,
        import_addition=0.1,
        export_floor=0.0,
        time_zone="Europe/Stockholm",
        latitude=55.6,
        longitude=13.0,
        battery_kwh=5.0,
        replan_minutes=180,
    )


@pytest.fixture(scope="module")
def result(options: BacktestOptions) -> BacktestResult:
    return run(options)


def test_darkstar_beats_the_simple_rules_and_not_the_possible(result: BacktestResult) -> None:
    cost = {score.name: score.cost for score in result.scores}
    assert cost["Darkstar"] < cost["self-consumption"] < cost["no battery"]
    assert cost["Darkstar"] < cost["4 cheapest hours"]
    assert cost["perfect foresight"] == min(cost.values())


def test_every_plan_was_solved(result: BacktestResult) -> None:
    assert result.effort.statuses == {"optimal": 41}


def test_the_result_is_rendered_with_its_parameters(result: BacktestResult) -> None:
    text = render(result)
    assert "home.csv, 2026-04-07 00:00 to 2026-04-12 00:00 Europe/Stockholm" in text
    assert "battery 5 kWh, 5 kW, one-way efficiency 0.95" in text
    assert "--import-multiplier 1.2 --import-addition 0.1" in text
    assert "41 plans (41 optimal), one per 180 minutes" in text
    names = ["no battery", "self-consumption", "4 cheapest hours", "Darkstar", "perfect foresight"]
    lines = [line for line in text.splitlines() if line.startswith(tuple(names))]
    assert [line.split("  ")[0] for line in lines] == names
    assert len({len(line) for line in lines}) == 1


def test_a_period_without_prices_is_refused(options: BacktestOptions, tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("timestamp_utc,eur_mwh\n2026-04-06T22:00:00Z,50\n2026-04-06T23:00:00Z,40\n")
    changed = {**{name: getattr(options, name) for name in options.__slots__}, "prices": (prices,)}
    with pytest.raises(SeriesError, match=r"no price for 118 interval\(s\)"):
        run(BacktestOptions(**changed))
