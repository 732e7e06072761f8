"""The settings of the home as one validated model, read from the `home` block of `apps.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from .appliances import USUAL_APPLIANCES, ApplianceSettings
from .block import Block, FaultsError
from .devices import (
    BatterySettings,
    ChargerSettings,
    EvSettings,
    InverterSettings,
    PvArraySettings,
    WaterHeaterSettings,
)
from .entities import EntitySettings
from .grid import GridSettings
from .learning import LearningSettings
from .operation import (
    DemoSettings,
    ExecutorSettings,
    NotificationSettings,
    OverrideSettings,
    PlannerSettings,
    SensorSettings,
    StorageSettings,
)
from .profiles.device import PROFILES_FOLDER
from .profiles.vocabulary import State
from .reflex import ReflexSettings
from .relations import relation_faults
from .risk import RiskSettings
from .sources import LoadForecastSettings, PriceSourceSettings, PvForecastSettings, WeatherSettings
from .tariff import TariffSettings


class SettingsError(ValueError):
    """The settings are wrong; the message lists every fault and how to mend it."""


class HomeSettings(Block):
    """Everything the owner tells Darkstar about the home."""

    time_zone: str
    """IANA name such as Europe/Stockholm. AppDaemon's own serves when it is left out."""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    battery: BatterySettings
    inverter: InverterSettings
    grid: GridSettings = GridSettings()
    pv_arrays: tuple[PvArraySettings, ...] = ()
    water_heater: WaterHeaterSettings | None = None
    ev: EvSettings | None = None
    charger: ChargerSettings | None = None
    appliances: tuple[ApplianceSettings, ...] = USUAL_APPLIANCES
    """What the owner starts by hand, and would like to know the best time for."""
    prices: PriceSourceSettings
    tariff: TariffSettings = TariffSettings()
    pv_forecast: PvForecastSettings = PvForecastSettings()
    load_forecast: LoadForecastSettings = LoadForecastSettings()
    weather: WeatherSettings = WeatherSettings()
    entities: EntitySettings
    planner: PlannerSettings = PlannerSettings()
    risk: RiskSettings = RiskSettings()
    reflex: ReflexSettings = ReflexSettings()
    executor: ExecutorSettings = ExecutorSettings()
    overrides: OverrideSettings = OverrideSettings()
    notifications: NotificationSettings = NotificationSettings()
    learning: LearningSettings = LearningSettings()
    sensors: SensorSettings = SensorSettings()
    storage: StorageSettings = StorageSettings()
    demo: DemoSettings = DemoSettings()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def max_plan_age(self) -> timedelta:
        """How old a plan may be: as set, else two planning intervals and a slot."""
        minutes = self.executor.max_plan_age_minutes
        if minutes is None:
            minutes = 2 * self.planner.interval_minutes + self.planner.slot_minutes
        return timedelta(minutes=minutes)

    @property
    def cycle_cost_per_kwh(self) -> float:
        """What plans count for each kWh discharged: wear, and the margin that a cycle must earn."""
        return self.battery.wear_cost_per_kwh + self.planner.cycle_margin_per_kwh

    @property
    def has_pv(self) -> bool:
        """Whether there are panels, described or measured."""
        return bool(self.pv_arrays) or self.entities.pv_energy is not None

    @property
    def feeds_in(self) -> bool:
        """Whether energy may go to the grid: a counter would show it, or something is there that may be sold."""
        something = self.has_pv or self.battery.discharge_to_grid
        return self.entities.grid_export_energy is not None or (self.grid.export_allowed and something)

    @property
    def has_export_mode(self) -> bool:
        """Whether the inverter can be told to sell from the battery."""
        return self.inverter.has_state(State.EXPORT)

    @property
    def can_sell_from_battery(self) -> bool:
        """Whether the battery may sell: the owner allows it and the inverter knows how."""
        return self.battery.discharge_to_grid and self.has_export_mode

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = f"'{name}' is not a time zone of the IANA list (example: Europe/Stockholm)"
            raise ValueError(msg) from error
        return name

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> Self:
        faults = relation_faults(self.model_dump())
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load_settings(
    block: Mapping[str, Any] | None,
    defaults: Mapping[str, Any] | None = None,
    profiles_folder: Path | None = None,
) -> HomeSettings:
    """Validate the `home` block of an app's arguments.

    `defaults` fills top-level keys that the block leaves out (AppDaemon's time zone and location). A
    heading with nothing below it counts as left out: its lines are all comments. `profiles_folder` has
    the owner's device profiles, in `inverters` and `chargers`.

    Raises:
        SettingsError: with one line per fault, naming the setting, its value and the way out.
    """
    if not isinstance(block, Mapping):
        msg = "apps.yaml: the app has no `home:` block. Copy it from apps.yaml.example."
        raise SettingsError(msg)
    home = {**(defaults or {}), **_without_empty_headings(block)}
    try:
        return HomeSettings.model_validate(home, context={PROFILES_FOLDER: profiles_folder})
    except ValidationError as error:
        lines = [*_field_faults(error), *relation_faults(home)]
        raise SettingsError(_list_of(lines)) from error


def _without_empty_headings(block: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if value is not None}


_REMEDY = {
    "missing": "add it; apps.yaml.example shows its place",
    "extra_forbidden": "no such setting: check the spelling and the indent, or remove it",
}


_MOVED = {
    **{f"entities.inverter_{name}": f"inverter.entities.{name}" for name in (
        "work_mode", "grid_charging", "charge_current", "discharge_current", "soc_target"
    )},
    "inverter.zero_export_mode": "inverter.options.self_use",
    "inverter.export_mode": "inverter.options.export",
}  # fmt: skip
"""Settings of earlier versions, and where they are."""


def _field_faults(error: ValidationError) -> Iterator[str]:
    """One line per faulty field; what concerns the home as a whole comes from `relation_faults`."""
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"])
        if not path:
            continue
        reason = fault.get("ctx", {}).get("error")
        if isinstance(reason, FaultsError):
            yield from (f"{path}.{each}" for each in reason.faults)
            continue
        if path in _MOVED:
            yield f"{path}: moved, write it as {_MOVED[path]}"
            continue
        kind = fault["type"]
        message = fault["msg"].removeprefix("Value error, ")
        value = "" if kind in {"missing", "value_error"} else f" (is {_shown(fault['input'])})"
        remedy = _REMEDY.get(kind)
        yield f"{path}{value}: {message}" + (f" - {remedy}" if remedy else "")


def _shown(value: object) -> str:
    """The value, but no address: it may be a secret in the wrong place."""
    text = repr(value)
    return "an address" if "://" in text else text


def _list_of(lines: Sequence[str]) -> str:
    heading = f"apps.yaml: {len(lines)} fault(s) in the `home` block:"
    return "\n  - ".join([heading, *lines])
