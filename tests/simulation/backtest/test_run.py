from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.report import render
from darkstar.simulation.backtest.run import BacktestResult, run
from darkstar.simulation.backtest.scoring import Score
from darkstar.simulation.series import SeriesError
from tests.simulation.backtest.samples import START, five_days, two_days


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> BacktestOptions:
    """Five spring days of an invented home, as files, with a tariff of its own."""
    return five_days(
        tmp_path_factory.mktemp("backtest"),
        tariff=None,
        price_factor=0.001,
        import_multiplier=1.2,
        import_addition=0.1,
        export_floor=0.0,
    )


@pytest.fixture(scope="module")
def result(options: BacktestOptions) -> BacktestResult:
    return run(options)


def test_darkstar_beats_the_simple_rules_and_not_the_possible(result: BacktestResult) -> None:
    cost = {score.name: score.cost for score in result.scores}
    assert cost["Darkstar"] < cost["self-consumption"] < cost["no battery"]
    assert cost["Darkstar"] < cost["4 cheapest hours"]
    assert cost["perfect foresight"] == min(cost.values())


def test_every_plan_is_counted(result: BacktestResult) -> None:
    assert result.effort.statuses == {"policy alone": 41}


def test_plans_may_be_solved_for_the_same_money(tmp_path: Path) -> None:
    lean, full = (run(two_days(tmp_path, solve_plans=solve)) for solve in (False, True))
    assert set(full.effort.statuses) == {"optimal"}
    assert full.score("Darkstar").cost == pytest.approx(lean.score("Darkstar").cost, abs=1e-9)


def test_no_limit_was_broken(result: BacktestResult) -> None:
    assert [score.violations.total for score in result.scores] == [0] * 5


def test_the_result_is_rendered_with_its_parameters(result: BacktestResult) -> None:
    text = render(result)
    assert "home.csv, 2026-04-07 00:00 to 2026-04-12 00:00 Europe/Stockholm, 60-minute intervals as measured" in text
    assert "battery 5 kWh, 5 kW, one-way efficiency 0.95" in text
    assert "--import-multiplier 1.2 --import-addition 0.1" in text
    assert "41 plans (41 policy alone), one per 180 minutes" in text
    assert "Darkstar less self-consumption: -" in text
    names = ["no battery", "self-consumption", "4 cheapest hours", "Darkstar", "perfect foresight"]
    lines = [line for line in text.splitlines() if line.startswith(tuple(f"{name}  " for name in names))]
    assert [line.split("  ")[0] for line in lines] == names
    assert len({len(line) for line in lines}) == 1


def test_a_score_that_is_not_there_is_missed(result: BacktestResult) -> None:
    with pytest.raises(KeyError, match="somebody"):
        result.score("somebody")


