"""Darkstar itself in the closed loop: the real pipeline and the real decisions, knowing only the past."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ...control.decide import decide
from ...control.decision import NO_OVERRIDES, BatterySettingsNow, Decision
from ...control.lookup import current
from ...control.rules.import_meter import ImportMeter
from ...home.observation import Observation
from ...home.prices import PriceCurve
from ...home.readings import Measurement, Readings
from ...home.settings import HomeSettings
from ...home.slots import floor_to_slot, local_date
from ...learning.shadow_guard import WINDOW, Guard, next_guard, why_self_use
from ...optimizer.plan import Plan, PlanSlot
from ...pipeline import Situation, history_reach, plan_home, policy_home
from ...policy.thresholds import Policy, PolicySlot
from ...strategy.peaks import METERED_DAYS
from ..house import HouseFlows
from .loop import Moment
from .outlooks import Outlooker, own_outlook
from .published import KnownPrices

POLICY_ALONE = "policy alone"
"""In place of a plan's status: the battery's policy needed no plan."""


@dataclass(slots=True)
class Effort:
    """What planning took: plans by status, seconds in all, and local days on which the guard took over.

    `load_models` and `pv_models` count the plans by who forecast for them.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    load_models: Counter[str] = field(default_factory=Counter)
    pv_models: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    guarded_days: int = 0

    @property
    def count(self) -> int:
        """How many plans were made."""
        return self.statuses.total()

    @property
    def mean_seconds(self) -> float:
        """Per plan; 0 without any."""
        return self.seconds / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """What the executor follows until the next plan: levels of a policy, else the modes of a plan."""

    made_at: datetime
    plan: Plan | None
    policy: Policy | None

    @property
    def status(self) -> str:
        """How the plan came out."""
        return POLICY_ALONE if self.plan is None else self.plan.status.value

    def slots_at(self, now: datetime, home: HomeSettings) -> tuple[PlanSlot | None, PolicySlot | None]:
        """What holds at `now`: nothing when it is too old."""
        if self.plan is not None:
            held = current(self.plan, self.policy, home, now)
            return held.plan_slot, held.policy_slot
        if self.policy is None or self._is_old(now, home):
            return None, None
        return None, self.policy.slot_at(now)

    def running_at(self, now: datetime, home: HomeSettings) -> Plan | None:
        """The plan that is still carried out at `now`."""
        return None if self._is_old(now, home) else self.plan

    def _is_old(self, now: datetime, home: HomeSettings) -> bool:
        return now - self.made_at > home.max_plan_age


Planner = Callable[[Situation], Course]
"""Makes a course for a situation."""


def by_policy(situation: Situation) -> Course:
    """As Darkstar does; a plan that its policy does not need is not solved."""
    steered = policy_home(situation)
    return Course(situation.now, steered.plan, steered.policy)


def by_plan_and_policy(situation: Situation) -> Course:
    """As Darkstar does, to the last: every plan is solved."""
    planned = plan_home(situation)
    return Course(situation.now, planned.plan, planned.policy)


def by_modes(situation: Situation) -> Course:
    """Follow the plan by its modes, without policy."""
    return Course(situation.now, plan_home(situation).plan, None)


