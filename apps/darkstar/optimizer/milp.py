"""From a request to the best schedule by the MILP and the first solver that answers."""

from __future__ import annotations

from collections.abc import Sequence

from .fallback import walked_values
from .ledger import Ledger, settle
from .model import Model, build
from .plan import PlanRequest, PlanStatus
from .schedule import within_limits
from .solution import Solution, fallback_solution
from .solvers import Answer, Solver, SolverFailedError, candidates, solve_with_first

_ROUNDING = 1e-6


def solve_milp(request: PlanRequest, plain: Ledger, solvers: Sequence[Solver] | None) -> Solution:
    """The best schedule; `plain` self-consumption, and the reason, where no solver does better.

    `solvers` replaces the usual chain.
    """
    chain = candidates() if solvers is None else tuple(solvers)
    model = build(request)
    gap = request.money_gap / model.price_level
    try:
        answer, solver, notes = solve_with_first(chain, model.problem, request.time_limit_s, gap)
    except SolverFailedError as error:
        return fallback_solution(request, plain, f"no solver answered, plain self-consumption instead: {error}")
    ledger = settle(request, within_limits(request, model.schedule()))
    if not answer.proven and plain.objective < ledger.objective:
        note = f"what {solver.name} found in time was worse than plain self-consumption"
        return fallback_solution(request, plain, note)
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
    if model.binaries:
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
