"""What the doctor finds, and what he looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..control.decision import Execution
from ..forecast.bands import Forecast
from ..home.observation import Observation
from ..home.ports import EntityState
from ..home.prices import PriceCurve
from ..home.problem import Problem
from ..home.settings import HomeSettings


class Grade(StrEnum):
    """How grave a finding is."""

    FAULT = "fault"
    """Darkstar works worse, or not at all, until this is mended."""
    ADVICE = "advice"
    """Something could be better."""
    ASSUMED = "assumed"
    """A number that Darkstar takes for granted because nobody has said otherwise."""
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `setting` is the dotted path that it is about, empty where it is about none.

    `proposals` are entity ids that would fit, the likeliest first.
    """

    area: str
    grade: Grade
    text: str
    remedy: str = ""
    setting: str = ""
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """Where Darkstar runs. `solver` is None where none runs; what AppDaemon was not asked for is None."""

    solver: str | None
    free_mb: float
    database_mb: float
    zone: str | None = None
    in_production_mode: bool | None = None
    has_sklearn: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the doctor looks at: the settings, all entities by id, and the last days as they are stored.

    `states` is None where Home Assistant was not asked. `problems` are those that are open.
    """

    home: HomeSettings
    now: datetime
    states: Mapping[str, EntityState] | None
    machine: Machine
    observations: tuple[Observation, ...] = ()
    executions: tuple[Execution, ...] = ()
    curve: PriceCurve = field(default_factory=PriceCurve)
    problems: tuple[Problem, ...] = ()
    forecast: Forecast | None = None
    is_demo: bool = False
    """Whether the app of the simulated house runs beside."""
