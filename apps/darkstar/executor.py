"""App Executor: at every tick and event, decide -> dispatch -> record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep

from .app import EVENT_BLOCKS, EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PLAN, FIRST_CALL_DELAY_S, NAMESPACE, DarkstarApp
from .control.decide import decide
from .control.decision import ActiveOverrides, Decision, Execution, ExecutionStep
from .control.dispatch.dispatcher import REMEMBERED, Dispatcher, Remembered
from .control.dispatch.orders import entities_of
from .control.lookup import Current, current
from .control.planned import planned_now
from .control.rules.fuse import exceeded
from .control.rules.import_meter import ImportMeter
from .control.rules.surplus import SurplusMeter
from .control.watch.custody import Custody
from .control.watch.lease import Grip, beat_seconds
from .control.watch.toggles import Toggles, cautious, disagreements, wanted_after
from .control.watch.watchdog import FILE, watchdog_problems, watchdog_yaml
from .gateway import HOME_ASSISTANT
from .home.problem import Problem, Severity
from .home.readings import Measurement, Readings
from .home.settings import HomeSettings
from .inputs.counters import read_import_kwh
from .inputs.snapshot import read_home, read_phase_currents
from .storage.executions import Executions
from .storage.manual_blocks import ManualBlocks
from .storage.memory import Memory
from .storage.overrides import Overrides
from .storage.plans import Plans, SavedPlan

TOGGLES = "executor.toggles"
GRIP = "executor.grip"
SHADOW = "executor.shadow"
SHADOW_WORDS = "shadow mode is on: decided and recorded, not written"
FIRST_TICK_DELAY_S = 10
"""The planner's first plan comes sooner, and brings the first tick with it."""
BURST_SHARE = 0.1
"""Ticks closer together than this share of the interval are a queue after a freeze: one is enough."""
FUSE_GAP_S = 5
"""Ticks because of the fuse are at least so far apart."""
FUSE_IDLE_S = 30
"""So far apart they are while the last one found nothing to cut."""
_SWITCHED = {"on": True, "off": False}
NEWS_DELAY_S = 2
"""A changed setting is looked at so much later: our own writes are settled by then."""


