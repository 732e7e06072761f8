"""From a situation to a plan and its policy: the one way that the planner, the backtest and what-if go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .forecast.bands import Context, Forecast, Scenarios
from .forecast.choice import forecaster, reach
from .forecast.price_tail import MEMORY, extend
from .forecast.scenarios import hedged_scenarios, net_load_scenarios
from .forecast.trained import TrainedModels
from .home.day_context import DayContext
from .home.manual_block import ManualBlock
from .home.observation import Observation
from .home.prices import PriceCurve
from .home.settings import HomeSettings
from .home.slots import Slot
from .home.vehicle import VehicleState
from .optimizer.bundle import plan_id_of
from .optimizer.caution import cautious
from .optimizer.plan import Plan
from .optimizer.request import Hygiene, PlanRequest
from .optimizer.solve import plan
from .policy.commitments import Commitments, commitments_of, needs_plan, no_commitments
from .policy.recursion import build
from .policy.self_use import self_use
from .policy.thresholds import Policy
from .strategy.effects import moved_scenarios
from .strategy.horizon import horizon_slots
from .strategy.manual_blocks import with_blocks
from .strategy.request import build_request

PAST_PRICES = MEMORY
"""How far back the forecast of prices past the published ones looks."""
NOTHING_MORE = Context()
"""Nothing is known besides history."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan made at `now` rests on.

    `curve` holds known prices only, `past_prices` those of the weeks before (they may overlap).
    `forecast` covers the horizon; `scenarios` are net loads on its slots. `heated_today_kwh` is None
    when it cannot be read. `metered` is what was measured in the last `METERED_DAYS` days, oldest first;
    only power tariffs need it. `why_self_use` says, where it is not empty, why the battery is run by plain
    self-use instead of the policy's own levels. `heated_until` is when the water heater last stopped,
    `heating_until` the planned end of its running block; None: unknown, nothing runs. `running` is the plan
    that is carried out. `vehicle` is the car; None: the home has none. `hygiene` is the cycle that is due, or runs.
    `context` is what is special about the days ahead.
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
    metered: tuple[Observation, ...] = ()
    why_self_use: str = ""
    heated_until: datetime | None = None
    heating_until: datetime | None = None
    running: Plan | None = None
    vehicle: VehicleState | None = None
    hygiene: Hygiene | None = None
    context: DayContext = field(default_factory=DayContext)
    blocks: tuple[ManualBlock, ...] = ()
    """The owner's own, that are not over."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected over the horizon, and how it may come otherwise."""

    forecast: Forecast
    scenarios: Scenarios


def foresee(
    home: HomeSettings,
    now: datetime,
    history: Sequence[Observation],
    context: Context = NOTHING_MORE,
    trained: TrainedModels | None = None,
) -> Outlook:
    """Forecast the horizon of a plan made at `now` from what was measured before it.

    `history` is oldest first and should reach back `history_reach(home)`. `trained` are the models of the last
    training; those of another version, or of other settings, are left alone.
    """
    chosen = forecaster(home, trained)
    chosen.fit(history)
    forecast = chosen.predict(horizon_slots(now, home.planner), now, context)
    scenarios_of = hedged_scenarios if home.grid.power_tariffs else net_load_scenarios
    return Outlook(forecast, scenarios_of(forecast, chosen, home.planner.scenario_days))


def history_reach(home: HomeSettings) -> timedelta:
    """How far back `foresee` looks."""
    return reach(home)


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of it: the question, its answer, and how the battery meets what really happens."""

    request: PlanRequest
    plan: Plan
    policy: Policy
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Steered:
    """How the battery is run from a situation on. `plan` is None where the policy needs none."""

    request: PlanRequest
    plan: Plan | None
    policy: Policy
    forecast: Forecast


def plan_home(situation: Situation) -> Planned:
    """Extend the prices, put the question, solve it, and work out the policy.

    Raises:
        ValueError: no price is known at all, or the forecast has no slots.
    """
    return _planned(_request(situation), situation)


def _planned(request: PlanRequest, situation: Situation) -> Planned:
    solved = plan(request)
    if situation.why_self_use:
        solved = replace(solved, notes=(*solved.notes, situation.why_self_use))
    policy = _policy(request, commitments_of(request, solved), situation)
    return Planned(request, solved, policy, situation.forecast)


def policy_home(situation: Situation) -> Steered:
    """Work out the policy alone; a plan is solved only where it commits to something the policy must know.

    The policy is the one that `plan_home` gives, and so are the battery's decisions that follow it.

    Raises:
        ValueError: no price is known at all, or the forecast has no slots.
    """
    request = _request(situation)
    if needs_plan(request):
        planned = _planned(request, situation)
        return Steered(planned.request, planned.plan, planned.policy, planned.forecast)
    policy = _policy(request, no_commitments(request, plan_id_of(request)), situation)
    return Steered(request, None, policy, situation.forecast)


def _policy(request: PlanRequest, commitments: Commitments, situation: Situation) -> Policy:
    asked = cautious(request)
    policy = build(asked, commitments, moved_scenarios(situation.scenarios, situation.forecast, asked.slots))
    if situation.why_self_use and request.batteries:
        return self_use(policy, request.batteries[0])
    return policy


def _request(situation: Situation) -> PlanRequest:
    return with_blocks(_usual_request(situation), situation.blocks, situation.home)


def _usual_request(situation: Situation) -> PlanRequest:
    return build_request(
        situation.home,
        situation.now,
        situation.soc_percent,
        situation.forecast,
        _prices(situation),
        situation.heated_today_kwh,
        heating_now=situation.heating_now,
        vacation=situation.vacation,
        metered=situation.metered,
        heated_until=situation.heated_until,
        locked_until=situation.heating_until,
        running=situation.running,
        vehicle=situation.vehicle,
        hygiene=situation.hygiene,
        context=situation.context,
        scenarios=situation.scenarios,
    )


def _prices(situation: Situation) -> PriceCurve:
    slots = situation.forecast.slots
    if not slots:
        return situation.curve
    until = Slot(slots[-1].start, slots[-1].hours).end
    home = situation.home
    return extend(situation.curve, situation.past_prices, slots[0].start, until, home.zone, home.tariff)
