"""Golden requests: what their plans cost is fixed to a tenth of a cent, by both solvers.

The files in `golden/` hold a request and the money that CBC and HiGHS proved for it without any gap. They are
written by `PYTHONPATH=apps python -m tests.optimizer.test_golden`, never by hand: run it after a change that
is meant to change money, and look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pulp
import pytest

from darkstar.optimizer.bundle import request_from_json, request_to_json
from darkstar.optimizer.caution import cautious
from darkstar.optimizer.ledger import Ledger, settle
from darkstar.optimizer.model.build import build
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.schedule import within_limits
from darkstar.optimizer.solve import plan, with_demands
from darkstar.optimizer.solvers import Cbc, Highs, Solver
from tests.optimizer.golden_requests import GOLDEN

FOLDER = Path(__file__).parent / "golden"
SOLVERS: tuple[Solver, ...] = (Cbc(pulp.PULP_CBC_CMD.pulp_cbc_path), Highs())
ROUNDING = 1e-4
PROOF_SECONDS = 300.0
NAMES = [one.__name__ for one in GOLDEN]


def read(name: str) -> tuple[PlanRequest, dict[str, Any]]:
    golden = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return request_from_json(json.dumps(golden["request"])), golden["proven"]


def slack(request: PlanRequest) -> float:
    """How far the money of a plan may be from what is proven."""
    return request.money_gap + request.stability_money + ROUNDING


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
def test_money_is_as_proven(name: str, solver: Solver) -> None:
    request, proven = read(name)
    planned = plan(request, [solver])
    assert planned.status is not PlanStatus.FALLBACK
    assert planned.solver == solver.name
    assert planned.objective == pytest.approx(proven["objective"], abs=slack(request))
    assert planned.money_gap is not None
    assert planned.objective - planned.money_gap <= proven["objective"] + ROUNDING
    assert len(planned.unmet) == len(proven["unmet"])


@pytest.mark.parametrize("one", GOLDEN, ids=lambda one: one.__name__)
def test_the_files_hold_the_requests(one: Callable[[], PlanRequest]) -> None:
    request, _ = read(one.__name__)
    assert request_to_json(request) == request_to_json(one())


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NAMES)


def test_together_they_use_every_field() -> None:
    used: set[str] = set()
    for one in GOLDEN:
        used |= set(_set_fields(one()))
    assert _all_fields(PlanRequest, set()) - used == {"PlanRequest.time_limit_s"}


def _set_fields(value: object) -> list[str]:
    """Fields with another value than their default, as `Class.field`."""
    if isinstance(value, tuple):
        return [name for item in value for name in _set_fields(item)]
    if not is_dataclass(value) or isinstance(value, type):
        return []
    own = [(field, getattr(value, field.name)) for field in fields(value)]
    names = [f"{type(value).__name__}.{field.name}" for field, set_to in own if set_to != field.default]
    return names + [name for _, set_to in own for name in _set_fields(set_to)]


def _all_fields(kind: type, seen: set[type]) -> set[str]:
    import typing

    if kind in seen or not is_dataclass(kind):
        return set()
    seen.add(kind)
    hints = typing.get_type_hints(kind)
    names = {f"{kind.__name__}.{field.name}" for field in fields(kind)}
    for field in fields(kind):
        for inner in (hints[field.name], *typing.get_args(hints[field.name])):
            if isinstance(inner, type):
                names |= _all_fields(inner, seen)
    return names


def _proven(request: PlanRequest) -> dict[str, Any]:
    """The money of the complete model without any gap; both solvers must agree."""
    question = with_demands(cautious(request))
    found: list[Ledger] = []
    for solver in SOLVERS:
        model = build(question)
        answer = solver.solve(model.problem, PROOF_SECONDS, ROUNDING / model.price_level / 10)
        found.append(settle(question, within_limits(question, model.schedule())))
        if not answer.proven:
            msg = f"{solver.name} did not prove {found[-1].objective} in {PROOF_SECONDS:g} s"
            raise ValueError(msg)
    best = min(found, key=lambda one: one.objective)
    if max(one.objective for one in found) > best.objective + ROUNDING:
        msg = f"the solvers do not agree: {[one.objective for one in found]}"
        raise ValueError(msg)
    return {"objective": round(best.objective, 5), "cost": round(best.cost, 5), "unmet": list(best.unmet)}


def regenerate() -> None:
    """Write all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for one in GOLDEN:
        request = one()
        try:
            golden = {"proven": _proven(request), "request": json.loads(request_to_json(request))}
        except ValueError as error:
            print(f"{one.__name__}: {error}")
            continue
        print(one.__name__, golden["proven"])
        (FOLDER / f"{one.__name__}.json").write_text(json.dumps(golden, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    regenerate()