def test_a_period_without_prices_is_refused(options: BacktestOptions, tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("timestamp_utc,eur_mwh\n2026-04-06T22:00:00Z,50\n2026-04-06T23:00:00Z,40\n")
    with pytest.raises(SeriesError, match=r"no price for 118 interval\(s\)"):
        run(replace(options, prices=(prices,)))


def test_prices_are_needed_where_they_matter(options: BacktestOptions) -> None:
    with pytest.raises(ValueError, match="--prices is missing"):
        run(replace(options, prices=()))


def test_hourly_data_spread_over_quarter_hours_says_so(tmp_path: Path) -> None:
    spread = run(two_days(tmp_path, interval_minutes=15, tick_minutes=15))
    assert (spread.minutes, spread.measured_minutes) == (15, 60)
    assert "15-minute intervals: the file's 60 minutes SPREAD EVENLY over them" in render(spread)
    whole = run(two_days(tmp_path, tick_minutes=15))
    assert spread.score("no battery").cost == pytest.approx(whole.score("no battery").cost, rel=0.05)
    assert spread.score("no battery").import_kwh == pytest.approx(whole.score("no battery").import_kwh)


def test_the_fuse_holds_and_is_told(tmp_path: Path) -> None:
    options = two_days(tmp_path, max_import_kw=2.0, max_export_kw=0.5, tick_minutes=5)
    limited = run(options)
    text = render(limited)
    assert "grid: import at most 2 kW, export at most 0.5 kW" in text
    assert [score.violations.total for score in limited.scores] == [0] * 5
    assert (
        limited.score("no battery").export_kwh
        < run(replace(options, max_export_kw=None)).score("no battery").export_kwh
    )


def test_a_power_tariff_is_part_of_every_cost(tmp_path: Path) -> None:
    plain, charged = (run(two_days(tmp_path, tariff=letter, baselines=True)) for letter in ("B", "D"))
    assert "Peaks within 5%" in render(charged)
    for name in ("no battery", "self-consumption"):
        before, after = plain.score(name), charged.score(name)
        assert after.power_cost > 0
        assert after.cost == pytest.approx(before.cost + after.power_cost)
    # Two days are no history to forecast from: what knowing the tariff is worth shows with a true forecast.
    assert charged.score("oracle forecast").power_cost < charged.score("power tariff not known").power_cost
    best = charged.score("perfect foresight")
    assert best.cost < plain.score("perfect foresight").cost + _peak_cost(plain.score("perfect foresight"))
    assert best.cost == min(score.cost for score in charged.scores)


def _peak_cost(score: Score) -> float:
    return 7.27 * sum(month.mean_kw for month in score.peaks)


def test_a_fixed_tariff_needs_no_price_file(tmp_path: Path) -> None:
    result = run(two_days(tmp_path, tariff="E", prices=()))
    assert result.tariff.startswith("E: import 0.32 from 06 to 22")
    assert result.score("perfect foresight").cost == min(score.cost for score in result.scores)


def test_what_was_measured_before_the_period_is_history_only(tmp_path: Path) -> None:
    warm = two_days(tmp_path, warm_up_days=2, end=None)
    assert run(warm).start == START + timedelta(days=2)
    later = replace(warm, start=START + timedelta(days=2))
    assert run(later).score("Darkstar").cost == run(warm).score("Darkstar").cost
    cold = run(replace(later, warm_up_days=0))
    assert cold.start == run(later).start
    assert cold.score("perfect foresight").cost == run(later).score("perfect foresight").cost
    assert cold.score("Darkstar").cost != run(later).score("Darkstar").cost


def test_a_warm_up_leaves_something_to_run(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="--warm-up-days 5: the home has 5 days"):
        run(two_days(tmp_path, warm_up_days=5, end=None))


def test_knowing_more_is_worth_something(tmp_path: Path) -> None:
    result = run(five_days(tmp_path, baselines=True, regret=True, tick_minutes=60, replan_minutes=480))
    cost = {score.name: score.cost for score in result.scores}
    assert cost["oracle forecast"] < cost["Darkstar"]
    assert cost["perfect foresight"] < cost["everything known"] < cost["Darkstar"]
    regret = result.regret
    assert regret is not None
    assert regret.total == pytest.approx(cost["Darkstar"] - cost["perfect foresight"])
    parts = regret.load + regret.pv + regret.prices + regret.execution + regret.overlap
    assert parts == pytest.approx(regret.total)
    assert regret.execution < regret.total / 2
    assert "Missed" in render(result)
    assert {"naive forecast, modes", "mean of 7 days"} < cost.keys()


@pytest.mark.parametrize("mismatch", ["efficiency", "capacity", "soc", "commands", "sensors", "efficiency+sensors"])
def test_a_home_that_is_not_as_told_is_survived(tmp_path: Path, mismatch: str) -> None:
    options = two_days(tmp_path, mismatch=mismatch, tick_minutes=20)
    once, again = run(options), run(options)
    assert once.score("Darkstar").cost == again.score("Darkstar").cost
    assert [score.violations.total for score in once.scores] == [0] * 5
    assert once.score("Darkstar").cost < once.score("no battery").cost
    assert f"mismatch: {mismatch}, seed 1" in render(once)
