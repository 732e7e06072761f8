from collections.abc import Sequence
from dataclasses import replace

import joblib
import pytest

from darkstar.simulation.backtest.jobs import local_dask_cluster, run_all
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.run import BacktestResult
from darkstar.simulation.series import SeriesError
from tests.simulation.backtest.samples import two_days


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> tuple[BacktestOptions, ...]:
    options = two_days(tmp_path_factory.mktemp("jobs"))
    return tuple(replace(options, battery_kwh=capacity_kwh) for capacity_kwh in (5.0, 10.0))


@pytest.fixture(scope="module")
def serial(requests: tuple[BacktestOptions, ...]) -> tuple[BacktestResult, ...]:
    return run_all(requests)


def numbers(results: Sequence[BacktestResult]) -> list[object]:
    """Everything but times."""
    return [(result.options, result.scores, result.effort.statuses) for result in results]


def test_runs_come_in_the_order_of_the_requests(serial: tuple[BacktestResult, ...]) -> None:
    assert [result.options.battery_kwh for result in serial] == [5, 10]
    assert serial[1].score("Darkstar").cost < serial[0].score("Darkstar").cost


def test_processes_give_the_same_numbers(
    requests: tuple[BacktestOptions, ...], serial: tuple[BacktestResult, ...]
) -> None:
    told: list[tuple[int, int]] = []
    parallel = run_all(requests, 2, lambda done, total: told.append((done, total)))
    assert numbers(parallel) == numbers(serial)
    assert told == [(1, 2), (2, 2)]


def test_a_local_dask_cluster_gives_the_same_numbers(
    requests: tuple[BacktestOptions, ...], serial: tuple[BacktestResult, ...]
) -> None:
    with local_dask_cluster(2):
        assert "Dask" in type(joblib.parallel.get_active_backend()[0]).__name__
        spread = run_all(requests)
    assert numbers(spread) == numbers(serial)


def test_a_fault_in_a_job_arrives(requests: tuple[BacktestOptions, ...]) -> None:
    broken = replace(requests[0], load_column="nothing")
    with pytest.raises(SeriesError, match="no column nothing"):
        run_all((requests[0], broken), 2)
