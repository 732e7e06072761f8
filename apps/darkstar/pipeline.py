"""From a situation to a plan and its policy: the one way that the planner, the backtest and what-if go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .forecast.bands import Context, Forecast, PvInterval, Scenarios
from .forecast.price_tail import extend
from .forecast.same_slot import SameSlotMean
from .forecast.scenarios import net_load_scenarios
from .home.observation import Observation
from .home.prices import PriceCurve
from .home.settings import HomeSettings
from .home.slots import Slot
from .optimizer.plan import Plan, PlanRequest
from .optimizer.solve import plan
from .policy.recursion import build
from .policy.thresholds import Policy
from .strategy.horizon import horizon_slots
from .strategy.request import build_request

PAST_PRICES = timedelta(days=28)
"""How far back the forecast of prices past the published ones looks."""
_MORE_DAYS = 4
"""A scenario reaches over the horizon, and the first day of history may be cut."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan made at `now` rests on.

    `curve` holds known prices only, `past_prices` those of the weeks before (they may overlap).
    `forecast` covers the horizon; `scenarios` are net loads on its slots. `heated_today_kwh` is None
    when it cannot be read.
    """

    home: HomeSettings
    now: datetime
    soc_percent: float
    curve: PriceCurve
    forecast: Forecast
    scenarios: Scenarios
    past_prices: PriceCurve = field(default_factory=PriceCurve)
    heated_today_kwh: float | None = None
    heating_now: bool = False
    vacation: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected over the horizon, and how it may come otherwise."""

    forecast: Forecast
    scenarios: Scenarios


def foresee(
    home: HomeSettings, now: datetime, history: Sequence[Observation], pv_intervals: tuple[PvInterval, ...] = ()
) -> Outlook:
    """Forecast the horizon of a plan made at `now` from what was measured before it.

    `history` is oldest first and should reach back `history_reach(home)`.
    """
    forecaster = SameSlotMean(home)
    forecaster.fit(history)
    forecast = forecaster.predict(horizon_slots(now, home.planner), now, Context(pv_intervals))
    return Outlook(forecast, net_load_scenarios(forecast, forecaster, home.planner.scenario_days))


def history_reach(home: HomeSettings) -> timedelta:
    """How far back `foresee` looks: the days of the mean, before each day whose error is a scenario."""
    return timedelta(days=home.load_forecast.history_days + home.planner.scenario_days + _MORE_DAYS)


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of it: the question, its answer, and how the battery meets what really happens."""

    request: PlanRequest
    plan: Plan
    policy: Policy
    forecast: Forecast


def plan_home(situation: Situation) -> Planned:
    """Extend the prices, put the question, solve it, and work out the policy.

    Raises:
        ValueError: no price is known at all, or the forecast has no slots.
    """
    request = build_request(
        situation.home,
        situation.now,
        situation.soc_percent,
        situation.forecast,
        _prices(situation),
        situation.heated_today_kwh,
        heating_now=situation.heating_now,
        vacation=situation.vacation,
    )
    solved = plan(request)
    policy = build(request, solved, situation.scenarios)
    return Planned(request, solved, policy, situation.forecast)


def _prices(situation: Situation) -> PriceCurve:
    slots = situation.forecast.slots
    if not slots:
        return situation.curve
    until = Slot(slots[-1].start, slots[-1].hours).end
    home = situation.home
    return extend(situation.curve, situation.past_prices, slots[0].start, until, home.zone, home.tariff)
