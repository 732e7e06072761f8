"""What if: the data of its page, and its questions, which the JSON API takes, too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..money.whatif_process import BusyError, PastOrder, PastRuns
from ..money.whatif_runs import MONTH_DAYS, advice_of, live_of
from ..simulation.whatif.ahead import what_if_ahead
from ..simulation.whatif.changes import changes_from
from ..simulation.whatif.export import what_if_export
from ..simulation.whatif.shown import advice_shown, ahead_shown, export_shown
from ..views.whatif_page import form, run_words
from .desk import Desk, Payload, Query, RefusedError

PATIENCE_S = 60.0
"""So long a second question waits for the first: each takes the processor."""
FRESH = timedelta(minutes=5)
"""So long advice serves while the plan stays the same."""
_CORES = 2


class Question(BaseModel):
    """What is asked: `changes` ahead, or over the last `days`; or a sale of `export_kwh` on `day`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    changes: dict[str, Any] = {}
    days: Annotated[int, Field(ge=1, le=90)] | None = None
    export_kwh: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    day: date | None = None


class WhatIf:
    """Answers one question at a time; what lies ahead at once, the past in a process of its own."""

    def __init__(self, runs: PastRuns | None = None) -> None:
        self._runs = runs or PastRuns()
        self._lock = Lock()
        self._advice: tuple[str, datetime, Mapping[str, Any]] | None = None

    def data(self, desk: Desk, query: Query) -> Mapping[str, Any]:
        """What the page shows."""
        return {"form": form(desk.home), "run": self._run()}

    def ask(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """What the changes would mean ahead, or what a sale would; with `days` how far the run over them is.

        A run over the past begins with its first question; the same question asked again tells how far it is. One that
        has failed is refused with its reason, and begins anew at the next question.
        """
        question = _question(payload)
        if question.export_kwh is not None:
            return self._sale(desk, question.export_kwh, question)
        if question.days is not None:
            return self._past(desk, question)
        with self._turn():
            changes = changes_from(question.changes)
            live = live_of(desk.home, desk.database)
            found = what_if_ahead(live, changes)
            return ahead_shown(found, live.plan.slots, desk.home.zone)

    def start(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """Begin a run over the past, whatever came of the last one."""
        question = _question(payload)
        days = question.days or MONTH_DAYS
        with _refusing(ValueError, BusyError, OSError):
            changes_from(question.changes)
            self._runs.start(_order(desk, question.changes, days))
        return {"run": self._run()}

    def stop(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """End the run over the past."""
        self._runs.stop()
        return {"run": self._run()}

    def advise(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """When to start each appliance."""
        if payload:
            msg = f"{next(iter(payload))} is unknown: advice takes nothing; the appliances are in the settings"
            raise RefusedError(msg)
        with self._turn():
            now, home = desk.now(), desk.home
            live = live_of(home, desk.database)
            known = self._advice
            if known is None or known[0] != live.plan.plan_id or not timedelta(0) <= now - known[1] < FRESH:
                found = advice_of(home, desk.database, now)
                told = {"advice": advice_shown(found, live.request.currency, home.zone)}
                known = self._advice = (live.plan.plan_id, now, told)
            return known[2]

    def _sale(self, desk: Desk, kwh: float, question: Question) -> Mapping[str, Any]:
        if question.changes or question.days is not None:
            msg = "export_kwh stands alone, or with day: the sale is asked of the running plan"
            raise RefusedError(msg)
        with self._turn():
            found = what_if_export(live_of(desk.home, desk.database), kwh, question.day)
            return export_shown(found, desk.home.zone)

    def _past(self, desk: Desk, question: Question) -> Mapping[str, Any]:
        state = self._runs.state()
        if state.order is None or (state.order.changes, state.order.days) != (question.changes, question.days):
            self.start(desk, question.model_dump(exclude_defaults=True))
        elif state.line.error:
            self._runs.forget()
            raise RefusedError(state.line.error)
        return {"kind": "run", **self._run()}

    def _run(self) -> dict[str, Any]:
        state = self._runs.state()
        line = state.line
        return run_words(done=line.done, total=line.total, running=state.running, error=line.error, answer=line.answer)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One question at a time; what cannot be answered is refused with its reason."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            msg = "another question is being worked on; ask again in a moment"
            raise RefusedError(msg)
        try:
            with _refusing(ValueError, ArithmeticError):
                yield
        finally:
            self._lock.release()


def _order(desk: Desk, changes: Mapping[str, Any], days: int) -> PastOrder:
    return PastOrder(
        home_json=desk.home.model_dump_json(exclude={"notifications"}, exclude_unset=True),
        database=desk.database.path,
        changes=dict(changes),
        days=days,
        jobs=min(os.cpu_count() or 1, _CORES),
    )


def _question(payload: Payload) -> Question:
    try:
        return Question.model_validate(payload)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False))
        raise RefusedError("; ".join(faults)) from error


@contextmanager
def _refusing(*faults: type[Exception]) -> Iterator[None]:
    try:
        yield
    except RefusedError:
        raise
    except faults as error:
        raise RefusedError(str(error)) from error


what_if = WhatIf()
ASKED: Mapping[str, Callable[[Desk, Payload], Mapping[str, Any]]] = {"what_if": what_if.ask, "advise": what_if.advise}
"""Questions with more than an address can say, by the word that `ask` has."""
