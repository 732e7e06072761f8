"""The settings of the home as one validated model, read from the `home` block of `apps.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from .devices import BatterySettings, Block, GridSettings, InverterSettings, PvArraySettings, WaterHeaterSettings
from .entities import EntitySettings
from .operation import (
    DemoSettings,
    ExecutorSettings,
    NotificationSettings,
    OverrideSettings,
    PlannerSettings,
    StorageSettings,
)
from .sources import LoadForecastSettings, PriceSourceSettings, PvForecastSettings
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
    inverter: InverterSettings = InverterSettings()
    grid: GridSettings = GridSettings()
    pv_arrays: tuple[PvArraySettings, ...] = ()
    water_heater: WaterHeaterSettings | None = None
    prices: PriceSourceSettings
    tariff: TariffSettings = TariffSettings()
    pv_forecast: PvForecastSettings = PvForecastSettings()
    load_forecast: LoadForecastSettings = LoadForecastSettings()
    entities: EntitySettings
    planner: PlannerSettings = PlannerSettings()
    executor: ExecutorSettings = ExecutorSettings()
    overrides: OverrideSettings = OverrideSettings()
    notifications: NotificationSettings = NotificationSettings()
    storage: StorageSettings = StorageSettings()
    demo: DemoSettings = DemoSettings()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def can_sell_from_battery(self) -> bool:
        """Whether the inverter can be told to sell from the battery: the owner allows it and the profile knows how."""
        has_mode = self.inverter.profile == "deye" and self.entities.inverter_work_mode is not None
        return self.battery.discharge_to_grid and has_mode

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
    def _entities_fit_the_devices(self) -> Self:
        faults = list(self._entity_faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _entity_faults(self) -> list[str]:
        entities = self.entities
        required = {"battery_soc": entities.battery_soc, "inverter_grid_charging": entities.inverter_grid_charging}
        if self.inverter.profile == "deye":
            required["inverter_work_mode"] = entities.inverter_work_mode
        if self.water_heater is not None:
            required["water_heater"] = entities.water_heater
        faults = [f"entities.{name} is needed and missing" for name, entity in required.items() if entity is None]
        if entities.grid_power and (entities.grid_import_power or entities.grid_export_power):
            faults.append("entities.grid_power (net meter) excludes grid_import_power and grid_export_power (dual)")
        if (entities.grid_import_power is None) != (entities.grid_export_power is None):
            faults.append("entities.grid_import_power and grid_export_power (dual meter) need each other")
        if self.prices.source in {"tibber", "octopus"} and not self.tariff.import_price_is_final:
            faults.append(f"prices.source '{self.prices.source}' has all taxes in it: set tariff.import_price_is_final")
        quiet = (self.notifications.quiet_start, self.notifications.quiet_end)
        if (quiet[0] is None) != (quiet[1] is None):
            faults.append("notifications.quiet_start and quiet_end need each other")
        return faults


def load_settings(block: Mapping[str, Any] | None, defaults: Mapping[str, Any] | None = None) -> HomeSettings:
    """Validate the `home` block of an app's arguments.

    `defaults` fills top-level keys that the block leaves out (AppDaemon's time zone and location). A
    heading with nothing below it counts as left out: its lines are all comments.

    Raises:
        SettingsError: with one line per fault, naming the setting, its value and the way out.
    """
    if not isinstance(block, Mapping):
        msg = "apps.yaml: the app has no `home:` block. Copy it from apps.yaml.example."
        raise SettingsError(msg)
    try:
        return HomeSettings.model_validate({**(defaults or {}), **_without_empty_headings(block)})
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def _without_empty_headings(block: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if value is not None}


_REMEDY = {
    "missing": "add it; apps.yaml.example shows its place",
    "extra_forbidden": "no such setting: check the spelling and the indent, or remove it",
}


def _explain(error: ValidationError) -> str:
    lines = [f"apps.yaml: {error.error_count()} fault(s) in the `home` block:"]
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"]) or "home"
        kind = fault["type"]
        message = fault["msg"].removeprefix("Value error, ")
        value = "" if kind in ("missing", "value_error") else f" (is {fault['input']!r})"
        remedy = _REMEDY.get(kind)
        lines.append(f"  - {path}{value}: {message}" + (f" - {remedy}" if remedy else ""))
    return "\n".join(lines)
