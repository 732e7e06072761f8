"""Second stage: among plans that cost at most a little more than the best, the one nearest to the running plan.

First the choices (heaters, vehicles and loads on or off, the direction of storages) are those of the running
plan, where that is possible within the money. Then, with the choices fixed, one linear program finds the
storage powers nearest to the running ones:

    minimise  sum w[t] * |charge - discharge - running| + small * objective
    subject to  objective <= best objective + money

`w` falls with the time until the slot. Where the running batteries leave nothing to the grid but what noise of
the forecast explains, the running power is what leaves nothing with the present forecast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulp

from .churn import IDLE_KW, RunningEnergy, planned_energy, running_energies
from .course import Course, Solve
from .ledger import Ledger, settle
from .model.build import Model
from .request import PlanRequest
from .schedule import Schedule, net_without_storage, within_limits
from .solvers import SolverFailedError

_HALF_WEIGHT_HOURS = 6.0
"""A slot so many hours away weighs half of the first one."""
_NOISE_KW = 0.05
_NOISE_SHARE = 0.04
"""A grid exchange below this much, and this part of load and PV, comes of noise in the forecast."""
_MONEY_WEIGHT = 1.0
"""kWh of deviation that a price level is worth: what does not change the distance costs as little as possible."""
_MODEL_SHARE = 0.9
"""Part of the money for the solver; the rest is room for the tie-breaks in its objective."""
_ON_SHARE = 0.99
"""A device that goes on takes at least this part of its running energy."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Anchor:
    """The running plan on the slots of the request, and the most that any plan near to it may count.

    `objective` is that bound in the model's units, `money` the same for the account.
    """

    rows: tuple[RunningEnergy | None, ...]
    objective: float
    money: float


def anchor_of(request: PlanRequest, best: Course) -> Anchor | None:
    """What to stay near to; None where there is no running plan, or no money to spend on it."""
    if request.stability_money <= 0:
        return None
    rows = running_energies(request)
    if not rows:
        return None
    spent = _MODEL_SHARE * request.stability_money / request.price_level
    rounding = _ROUNDING * request.price_level
    return Anchor(rows, best.objective + spent, best.ledger.objective + request.stability_money + rounding)


def keep_choices(
    request: PlanRequest, anchor: Anchor, best: Course, rebuild: Callable[[], Model], solve: Solve
) -> Course:
    """The best course with the choices of the running plan; `best` itself where they cost too much."""
    if not best.model.binaries or _same_choices(request, anchor, best.ledger.schedule):
        return best
    model = rebuild()
    _hold_choices(request, anchor, model)
    try:
        answer = solve(model.problem, request.money_gap / model.price_level)
    except SolverFailedError:
        return best
    if answer.objective > anchor.objective:
        return best
    ledger = settle(request, within_limits(request, model.schedule()))
    return Course(model, answer.objective, ledger) if ledger.objective <= anchor.money else best


def stay_near(request: PlanRequest, anchor: Anchor, course: Course, solve: Solve) -> Ledger:
    """The account of the powers nearest to the running ones; the model is changed by it.

    The binaries of the model are fixed already.

    Raises:
        SolverFailedError: there is no solution to read, or one that costs too much.
    """
    model = course.model
    _ask_for_nearness(request, anchor, course)
    solve(model.problem, 0.0)
    ledger = settle(request, within_limits(request, model.schedule()))
    if ledger.objective > anchor.money:
        msg = "the plan nearest to the running one costs too much"
        raise SolverFailedError(msg)
    return ledger


def _same_choices(request: PlanRequest, anchor: Anchor, schedule: Schedule) -> bool:
    for index, row in enumerate(anchor.rows):
        if row is None:
            continue
        idle, now = IDLE_KW * request.slots[index].hours, planned_energy(schedule, row, index)
        pairs = zip((*row.heaters, *row.loads), (*now.heaters, *now.loads), strict=True)
        if any((before > idle) != (after > idle) for before, after in pairs):
            return False
        flows = list(zip(request.storages, row.storages, now.storages, strict=False))
        if any(_opposed(before, after, idle) for _, before, after in flows):
            return False
        if any(one.min_charge_kw > 0 and (before > idle) != (after > idle) for one, before, after in flows):
            return False
    return True


