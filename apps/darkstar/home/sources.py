"""Where prices and PV forecasts come from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .block import Block, EntityId, Positive
from .tariff import Money


class GenericPriceMapping(Block):
    """Names of the attributes of a price sensor that no built-in format fits."""

    today_attribute: str = "prices_today"
    tomorrow_attribute: str | None = None
    """None: one attribute holds all days."""
    start_key: str = "start"
    value_key: str = "price"


class PriceSourceSettings(Block):
    """The source of spot prices (or of final prices, see `tariff.import_price_is_final`)."""

    source: Literal[
        "nordpool_service",
        "nordpool_sensor",
        "tibber",
        "entsoe",
        "epex_spot",
        "energi_data_service",
        "octopus",
        "generic",
        "fixed",
    ]
    entity: EntityId | None = None
    """The sensor; for Octopus the event entity of the current day's rates."""
    tomorrow_entity: EntityId | None = None
    """Octopus: the event entity of the next day's rates."""
    export_entity: EntityId | None = None
    """A second sensor of the same format with export prices, where export has a price of its own."""
    history_entity: EntityId | None = None
    """A sensor that shows the current price, whose statistics tell past prices; None: those of `entity`."""
    nordpool_config_entry: str | None = None
    """Config entry id of Home Assistant's own Nord Pool integration."""
    nordpool_area: str | None = None
    """Delivery area such as SE4."""
    fixed_per_kwh: Money | None = None
    """Source `fixed`: one spot price for all times (day and night then come from `tariff.fee_periods`)."""
    multiplier: Annotated[float, Field(gt=0)] | None = None
    """Factor from the sensor's number to currency per kWh; None: read from its unit (MWh, cents, öre)."""
    mapping: GenericPriceMapping = GenericPriceMapping()

    @model_validator(mode="after")
    def _source_is_complete(self) -> Self:
        if self.source == "fixed":
            if self.fixed_per_kwh is None:
                msg = "source 'fixed' needs fixed_per_kwh"
                raise ValueError(msg)
        elif self.source == "nordpool_service":
            if self.nordpool_config_entry is None or self.nordpool_area is None:
                msg = "source 'nordpool_service' needs nordpool_config_entry and nordpool_area"
                raise ValueError(msg)
        elif self.entity is None:
            msg = f"source '{self.source}' needs entity"
            raise ValueError(msg)
        return self


class PvForecastSettings(Block):
    """The source of the PV forecast."""

    source: Literal["solcast", "forecast_solar", "open_meteo", "history"] = "history"
    """`history`: past days and, where a weather forecast is known, the weather; the others read `entities`."""
    entities: tuple[EntityId, ...] = ()
    """One sensor per day (today, tomorrow, ...), as the integration makes them."""
    scale: Annotated[float, Field(ge=0.5, le=1.5)] = 1.0
    """What a service's forecast is multiplied by, where it is wrong by a steady share; `history` learns that itself."""

    @model_validator(mode="after")
    def _entities_are_there(self) -> Self:
        if self.source != "history" and not self.entities:
            msg = f"source '{self.source}' needs entities"
            raise ValueError(msg)
        return self


class WeatherSettings(Block):
    """The source of the weather forecast, which forecasts of load and PV and the reserve rest on."""

    source: Literal["home_assistant", "open_meteo"] = "home_assistant"
    """`home_assistant`: `entities.weather`. `open_meteo`: hours with radiation, from the internet: it is told where
    the home is, to a kilometre."""
    url: Annotated[str, Field(pattern=r"^https?://[!-~]+$")] = "https://api.open-meteo.com/v1/forecast"
    """Open-Meteo's address, or that of your own server."""


class LoadForecastSettings(Block):
    """The forecast of load, and of PV where it comes from history."""

    model: Literal["auto", "ridge", "same_slot", "calendar_ridge", "trees", "blend"] = "auto"
    """`auto`: the model that did best in the last weeks; `ridge` until there was a training. `ridge`: the same-slot
    mean, corrected by what the last hours and days tell, once there are three weeks of history and as long as that
    is no worse. `same_slot`: the mean of past days alone. `calendar_ridge`, `trees` and `blend` (the mean of both):
    load by what training has learned from calendar, past weeks and weather; PV as with `auto`."""
    holidays: Annotated[str, Field(pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$")] = ""
    """Country, or country and part of it, whose public holidays are like Sundays: `SE`, `DE-BY`; empty: none."""
    history_days: Annotated[int, Field(ge=1, le=60)] = 14
    """How many past days the same-slot mean looks at."""
    yearly_consumption_kwh: Positive = 5000.0
    """Scale of the standard household that serves until there is history."""
