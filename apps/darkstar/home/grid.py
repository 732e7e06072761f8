"""The grid connection of the home: limits, and charges for peaks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .block import Block, NotNegative, Positive
from .power_tariff import PowerTariffSettings


class GridSettings(Block):
    """The grid connection."""

    max_import_kw: Positive | None = None
    """Main fuse as power; a hard limit for plans. None: no limit known."""
    max_export_kw: NotNegative | None = None
    """Feed-in limit; PV above it is curtailed. None: no limit."""
    export_allowed: bool = True
    """False when nothing may be fed in."""
    soft_import_kw: Positive | None = None
    """Import above this is dear, as with a subscribed power; needs `soft_import_price_per_kwh`."""
    soft_import_price_per_kwh: NotNegative | None = None
    """What a kWh above `soft_import_kw` costs on top of its price."""
    curtailment: Literal["part", "all", "never"] = "part"
    """How plans may give up PV: any part of it, all or nothing, or only what the export limit forces."""
    fuse_a: Positive | None = None
    """Main fuse per phase in A, guarded with `entities.phase_currents`. None: not guarded."""
    fuse_sacrifice: tuple[Literal["battery", "ev", "heater"], ...] = ("battery", "ev", "heater")
    """What gives way for the fuse, the first one first; what is left out never does."""
    power_tariffs: tuple[PowerTariffSettings, ...] = ()
    """Charges for the highest import powers; several may hold at once."""

    @model_validator(mode="after")
    def _sacrifices_are_different(self) -> Self:
        if len(set(self.fuse_sacrifice)) < len(self.fuse_sacrifice):
            msg = f"fuse_sacrifice [{', '.join(self.fuse_sacrifice)}] names a device twice: name each at most once"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _soft_limit_is_whole(self) -> Self:
        if (self.soft_import_kw is None) != (self.soft_import_price_per_kwh is None):
            msg = "soft_import_kw and soft_import_price_per_kwh need each other: give both or none"
            raise ValueError(msg)
        return self
