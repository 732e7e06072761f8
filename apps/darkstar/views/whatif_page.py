"""The What if page: what may be changed, with what the home has now, and how far a run over the past is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..home.settings import HomeSettings
from .steering import RISK_LEVELS

DAYS = (7, 14, 30)
"""Of the past, to choose from."""


def form(home: HomeSettings) -> dict[str, Any]:
    """The fields with the values of today; a field that this home cannot have is left out."""
    battery, tariff, money = home.battery, home.tariff, home.currency
    own_kwp = sum(array.kwp for array in home.pv_arrays)
    fields = [
        _field("battery_kwh", "Battery", "kWh", battery.capacity_kwh),
        _field("battery_kw", "Battery power", "kW", battery.max_charge_kw),
        *([_field("pv_kwp", "Panels", "kWp", own_kwp)] if own_kwp > 0 else []),
        _field("fixed_price_per_kwh", "One price all day, before fees", f"{money}/kWh", None),
        _field("power_price", "Power tariff, per kW and month (0: none)", money, _power_price(home)),
        _field("ev_kwh", "A car more, a day", "kWh", None),
    ]
    more = [
        _field("tariff.transfer_fee_per_kwh", "Transfer fee", f"{money}/kWh", tariff.transfer_fee_per_kwh),
        _field("tariff.energy_tax_per_kwh", "Energy tax", f"{money}/kWh", tariff.energy_tax_per_kwh),
        _field("tariff.vat_percent", "VAT", "%", tariff.vat_percent),
        _field("tariff.export_share", "Share of the spot price for what is sold", "", tariff.export_share),
        _field(
            "tariff.fixed_feed_in_per_kwh", "Fixed price for what is sold", f"{money}/kWh", tariff.fixed_feed_in_per_kwh
        ),
    ]
    return {
        "fields": fields,
        "more": more,
        "risk": {"now": home.risk.appetite, "levels": list(RISK_LEVELS)},
        "days": list(DAYS),
        "currency": money,
        "can_sell": home.grid.export_allowed and home.battery.discharge_to_grid,
        "appliances": [
            {"name": one.name, "words": f"{one.energy_kwh:g} kWh in {one.hours:g} h"} for one in home.appliances
        ],
    }


def run_words(*, done: int, total: int, running: bool, error: str, answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """How far the run over the past is, and what came of it."""
    percent = round(100 * done / total) if total else 0
    words = (
        f"Living through the days again: {percent} %." if running and total else "Reading the past." if running else ""
    )
    return {
        "running": running,
        "percent": percent,
        "words": words,
        "error": f"{error[:1].upper()}{error[1:]}" if error else "",
        "answer": answer,
    }


def _field(name: str, title: str, unit: str, now: float | None) -> dict[str, Any]:
    return {"name": name, "title": title, "unit": unit, "now": None if now is None else f"{now:g}"}


def _power_price(home: HomeSettings) -> float | None:
    tariffs = home.grid.power_tariffs
    return tariffs[0].month_price_per_kw if len(tariffs) == 1 and not tariffs[0].steps else None
