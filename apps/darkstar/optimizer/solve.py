"""Kepler: a plan request in, a plan out, whatever happens to the solver."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from .bundle import plan_id_of
from .caution import cautious
from .churn import churn_of
from .explain import explain
from .fallback import self_consumption
from .forced import asks_for_power, settled, without_demands
from .ledger import settle
from .plan import Plan, PlanStatus
from .request import PlanRequest
from .solution import Solution, fallback_solution
from .validate import check
from .wishes.peaks import planned_peaks

if TYPE_CHECKING:
    from .solvers import Solver


def plan(request: PlanRequest, solvers: Sequence[Solver] | None = None) -> Plan:
    """Plan the horizon with the least money: one plan slot per request slot, for any home that can exist.

    Pure and deterministic as long as no time limit strikes. `solvers` replaces the usual chain of CBC,
    HiGHS and SciPy. Without an answer from any of them the plan is plain self-consumption, and says so.

    Raises:
        ValueError: the request is impossible, as a NaN or a negative capacity is; `validate.check` has the rules.
    """
    started = perf_counter()
    check(request)
    plan_id = plan_id_of(request)
    request = with_demands(cautious(request), solvers)
    solution = find(request, solvers)
    slots = explain(request, solution.ledger, solution.values)
    return Plan(
        plan_id=plan_id,
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
        peaks=planned_peaks(request, [flow.import_kwh for flow in solution.ledger.flows]),
        churn=churn_of(request, solution.ledger.schedule),
        solver=solution.solver,
        solve_seconds=perf_counter() - started,
    )


def with_demands(request: PlanRequest, solvers: Sequence[Solver] | None = None) -> PlanRequest:
    """The request with what its storages must take or give, slot by slot; the plan without that says from where."""
    if not asks_for_power(request):
        return request
    return settled(request, find(without_demands(request), solvers).ledger.stored_kwh)


def find(request: PlanRequest, solvers: Sequence[Solver] | None = None) -> Solution:
    """The best schedule for a request; plain self-consumption where the MILP cannot be had."""
    request = cautious(request)
    plain = settle(request, self_consumption(request))
    if not request.slots:
        return Solution(plain, (), PlanStatus.OPTIMAL, 0.0, "", ())
    try:
        # PuLP takes half a second to import: an app that only looks at plans does without.
        from .milp import solve_milp
    except ImportError as error:
        return fallback_solution(request, plain, f"PuLP is not installed, plain self-consumption instead: {error}")
    return solve_milp(request, plain, solvers)
