from dataclasses import replace
from pathlib import Path

import pytest

from darkstar.simulation.backtest.jobs import run_all
from darkstar.simulation.backtest.run import BacktestResult
from darkstar.simulation.backtest.summary import differences, from_json, summary, to_json
from tests.simulation.backtest.samples import home_table, two_days


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[BacktestResult, ...]:
    folder = tmp_path_factory.mktemp("summary")
    options = two_days(folder, name="first")
    home_table(seed=6).to_csv(folder / "other.csv", index=False)
    other = replace(options, home_file=folder / "other.csv", name="second")
    return run_all((options, other, replace(options, tariff="D", baselines=True)))


def test_every_run_has_a_line(results: tuple[BacktestResult, ...]) -> None:
    lines = summary(results).splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["first", "second", "first"]
    assert all("B EUR" in line for line in lines[2:4])
    assert "D EUR" in lines[4]
    assert "1/1" in lines[4] or "0/1" in lines[4]


def test_what_was_asked_for_besides_has_a_line(results: tuple[BacktestResult, ...]) -> None:
    lines = [line for line in summary(results).splitlines() if "oracle forecast" in line]
    assert len(lines) == 1
    assert lines[0].startswith("first, D EUR, 5/5, wear 0, mismatch none: 4 cheapest hours ")


def test_homes_of_the_same_tariff_have_a_median(results: tuple[BacktestResult, ...]) -> None:
    medians = [line for line in summary(results).splitlines() if "median" in line]
    assert len(medians) == 1
    assert medians[0].startswith("B EUR, battery 5/5, wear 0, mismatch none: Darkstar median ")
    assert medians[0].endswith("of 2 homes")


def test_all_numbers_survive_json(results: tuple[BacktestResult, ...], tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_bytes(to_json(results))
    assert from_json(path) == results


def test_runs_are_compared_with_those_of_before(results: tuple[BacktestResult, ...]) -> None:
    worse = tuple(
        replace(
            result,
            scores=tuple(
                replace(score, day_costs=tuple(cost + 1 for cost in score.day_costs)) for score in result.scores
            ),
        )
        for result in results[:2]
    )
    lines = differences(results, worse).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("first, B EUR, 5/5, wear 0, mismatch none: Darkstar +2.00 EUR (95 %: +2.00 to +2.00)")


def test_runs_that_have_nothing_in_common_are_refused(results: tuple[BacktestResult, ...]) -> None:
    with pytest.raises(ValueError, match="--compare: no run"):
        differences(results[:1], results[1:2])


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.json"
    path.write_text('[{"a": 1}]')
    with pytest.raises(ValueError, match=r"foreign.json: not a result of `backtest --json`"):
        from_json(path)
