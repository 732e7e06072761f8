"""Independent runs side by side: on the cores of this machine, or wherever joblib's backend takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import joblib

from .loop import Progress
from .options import BacktestOptions
from .run import BacktestResult, run


def run_all(
    requests: Sequence[BacktestOptions], jobs: int | None = None, progress: Progress | None = None
) -> tuple[BacktestResult, ...]:
    """Run all requests, `jobs` at a time (-1: one per core; None: as joblib is configured, else one).

    Results come in the order of the requests. The runs go through joblib's backend registry: inside
    `joblib.parallel_config(backend="dask")` or `"ray"` the same call spreads over that cluster.

    Raises:
        SeriesError: a request's files do not fit together.
        ValueError: an option is out of its range.
    """
    if len(requests) == 1 and jobs in {None, 1}:
        return (run(requests[0], progress),)
    finished = joblib.Parallel(n_jobs=jobs, return_as="generator", batch_size=1)(
        joblib.delayed(run)(request) for request in requests
    )
    results = []
    for result in finished:
        results.append(result)
        if progress is not None:
            progress(len(results), len(requests))
    return tuple(results)


@contextmanager
def local_dask_cluster(workers: int) -> Iterator[None]:
    """Within it, `run_all` runs on a Dask cluster of that many processes on this machine.

    Raises:
        ValueError: Dask is not installed.
    """
    try:
        from dask.distributed import Client
    except ImportError as error:
        msg = "--dask needs Dask (pip install 'dask[distributed]'); --jobs does without"
        raise ValueError(msg) from error
    with (
        Client(n_workers=workers, threads_per_worker=1, dashboard_address=None),  # type: ignore[no-untyped-call] # its code has no types
        joblib.parallel_config(backend="dask", n_jobs=workers),
    ):
        yield
