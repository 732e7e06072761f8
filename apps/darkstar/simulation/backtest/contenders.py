"""Who runs the battery in a backtest: rules, Darkstar, and Darkstar as it would be if it knew more or less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from ...home.observation import Observation
from ...home.prices import PUBLICATION_HOUR
from ...pipeline import foresee
from .agent import Darkstar, Planner, by_modes, by_plan_and_policy, by_policy
from .baselines import CHEAP_HOURS, CheapHours, NoBattery, SelfConsumption
from .loop import Controller
from .outlooks import Outlooker, Seer, Truth, naive_outlook, own_outlook, simple_outlook
from .published import AllPrices, KnownPrices, PublishedPrices
from .regret import ALL_KNOWN, LOAD_KNOWN, PRICES_KNOWN, PV_KNOWN
from .scoring import DARKSTAR, NO_BATTERY, SELF_CONSUMPTION
from .trained_outlook import TrainedOutlook
from .world import World

NAIVE_MODES = "naive forecast, modes"
"""A plan on the same-slot mean, followed by its modes, without scenarios."""
SIMPLE = "mean of 7 days"
"""Darkstar with the simplest forecast: what load and PV were at this time of day, on average of a week."""
ORACLE = "oracle forecast"
"""Darkstar with a perfect forecast of load and PV and the real horizon of prices."""

PEAKS_UNKNOWN = "power tariff not known"
"""Darkstar that does not know of the power tariff that it is charged."""

_ALWAYS = 0
"""Hour from which tomorrow's prices of a fixed tariff are known."""


def rules(world: World) -> dict[str, Controller]:
    """The simple rules."""
    plant, floor = world.plant, world.home.battery.min_soc_percent
    return {
        NO_BATTERY: NoBattery(),
        SELF_CONSUMPTION: SelfConsumption(plant, floor),
        f"{CHEAP_HOURS} cheapest hours": CheapHours(plant, world.curve, world.home.zone, floor),
    }


@dataclass(frozen=True, slots=True)
class Known:
    """What Darkstar brings along: how it sees ahead, and what was measured before the period, oldest first."""

    outlooker: Outlooker = own_outlook
    history: tuple[Observation, ...] = ()


NOTHING_KNOWN = Known()
"""Darkstar begins with its own forecasters and without a past."""


def agents(world: World, known: Known = NOTHING_KNOWN) -> dict[str, Darkstar]:
    """Darkstar, and its variants that the options ask for."""
    hour = _ALWAYS if world.terms.is_fixed else PUBLICATION_HOUR
    published = PublishedPrices(world.curve, world.home.zone, hour)
    everything = AllPrices(world.curve, world.home.zone)

    def sees() -> Outlooker:
        return _outlooker(world, known)

    def truth() -> Truth:
        return Truth(world.series, sees())

    def agent(prices: KnownPrices, outlooker: Outlooker) -> Darkstar:
        return _agent(world, prices, outlooker, history=known.history)

    found = {DARKSTAR: agent(published, sees())}
    if world.options.baselines:
        found[NAIVE_MODES] = _agent(world, published, naive_outlook, by_modes)
        found[SIMPLE] = agent(published, simple_outlook)
        found[ORACLE] = agent(published, truth().everything)
        if world.terms.power is not None:
            found[PEAKS_UNKNOWN] = _agent(_without_power_tariff(world), published, sees(), history=known.history)
    if world.options.regret:
        found[LOAD_KNOWN] = agent(published, truth().load_only)
        found[PV_KNOWN] = agent(published, truth().pv_only)
        found[PRICES_KNOWN] = agent(everything, sees())
        found[ALL_KNOWN] = agent(everything, truth().everything)
    return found


def _outlooker(world: World, known: Known) -> Outlooker:
    """One for each agent: training remembers what its own agent has measured."""
    days, error = world.options.train_every_days, world.options.pv_skill
    if days is None:
        return known.outlooker if error is None else _with_feed(world, known.outlooker, foresee, error)
    trained = TrainedOutlook(timedelta(days=days), known.history)
    return trained if error is None else _with_feed(world, trained, trained, error)


def _with_feed(world: World, own: Outlooker, seer: Seer, error: float) -> Outlooker:
    return partial(Truth(world.series, own).pv_feed, error=error, seer=seer)


def _agent(
    world: World,
    prices: KnownPrices,
    outlooker: Outlooker = own_outlook,
    planner: Planner | None = None,
    history: Sequence[Observation] = (),
) -> Darkstar:
    usual = by_plan_and_policy if world.options.solve_plans else by_policy
    replan_every = timedelta(minutes=world.options.replan_minutes)
    return Darkstar(world.home, prices, replan_every, world.series.minutes, outlooker, planner or usual, history)


def _without_power_tariff(world: World) -> World:
    grid = world.home.grid.model_copy(update={"power_tariffs": ()})
    return replace(world, home=world.home.model_copy(update={"grid": grid}))