def _opposed(before_kwh: float, after_kwh: float, idle_kwh: float) -> bool:
    return min(abs(before_kwh), abs(after_kwh)) > idle_kwh and (before_kwh > 0) != (after_kwh > 0)


def _hold_choices(request: PlanRequest, anchor: Anchor, model: Model) -> None:
    for index, row in enumerate(anchor.rows):
        if row is None:
            continue
        idle = IDLE_KW * request.slots[index].hours
        for part, kwh in zip(model.heaters.parts, row.heaters, strict=False):
            share = part.share[index]
            _hold(model, [] if share is None else [(share, part.case.kwh[index])], kwh, idle)
        for number, kwh in enumerate(row.loads):
            _hold(model, model.loads.kwh[number][index], kwh, idle)
        for number, kwh in enumerate(row.storages):
            taken, given = model.storages.charge[number][index], model.storages.discharge[number][index]
            minimum = request.storages[number].min_charge_kw * request.slots[index].hours
            if kwh > idle or (kwh >= -idle and minimum > 0):
                given.upBound = 0.0
            if kwh < -idle or (kwh <= idle and minimum > 0):
                taken.upBound = 0.0
            elif kwh > idle and minimum > 0:
                taken.lowBound = _ON_SHARE * min(kwh, minimum)


def _hold(model: Model, terms: list[tuple[Any, float]], kwh: float, idle_kwh: float) -> None:
    """On stays on, off stays off."""
    if not terms:
        return
    if kwh > idle_kwh:
        row = pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintGE, rhs=_ON_SHARE * kwh)
        model.problem.addConstraint(row)
        return
    for variable, energy in terms:
        if energy > 0 and not variable.lowBound:
            variable.upBound = 0.0


def _ask_for_nearness(request: PlanRequest, anchor: Anchor, course: Course) -> None:
    """Bound the objective, and let distance take its place."""
    model = course.model
    problem = model.problem
    prices = list(problem.objective.items())
    distance = [(variable, _MONEY_WEIGHT * price) for variable, price in prices]
    for index, row in enumerate(anchor.rows):
        if row is None:
            continue
        weight = _weight(request, index)
        for number, kwh in enumerate(_targets(request, row, course.ledger.schedule, index)):
            more, less = (problem.add_variable(f"{name}{number}_{index}", 0) for name in ("more", "less"))
            flow = [(model.storages.charge[number][index], 1.0), (model.storages.discharge[number][index], -1.0)]
            terms = [*flow, (more, -1.0), (less, 1.0)]
            problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, rhs=kwh))
            distance += [(more, weight), (less, weight)]
    bound = pulp.LpConstraint(pulp.LpAffineExpression(prices), pulp.LpConstraintLE, rhs=anchor.objective)
    problem.addConstraint(bound)
    problem.setObjective(pulp.LpAffineExpression(distance))


def _weight(request: PlanRequest, index: int) -> float:
    ahead = request.slots[index].start - request.slots[0].start
    return 1 / (1 + ahead.total_seconds() / 3600 / _HALF_WEIGHT_HOURS)


def _targets(request: PlanRequest, row: RunningEnergy, schedule: Schedule, index: int) -> tuple[float, ...]:
    """Running energies of the storages, those of batteries that leave nothing to the grid moved with the net load."""
    slot, own = request.slots[index], min(len(request.batteries), len(row.storages))
    active = sum(abs(kwh) for kwh in row.storages[:own])
    left = net_without_storage(request, schedule, index) + sum(row.storages)
    noise = _NOISE_KW * slot.hours + _NOISE_SHARE * (abs(slot.load_kwh) + abs(slot.pv_kwh))
    if active <= IDLE_KW * slot.hours or abs(left) > noise:
        return row.storages
    batteries = tuple(kwh - left * abs(kwh) / active for kwh in row.storages[:own])
    return (*batteries, *row.storages[own:])
