"""How the apps work: planning, execution, notification, storage."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .block import Block, NotNegative, Percent, Positive
from .secret_url import SecretUrl

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
    cycle_margin_per_kwh: NotNegative = 0.0
    """What a kWh through the battery must be expected to earn beyond its wear; 0: nothing."""


class ExecutorSettings(Block):
    """How the plan is carried out, and when not."""

    shadow_mode: bool = True
    """Decide and record everything, write nothing."""
    interval_seconds: Annotated[int, Field(ge=30, le=900)] = 300
    max_reading_age_minutes: Annotated[float, Field(ge=15, le=240)] = 30.0
    """An SoC or power older than this counts as missing. AppDaemon hears of a value that stays the same only every
    ten minutes, so less than 15 would cry wolf."""
    max_plan_age_minutes: Annotated[float, Field(ge=15, le=1440)] | None = None
    """Past it the plan is dropped for self-use. None: two planning intervals and a slot."""
    emergency_margin_percent: Percent = 5.0
    """An emergency charge ends this far above the floor."""
    low_soc_export_percent: Percent = 20.0
    """No export from the battery at or below this SoC."""
    soc_hysteresis_percent: Percent = 1.0
    """A threshold must be passed by this much before the mode changes back."""
    min_hold_minutes: Annotated[float, Field(ge=0, le=120)] = 10.0
    """How long a rule or a car's charging holds at least before it may end again."""
    pv_surplus_kw: Positive | None = 2.0
    """PV surplus that the battery does not take, from which on it heats water. None: never."""
    pv_surplus_minutes: Annotated[float, Field(ge=1, le=60)] = 10.0
    """PV surplus is the mean over so many minutes."""
    pv_surplus_soc_percent: Percent = 50.0
    """PV surplus heats water only from this SoC on."""
    read_back_seconds: Annotated[float, Field(ge=0, le=30)] = 2.0
    """Wait before a written setting is read back."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Writes of one setting before its failure becomes a problem."""
    write_budget_per_day: Annotated[int, Field(ge=10, le=10000)] = 200
    """Writes of one entity in a day, for the life of the device's memory; the last tenth is kept for the owner and for
    safety."""
    max_reassertions: Annotated[int, Field(ge=0, le=20)] = 3
    """How often in an hour a setting is put right that somebody else changes; then it is left to them for a while."""
    lease_minutes: Annotated[float, Field(ge=1, le=120)] = 15.0
    """So long after Darkstar's last sign of life Home Assistant's watchdog ends a grid charge or a sale."""


class OverrideSettings(Block):
    """Quick actions."""

    default_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    """Duration when neither helper nor order says how long."""
    force_charge_soc_percent: Percent = 100.0
    """Force charge stops here, where neither helper nor order says otherwise."""
    force_export_soc_percent: Percent = 20.0
    """Force export stops here, where neither helper nor order says otherwise."""
    pause_reminder_minutes: Annotated[int, Field(ge=5, le=720)] | None = 30
    """A pause that has lasted so long is recalled, once. None: never."""


class NotificationSettings(Block):
    """What the owner is told, and where."""

    services: tuple[NotifyService, ...] = ()
    """Services or entities of Home Assistant, such as `notify.mobile_app_phone`."""
    persistent: bool = False
    """Show messages in Home Assistant's own list, too; problems leave it when they end."""
    discord_webhook_url: SecretUrl | None = None
    """A Discord webhook for what Home Assistant cannot deliver. A secret."""
    on_problem: bool = True
    on_problem_end: bool = True
    on_charge_start: bool = True
    on_charge_stop: bool = False
    on_export_start: bool = True
    on_export_stop: bool = True
    on_heat_start: bool = True
    on_heat_stop: bool = False
    on_ev_start: bool = False
    on_ev_stop: bool = False
    on_soc_target_change: bool = False
    on_override: bool = True
    min_minutes: Annotated[float, Field(ge=0, le=60)] = 2.0
    """A start, stop or new target that is undone sooner is not told."""
    max_per_hour: Annotated[int, Field(ge=1, le=1000)] = 10
    """So many messages within any hour; critical ones are sent and not counted."""
    quiet_start: time | None = None
    """Local time from which only critical messages are sent; needs `quiet_end`."""
    quiet_end: time | None = None
    """What was held back and is still true is then sent in one message."""
    digest_at: time | None = None
    """Local time of the daily message about tomorrow's plan. None: there is none."""

    @model_validator(mode="after")
    def _digest_is_heard(self) -> Self:
        if self.digest_at is not None and self.quiet_at(self.digest_at):
            msg = (
                f"digest_at {self.digest_at:%H:%M} lies in the quiet hours {self.quiet_start:%H:%M} to "
                f"{self.quiet_end:%H:%M}: give another time, or other quiet hours"
            )
            raise ValueError(msg)
        return self

    def quiet_at(self, clock: time) -> bool:
        """Whether a local time of day lies in the quiet hours."""
        start, end = self.quiet_start, self.quiet_end
        if start is None or end is None:
            return False
        if start <= end:
            return start <= clock < end
        return clock >= start or clock < end


class SensorSettings(Block):
    """How Darkstar's own sensors come into Home Assistant."""

    through: Literal["states", "mqtt"] = "states"
    """`states`: nothing to set up, gone while Home Assistant restarts; `mqtt`: by discovery, kept over restarts and in
    the long-term statistics."""
    mqtt_discovery_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_/-]+$")] = "homeassistant"
    """Where Home Assistant looks for MQTT devices; its own default."""


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
