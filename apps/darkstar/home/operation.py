"""How the apps work: planning, execution, notification, storage."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from .devices import Block, NotNegative, Percent

NotifyService = Annotated[str, Field(pattern=r"^notify[./][a-z0-9_]+$")]


class PlannerSettings(Block):
    """When and how far the planner looks."""

    interval_minutes: Annotated[int, Field(ge=15, le=240, multiple_of=15)] = 15
    horizon_hours: Annotated[float, Field(ge=6, le=48)] = 48.0
    slot_minutes: Literal[15, 30, 60] = 15
    solver_time_limit_s: Annotated[float, Field(ge=1, le=60)] = 10.0
    """Wall clock; then the best plan found so far is taken."""
    end_value_factor: Annotated[float, Field(ge=0, le=1.5)] = 0.9
    """Value of a kWh left at the end of the horizon, as share of the median import price after losses."""
    scenario_days: Annotated[int, Field(ge=0, le=28)] = 28
    """How many past forecast errors the battery policy weighs; 0: it trusts the forecast."""
    stability_money: NotNegative = 0.02
    """How much more a new plan may cost, in money, to stay near the running one; 0: always the cheapest."""


class ExecutorSettings(Block):
    """How the plan is carried out, and when not."""

    shadow_mode: bool = True
    """Decide and record everything, write nothing."""
    interval_seconds: Annotated[int, Field(ge=30, le=900)] = 300
    max_reading_age_minutes: Annotated[float, Field(ge=15, le=240)] = 30.0
    """An SoC or power older than this counts as missing. AppDaemon hears of a value that stays the same only every
    ten minutes, so less than 15 would cry wolf."""
    max_plan_age_minutes: Annotated[float, Field(ge=15, le=1440)] = 480.0
    """Past it the plan is dropped for self-use."""
    emergency_margin_percent: Percent = 5.0
    """An emergency charge ends this far above the floor."""
    low_soc_export_percent: Percent = 20.0
    """No export from the battery at or below this SoC."""
    soc_hysteresis_percent: Percent = 1.0
    """A threshold must be passed by this much before the mode changes back."""
    read_back_seconds: Annotated[float, Field(ge=0, le=30)] = 2.0
    """Wait before a written setting is read back."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Writes of one setting before its failure becomes a problem."""


class OverrideSettings(Block):
    """Quick actions."""

    default_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    """Duration when the helper for it cannot be read."""
    force_charge_soc_percent: Percent = 100.0
    force_export_soc_percent: Percent = 20.0
    """Force export stops here."""


class NotificationSettings(Block):
    """What the owner is told, and where."""

    services: tuple[NotifyService, ...] = ()
    """Such as `notify.mobile_app_phone`; empty: nothing is sent."""
    on_problem: bool = True
    on_problem_end: bool = True
    on_charge_start: bool = True
    on_charge_stop: bool = False
    on_export_start: bool = True
    on_export_stop: bool = True
    on_heat_start: bool = False
    on_heat_stop: bool = False
    on_override: bool = True
    quiet_start: time | None = None
    """Local time from which only critical problems are sent; needs `quiet_end`."""
    quiet_end: time | None = None


class StorageSettings(Block):
    """How long what is kept."""

    execution_days: Annotated[int, Field(ge=1, le=366)] = 30
    plan_days: Annotated[int, Field(ge=1, le=366)] = 30
    forecast_days: Annotated[int, Field(ge=14, le=366)] = 60
    observation_days: Annotated[int, Field(ge=60, le=3660)] = 800
    backfill_days: Annotated[int, Field(ge=0, le=366)] = 60
    """How far back Home Assistant's statistics are read at the first start."""


class DemoSettings(Block):
    """The simulated house of `make demo`; leave out in a real home."""

    seed: int = 1
    speed: Annotated[float, Field(ge=1, le=60)] = 1.0
    """How much faster than the clock the house's energy flows."""
    start_soc_percent: Percent = 45.0
    step_seconds: Annotated[float, Field(ge=1, le=60)] = 5.0
    standby_kw: NotNegative = 0.05
    """Losses of the inverter itself."""
