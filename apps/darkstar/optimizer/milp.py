"""From a request to the best schedule by the MILP and the first solver that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from .course import Course, Solve
from .deadline import Deadline
from .fallback import walked_values
from .ledger import Ledger, settle
from .model.build import Model, build
from .plan import PlanStatus
from .polish import polish
from .proposals import proposed_model
from .reconcile import reconcile
from .request import PlanRequest
from .schedule import within_limits
from .solution import Solution, fallback_solution
from .solvers import PRINTED_DIGITS, Answer, InTime, Solver, SolverFailedError, candidates
from .stability import anchor_of, keep_choices, stay_near
from .steps import Stepped, solve_in_steps

_ROUNDING = 1e-6
_WORTH_SAYING = 0.005
"""Money that a note names."""
_ROOM_SHARE = 0.004
"""A plan that may cost so much more than the best, as a part of its cost, gets a second look."""


def solve_milp(request: PlanRequest, plain: Ledger, solvers: Sequence[Solver] | None) -> Solution:
    """The best schedule; `plain` self-consumption, and the reason, where no solver does better.

    `solvers` replaces the usual chain. All solver calls together keep to the request's time limit.
    """
    chain = candidates() if solvers is None else tuple(solvers)
    if request.running and request.stability_money <= 0:
        # Without money for it the running plan has no say, not even in which blocks of heating are tried.
        request = replace(request, running=())
    deadline = Deadline(request.time_limit_s)
    gap = request.money_gap / request.price_level
    try:
        model, proposals, chain, notes = proposed_model(request, chain, deadline)
        stepped = solve_in_steps(model, proposals.bound, chain, deadline, gap)
    except SolverFailedError as error:
        return fallback_solution(request, plain, f"no solver answered, plain self-consumption instead: {error}")
    answer, solver = stepped.bounded, stepped.solver
    ledger = settle(request, within_limits(request, model.schedule()))
    best, solve = Course(model, stepped.last.objective, ledger), InTime(solver, deadline)
    loss = _loss(request, ledger, answer, proposals.others_bound)
    if loss is None or loss > max(_ROOM_SHARE * abs(ledger.cost), request.money_gap):
        added = ledger.objective - answer.objective * request.price_level
        best = _second_look(request, best, stepped, None if loss is None else loss - added, added, solve)
        loss = None if loss is None else max(loss - ledger.objective + best.ledger.objective, 0.0)
        ledger = best.ledger
    dearer = ledger.objective - answer.objective * request.price_level > request.money_gap
    if plain.objective < ledger.objective and (dearer or not answer.proven):
        note = f"what {solver.name} found in time was worse than plain self-consumption"
        return fallback_solution(request, plain, note)
    # Solvers print some eight digits, so that large prices of wishes round in money.
    rounding = _ROUNDING * max(model.price_level, abs(ledger.objective))
    optimal = answer.proven and loss is not None and loss <= request.money_gap + rounding
    status = PlanStatus.OPTIMAL if optimal else PlanStatus.FEASIBLE
    chosen, values, near = _steady(request, best, partial(build, request, proposals.blocks), solve)
    extra = chosen.objective - ledger.objective
    return Solution(
        chosen,
        values,
        status,
        None if loss is None else max(loss + extra, 0.0),
        solver.name,
        (*notes, *stepped.notes, *near),
    )


def _second_look(
    request: PlanRequest, course: Course, stepped: Stepped, first_loss: float | None, added: float, solve: Solve
) -> Course:
    """Try again where most may have been lost: what the second step `added`, or at most `first_loss` in the first."""
    if first_loss is not None and added > first_loss:
        return reconcile(request, course, stepped.agreed, solve)
    return polish(request, course, solve)


def _steady(
    request: PlanRequest, best: Course, rebuild: Callable[[], Model], solve: Solve
) -> tuple[Ledger, tuple[tuple[float, ...], ...], tuple[str, ...]]:
    """The plan near to the running one, the value of what it stores, and a note about what that costs."""
    anchor = anchor_of(request, best)
    course = best if anchor is None else keep_choices(request, anchor, best, rebuild, solve)
    values = stored_values(request, course.model, course.ledger, solve)
    if anchor is None:
        return course.ledger, values, ()
    try:
        ledger = stay_near(request, anchor, course, solve)
    except SolverFailedError as error:
        return course.ledger, values, (f"not brought nearer to the running plan: {error}",)
    extra = ledger.objective - best.ledger.objective
    if extra < _WORTH_SAYING:
        return ledger, values, ()
    return ledger, values, (f"stays near the running plan, {extra:.3f} {request.currency} above the best one",)


def stored_values(request: PlanRequest, model: Model, ledger: Ledger, solve: Solve) -> tuple[tuple[float, ...], ...]:
    """What one more kWh stored in each storage at each slot's end is worth, `[storage][slot]`.

    These are the duals of the rows that carry stored energy, from the linear program around the
    solution; the model is changed by it. They lie between 0 and the highest price after losses: the
    prices of wishes (a breached floor or fuse) are no money.
    """
    if not request.storages:
        return ()
    if model.binaries:
        model.fix_binaries()
        try:
            solve(model.problem, 0.0)
        except SolverFailedError:
            return walked_values(request, ledger)
    return tuple(
        tuple(min(max(-(row.pi or 0.0) * model.price_level, 0.0), highest) for row in rows)
        for rows, highest in (
            (rows, model.price_level / storage.charge_efficiency)
            for rows, storage in zip(model.storages.soc_rows, request.storages, strict=True)
        )
    )


def _loss(request: PlanRequest, ledger: Ledger, answer: Answer, others_bound: float) -> float | None:
    """Bound on the money lost against the optimum; None when the solver stopped early without a bound.

    `others_bound` bounds the plans that the model leaves out, in price levels.
    """
    if answer.bound is None and not answer.proven:
        return None
    bound = answer.objective if answer.bound is None else answer.bound
    gap = max(answer.objective - bound, 0.0) * request.price_level
    if answer.proven:
        # A solver that stops within the gap may print its bound rounded, or not at all.
        rounding = 2 * PRINTED_DIGITS * request.price_level
        if answer.bound is None or gap <= request.money_gap + rounding:
            gap = request.money_gap if answer.bound is None else min(gap, request.money_gap)
    gap = max(gap, (answer.objective - others_bound) * request.price_level)
    return gap + max(ledger.objective - answer.objective * request.price_level, 0.0)