class Darkstar:
    """Plans and decides as the apps do; a `loop.Controller`.

    It plans on a grid of `replan_every`, and at once when prices arrive. What it may know of prices,
    load and PV is given; the defaults are what the apps know and do. `history` was measured before it begins.
    """

    def __init__(
        self,
        home: HomeSettings,
        prices: KnownPrices,
        replan_every: timedelta,
        metering_minutes: int,
        outlooker: Outlooker = own_outlook,
        planner: Planner = by_policy,
        history: Sequence[Observation] = (),
    ) -> None:
        self.effort = Effort()
        self._home = home
        self._prices = prices
        self._replan_every = replan_every
        self._outlooker = outlooker
        self._planner = planner
        self._meter = _Meter(metering_minutes)
        self._imports, self._imported_kwh = ImportMeter(home), 0.0
        metering = timedelta(minutes=metering_minutes)
        self._history: deque[Observation] = deque(history, maxlen=history_reach(home) // metering)
        # the guard judges plans: what was done before there were any is not for it
        billed = history if home.grid.power_tariffs else ()
        self._metered: deque[Observation] = deque(billed, maxlen=_metered_reach(home) // metering)
        self._course: Course | None = None
        self._guard = Guard()
        self._guarded_on: date | None = None
        self._next_plan_at: datetime | None = None
        self._known_until: datetime | None = None
        self._previous: Decision | None = None

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """What the executor would set now, after a new plan when it is time for one."""
        known_until = self._prices.known_until(moment.now)
        is_due = self._next_plan_at is None or moment.now >= self._next_plan_at or known_until != self._known_until
        if is_due and moment.soc_percent is not None:
            self._plan(moment.now, moment.soc_percent, known_until)
        plan_slot, policy_slot = self._course.slots_at(moment.now, self._home) if self._course else (None, None)
        readings = replace(readings_of(moment), imported=self._imports.running(moment.now))
        decision = decide(plan_slot, policy_slot, readings, NO_OVERRIDES, self._home, self._previous, moment.now)
        self._previous = decision
        return decision.battery

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Meters the tick; complete intervals become history."""
        self._imports.count(start, self._imported_kwh)
        self._imported_kwh += flows.import_kwh
        self._imports.count(start + timedelta(hours=flows.hours), self._imported_kwh)
        observation = self._meter.count(start, flows, self._home.battery.capacity_kwh)
        if observation is not None:
            self._history.append(observation)
            self._metered.append(observation)

    def _plan(self, now: datetime, soc_percent: float, known_until: datetime) -> None:
        began = time.perf_counter()
        outlook = self._outlooker(self._home, now, tuple(self._history))
        known, past = self._prices.at(now)
        self._keep_guard(now, past)
        self._course = self._planner(
            Situation(
                home=self._home,
                now=now,
                soc_percent=soc_percent,
                curve=known,
                past_prices=past,
                forecast=outlook.forecast,
                scenarios=outlook.scenarios,
                metered=tuple(self._metered) if self._home.grid.power_tariffs else (),
                running=self._course.running_at(now, self._home) if self._course else None,
                why_self_use=why_self_use(self._guard, self._home, now),
            )
        )
        minutes = self._replan_every // timedelta(minutes=1)
        self._next_plan_at = floor_to_slot(now, min(minutes, 60)) + self._replan_every
        self._known_until = known_until
        self.effort.statuses[self._course.status] += 1
        self.effort.load_models[outlook.forecast.load_model] += 1
        self.effort.pv_models[outlook.forecast.pv_model] += 1
        self.effort.seconds += time.perf_counter() - began

    def _keep_guard(self, now: datetime, past: PriceCurve) -> None:
        """Once a local day, as the planner app does."""
        today = local_date(now, self._home.zone)
        if today == self._guarded_on:
            return
        self._guarded_on = today
        self._guard = next_guard(self._guard, self._metered, past, self._home, now)
        self.effort.guarded_days += self._guard.in_force(now)


def _metered_reach(home: HomeSettings) -> timedelta:
    """What the guard looks at, and the import that power tariffs have metered."""
    return timedelta(days=METERED_DAYS) if home.grid.power_tariffs else WINDOW


class _Meter:
    """Adds ticks up to metering intervals, as energy counters read on a grid do."""

    def __init__(self, minutes: int) -> None:
        self._minutes = minutes
        self._ticks: list[tuple[datetime, HouseFlows]] = []

    def count(self, start: datetime, flows: HouseFlows, capacity_kwh: float) -> Observation | None:
        """Add a tick; the interval's observation when this tick completes it."""
        self._ticks.append((start, flows))
        end = start + timedelta(hours=flows.hours)
        if floor_to_slot(end, self._minutes) != end:
            return None
        began, ticks = self._ticks[0][0], [flows for _, flows in self._ticks]
        self._ticks = []
        return Observation(
            start=began,
            hours=(end - began) / timedelta(hours=1),
            load_kwh=sum(tick.load_kwh for tick in ticks),
            pv_kwh=sum(tick.pv_used_kwh + tick.curtailed_kwh for tick in ticks),
            import_kwh=sum(tick.import_kwh for tick in ticks),
            export_kwh=sum(tick.export_kwh for tick in ticks),
            charge_kwh=sum(tick.charge_kwh for tick in ticks),
            discharge_kwh=sum(tick.discharge_kwh for tick in ticks),
            soc_percent=100 * flows.soc_kwh / capacity_kwh,
        )


def readings_of(moment: Moment) -> Readings:
    """What a moment tells, as readings of a home whose automation is on."""

    def measured(value: float | None, name: str) -> Measurement | None:
        return None if value is None else Measurement(value, moment.now, f"sensor.simulated_{name}")

    return Readings(
        read_at=moment.now,
        soc_percent=measured(moment.soc_percent, "soc"),
        load_kw=measured(moment.load_kw, "load"),
        pv_kw=measured(moment.pv_kw, "pv"),
        automation=True,
        manual_override=False,
        vacation=False,
    )
