"""Darkstar itself in the closed loop: the real pipeline and the real decisions, knowing only the past."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..control.decide import decide
from ..control.decision import BatterySettingsNow, Decision
from ..control.lookup import current
from ..home.observation import Observation
from ..home.prices import PUBLICATION_HOUR, PriceCurve
from ..home.readings import Measurement, Readings
from ..home.settings import HomeSettings
from ..home.slots import floor_to_slot, local_date, local_day
from ..pipeline import PAST_PRICES, Planned, Situation, foresee, history_reach, plan_home
from .house import HouseFlows
from .loop import Moment


@dataclass(slots=True)
class Effort:
    """What planning took: plans by status, and seconds in all."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many plans were made."""
        return self.statuses.total()

    @property
    def mean_seconds(self) -> float:
        """Per plan; 0 without any."""
        return self.seconds / self.count if self.count else 0.0


class Darkstar:
    """Plans and decides as the apps do; a `loop.Controller`.

    At `now` it knows the metered past, the prices to local midnight and from 13:00 local also
    tomorrow's. It plans on a grid of `replan_every`, and at once when prices arrive.
    """

    def __init__(self, home: HomeSettings, curve: PriceCurve, replan_every: timedelta, metering_minutes: int) -> None:
        self.effort = Effort()
        self._home = home
        self._prices = _PublishedPrices(curve, home)
        self._replan_every = replan_every
        self._meter = _Meter(metering_minutes)
        rows = history_reach(home) // timedelta(minutes=metering_minutes)
        self._history: deque[Observation] = deque(maxlen=rows)
        self._planned: Planned | None = None
        self._next_plan_at: datetime | None = None
        self._known_until: datetime | None = None
        self._previous: Decision | None = None

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """What the executor would set now, after a new plan when it is time for one."""
        known_until = self._prices.known_until(moment.now)
        if self._next_plan_at is None or moment.now >= self._next_plan_at or known_until != self._known_until:
            self._plan(moment, known_until)
        plan, policy = (self._planned.plan, self._planned.policy) if self._planned else (None, None)
        held = current(plan, policy, self._home, moment.now)
        readings = _readings(moment)
        decision = decide(held.plan_slot, held.policy_slot, readings, None, self._home, self._previous, moment.now)
        self._previous = decision
        return decision.battery

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Meters the tick; complete intervals become history."""
        observation = self._meter.count(start, flows, self._home.battery.capacity_kwh)
        if observation is not None:
            self._history.append(observation)

    def _plan(self, moment: Moment, known_until: datetime) -> None:
        began = time.perf_counter()
        now, home = moment.now, self._home
        outlook = foresee(home, now, tuple(self._history))
        known, past = self._prices.at(now)
        self._planned = plan_home(
            Situation(
                home=home,
                now=now,
                soc_percent=moment.soc_percent,
                curve=known,
                past_prices=past,
                forecast=outlook.forecast,
                scenarios=outlook.scenarios,
            )
        )
        minutes = self._replan_every // timedelta(minutes=1)
        self._next_plan_at = floor_to_slot(now, min(minutes, 60)) + self._replan_every
        self._known_until = known_until
        self.effort.statuses[self._planned.plan.status.value] += 1
        self.effort.seconds += time.perf_counter() - began


class _PublishedPrices:
    """Cuts out of the whole price curve what is published at an instant."""

    def __init__(self, curve: PriceCurve, home: HomeSettings) -> None:
        self._prices = curve.prices
        self._starts = [price.start for price in curve.prices]
        self._zone = home.zone

    def known_until(self, now: datetime) -> datetime:
        """End of the last local day whose prices are published."""
        local = now.astimezone(self._zone)
        ahead = timedelta(days=1 if local.hour >= PUBLICATION_HOUR else 0)
        return local_day(local.date() + ahead, self._zone)[1]

    def at(self, now: datetime) -> tuple[PriceCurve, PriceCurve]:
        """Prices from today on, and those of the weeks before."""
        today, _ = local_day(local_date(now, self._zone), self._zone)
        return self._between(today, self.known_until(now)), self._between(today - PAST_PRICES, today)

    def _between(self, start: datetime, end: datetime) -> PriceCurve:
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return PriceCurve(self._prices[first:last])


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


def _readings(moment: Moment) -> Readings:
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
