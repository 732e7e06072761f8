"""App Executor: at every tick and event, decide -> dispatch -> record."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from time import sleep

from .app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PLAN, FIRST_CALL_DELAY_S, DarkstarApp
from .control.decide import decide
from .control.decision import Execution
from .control.dispatch import Dispatcher
from .control.lookup import Current, current
from .control.toggles import Toggles, cautious, disagreements, wanted_after
from .gateway import HOME_ASSISTANT
from .home.readings import Measurement
from .inputs.snapshot import read_home
from .storage.executions import Executions
from .storage.memory import Memory
from .storage.overrides import Overrides
from .storage.plans import Plans, SavedPlan

TOGGLES = "executor.toggles"
FIRST_TICK_DELAY_S = 10
"""The planner's first plan comes sooner, and brings the first tick with it."""
BURST_SHARE = 0.1
"""Ticks closer together than this share of the interval are a queue after a freeze: one is enough."""


class Executor(DarkstarApp):
    """Makes the devices match the decision of this moment."""

    def start(self) -> None:
        """Tick on a fixed grid, and at once when plan, override, toggles, SoC or Home Assistant change."""
        self.plans = Plans(self.database)
        self.overrides = Overrides(self.database)
        self.executions = Executions(self.database)
        self.dispatcher = Dispatcher(self.ha, self.home, sleep)
        self.memory = Memory(self.database)
        self.trusted = self.memory.get(TOGGLES, Toggles)
        self.previous = self.executions.latest_decision()
        interval = self.home.executor.interval_seconds
        self.last_tick = self.now() - timedelta(seconds=interval)
        self.run_every(self.on_timer, time(0), interval)
        self.run_in(self.on_change, FIRST_TICK_DELAY_S)
        for event in (EVENT_PLAN, EVENT_OVERRIDE):
            self.on(event, self.on_event)
        self.on_home_assistant_back(self.on_return)
        entities = self.home.entities
        for toggle in (entities.automation, entities.manual_override):
            self.listen_state(self.on_toggle, toggle, namespace=HOME_ASSISTANT)
        for word in ("unavailable", "unknown"):
            self.listen_state(self.on_state, entities.battery_soc, namespace=HOME_ASSISTANT, new=word)
            self.listen_state(self.on_state, entities.battery_soc, namespace=HOME_ASSISTANT, old=word)

    def on_timer(self, **kwargs: object) -> None:
        """The fixed tick; ticks that queued up while the machine was frozen count as one."""
        pause_s = abs(self.now() - self.last_tick).total_seconds()
        if pause_s >= self.home.executor.interval_seconds * BURST_SHARE:
            self.tick()

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
        """The SoC went away or came back."""
        self.tick()

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back: re-read and re-assert once its services are registered."""
        self.run_in(self.on_change, FIRST_CALL_DELAY_S)

    def tick(self) -> None:
        """Read, decide, dispatch, record."""
        now = self.last_tick = self.now()
        shown = read_home(self.ha, self.home, now)
        wanted = wanted_after(self.trusted, Toggles.of(shown))
        self._trust(wanted)
        readings = cautious(shown, wanted)
        saved = self.plans.latest()
        held = self._current(saved, now)
        override = self.overrides.active(now)
        decision = decide(held.plan_slot, held.policy_slot, readings, override, self.home, self.previous, now)
        steps = self.dispatcher.dispatch(decision, now)
        execution = Execution(
            executed_at=now,
            plan_id=saved.plan.plan_id if saved else None,
            decision=decision,
            steps=steps,
            soc_percent=_value(readings.soc_percent),
            load_kw=_value(readings.load_kw),
            pv_kw=_value(readings.pv_kw),
            grid_kw=_value(readings.grid_kw),
            shadow=self.home.executor.shadow_mode,
        )
        self.executions.save(execution)
        self.previous = decision
        self._tell(execution)
        held_back = disagreements(Toggles.of(shown), wanted, self.home.entities, now)
        self.report((*shown.faults, *held.problems, *self.dispatcher.problems, *held_back))
        self.announce(EVENT_EXECUTION)

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


def _value(measurement: Measurement | None) -> float | None:
    return measurement.value if measurement else None
