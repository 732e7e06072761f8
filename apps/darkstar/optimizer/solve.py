"""Kepler: a plan request in, a plan out, whatever happens to the solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from .bundle import plan_id_of
from .explain import explain
from .fallback import self_consumption, walked_values
from .ledger import Ledger, settle
from .model import Model, build
from .plan import Plan, PlanRequest, PlanStatus
from .schedule import within_limits
from .solvers import Answer, Solver, SolverFailedError, candidates, solve_with_first

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Solution:
    """The account of the best schedule found, how good it is, and what a stored kWh is worth per slot."""

    ledger: Ledger
    values: tuple[float, ...]
    status: PlanStatus
    money_gap: float | None
    solver: str
    notes: tuple[str, ...]


def plan(request: PlanRequest, solvers: Sequence[Solver] | None = None) -> Plan:
    """Plan the horizon with the least money: one plan slot per request slot, for any home that can exist.

    Pure and deterministic as long as no time limit strikes. `solvers` replaces the usual chain of CBC,
    HiGHS and SciPy. Without an answer from any of them the plan is plain self-consumption, and says so.
    """
    started = perf_counter()
    solution = find(request, solvers)
    slots = explain(request, solution.ledger, solution.values)
    return Plan(
        plan_id=plan_id_of(request),
        created_at=request.created_at,
        currency=request.currency,
        status=solution.status,
        slots=slots,
        capacity_kwh=sum(battery.capacity_kwh for battery in request.batteries),
        cost=solution.ledger.cost,
        objective=solution.ledger.objective,
        money_gap=solution.money_gap,
        unmet=solution.ledger.unmet,
        notes=(*request.notes, *solution.notes),
        solver=solution.solver,
        solve_seconds=perf_counter() - started,
    )


def find(request: PlanRequest, solvers: Sequence[Solver] | None = None) -> Solution:
    """The best schedule for a request, from the first solver that answers, else self-consumption."""
    plain = settle(request, self_consumption(request))
    if not request.slots:
        return Solution(plain, (), PlanStatus.OPTIMAL, 0.0, "", ())
    chain = candidates() if solvers is None else tuple(solvers)
    model = build(request)
    gap = request.money_gap / model.price_level
    try:
        answer, solver, notes = solve_with_first(chain, model.problem, request.time_limit_s, gap)
    except SolverFailedError as error:
        return _fallback(request, plain, f"no solver answered, plain self-consumption instead: {error}")
    ledger = settle(request, within_limits(request, model.schedule()))
    if not answer.proven and plain.objective < ledger.objective:
        return _fallback(request, plain, f"what {solver.name} found in time was worse than plain self-consumption")
    loss = _loss(request, model, ledger, answer)
    optimal = answer.proven and loss is not None and loss <= request.money_gap + _ROUNDING * model.price_level
    status = PlanStatus.OPTIMAL if optimal else PlanStatus.FEASIBLE
    return Solution(ledger, stored_values(request, model, solver, ledger), status, loss, solver.name, notes)


def stored_values(request: PlanRequest, model: Model, solver: Solver, ledger: Ledger) -> tuple[float, ...]:
    """What one more kWh stored in the first battery at each slot's end is worth.

    These are the duals of the rows that carry stored energy, from the linear program around the
    solution; the model is changed by it. They lie between 0 and the highest price after losses: the
    prices of wishes (a breached floor or fuse) are no money.
    """
    if not request.batteries:
        return (0.0,) * len(request.slots)
    model.fix_binaries()
    try:
        solver.solve(model.problem, request.time_limit_s, 0.0)
    except SolverFailedError:
        return walked_values(request, ledger)
    highest = model.price_level / request.batteries[0].charge_efficiency
    return tuple(min(max(-row.pi * model.price_level, 0.0), highest) for row in model.soc_rows[0])


def _loss(request: PlanRequest, model: Model, ledger: Ledger, answer: Answer) -> float | None:
    """Bound on the money lost against the optimum; None when the solver stopped early without a bound."""
    if answer.bound is None and not answer.proven:
        return None
    bound = answer.objective if answer.bound is None else answer.bound
    gap = max(answer.objective - bound, 0.0) * model.price_level
    if answer.proven:
        # A solver that stops within the gap may print its bound rounded, or not at all.
        gap = request.money_gap if answer.bound is None else min(gap, request.money_gap)
    return gap + max(ledger.objective - answer.objective * model.price_level, 0.0)


def _fallback(request: PlanRequest, plain: Ledger, note: str) -> Solution:
    return Solution(plain, walked_values(request, plain), PlanStatus.FALLBACK, None, "", (note,))
