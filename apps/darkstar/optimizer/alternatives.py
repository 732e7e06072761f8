"""What else could be done in a slot, and how much more that would cost: each is forced, and all else solved anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .caution import cautious
from .deadline import Deadline
from .forced import asks_for_power, settled
from .heat.blocks import Block, blocks_of
from .heat.case import HeaterCase
from .heat.reach import all_blocks
from .ledger import settle
from .model.build import build
from .options import Option, options_of
from .plan import Alternative, Plan
from .proposals import proposed_model
from .request import PlanRequest
from .schedule import within_limits
from .solvers import Solver, SolverFailedError, candidates, solve_with_first

SECONDS = 3.0
"""Wall clock for one alternative."""
_AS_GOOD = 0.005
"""A difference in money below this is none."""

Blocks = tuple[tuple[Block, ...], ...]


def alternatives(
    request: PlanRequest,
    plan: Plan,
    slot_start: datetime,
    solvers: Sequence[Solver] | None = None,
    time_limit_s: float = SECONDS,
) -> tuple[Alternative, ...]:
    """The other actions of each device in the slot that contains `slot_start`, with what they cost more.

    `plan` is the answer to `request`. All that is not forced is free again. Each solve has
    `time_limit_s`; what is found but not proven by then is an upper bound, and said to be.

    Raises:
        ValueError: the slot is not in the plan.
    """
    request = cautious(request)
    if asks_for_power(request) and len(plan.slots) == len(request.slots):
        paths = zip(*([one.soc_kwh for one in (*slot.batteries, *slot.vehicles)] for slot in plan.slots), strict=True)
        request = settled(request, tuple(paths))
    index = next((at for at, slot in enumerate(request.slots) if slot.start <= slot_start < slot.end), None)
    if index is None or len(plan.slots) != len(request.slots):
        msg = f"{slot_start.isoformat()} is in no slot of the plan: it reaches from {_reach(request)}"
        raise ValueError(msg)
    chain = candidates() if solvers is None else tuple(solvers)
    try:
        blocks = _blocks(request, plan, index, chain, time_limit_s)
    except SolverFailedError as error:
        msg = f"no solver answers: {error}"
        raise ValueError(msg) from error
    options = options_of(request, plan, index)
    return tuple(_weigh(request, plan, option, blocks, chain, time_limit_s) for option in options)


def _weigh(
    request: PlanRequest, plan: Plan, option: Option, blocks: Blocks, chain: Sequence[Solver], time_limit_s: float
) -> Alternative:
    model = build(request, blocks)
    option.force(model)
    try:
        gap = request.money_gap / model.price_level
        answer, _, _ = solve_with_first(chain, model.problem, Deadline(time_limit_s), gap)
    except SolverFailedError:
        words = f"{option.action}: not possible, or not found in {time_limit_s:g} s"
        return Alternative(option.device, option.action, None, words)
    extra = settle(request, within_limits(request, model.schedule())).objective - plan.objective
    most = "" if answer.proven else "at most "
    if abs(extra) < max(_AS_GOOD, request.money_gap):
        verdict = "as good"
    elif extra > 0:
        verdict = f"costs {most}{extra:.2f} {request.currency} more"
    else:
        verdict = f"costs {-extra:.2f} {request.currency} less: {_why_not(plan, -extra)}"
    return Alternative(option.device, option.action, extra, f"{option.action}: {verdict}")


def _why_not(plan: Plan, less: float) -> str:
    """Why a plan may be a little worse than an alternative."""
    if plan.money_gap is None or less > plan.money_gap:
        return "the plan was not proven"
    return f"the plan is known to be within {plan.money_gap:.2f} of the best"


def _blocks(request: PlanRequest, plan: Plan, index: int, chain: Sequence[Solver], time_limit_s: float) -> Blocks:
    """Blocks worth a try, those of the plan, and some of the same lengths through the slot."""
    model, proposals, _, _ = proposed_model(request, tuple(chain), Deadline(time_limit_s))
    return tuple(
        _with_slot(part.case, own, blocks_of([slot.heaters_kwh[number] for slot in plan.slots]), index)
        for number, (part, own) in enumerate(zip(model.heaters.parts, proposals.blocks, strict=True))
    )


def _with_slot(case: HeaterCase, proposed: Sequence[Block], planned: Sequence[Block], index: int) -> tuple[Block, ...]:
    lengths = {1, *(block.after - block.first for block in planned)}
    through = {
        block
        for block in all_blocks(case)
        if block.first <= index < block.after and block.after - block.first in lengths
    }
    return tuple(sorted({*proposed, *planned, *through}))


def _reach(request: PlanRequest) -> str:
    if not request.slots:
        return "nowhere to nowhere"
    return f"{request.slots[0].start.isoformat()} to {request.end.isoformat()}"
