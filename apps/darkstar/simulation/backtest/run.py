"""One run of the backtest: all contenders over the measured past of a home."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from .agent import Effort
from .contenders import NOTHING_KNOWN, Known, agents, rules
from .ledger import Run
from .loop import Progress
from .options import BacktestOptions
from .regret import Regret, regret_of
from .scoring import DARKSTAR, PERFECT, Score, scores
from .world import World, build_world


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What came out: one score per way of running the battery, and how much Darkstar worked for it.

    `minutes` is the interval of the simulation, `measured_minutes` that of the home's file.
    """

    options: BacktestOptions
    tariff: str
    start: datetime
    end: datetime
    minutes: int
    measured_minutes: int
    scores: tuple[Score, ...]
    end_value_per_kwh: float
    effort: Effort
    regret: Regret | None
    seconds: float

    def score(self, name: str) -> Score:
        """The score of a contender.

        Raises:
            KeyError: it did not run.
        """
        for score in self.scores:
            if score.name == name:
                return score
        raise KeyError(name)


def run(options: BacktestOptions, progress: Progress | None = None) -> BacktestResult:
    """Run the rules, Darkstar and perfect foresight over the period; depends on nothing but `options` and files.

    Raises:
        SeriesError: the files do not fit together; the message says how to mend it.
        ValueError: an option is out of its range.
    """
    world = build_world(options)
    return run_world(world, Known(history=world.past), progress)


def run_world(world: World, known: Known = NOTHING_KNOWN, progress: Progress | None = None) -> BacktestResult:
    """Run all contenders in a world; `known` is what Darkstar knows beforehand."""
    began = time.monotonic()
    runs = {name: world.with_rule(rule) for name, rule in rules(world).items()}
    contenders = agents(world, known)
    for number, (name, agent) in enumerate(contenders.items()):
        runs[name] = world.with_agent(agent, _part_of(progress, number, len(contenders)))
    runs[PERFECT] = world.perfect()
    return _result(world, runs, contenders[DARKSTAR].effort, time.monotonic() - began)


def _result(world: World, runs: dict[str, Run], effort: Effort, seconds: float) -> BacktestResult:
    found = scores(runs, world.yardstick)
    return BacktestResult(
        options=world.options,
        tariff=world.terms.words,
        start=world.series.start,
        end=world.series.end,
        minutes=world.series.minutes,
        measured_minutes=world.measured_minutes,
        scores=found,
        end_value_per_kwh=world.yardstick.valuation.end_value_per_kwh,
        effort=effort,
        regret=regret_of({score.name: score.cost for score in found}),
        seconds=seconds,
    )


def _part_of(progress: Progress | None, number: int, count: int) -> Progress | None:
    """The progress of one agent as part of all of them."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, count * total)
