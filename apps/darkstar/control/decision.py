"""Value types of control: overrides, wanted settings with their reasons, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DeviceGroup(StrEnum):
    """Devices that one quick action takes from the plan together."""

    BATTERY = "battery"
    HEATER = "heater"
    EV = "ev"


class OverrideKind(StrEnum):
    """Quick actions of the owner."""

    FORCE_CHARGE = "force_charge"
    FORCE_EXPORT = "force_export"
    FORCE_HEAT = "force_heat"
    FORCE_EV = "force_ev"
    """Charge the car now, at full current."""
    STOP_ALL = "stop_all"
    """Nothing bought for or sold from the battery, no heating, no car charging."""
    PAUSE = "pause"
    """The home as it would be without Darkstar: self-use, heater and car by their own controls."""

    @property
    def groups(self) -> frozenset[DeviceGroup]:
        """The devices that the quick action takes from the plan."""
        return _GROUPS.get(self, frozenset(DeviceGroup))


_GROUPS = {
    OverrideKind.FORCE_CHARGE: frozenset({DeviceGroup.BATTERY}),
    OverrideKind.FORCE_EXPORT: frozenset({DeviceGroup.BATTERY}),
    OverrideKind.FORCE_HEAT: frozenset({DeviceGroup.HEATER}),
    OverrideKind.FORCE_EV: frozenset({DeviceGroup.EV}),
}
"""Quick actions that are not here take every device."""


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


@dataclass(frozen=True, slots=True)
class ActiveOverrides:
    """The quick action in force for each group of devices: one or none."""

    battery: Override | None = None
    heater: Override | None = None
    ev: Override | None = None

    @property
    def by_group(self) -> dict[DeviceGroup, Override]:
        """The groups that have a quick action, with it."""
        held = {DeviceGroup.BATTERY: self.battery, DeviceGroup.HEATER: self.heater, DeviceGroup.EV: self.ev}
        return {group: override for group, override in held.items() if override is not None}

    @property
    def all(self) -> tuple[Override, ...]:
        """Each quick action once, the newest first."""
        present = set(self.by_group.values())
        return tuple(sorted(present, key=lambda override: (override.started_at, override.kind), reverse=True))


NO_OVERRIDES = ActiveOverrides()


class Source(StrEnum):
    """Who wants a setting."""

    PLAN = "plan"
    OVERRIDE = "override"
    SAFETY = "safety"
    """A rule that protects battery, fuse or owner, or that holds while the SoC is unreadable."""
    FALLBACK = "fallback"
    """No valid plan slot: the device works by itself."""
    SURPLUS = "surplus"
    """PV surplus that would be fed in heats water."""
    BLOCK = "block"
    """The owner's own block in the plan."""


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
    HYGIENE = "hygiene"
    """Hot enough against legionella."""
    BOOST = "boost"
    MAX = "max"
    """As hot as the owner allows, on PV surplus."""


@dataclass(frozen=True, slots=True)
class HeaterSettingsNow:
    """Wanted state of the water heater."""

    mode: HeaterMode
    source: Source
    reason: str


class EvMode(StrEnum):
    """What the charger is asked to do."""

    STOP = "stop"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class EvSettingsNow:
    """Wanted state of the car's charger. `current_a` is per phase, 0 while stopped."""

    mode: EvMode
    current_a: float
    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A rule that has been in force since an instant: what hysteresis and hold times remember."""

    rule: str
    since: datetime


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
    ev: EvSettingsNow | None = None
    holding: tuple[Holding, ...] = ()
    """Rules with a minimum hold time that are in force, for the next decision."""


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
    OVER_BUDGET = "over_budget"
    """Not sent: the entity's writes of the day are nearly used up, and this one was not urgent."""
    YIELDED = "yielded"
    """Not sent: someone else has changed the setting too often, it is left to them for now."""


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """One setting of one device: what was there, what was wanted, what came of it."""

    entity_id: str
    previous: str | None
    wanted: str
    result: StepResult
    message: str = ""
    read_back: str | None = None
    """What the entity said after the write; None when nothing was written."""
    source: Source | None = None
    """Who wanted it."""


@dataclass(frozen=True, slots=True)
class PlannedNow:
    """What the plan has for the running slot: mean powers in kW and the SoC at its end."""

    slot_start: datetime
    charge_kw: float
    discharge_kw: float
    export_kw: float
    heater_kw: float
    ev_kw: float
    soc_percent: float | None
    action: str


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
    planned: PlannedNow | None = None
    overrides: tuple[Override, ...] = ()
    lease_until: datetime | None = None
    """When the watchdog in Home Assistant will take over unless a heartbeat comes."""
    duration_s: float | None = None
    error: str | None = None
    """Why the tick broke off; None when it came to its end."""
    problems: tuple[str, ...] = ()
    """What the executor had to report at this tick, in words."""

    @property
    def writes(self) -> int:
        """How many commands were sent."""
        return sum(
            step.result in {StepResult.WRITTEN, StepResult.UNCONFIRMED, StepResult.FAILED} for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class ExecutionStatistics:
    """Counts over a time.

    `failed` ticks broke off or left a setting that did not take; `failures` are such settings; `hands_off`
    are ticks on which nothing was decided because nothing may be written. `overrides` counts ticks under
    each kind of quick action.
    """

    ticks: int = 0
    failed: int = 0
    hands_off: int = 0
    writes: int = 0
    failures: int = 0
    overridden: int = 0
    overrides: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> int:
        """Ticks that came to their end with every setting in place."""
        return self.ticks - self.failed

    @property
    def success_percent(self) -> float | None:
        """Share of ticks that were `ok`; None without ticks."""
        return self.ok / self.ticks * 100 if self.ticks else None
