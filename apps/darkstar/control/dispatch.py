"""Makes the devices match a decision: compare, write, read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ..home.finite import number
from ..home.ports import EntityState, ServiceCaller, StateReader
from ..home.problem import Problem
from ..home.settings import HomeSettings
from .decision import Decision, ExecutionStep, StepResult
from .fitting import UNREADABLE_STATES, RefusedError, fit, matches, service
from .profiles import wanted, wanted_heater
from .retries import Retries
from .writes import Phase, Quantity, Write

POLL_SECONDS = 0.25
"""How often a written setting is looked at until it is there."""

SETTLED = frozenset({StepResult.UNCHANGED, StepResult.WRITTEN, StepResult.SHADOW})
"""Results after which nothing is left to do."""


class Doors(StateReader, ServiceCaller, Protocol):
    """What the dispatcher needs of Home Assistant."""


@dataclass(slots=True)
class _Sent:
    write: Write
    step: ExecutionStep
    error: str | None


class Dispatcher:
    """Carries decisions out, one tick after the other; remembers only what failed.

    Every tick asserts the whole wanted state. Comparing makes that cheap, and it puts right what a
    timed-out call, another automation or a restart of the inverter has changed.
    """

    def __init__(self, ha: Doors, home: HomeSettings, sleep: Callable[[float], None]) -> None:
        self._ha = ha
        self._home = home
        self._sleep = sleep
        self._retries = Retries()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Entities that did not take their setting in `executor.max_attempts` attempts."""
        return self._retries.problems(self._home.executor.max_attempts)

    def dispatch(self, decision: Decision, now: datetime) -> tuple[ExecutionStep, ...]:
        """Bring the devices to the decision's settings; one step per entity.

        Purchase and sale are ended before limits change, and begun after. A hands-off decision has
        no steps. Blocks for up to `executor.read_back_seconds` per group of writes that do not take
        at once. Never raises.
        """
        writes = self._wanted(decision)
        self._retries.keep({write.entity_id for write in writes})
        closing = self._carry_out(_of(Phase.CLOSE, writes), (), now)
        limits = self._carry_out(_of(Phase.ADJUST, writes), (), now)
        unclosed = [step for step in closing if step.result not in SETTLED]
        opening = self._carry_out(_of(Phase.OPEN, writes), unclosed, now)
        return (*closing, *limits, *opening)

    def _wanted(self, decision: Decision) -> tuple[Write, ...]:
        if decision.hands_off is not None:
            return ()
        battery = wanted(decision.battery, self._home) if decision.battery is not None else ()
        heater = wanted_heater(decision.heater, self._home) if decision.heater is not None else ()
        return (*battery, *heater)

    def _carry_out(
        self, batch: Sequence[Write], unclosed: Sequence[ExecutionStep], now: datetime
    ) -> list[ExecutionStep]:
        outcomes = [self._send(write, unclosed, now) for write in batch]
        sent = [outcome for outcome in outcomes if isinstance(outcome, _Sent)]
        self._await(sent)
        steps = [self._confirm(outcome, now) if isinstance(outcome, _Sent) else outcome for outcome in outcomes]
        for step in steps:
            if step.result in SETTLED:
                self._retries.settled(step.entity_id)
        return [_with_note(step, write.note) for step, write in zip(steps, batch, strict=True)]

    def _send(self, write: Write, unclosed: Sequence[ExecutionStep], now: datetime) -> _Sent | ExecutionStep:
        compared = self._compare(write, now)
        if isinstance(compared, ExecutionStep):
            return compared
        fitted, step = compared
        postponed = self._why_postponed(fitted, unclosed)
        if postponed is not None:
            return replace(step, result=StepResult.DEFERRED, message=postponed)
        name, data = service(fitted)
        answer = self._ha.call(name, **data)
        return _Sent(fitted, step, None if answer.ok else answer.error or "no reason given")

    def _compare(self, write: Write, now: datetime) -> tuple[Write, ExecutionStep] | ExecutionStep:
        """The step when nothing is to be written, else what to write and the step that it becomes."""
        entity = self._ha.state(write.entity_id)
        unreadable = _why_unreadable(write, entity)
        if entity is None or unreadable is not None:
            self._retries.unreadable(write.entity_id, unreadable or "", now)
            return _step(write, entity.state if entity is not None else None, StepResult.UNREADABLE, unreadable or "")
        try:
            fitted = fit(write, entity.attributes)
        except RefusedError as refusal:
            self._retries.unreadable(write.entity_id, str(refusal), now)
            return _step(write, entity.state, StepResult.FAILED, str(refusal))
        taken = replace(write, value=fitted.value)
        if matches(taken.value, entity.state, entity.attributes):
            return _step(taken, entity.state, StepResult.UNCHANGED, fitted.note)
        if self._home.executor.shadow_mode:
            words = f"shadow mode: would change {entity.state} to {taken.value.text}"
            return _step(taken, entity.state, StepResult.SHADOW, _join(words, fitted.note))
        return taken, _step(taken, entity.state, StepResult.WRITTEN, fitted.note)

    def _why_postponed(self, write: Write, unclosed: Sequence[ExecutionStep]) -> str | None:
        if unclosed:
            return f"not before {unclosed[0].entity_id} is '{unclosed[0].wanted}'"
        if not self._retries.may_try(write.entity_id, write.value.text):
            return "it did not take before, the next try comes later"
        return None

    def _await(self, sent: Sequence[_Sent]) -> None:
        for _ in range(math.ceil(self._home.executor.read_back_seconds / POLL_SECONDS)):
            if all(self._has_taken(outcome.write) for outcome in sent):
                return
            self._sleep(POLL_SECONDS)

    def _has_taken(self, write: Write) -> bool:
        entity = self._ha.state(write.entity_id)
        return entity is not None and matches(write.value, entity.state, entity.attributes)

    def _confirm(self, sent: _Sent, now: datetime) -> ExecutionStep:
        step, write = sent.step, sent.write
        if self._has_taken(write):
            words = "" if sent.error is None else f"carried out although the call failed: {sent.error}"
            return replace(step, message=_join(step.message, words))
        entity = self._ha.state(write.entity_id)
        found = "nothing" if entity is None else f"'{entity.state}'"
        if sent.error is None:
            result, words = StepResult.UNCONFIRMED, f"'{write.value.text}' was written, {found} is read back"
        else:
            result, words = (
                StepResult.FAILED,
                f"'{write.value.text}' was not taken ({sent.error}), {found} is read back",
            )
        self._retries.tried_in_vain(write.entity_id, write.value.text, words, now)
        return replace(step, result=result, message=_join(step.message, words))


def _of(phase: Phase, writes: Sequence[Write]) -> list[Write]:
    return [write for write in writes if write.phase is phase]


def _why_unreadable(write: Write, entity: EntityState | None) -> str | None:
    if entity is None:
        return f"{write.entity_id} does not exist in Home Assistant: correct it in apps.yaml"
    if entity.state in UNREADABLE_STATES:
        return f"{write.entity_id} is '{entity.state}'"
    if isinstance(write.value, Quantity) and number(entity.state) is None:
        return f"{write.entity_id} is '{entity.state}', not a number"
    return None


def _step(write: Write, previous: str | None, result: StepResult, message: str) -> ExecutionStep:
    return ExecutionStep(write.entity_id, previous, write.value.text, result, message)


def _with_note(step: ExecutionStep, note: str) -> ExecutionStep:
    return replace(step, message=_join(step.message, note)) if note else step


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
