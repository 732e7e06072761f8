"""Homes whose truth is known: what the analyzers should find out about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day, to_utc
from darkstar.learning.reflex.evidence import PATHS, Evidence
from darkstar.learning.reflex.finding import InForce
from tests.learning.samples import home as sample_home

FIRST_DAY = date(2026, 3, 1)
"""The clocks go forward within the first thirty days."""
ROW_HOURS = 3.0
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
IN_FORCE = {
    "risk.appetite": (InForce(LONG_AGO, None),),
    "pv_forecast.scale": (InForce(LONG_AGO, 1.0),),
    "planner.cycle_margin_per_kwh": (InForce(LONG_AGO, 0.0),),
    "battery.capacity_kwh": (InForce(LONG_AGO, 10.0),),
}
assert set(IN_FORCE) == set(PATHS)


def home(**blocks: Any) -> HomeSettings:
    """A Swedish home with a battery of 10 kWh, as its owner believes, and Solcast."""
    return sample_home(**{"pv_forecast": {"source": "solcast", "entities": ["sensor.solar"]}, **blocks})


@dataclass(frozen=True, slots=True)
class Truth:
    """What the battery really is, and what a day with it looks like."""

    capacity_kwh: float = 10.0
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    cheap: float = 0.10
    dear: float = 0.40
    load_kw: float = 0.8
    grid_charge: bool = True
    """At night from the grid; else the battery rests."""


def days_of(truth: Truth, days: int, seed: int = 0, first: date = FIRST_DAY) -> tuple[Observation, ...]:
    """Rows of three hours by UTC: charged at night, discharged in the afternoon, the SoC shown in whole points."""
    random = Random(seed)
    rows: list[Observation] = []
    soc = 10.0
    start = to_utc(datetime(first.year, first.month, first.day, tzinfo=UTC))
    for index in range(days * 8):
        slot, charge, discharge = index % 8, 0.0, 0.0
        points = {0: random.uniform(30, 80), 5: -100.0}.get(slot, 0.0) if truth.grid_charge else 0.0
        moved = min(max(soc + points, random.uniform(10, 15)), 98.0) - soc if points else 0.0
        stored = truth.capacity_kwh * moved / 100
        if stored > 0:
            charge = stored / truth.charge_efficiency * random.gauss(1, 0.01)
        elif stored < 0:
            discharge = -stored * truth.discharge_efficiency * random.gauss(1, 0.01)
        soc += moved
        load = truth.load_kw * ROW_HOURS * random.uniform(0.7, 1.3)
        grid = load + charge - discharge
        rows.append(
            Observation(
                start + timedelta(hours=index * ROW_HOURS),
                ROW_HOURS,
                load_kwh=load,
                import_kwh=max(grid, 0.0),
                export_kwh=max(-grid, 0.0),
                charge_kwh=charge,
                discharge_kwh=discharge,
                soc_percent=float(round(soc)),
            )
        )
    return tuple(rows)


def prices_of(truth: Truth, days: int, first: date = FIRST_DAY) -> PriceCurve:
    """Cheap but from 15 to 21 h UTC."""
    start = to_utc(datetime(first.year, first.month, first.day, tzinfo=UTC))
    prices = []
    for index in range(days * 8):
        begin = start + timedelta(hours=index * ROW_HOURS)
        paid = truth.dear if index % 8 in {5, 6} else truth.cheap
        prices.append(Price(begin, begin + timedelta(hours=ROW_HOURS), paid, paid * 0.8))
    return PriceCurve(tuple(prices))


def evidence(truth: Truth, days: int = 30, seed: int = 0, **changes: Any) -> Evidence:
    """The last days of such a home."""
    settings = changes.pop("home", None) or home()
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
    fields: dict[str, Any] = {
        "home": settings,
        "owner_home": settings,
        "now": start + timedelta(days=days),
        "observations": days_of(truth, days, seed),
        "prices": prices_of(truth, days),
        "in_force": IN_FORCE,
    }
    return Evidence(**{**fields, **changes})


Share = Callable[[Random, int], float]
"""Measured over forecast PV of a day, by its number."""


def sunny_evidence(
    share: Share, days: int = 30, seed: int = 0, scale: float = 1.0, model: str = "solcast", **changes: Any
) -> Evidence:
    """Days with a forecast of the evening before, multiplied by `scale` as issued, and what came of it."""
    random = Random(seed)
    settings = changes.pop("home", None) or home()
    rows, issued = [], []
    for index in range(days):
        day = FIRST_DAY + timedelta(days=index)
        start, end = local_day(day, settings.zone)
        promised = random.uniform(2.0, 20.0)
        noon = start + timedelta(hours=9)
        slots, spans = [], [(start, 9.0, 0.0), (noon, 6.0, promised)]
        spans.append((noon + timedelta(hours=6), (end - noon) / timedelta(hours=1) - 6, 0.0))
        for begin, hours, kwh in spans:
            said = kwh * scale
            slots.append(ForecastSlot(begin, hours, Band(0, 0, 0), Band(said * 0.5, said, said * 1.5)))
            rows.append(Observation(begin, hours, pv_kwh=kwh * share(random, index)))
        issued.append((day, Forecast(start - timedelta(minutes=15), "ridge", model, tuple(slots))))
    fields: dict[str, Any] = {
        "home": settings,
        "owner_home": settings,
        "now": local_day(FIRST_DAY + timedelta(days=days), settings.zone)[0],
        "observations": tuple(rows),
        "issued": tuple(issued),
        "in_force": {**IN_FORCE, "pv_forecast.scale": (InForce(LONG_AGO, scale),)},
    }
    return Evidence(**{**fields, **changes})
