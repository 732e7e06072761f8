"""What the plans that were made would have done: the measured days again, with the house's battery steered by them.

Plan and policy of each moment are those that were stored. They are decided upon anew, at the SoC that the battery
would have had, as the executor does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..control.decide import decide
from ..control.decision import NO_OVERRIDES, BatterySettingsNow, Decision
from ..control.lookup import current
from ..home.observation import Observation
from ..home.prices import Price, PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, local_day
from ..learning.ledger import Course, DayStatus, LedgerDay, mean_value, power_cost
from ..learning.metered import soft_import_costs
from ..optimizer.plan import Plan
from ..policy.thresholds import Policy
from .backtest.agent import readings_of
from .backtest.loop import Moment, drive
from .day_peaks import peaks_kw
from .house import House, HouseFlows, Plant
from .ledger_day import Stretch, stretches
from .series import HomeSeries
from .whatif.own_world import battery_home

KEPT = timedelta(hours=9)
"""Of each plan so much is needed: longer none is followed here."""
_TICK_MINUTES = 5


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was made, and its policy, cut to the hours in which it may be followed."""

    plan: Plan
    policy: Policy | None

    @classmethod
    def cut(cls, plan: Plan, policy: Policy | None) -> StoredPlan:
        """Keep what may be followed: whole plans of weeks are large."""
        until = plan.created_at + KEPT
        slots = tuple(slot for slot in plan.slots if slot.start < until)
        steps = None if policy is None else tuple(slot for slot in policy.slots if slot.start < until)
        kept = None if policy is None or steps is None else replace(policy, slots=steps)
        return cls(replace(plan, slots=slots, notes=()), kept)


class Followed:
    """Follows stored plans, oldest first; a `loop.Controller`."""

    def __init__(self, home: HomeSettings, plans: Sequence[StoredPlan]) -> None:
        self._home = home
        self._plans = plans
        self._made = [stored.plan.created_at for stored in plans]
        self._previous: Decision | None = None

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """What the executor would set by the newest plan that there was."""
        index = bisect_right(self._made, moment.now) - 1
        stored = self._plans[index] if index >= 0 else None
        held = current(stored.plan if stored else None, stored.policy if stored else None, self._home, moment.now)
        readings = readings_of(moment)
        decision = decide(
            held.plan_slot, held.policy_slot, readings, NO_OVERRIDES, self._home, self._previous, moment.now
        )
        self._previous = decision
        return decision.battery

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Nothing to learn: the plans are made."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Costs of the days that could be compared, wear and stored energy counted alike in all."""

    days: tuple[date, ...]
    paid: float
    would_have_paid: float
    self_consumption: float


def replay(
    accounts: Iterable[LedgerDay],
    rows: Sequence[Observation],
    prices: PriceCurve,
    plans: Sequence[StoredPlan],
    home: HomeSettings,
) -> Replayed:
    """Follow the plans through the complete days of the ledger (oldest first); others are left out."""
    whole = [account for account in accounts if account.status is DayStatus.COMPLETE]
    value, followed = mean_value(whole), list[Course]()
    steered = battery_home(home)
    for number, account in enumerate(whole):
        goes_on = number > 0 and account.day - whole[number - 1].day == timedelta(days=1)
        start_kwh = followed[-1].end_soc_kwh if goes_on else None
        followed.append(_followed(account, rows, prices, plans, steered, start_kwh))

    def cost(lived: Sequence[Course]) -> float:
        return sum(course.cost(value) for course in lived) + power_cost(whole, lived, home.grid.power_tariffs)

    return Replayed(
        days=tuple(account.day for account in whole),
        paid=cost([account.paid for account in whole]),
        would_have_paid=cost(followed),
        self_consumption=cost([account.self_consumption for account in whole]),
    )


def _followed(
    account: LedgerDay,
    rows: Sequence[Observation],
    prices: PriceCurve,
    plans: Sequence[StoredPlan],
    home: HomeSettings,
    start_kwh: float | None,
) -> Course:
    """One day by the plans, from `start_kwh` or else from the real SoC."""
    (stretch, *_), _ = stretches(rows, prices, home, *local_day(account.day, home.zone))
    plant = Plant.of(home)
    began = plant.capacity_kwh * stretch.start_percent / 100 if start_kwh is None else start_kwh
    house = House(plant, min(max(began, 0.0), plant.capacity_kwh))
    series, paid = quarters_of(stretch)
    run = drive(house, series, paid, Followed(home, plans), tick_minutes=_TICK_MINUTES)
    imports_kwh = run.intervals.import_kwh.tolist()
    return Course(
        money=run.cost + soft_import_costs(imports_kwh, series.hours, home),
        wear=home.battery.wear_cost_per_kwh * run.discharge_kwh,
        import_kwh=run.import_kwh,
        export_kwh=run.export_kwh,
        charge_kwh=run.charge_kwh,
        discharge_kwh=run.discharge_kwh,
        gained_kwh=run.end_soc_kwh - run.start_soc_kwh,
        end_soc_kwh=run.end_soc_kwh,
        peaks_kw=peaks_kw(series.start, series.minutes, imports_kwh, home),
    )


def quarters_of(stretch: Stretch) -> tuple[HomeSeries, list[Price]]:
    """Load and PV of a stretch in quarter-hours, longer rows spread evenly, with the price of each."""
    load: list[float] = []
    pv: list[float] = []
    prices: list[Price] = []
    for step in stretch.steps:
        parts = max(round(step.row.hours * 60 / SLOT_MINUTES), 1)
        load += [step.load_kwh / parts] * parts
        pv += [step.pv_kwh / parts] * parts
        prices += [step.price] * parts
    return HomeSeries(stretch.steps[0].row.start, SLOT_MINUTES, tuple(load), tuple(pv)), prices
