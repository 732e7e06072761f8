"""How long planning takes on this machine, how much memory it needs, and how near it is to the optimum."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import ceil, inf
from multiprocessing import get_context
from os import times
from statistics import median
from time import perf_counter

from ..optimizer.ledger import settle
from ..optimizer.plan import PlanStatus
from ..optimizer.request import PlanRequest
from ..optimizer.schedule import within_limits
from ..optimizer.solve import plan
from ..policy.commitments import commitments_of
from ..policy.recursion import build as build_policy
from .planning_requests import SAMPLES, Prices, Sample, battery_home, full_home, prices_of, two_weeks

_LONG_HORIZONS = 10
"""14 days are planned for this part of the requests."""
_MEGABYTE_KIB = 1024
_UNIT = 1 if sys.platform != "darwin" else 1024
"""macOS counts memory in bytes, others in KiB."""
_PROOF_GAP = 1e-3
"""Money at which a proof is good enough."""
_COLUMNS = (
    ("count", 7),
    ("median s", 10),
    ("p99 s", 8),
    ("worst s", 9),
    ("CPU med.", 10),
    ("CPU p99", 9),
    ("optimal", 9),
    ("feasible", 10),
    ("fallback", 10),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one plan with policy and reasons: by the clock, and of the processor with the solver's."""

    seconds: float
    cpu_seconds: float
    status: PlanStatus


@dataclass(frozen=True, slots=True)
class Proof:
    """The money of a plan, and what HiGHS found and proved for the complete model, in money."""

    ours: float
    best: float
    bound: float
    cost: float

    @property
    def loss_percent(self) -> float:
        """How much dearer the plan is than the best known, in percent of what the best one costs."""
        return 100 * (self.ours - self.best) / max(abs(self.cost), 1.0)


def run(requests: int, proofs: int, proof_seconds: float, first: int = 0) -> Iterator[str]:
    """The lines of the report, as they get ready.

    Args:
        requests: how many requests per case.
        proofs: how many of them are compared with a proven optimum.
        proof_seconds: how long HiGHS may take for a proof.
        first: number of the first request; others than usual tell whether the usual ones flatter.
    """
    yield f"plan + policy (28 scenarios) + reasons, one solver thread, {requests} request(s) per case"
    columns = "".join(f"{title:>{width}}" for title, width in _COLUMNS)
    yield f"{'case':<42}{columns}"
    yield from _times("battery + heater + car + power tariff", full_home, first, requests)
    yield from _times("battery alone", battery_home, first, requests)
    yield from _times("14 days hourly, two batteries", two_weeks, first, ceil(requests / _LONG_HORIZONS))
    yield ""
    yield from _memory()
    if proofs:
        yield ""
        yield from _proofs(first, proofs, proof_seconds)


def measure(sample: Sample) -> Timing:
    """Plan a request as the planner does."""
    started, cpu_started = perf_counter(), _cpu_seconds()
    made = plan(sample.request)
    build_policy(sample.request, commitments_of(sample.request, made), sample.scenarios)
    return Timing(perf_counter() - started, _cpu_seconds() - cpu_started, made.status)


def prove(request: PlanRequest, seconds: float) -> Proof:
    """Compare the plan of a request with the best that HiGHS finds for the complete model.

    Raises:
        SolverFailedError: HiGHS found nothing in time.
    """
    from ..optimizer.model.build import build
    from ..optimizer.solvers import Highs

    made = plan(request)
    model = build(request)
    answer = Highs().solve(model.problem, seconds, _PROOF_GAP / model.price_level)
    best = settle(request, within_limits(request, model.schedule()))
    proven = answer.objective if answer.proven else -inf
    bound = (proven if answer.bound is None else answer.bound) * model.price_level
    cheaper = min(made.objective, best.objective)
    return Proof(made.objective, cheaper, min(bound, cheaper), best.cost)


def megabytes(case: str, number: int) -> tuple[float, float]:
    """Most memory of this process and of its largest child after a plan; meant for a fresh process."""
    import resource

    measure(SAMPLES[case](number))
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, child = (peak / _UNIT / _MEGABYTE_KIB for peak in peaks)
    return own, child


def _cpu_seconds() -> float:
    """Of this process and its children; those of others on the machine do not count."""
    used = times()
    return used.user + used.system + used.children_user + used.children_system


def _times(name: str, case: Callable[[int], Sample], first: int, count: int) -> Iterator[str]:
    # The first plan of a process loads the libraries.
    measure(case(first))
    timings = [measure(case(number)) for number in range(first, first + count)]
    yield _row(name, timings)
    kinds = {prices_of(first + index): timings[index :: len(Prices)] for index in range(min(len(Prices), count))}
    yield from (_row(f"  {kind.value}", own) for kind, own in kinds.items())


def _row(name: str, timings: Sequence[Timing]) -> str:
    seconds, cpu = sorted(one.seconds for one in timings), sorted(one.cpu_seconds for one in timings)
    place = ceil(0.99 * len(seconds)) - 1
    counts = [sum(one.status is status for one in timings) for status in PlanStatus]
    return (
        f"{name:<42}{len(timings):>7}{median(seconds):>10.3f}{seconds[place]:>8.3f}{seconds[-1]:>9.3f}"
        f"{median(cpu):>10.3f}{cpu[place]:>9.3f}"
        f"{counts[0]:>9}{counts[1]:>10}{counts[2]:>10}"
    )


def _memory() -> Iterator[str]:
    try:
        import resource  # noqa: F401 - whether it exists is the question
    except ImportError:
        yield "memory: this system does not say"
        return
    for name in SAMPLES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            own, child = fresh.submit(megabytes, name, 0).result()
        yield f"memory of a fresh process that plans, {name}: {own:.0f} MB, and {child:.0f} MB of the solver's"


def _proofs(first: int, count: int, seconds: float) -> Iterator[str]:
    from ..optimizer.solvers import SolverFailedError

    yield f"money against the complete model, HiGHS for up to {seconds:g} s; loss in percent of the best plan's cost"
    yield f"{'request':<10}{'prices':<18}{'plan':>11}{'best known':>12}{'proven':>11}{'loss %':>9}"
    losses = []
    for number in range(first, first + count):
        try:
            proof = prove(full_home(number).request, seconds)
        except SolverFailedError as error:
            yield f"{number:<10}{prices_of(number):<18}no proof: {error}"
            continue
        losses.append(proof.loss_percent)
        yield (
            f"{number:<10}{prices_of(number):<18}{proof.ours:>11.3f}{proof.best:>12.3f}{proof.bound:>11.3f}"
            f"{proof.loss_percent:>9.3f}"
        )
    if losses:
        yield f"loss: median {median(losses):.3f} %, worst {max(losses):.3f} %"
