"""Makes the devices match a decision: compare, write, read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from ...home.finite import number
from ...home.ports import EntityState, ServiceCaller, StateReader
from ...home.problem import Problem
from ...home.settings import HomeSettings
from ...home.slots import local_date
from ..decision import BatterySettingsNow, Decision, ExecutionStep, Source, StepResult
from ..devices.fitting import UNREADABLE_STATES, RefusedError, fit, matches, service, shown
from ..devices.writes import Phase, Quantity, Write
from .acts import Acts, act_of, is_shown, shown_by, why_unusable
from .budget import Urgency, WriteCounts
from .contest import Contests, Dispute, Seen
from .orders import Order, battery_orders, orders_of
from .retries import LONGEST_GAP, Retries

REMEMBERED = "executor.dispatch"
"""Name under which `Remembered` is stored."""

POLL_SECONDS = 0.25
"""How often a written setting is looked at until it is there."""

SETTLED = frozenset({StepResult.UNCHANGED, StepResult.WRITTEN, StepResult.SHADOW})
"""Results after which nothing is left to do."""

SENT = frozenset({StepResult.WRITTEN, StepResult.UNCONFIRMED})
"""Results of what the device has got, whether it shows it or not."""

NO_BACK_OFF = 1
"""What safety depends on is tried at every interval."""


class Doors(StateReader, ServiceCaller, Protocol):
    """What the dispatcher needs of Home Assistant."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the dispatcher must know again after a restart."""

    writes: WriteCounts | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    acts: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class _Sent:
    write: Write
    step: ExecutionStep
    error: str | None


