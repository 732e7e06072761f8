"""Faults between settings: what one block needs of another. Works on blocks that have faults of their own, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def relation_faults(home: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not fit together in the `home` block, in words; a missing or malformed block counts as empty."""
    return (
        *_missing_entities(home),
        *_meter_faults(_block(home, "entities")),
        *_fuse_faults(home),
        *_charger_faults(home),
        *_price_faults(home),
        *_quiet_faults(_block(home, "notifications")),
    )


def _block(home: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = home.get(name)
    return block if isinstance(block, Mapping) else {}


def _missing_entities(home: Mapping[str, Any]) -> Iterator[str]:
    entities = _block(home, "entities")
    needed = ["battery_soc"]
    if home.get("water_heater") is not None:
        needed.append("water_heater")
    for name in needed:
        if entities.get(name) is None:
            yield f"entities.{name} is needed and missing"


def _meter_faults(entities: Mapping[str, Any]) -> Iterator[str]:
    net = entities.get("grid_power")
    dual = [entities.get(name) is not None for name in ("grid_import_power", "grid_export_power")]
    if net is not None and any(dual):
        yield "entities.grid_power (net meter) excludes grid_import_power and grid_export_power (dual meter)"
    if any(dual) and not all(dual):
        yield "entities.grid_import_power and grid_export_power (dual meter) need each other"


def _fuse_faults(home: Mapping[str, Any]) -> Iterator[str]:
    fuse_a = _block(home, "grid").get("fuse_a")
    if fuse_a is not None and not _block(home, "entities").get("phase_currents"):
        yield f"grid.fuse_a {fuse_a} needs entities.phase_currents: name the sensors of the main fuse's currents"


def _charger_faults(home: Mapping[str, Any]) -> Iterator[str]:
    if home.get("ev") is not None and home.get("charger") is None:
        yield "ev needs charger: say how the car's charger is told what to do; apps.yaml.example shows its place"
    if home.get("ev") is not None and _block(home, "entities").get("ev_connected") is None:
        yield "entities.ev_connected is needed and missing: without it nobody knows whether the car is plugged in"


def _price_faults(home: Mapping[str, Any]) -> Iterator[str]:
    source = _block(home, "prices").get("source")
    if source in {"tibber", "octopus"} and not _block(home, "tariff").get("import_price_is_final"):
        yield f"tariff.import_price_is_final must be true: prices.source '{source}' has all fees and taxes in it"


def _quiet_faults(notifications: Mapping[str, Any]) -> Iterator[str]:
    if (notifications.get("quiet_start") is None) != (notifications.get("quiet_end") is None):
        yield "notifications.quiet_start and quiet_end need each other"
