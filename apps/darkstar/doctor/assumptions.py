"""Every number that Darkstar takes for granted because the owner has not said otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..home.block import Block
from ..home.settings import HomeSettings
from .finding import Evidence, Finding, Grade

_MATTERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "battery": {
            "min_soc_percent": "the floor that planning keeps",
            "max_soc_percent": "how full it is charged by plan",
            "charge_efficiency": "what is lost on the way in",
            "discharge_efficiency": "what is lost on the way out",
            "wear_cost_per_kwh": "what a discharged kWh costs the battery's life",
        },
        "grid": {
            "fuse_a": "the main fuse",
            "max_import_kw": "the limit of import",
            "max_export_kw": "the limit of export",
        },
        "tariff": {
            "transfer_fee_per_kwh": "the grid's fee",
            "energy_tax_per_kwh": "the tax on energy",
            "vat_percent": "value added tax",
            "export_share": "the share of the spot price that export earns",
        },
        "load_forecast": {"yearly_consumption_kwh": "the household that serves until there is history"},
        "water_heater": {
            "daily_energy_kwh": "the heat of a day",
            "comfort_level": "how much the longest gap weighs",
            "max_gap_hours": "the longest time without heating",
        },
        "ev": {"departure": "when the car leaves", "target_soc_percent": "what it should have then"},
    }
)
"""By block: the settings whose defaults cost money or comfort where they do not fit, and what they are."""
_ARRAY = {"azimuth_deg": "where the panels face", "tilt_deg": "how steep they are", "efficiency": "their losses"}


def look_at_assumptions(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each setting that matters and stands at its default."""
    home = evidence.home
    for name, settings in _MATTERS.items():
        block = getattr(home, name)
        if block is None or (name == "tariff" and home.tariff.import_price_is_final):
            continue
        yield from _defaults(name, block, settings)
    for number, array in enumerate(home.pv_arrays):
        yield from _defaults(f"pv_arrays.{number}", array, _ARRAY)
    yield from _empty(home)


def _defaults(path: str, block: Block, settings: Mapping[str, str]) -> Iterator[Finding]:
    for name, meaning in settings.items():
        if name in block.model_fields_set or name not in type(block).model_fields:
            continue
        value = getattr(block, name)
        words = "not limited" if value is None else f"{value:g}" if isinstance(value, float | int) else str(value)
        yield Finding("assumptions", Grade.ASSUMED, f"{path}.{name} is {words}: {meaning}.", "", f"{path}.{name}")


def _empty(home: HomeSettings) -> Iterator[Finding]:
    if not home.pv_arrays and home.entities.pv_power is not None:
        text = "The home measures PV but has no pv_arrays: nothing bounds the forecast, and nights are not known."
        yield Finding("assumptions", Grade.ADVICE, text, "Describe the panels in pv_arrays.", "pv_arrays")