class Dispatcher:
    """Carries decisions out, one tick after the other.

    Every tick asserts the whole wanted state. Comparing makes that cheap, and it puts right what a
    timed-out call, another automation or a restart of the inverter has changed. It remembers what
    failed, how it left each entity, and how often each was written today.
    """

    def __init__(
        self, ha: Doors, home: HomeSettings, sleep: Callable[[float], None], remembered: Remembered | None = None
    ) -> None:
        known = remembered or Remembered()
        executor = home.executor
        interval = timedelta(seconds=executor.interval_seconds)
        self._ha = ha
        self._home = home
        self._sleep = sleep
        self._retries = Retries(interval)
        self._writes = known.writes
        self._looked_at: datetime | None = None
        trust = max(timedelta(minutes=executor.lease_minutes), 2 * interval)
        self._contests = Contests(executor.max_reassertions, trust, known.seen, known.disputes)
        self._acts = Acts(known.acts)

    @property
    def remembered(self) -> Remembered:
        """What to hand over to the next dispatcher."""
        return Remembered(self._writes, self._contests.seen, self._contests.disputes, self._acts.done)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Entities that do not take their setting, that others change, or whose write budget is used up."""
        executor = self._home.executor
        return (
            *self._retries.problems(executor.max_attempts),
            *self._contests.problems(),
            *self._budget_problems(),
        )

    def is_news(self, entity_id: str, state: str, now: datetime) -> bool:
        """Whether an entity says something that was neither left so nor asked for: somebody else wrote it."""
        return state not in UNREADABLE_STATES and self._contests.is_news(entity_id, state, now)

    def try_all_at_once(self) -> None:
        """Let what failed be tried at the next tick: Home Assistant was away and is back."""
        self._retries.try_all_at_once()

    def dispatch(
        self, decision: Decision, now: datetime, soc_percent: float | None = None
    ) -> tuple[ExecutionStep, ...]:
        """Bring the devices to the decision's settings; one step per entity.

        Purchase and sale are ended before limits change, and begun after. A hands-off decision has
        no steps. Blocks for up to `executor.read_back_seconds` per group of writes that do not take
        at once. Never raises.
        """
        return self._bring_about(orders_of(decision, self._home, soc_percent), now)

    def release(self, settings: BatterySettingsNow, now: datetime) -> tuple[ExecutionStep, ...]:
        """Bring the inverter alone to these settings: the last act before hands off."""
        return self._bring_about(battery_orders(settings, self._home, None), now)

    def _bring_about(self, orders: Sequence[Order], now: datetime) -> tuple[ExecutionStep, ...]:
        writes = [order.write for order in orders]
        self._retries.keep({write.entity_id for write in writes})
        watched = {name for name in map(shown_by, writes) if name is not None}
        self._contests.keep(set() if self._home.executor.shadow_mode else watched)
        self._acts.keep(writes)
        self._writes = self._counts(now)
        self._looked_at = now
        closing = self._carry_out(_of(Phase.CLOSE, orders), (), (), now)
        limits = self._carry_out(_of(Phase.ADJUST, orders), closing, (), now)
        unclosed = [step for step in closing if step.result not in SETTLED]
        opening = self._carry_out(_of(Phase.OPEN, orders), [*closing, *limits], unclosed, now)
        return (*closing, *limits, *opening)

    def _carry_out(
        self,
        batch: Sequence[Order],
        before: Sequence[ExecutionStep],
        unclosed: Sequence[ExecutionStep],
        now: datetime,
    ) -> list[ExecutionStep]:
        """The settings of a batch side by side, then its acts one after the other."""
        settings = [order for order in batch if act_of(order.write) is None]
        outcomes = [self._send(order, unclosed, now) for order in settings]
        self._await([outcome.write for outcome in outcomes if isinstance(outcome, _Sent)])
        steps = [self._confirm(outcome, now) if isinstance(outcome, _Sent) else outcome for outcome in outcomes]
        steps = [self._done(order, step, now) for order, step in zip(settings, steps, strict=True)]
        for order in batch:
            if act_of(order.write) is not None:
                steps.append(self._done(order, self._act(order, [*before, *steps], unclosed, now), now))
        return steps

    def _done(self, order: Order, step: ExecutionStep, now: datetime) -> ExecutionStep:
        """Book what came of an order."""
        if step.result in SETTLED:
            self._retries.settled(step.entity_id)
        self._remember(order.write, step, now)
        return replace(step, message=_join(step.message, order.write.note))

    def _act(
        self, order: Order, before: Sequence[ExecutionStep], unclosed: Sequence[ExecutionStep], now: datetime
    ) -> ExecutionStep:
        """Call a service or press a button, if it is due."""
        write, act = order.write, act_of(order.write)
        entity = self._shows(write)
        unusable = why_unusable(write, self._ha)
        if act is None or unusable is not None:
            self._retries.unreadable(write.entity_id, unusable or "", now)
            return _step(order, write, entity, StepResult.UNREADABLE, unusable or "")
        due = self._acts.why_due(write, act, {step.entity_id for step in before if step.result in SENT}, self._ha, now)
        if due is None:
            self._contests.agreed(shown_by(write) or write.entity_id, now)
            return _step(order, write, entity, StepResult.UNCHANGED, "")
        if self._home.executor.shadow_mode:
            return _step(order, write, entity, StepResult.SHADOW, f"shadow mode: would be done, {due}")
        step = _step(order, write, entity, StepResult.WRITTEN, due)
        step = self._judge(order, step, unclosed, now)
        if step.result is not StepResult.WRITTEN:
            return step
        sent = self._call(write, step, now)
        self._await([write])
        done = self._confirm(sent, now)
        if done.result in SENT:
            self._acts.was_done(write, now)
        return done

    def _send(self, order: Order, unclosed: Sequence[ExecutionStep], now: datetime) -> _Sent | ExecutionStep:
        compared = self._compare(order, now)
        if isinstance(compared, ExecutionStep):
            return compared
        fitted, step = compared
        step = self._judge(order, step, unclosed, now)
        return self._call(fitted, step, now) if step.result is StepResult.WRITTEN else step

    def _call(self, write: Write, step: ExecutionStep, now: datetime) -> _Sent:
        name, data = service(write)
        self._writes = self._counts(now).plus_one(write.entity_id)
        answer = self._ha.call(name, **data)
        return _Sent(write, step, None if answer.ok else answer.error or "no reason given")

    def _compare(self, order: Order, now: datetime) -> tuple[Write, ExecutionStep] | ExecutionStep:
        """The step when nothing is to be written, else what to write and the step that it becomes."""
        write = order.write
        entity = self._ha.state(write.entity_id)
        unreadable = _why_unreadable(write, entity)
        if entity is None or unreadable is not None:
            self._retries.unreadable(write.entity_id, unreadable or "", now)
            return _step(order, write, entity, StepResult.UNREADABLE, unreadable or "")
        try:
            fitted = fit(write, entity.attributes)
        except RefusedError as refusal:
            self._retries.unreadable(write.entity_id, str(refusal), now)
            return _step(order, write, entity, StepResult.FAILED, str(refusal))
        taken = replace(write, value=fitted.value)
        found = shown(taken, entity)
        if matches(taken.value, found, entity.attributes):
            self._contests.agreed(write.entity_id, now)
            return _step(order, taken, entity, StepResult.UNCHANGED, fitted.note)
        if self._home.executor.shadow_mode:
            words = f"shadow mode: would change {found} to {taken.value.text}"
            return _step(order, taken, entity, StepResult.SHADOW, _join(words, fitted.note))
        return taken, _step(order, taken, entity, StepResult.WRITTEN, fitted.note)

    def _judge(
        self, order: Order, step: ExecutionStep, unclosed: Sequence[ExecutionStep], now: datetime
    ) -> ExecutionStep:
        """The step as it will be: to be written, or why not."""
        found = step.previous or ""
        watched = shown_by(order.write) or step.entity_id
        before = self._contests.changed_by_others(watched, found, now)
        insists = self._contests.may_insist(watched, step.wanted, before, found, now)
        if before is not None:
            step = replace(step, message=_join(step.message, f"somebody else changed it from {before} to {found}"))
        refused = self._why_not(order, step, unclosed, insists=insists, now=now)
        if refused is None:
            return step
        result, words = refused
        return replace(step, result=result, message=_join(step.message, words))

    def _why_not(
        self, order: Order, step: ExecutionStep, unclosed: Sequence[ExecutionStep], *, insists: bool, now: datetime
    ) -> tuple[StepResult, str] | None:
        """Why not to write now, as result and words."""
        if unclosed:
            return StepResult.DEFERRED, f"not before {unclosed[0].entity_id} is '{unclosed[0].wanted}'"
        if not insists and order.source is not Source.SAFETY:
            return StepResult.YIELDED, "left to them for now, they changed it too often"
        gap = NO_BACK_OFF if order.urgency is Urgency.SAFETY else LONGEST_GAP
        if not self._retries.may_try(step.entity_id, step.wanted, now, gap):
            return StepResult.DEFERRED, "it did not take before, the next try comes later"
        limit = self._home.executor.write_budget_per_day
        over_budget = self._counts(now).refusal(step.entity_id, order.urgency, limit)
        return None if over_budget is None else (StepResult.OVER_BUDGET, over_budget)

    def _await(self, writes: Sequence[Write]) -> None:
        for _ in range(math.ceil(self._home.executor.read_back_seconds / POLL_SECONDS)):
            if all(self._has_taken(write) is not False for write in writes):
                return
            self._sleep(POLL_SECONDS)

    def _has_taken(self, write: Write) -> bool | None:
        """Whether the device shows what was written; None when it has no entity for that."""
        act = act_of(write)
        if act is not None:
            return is_shown(act, self._ha)
        entity = self._ha.state(write.entity_id)
        return entity is not None and matches(write.value, shown(write, entity), entity.attributes)

    def _confirm(self, sent: _Sent, now: datetime) -> ExecutionStep:
        write, entity = sent.write, self._shows(sent.write)
        read_back = None if entity is None else _says(write, entity)
        step = replace(sent.step, read_back=read_back)
        taken = self._has_taken(write)
        if taken or (taken is None and sent.error is None):
            words = "" if sent.error is None else f"carried out although the call failed: {sent.error}"
            return replace(step, message=_join(step.message, words))
        found = "nothing" if read_back is None else f"'{read_back}'"
        if sent.error is None:
            result, words = StepResult.UNCONFIRMED, f"'{write.value.text}' was written, {found} is read back"
        else:
            result, words = (
                StepResult.FAILED,
                f"'{write.value.text}' was not taken ({sent.error}), {found} is read back",
            )
        self._retries.tried_in_vain(write.entity_id, write.value.text, words, now)
        return replace(step, result=result, message=_join(step.message, words))

    def _remember(self, write: Write, step: ExecutionStep, now: datetime) -> None:
        """How the entity is left, so that the next tick knows what others have changed."""
        watched, entity = shown_by(write), self._shows(write)
        if self._home.executor.shadow_mode or watched is None or entity is None or entity.state in UNREADABLE_STATES:
            return
        in_doubt = (step.wanted,) if step.result in {StepResult.UNCONFIRMED, StepResult.FAILED} else ()
        half_step = (number(entity.attributes.get("step")) or 0.0) / 2
        replaced = step.previous if step.result in SENT else None
        left = Seen(_says(write, entity), step.wanted, half_step, now, in_doubt, replaced)
        self._contests.leave(watched, left)

    def _shows(self, write: Write) -> EntityState | None:
        """The entity that shows the effect of a write; None when there is none."""
        watched = shown_by(write)
        return self._ha.state(watched) if watched is not None else None

    def _budget_problems(self) -> tuple[Problem, ...]:
        if self._writes is None or self._looked_at is None:
            return ()
        return self._writes.problems(self._home.executor.write_budget_per_day, self._looked_at)

    def _counts(self, now: datetime) -> WriteCounts:
        today = local_date(now, self._home.zone)
        return WriteCounts(today) if self._writes is None else self._writes.on(today)


def _of(phase: Phase, orders: Sequence[Order]) -> list[Order]:
    return [order for order in orders if order.write.phase is phase]


def _why_unreadable(write: Write, entity: EntityState | None) -> str | None:
    if entity is None:
        return f"{write.entity_id} does not exist in Home Assistant: correct it in apps.yaml"
    if entity.state in UNREADABLE_STATES:
        return f"{write.entity_id} is '{entity.state}'"
    if isinstance(write.value, Quantity) and number(shown(write, entity)) is None:
        return f"{write.entity_id} is '{shown(write, entity)}', not a number"
    return None


def _step(order: Order, write: Write, entity: EntityState | None, result: StepResult, message: str) -> ExecutionStep:
    previous = _says(write, entity) if entity is not None else None
    return ExecutionStep(write.entity_id, previous, write.value.text, result, message, source=order.source)


def _says(write: Write, entity: EntityState) -> str:
    """What an entity says about a write: its value, or how an act shows."""
    return shown(write, entity) if act_of(write) is None else entity.state


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