class Executor(DarkstarApp):
    """Makes the devices match the decision of this moment."""

    def start(self) -> None:
        """Tick on a fixed grid, and at once when plan, override, toggles, devices or Home Assistant change."""
        self.plans = Plans(self.database)
        self.overrides = Overrides(self.database)
        self.blocks = ManualBlocks(self.database)
        self.executions = Executions(self.database)
        self.memory = Memory(self.database)
        self.dispatcher = Dispatcher(self.ha, self.home, sleep, self.memory.get(REMEMBERED, Remembered))
        self.watcher = Dispatcher(self.ha, _in_shadow(self.home), sleep)
        self.shadow = self.memory.get(SHADOW, bool) is True
        self.surplus = SurplusMeter(self.home.executor)
        self.imports = ImportMeter(self.home)
        self.trusted = self.memory.get(TOGGLES, Toggles)
        grip = self.memory.get(GRIP, Grip) or Grip.FREE
        self.custody = Custody(self.ha, self.home, grip, lambda held: self.memory.put(GRIP, held, self.now()))
        self.previous = self.executions.latest_decision()
        self.acted_on = self.previous
        self.seen_problems: tuple[Problem, ...] = ()
        self.completed_at: datetime | None = None
        self.pending: set[str] = set()
        self.wrote = False
        self.fuse_rests_until = self.now()
        self._write_watchdog()
        self._set_timers()
        self._listen()

    def _set_timers(self) -> None:
        interval = self.home.executor.interval_seconds
        self.last_tick = self.now() - timedelta(seconds=interval)
        self.run_every(self.on_timer, time(0), interval)
        beat_s = int(beat_seconds(self.home))
        self.run_every(self.on_beat, f"now+{beat_s}", beat_s)
        self.run_in(self.on_change, FIRST_TICK_DELAY_S)

    def _listen(self) -> None:
        for event in (EVENT_PLAN, EVENT_OVERRIDE, EVENT_BLOCKS):
            self.on(event, self.on_event)
        self.on_home_assistant_back(self.on_return)
        entities = self.home.entities
        for toggle in (entities.automation, entities.manual_override):
            self.listen_state(self.on_toggle, toggle, namespace=HOME_ASSISTANT)
        self.listen_state(self.on_state, entities.shadow, namespace=HOME_ASSISTANT)
        for word in ("unavailable", "unknown"):
            self.listen_state(self.on_state, entities.battery_soc, namespace=HOME_ASSISTANT, new=word)
            self.listen_state(self.on_state, entities.battery_soc, namespace=HOME_ASSISTANT, old=word)
        for phase in entities.phase_currents:
            self.listen_state(self.on_current, phase, namespace=HOME_ASSISTANT)
        for setting in sorted(entities_of(self.home)):
            self.listen_state(self.on_setting, setting, namespace=HOME_ASSISTANT)

    def on_timer(self, **kwargs: object) -> None:
        """The fixed tick; ticks that queued up while the machine was frozen count as one."""
        pause_s = abs(self.now() - self.last_tick).total_seconds()
        if pause_s >= self.home.executor.interval_seconds * BURST_SHARE:
            self.tick()

    def on_beat(self, **kwargs: object) -> None:
        """A sign of life for what goes on, and a sample of PV surplus and import."""
        now = self.now()
        self._sample(read_home(self.ha, self.home, now), now)
        self.custody.beat(self.acted_on, self.completed_at, now)

    def on_change(self, **kwargs: object) -> None:
        """Something that matters has changed: do not wait for the tick."""
        self.tick()

    def on_event(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """A new plan, or a quick action began or ended."""
        self.tick()

    def on_toggle(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """A toggle was switched, or came back from a restart, which is not the same."""
        if {old, new} == {"on", "off"}:
            self._trust(Toggles.of(read_home(self.ha, self.home, self.now())))
        self.tick()

    def on_state(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """The SoC went away or came back, or shadow mode was switched."""
        self.tick()

    def on_current(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """A phase current has changed: too much of it does not wait for the tick."""
        if not self._fuse_exceeded():
            return
        rest_s = (self.fuse_rests_until - self.now()).total_seconds()
        if rest_s > 0:
            self._once(self.on_fuse, "fuse", rest_s)
        else:
            self._relieve_fuse()

    def on_fuse(self, **kwargs: object) -> None:
        """The fuse was in danger a moment ago: is it still?"""
        self.pending.discard("fuse")
        if self._fuse_exceeded():
            self._relieve_fuse()

    def on_setting(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """A setting that we write has changed: by us, or by somebody else?"""
        if self.dispatcher.is_news(entity, str(new), self.now()):
            self._once(self.on_news, entity, NEWS_DELAY_S)

    def on_news(self, **kwargs: object) -> None:
        """A setting is still not as we left it: look at once."""
        setting = str(kwargs["subject"])
        self.pending.discard(setting)
        entity = self.ha.state(setting)
        if entity is not None and self.dispatcher.is_news(setting, entity.state, self.now()):
            self.tick()

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back: re-read and re-assert once its services are registered."""
        self.run_in(self.on_settled_return, FIRST_CALL_DELAY_S)

    def on_settled_return(self, **kwargs: object) -> None:
        """Home Assistant takes calls again: what failed for want of it waits no longer."""
        self.dispatcher.try_all_at_once()
        self.tick()

    def tick(self) -> None:
        """Read, decide, dispatch, record; what breaks off is recorded too."""
        now = self.last_tick = self.now()
        began = monotonic()
        done: Execution | None = None
        try:
            done = self._carry_out(now)
        finally:
            error = sys.exception()
            execution = done if done is not None else self._broken(now, error)
            self.executions.save(replace(execution, duration_s=round(monotonic() - began, 3)))
            self.wrote = execution.writes > 0
            self._tell(execution)
            if done is None:
                self.report((*self.seen_problems, _tick_failed(error, now)))
            self.announce(EVENT_EXECUTION)
        self.completed_at = now

    def _carry_out(self, now: datetime) -> Execution:
        shown = read_home(self.ha, self.home, now)
        wanted = wanted_after(self.trusted, Toggles.of(shown))
        self._trust(wanted)
        self._sample(shown, now)
        readings = replace(
            cautious(shown, wanted), pv_surplus_kw=self.surplus.mean_kw(now), imported=self.imports.running(now)
        )
        saved = self.plans.latest()
        held = self._current(saved, now)
        overrides = self.overrides.active(now)
        blocks = self.blocks.standing(now)
        decision = decide(held.plan_slot, held.policy_slot, readings, overrides, self.home, self.previous, now, blocks)
        self._look_for_shadow(now)
        acted_on, steps = self._act(decision, readings, now)
        self.previous, self.acted_on = decision, acted_on
        self.seen_problems = (
            *shown.faults,
            *held.problems,
            *self.dispatcher.problems,
            *disagreements(Toggles.of(shown), wanted, self.home.entities, now),
            *watchdog_problems(self.ha, self.home, now),
            *self.custody.problems(acted_on),
        )
        self.report(self.seen_problems)
        return self._execution(decision, steps, saved, held, readings, overrides, now)

    def _sample(self, shown: Readings, now: datetime) -> None:
        self.surplus.add(now, shown)
        self.imports.add(now, shown, read_import_kwh(self.ha, self.home))

    def _act(self, decision: Decision, readings: Readings, now: datetime) -> tuple[Decision, tuple[ExecutionStep, ...]]:
        """Bring the decision about. In shadow it is only compared, after what was begun has been ended."""
        if not self.shadow or decision.hands_off is not None:
            return decision, self._bring_about(decision, readings, now)
        nothing = replace(decision, hands_off=SHADOW_WORDS)
        ended = self._bring_about(nothing, replace(readings, automation=False), now)
        return nothing, (*ended, *self.watcher.dispatch(decision, now, _value(readings.soc_percent)))

    def _bring_about(self, decision: Decision, readings: Readings, now: datetime) -> tuple[ExecutionStep, ...]:
        """Dispatch, and keep what is begun under the lease."""
        last = self.custody.last_command(decision, readings)
        commanded = last or (decision.battery if decision.hands_off is None else None)
        self.custody.before(commanded, now)
        soc = _value(readings.soc_percent)
        try:
            steps = self.dispatcher.release(last, now) if last else self.dispatcher.dispatch(decision, now, soc)
        finally:
            self.memory.put(REMEMBERED, self.dispatcher.remembered, now)
        self.custody.after(commanded, steps)
        return steps

    def _execution(
        self,
        decision: Decision,
        steps: tuple[ExecutionStep, ...],
        saved: SavedPlan | None,
        held: Current,
        readings: Readings,
        overrides: ActiveOverrides,
        now: datetime,
    ) -> Execution:
        return Execution(
            executed_at=now,
            plan_id=saved.plan.plan_id if saved else None,
            decision=decision,
            steps=steps,
            soc_percent=_value(readings.soc_percent),
            load_kw=_value(readings.load_kw),
            pv_kw=_value(readings.pv_kw),
            grid_kw=_value(readings.grid_kw),
            shadow=self._watches,
            planned=planned_now(held.plan_slot, saved.plan.capacity_kwh) if saved else None,
            overrides=overrides.all,
            lease_until=self.custody.until,
            problems=tuple(problem.meaning for problem in self.seen_problems),
        )

    def _broken(self, now: datetime, error: BaseException | None) -> Execution:
        words = f"{type(error).__name__}: {error}"
        decision = Decision(now, None, None, f"The tick broke off: {words}")
        return Execution(now, None, decision, (), None, None, None, None, self._watches, error=words)

    @property
    def _watches(self) -> bool:
        """Whether nothing is written: as the settings say, or the owner's helper."""
        return self.shadow or self.home.executor.shadow_mode

    def _look_for_shadow(self, now: datetime) -> None:
        """What the helper says; one that cannot be read leaves it as it was."""
        helper = self.ha.state(self.home.entities.shadow)
        said = self.shadow if helper is None else _SWITCHED.get(helper.state, self.shadow)
        if said != self.shadow:
            self.memory.put(SHADOW, said, now)
        self.shadow = said

    def _fuse_exceeded(self) -> bool:
        return exceeded(read_phase_currents(self.ha, self.home, self.now()), self.home)

    def _relieve_fuse(self) -> None:
        """Tick; soon again where that changed something, later where nothing of ours is left to cut."""
        self.tick()
        self.fuse_rests_until = self.now() + timedelta(seconds=FUSE_GAP_S if self.wrote else FUSE_IDLE_S)

    def _once(self, callback: Callable[..., None], subject: str, delay_s: float) -> None:
        """Run a callback soon, but only once however often it is asked for meanwhile."""
        if subject not in self.pending:
            self.pending.add(subject)
            self.run_in(callback, delay_s, subject=subject)

    def _write_watchdog(self) -> None:
        """Keep the package for Home Assistant up to date in the data folder."""
        path, text = Path(self.config_dir) / NAMESPACE / FILE, watchdog_yaml(self.home)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            self.log("the watchdog for Home Assistant is in %s: copy it to config/packages/", path)

    def _current(self, saved: SavedPlan | None, now: datetime) -> Current:
        plan, policy = (saved.plan, saved.policy) if saved else (None, None)
        return current(plan, policy, self.home, now)

    def _trust(self, toggles: Toggles) -> None:
        if toggles != self.trusted:
            self.memory.put(TOGGLES, toggles, self.now())
        self.trusted = toggles

    def _tell(self, execution: Execution) -> None:
        self.log("%s%s", execution.decision.summary, f" [{execution.writes} writes]" if execution.writes else "")
        for step in execution.steps:
            if step.message:
                self.log("%s: %s -> %s, %s: %s", step.entity_id, step.previous, step.wanted, step.result, step.message)


def _in_shadow(home: HomeSettings) -> HomeSettings:
    """The same home in shadow mode."""
    return home.model_copy(update={"executor": home.executor.model_copy(update={"shadow_mode": True})})


def _value(measurement: Measurement | None) -> float | None:
    return measurement.value if measurement else None


def _tick_failed(error: BaseException | None, now: datetime) -> Problem:
    return Problem(
        problem_id="executor_tick_failed",
        severity=Severity.CRITICAL,
        since=now,
        meaning=f"The executor could not finish its work ({type(error).__name__}: {error}); it tries again at the next "
        "tick. A grid charge or sale that goes on is ended by the watchdog when this lasts.",
        remedy="See AppDaemon's error log; if the fault stays, report it with the log.",
    )
