"""Value types of control: overrides, wanted settings with their reasons, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OverrideKind(StrEnum):
    """Quick actions of the owner."""

    FORCE_CHARGE = "force_charge"
    FORCE_EXPORT = "force_export"
    FORCE_HEAT = "force_heat"
    STOP_ALL = "stop_all"


@dataclass(frozen=True, slots=True)
class Override:
    """The owner's quick action, in force in `[started_at, expires_at)`.

    It names only the settings it changes; the rest follows the plan. `soc_percent` is where a forced
    charge or export stops.
    """

    kind: OverrideKind
    started_at: datetime
    expires_at: datetime
    soc_percent: float | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether the override holds at `now`."""
        return self.started_at <= now < self.expires_at


class Source(StrEnum):
    """Who wants a setting."""

    PLAN = "plan"
    OVERRIDE = "override"
    SAFETY = "safety"


class BatteryMode(StrEnum):
    """What the inverter is asked to do with the battery."""

    SELF_USE = "self_use"
    """PV surplus in, load out, within the two limits; nothing bought for or sold from the battery."""
    GRID_CHARGE = "grid_charge"
    """Charge at the charge limit, from the grid where PV is short; the battery does not feed the load."""
    EXPORT = "export"
    """Discharge at the discharge limit; what the load does not take is sold."""


@dataclass(frozen=True, slots=True)
class BatterySettingsNow:
    """Wanted state of the inverter: a mode and its limits, in kW (AC) and SoC percent.

    `charge_kw` 0 keeps PV out of the battery, `discharge_kw` 0 keeps the battery's energy in.
    `target_soc_percent` ends a grid charge from below and a discharge from above.
    """

    mode: BatteryMode
    charge_kw: float
    discharge_kw: float
    target_soc_percent: float
    source: Source
    reason: str


class HeaterMode(StrEnum):
    """What the water heater is asked to do."""

    OFF = "off"
    NORMAL = "normal"
    BOOST = "boost"


@dataclass(frozen=True, slots=True)
class HeaterSettingsNow:
    """Wanted state of the water heater."""

    mode: HeaterMode
    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The wanted settings of the devices now. A device that is None is not touched at all.

    `hands_off` is set, with the reason, when nothing may be written (manual override, automation
    off or unreadable). `summary` is one sentence for the page.
    """

    decided_at: datetime
    battery: BatterySettingsNow | None
    heater: HeaterSettingsNow | None
    summary: str
    hands_off: str | None = None
    emergency: bool = False
    """An emergency charge is going on; the next decision needs to know (hysteresis)."""


class StepResult(StrEnum):
    """What became of one setting."""

    UNCHANGED = "unchanged"
    """The device already had it: nothing written."""
    WRITTEN = "written"
    """Written and read back."""
    SHADOW = "shadow"
    """Would have been written."""
    UNCONFIRMED = "unconfirmed"
    """Written, but the read-back differs or is not there; tried again at the next tick."""
    FAILED = "failed"
    """Refused or not answered."""
    UNREADABLE = "unreadable"
    """The entity does not exist or is unavailable; nothing written."""
    DEFERRED = "deferred"
    """Not sent now: back-off after failures, or another setting must change first."""


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """One setting of one device: what was there, what was wanted, what came of it."""

    entity_id: str
    previous: str | None
    wanted: str
    result: StepResult
    message: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """One tick of the executor: decided, commanded, read back, measured."""

    executed_at: datetime
    plan_id: str | None
    decision: Decision
    steps: tuple[ExecutionStep, ...]
    soc_percent: float | None
    load_kw: float | None
    pv_kw: float | None
    grid_kw: float | None
    shadow: bool

    @property
    def writes(self) -> int:
        """How many commands were sent."""
        return sum(
            step.result in {StepResult.WRITTEN, StepResult.UNCONFIRMED, StepResult.FAILED} for step in self.steps
        )
