"""The guard: where plain self-consumption has been better over the last 30 days, it takes over for a week.

Shadow accounting on what was measured: the same load and PV, once with what the battery did, once with a
battery that only stores PV surplus and covers load. Both are valued alike, with imports and exports netted
within a row, since what a row hides is not known for the shadow. What the meters disagree about counts
for both. The rule:

* Judged are the last 30 days that followed plans, of which 21 must be measured completely.
* Self-use takes over when it would have been cheaper by more than 1 % of the bill without a battery.
* After a week the plan is tried again. Another week later that week alone decides: self-use takes over
  again, or the 30 days begin anew with it.

Peaks are not in these accounts: a home with a power tariff has no guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from ..home.observation import AWAY, BATTERY_DRIVEN, CURTAILED, VACATION, Observation
from ..home.prices import Price, PriceCurve
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..home.slots import Slot
from .metered import battery_kwh, soft_import_cost

WINDOW = timedelta(days=30)
"""How far back is judged."""
TURN = timedelta(days=7)
"""How long self-use stays once it has taken over, and how long the plan is tried after that."""
NEEDED_DAYS = 21.0
NEEDED_DAYS_OF_TRIAL = 5.0
MARGIN = 0.01
"""Part of the bill without a battery: less is noise of the meters."""
_FAITHFUL_FLAGS = frozenset({"derived", VACATION, AWAY, CURTAILED, BATTERY_DRIVEN})
"""Other flags mean a repaired row, or one from before Darkstar."""
_ENOUGH_CYCLES = 2.0
"""Cycles from which on the measured losses count instead of those of the settings."""
_WORST_ROUND_TRIP = 0.6


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What the judged days cost, wear and stored energy included, in the home's currency."""

    judged_at: datetime
    days: float
    """Of complete data."""
    spent: float
    self_use: float
    without_battery: float

    @property
    def lost(self) -> float:
        """How much cheaper plain self-use would have been."""
        return self.spent - self.self_use

    def is_clear(self, needed_days: float) -> bool:
        """Whether there is enough data, and self-use was better by more than the margin."""
        return self.days >= needed_days and self.lost > MARGIN * abs(self.without_battery)


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard's memory: since when plans are followed, when self-use took over from them, the last verdict."""

    following_since: datetime | None = None
    took_over: datetime | None = None
    verdict: GuardVerdict | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether self-use has the say at `now`."""
        return self.took_over is not None and now < self.took_over + TURN


def next_guard(
    guard: Guard, observations: Iterable[Observation], prices: PriceCurve, home: HomeSettings, now: datetime
) -> Guard:
    """The guard after looking at what was measured; once a day is enough.

    `observations` are oldest first and reach back `WINDOW`. In shadow mode plans are not followed: there
    is nothing to judge until that ends.
    """
    if home.executor.shadow_mode:
        return Guard(following_since=now)
    if home.grid.power_tariffs:
        return Guard(guard.following_since)
    since, needed = guard.following_since, NEEDED_DAYS
    if guard.took_over is not None:
        if now < guard.took_over + 2 * TURN:
            return guard
        since, needed = guard.took_over + TURN, NEEDED_DAYS_OF_TRIAL
    first = max(filter(None, (since, now - WINDOW)))
    found = verdict((row for row in observations if row.start >= first), prices, home, now)
    return Guard(since, now if found.is_clear(needed) else None, found)


def verdict(observations: Iterable[Observation], prices: PriceCurve, home: HomeSettings, now: datetime) -> GuardVerdict:
    """What the rows (oldest first) really cost, and what they would have cost with plain self-use.

    Rows count that are measured completely, have a price, and follow a row with a known SoC.
    """
    steps = list(_steps(observations, prices, home))
    battery = home.battery
    shadow = _SelfUse(home, *_efficiencies(steps, home))
    end_value = _mean_import(steps) * shadow.out_of
    spent = self_use = without = gained = 0.0
    for step in steps:
        rest = step.rest_kwh
        spent += _money(step.grid_kwh, step, home) + battery.wear_cost_per_kwh * step.discharge_kwh
        gained += step.gained_kwh
        charge, discharge = shadow.answer(step)
        self_use += _money(rest + charge - discharge, step, home) + battery.wear_cost_per_kwh * discharge
        without += _money(rest, step, home)
    return GuardVerdict(
        judged_at=now,
        days=sum(step.hours for step in steps) / 24,
        spent=spent - end_value * gained,
        self_use=self_use - end_value * shadow.gained_kwh,
        without_battery=without,
    )


def why_self_use(guard: Guard, home: HomeSettings, now: datetime) -> str:
    """Why self-use has the say, with the amounts; empty while the plan has it."""
    found = guard.verdict
    if found is None or guard.took_over is None or not guard.in_force(now):
        return ""
    until = (guard.took_over + TURN).astimezone(home.zone)
    return (
        f"plain self-use until {until:%Y-%m-%d %H:%M}: over the last {found.days:.0f} measured days it would have cost "
        f"{found.self_use:.2f} instead of {found.spent:.2f} {home.currency}"
    )


def guard_problem(guard: Guard, home: HomeSettings, now: datetime) -> Problem | None:
    """What the owner should know while self-use has the say."""
    words = why_self_use(guard, home, now)
    if not words:
        return None
    return Problem(
        "self_use_was_better",
        Severity.WARNING,
        guard.took_over or now,
        f"The plan is not followed, {words}.",
        "Check tariff, efficiencies and capacity in apps.yaml; the plan is tried again by itself.",
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """A complete row: energies in kWh (AC), its price, SoC before and gained."""

    hours: float
    grid_kwh: float
    """Import less export."""
    charge_kwh: float
    discharge_kwh: float
    before_kwh: float
    gained_kwh: float
    metered_battery: bool
    price: Price

    @property
    def rest_kwh(self) -> float:
        """What the grid would have given or taken with the battery at rest."""
        return self.grid_kwh - self.charge_kwh + self.discharge_kwh


class _SelfUse:
    """A battery that stores PV surplus and covers load between its floor and its ceiling."""

    def __init__(self, home: HomeSettings, into: float, out_of: float) -> None:
        battery = home.battery
        self.into, self.out_of = into, out_of
        self.gained_kwh = 0.0
        self._floor = battery.capacity_kwh * battery.min_soc_percent / 100
        self._top = battery.capacity_kwh * battery.max_soc_percent / 100
        self._max_charge_kw, self._max_discharge_kw = battery.max_charge_kw, battery.max_discharge_kw
        self._stored: float | None = None

    def answer(self, step: _Step) -> tuple[float, float]:
        """What it charges and discharges (AC) in a row."""
        stored = step.before_kwh if self._stored is None else self._stored
        room, there = max(self._top - stored, 0.0) / self.into, max(stored - self._floor, 0.0) * self.out_of
        charge = min(max(-step.rest_kwh, 0.0), self._max_charge_kw * step.hours, room)
        discharge = min(max(step.rest_kwh, 0.0), self._max_discharge_kw * step.hours, there)
        self._stored = stored + charge * self.into - discharge / self.out_of
        self.gained_kwh += self._stored - stored
        return charge, discharge


def _steps(observations: Iterable[Observation], prices: PriceCurve, home: HomeSettings) -> Iterator[_Step]:
    before: Observation | None = None
    for row in observations:
        step = _step(before, row, prices, home) if before is not None else None
        if step is not None:
            yield step
        before = row


def _step(before: Observation, row: Observation, prices: PriceCurve, home: HomeSettings) -> _Step | None:
    if row.soc_percent is None or before.soc_percent is None or not _FAITHFUL_FLAGS.issuperset(row.flags):
        return None
    if row.import_kwh is None or row.export_kwh is None or before.start + timedelta(hours=before.hours) != row.start:
        return None
    battery = battery_kwh(row, home)
    price = prices.mean_over(Slot(row.start, row.hours))
    if battery is None or price is None:
        return None
    charge, discharge = battery
    capacity = home.battery.capacity_kwh
    return _Step(
        hours=row.hours,
        grid_kwh=row.import_kwh - row.export_kwh,
        charge_kwh=charge,
        discharge_kwh=discharge,
        before_kwh=capacity * before.soc_percent / 100,
        gained_kwh=capacity * (row.soc_percent - before.soc_percent) / 100,
        metered_battery=row.charge_kwh is not None and row.discharge_kwh is not None,
        price=price,
    )


def _efficiencies(steps: list[_Step], home: HomeSettings) -> tuple[float, float]:
    """One-way efficiencies: as measured where the battery has counters and has moved enough, else as set."""
    battery = home.battery
    charged, discharged = sum(step.charge_kwh for step in steps), sum(step.discharge_kwh for step in steps)
    if not all(step.metered_battery for step in steps) or discharged < _ENOUGH_CYCLES * battery.capacity_kwh:
        return battery.charge_efficiency, battery.discharge_efficiency
    kept = sum(step.gained_kwh for step in steps) / battery.charge_efficiency
    nominal = battery.charge_efficiency * battery.discharge_efficiency
    measured = discharged / max(charged - kept, discharged)
    one_way = sqrt(min(max(measured, _WORST_ROUND_TRIP), nominal))
    return one_way, one_way


def _mean_import(steps: list[_Step]) -> float:
    hours = sum(step.hours for step in steps)
    return sum(step.price.import_per_kwh * step.hours for step in steps) / hours if hours else 0.0


def _money(grid_kwh: float, step: _Step, home: HomeSettings) -> float:
    grid = home.grid
    if grid_kwh >= 0:
        return grid_kwh * step.price.import_per_kwh + soft_import_cost(grid_kwh, step.hours, home)
    if not grid.export_allowed:
        return 0.0
    most = float("inf") if grid.max_export_kw is None else grid.max_export_kw * step.hours
    return -min(-grid_kwh, most) * step.price.export_per_kwh
