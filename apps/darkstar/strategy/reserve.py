"""From the risk appetite to what a request asks for: caution with load and PV, and a reserve in the battery.

The reserve is a soft goal at every local midnight and at the end of the horizon: a horizon rolls on, and what
is only asked for at its end is never due. It is no floor: between two midnights the battery is used in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median, pstdev

from ..forecast.bands import Forecast, ForecastSlot, Scenarios
from ..home.day_context import DayContext
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..optimizer.request import RequestSlot, SocGoal
from .effects import Effects
from .risk import (
    LEVELS,
    P90_SIGMA,
    RiskLevel,
    caution_for,
    coldness,
    dynamic_factor,
    load_factor,
    penalty_per_kwh,
    raw_risk,
    risk_factor,
    target_percent,
    with_volatility,
)

_DAY = timedelta(days=1)
_FEW_SCENARIOS = 7
"""With fewer the uncertainty is that of the bands, as if every slot erred in the same direction."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """What the risk appetite asks of a plan, with the words for it."""

    caution: float = 0.0
    goals: tuple[SocGoal, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Outlook:
    """The forecast in numbers: energies of the horizon, and the lack of PV in its first and second 24 hours.

    `uncertainty_kwh` is one standard deviation of the horizon's net load.
    """

    load_kwh: float
    band_kwh: float
    uncertainty_kwh: float
    deficits: tuple[float, float]
    coldness: float


def reserve_of(
    home: HomeSettings,
    context: DayContext,
    forecast: Forecast,
    scenarios: Scenarios,
    slots: Sequence[RequestSlot],
    effects: Effects,
) -> Reserve:
    """Caution and goals by the home's risk settings and the owner's appetite; nothing where there is none.

    How wrong the forecast of the whole horizon can be follows from `scenarios`: most errors of single slots
    cancel out, so that their bands added up would exaggerate.
    """
    number = appetite_of(home, context)
    if number is None:
        return Reserve(notes=("risk: no appetite is chosen, money alone decides",))
    level = LEVELS[number]
    outlook = _outlook(home, context, forecast, scenarios)
    factor = _factor(home, level, outlook)
    caution = caution_for(factor, outlook.load_kwh, outlook.band_kwh)
    risk = _risk(home, outlook, effects)
    points = 0.0 if home.risk.mode == "static" else effects.reserve_points
    percent = min(target_percent(level, home.battery.min_soc_percent, risk, points), home.battery.max_soc_percent)
    price = _price(level, slots)
    kwh = home.battery.capacity_kwh * percent / 100
    instants = dict.fromkeys((*_midnights(home, slots), slots[-1].end))
    note = (
        f"risk {number} ({level.name}, {home.risk.mode}): load x {factor:.2f}, risk factor "
        f"{risk_factor(level, risk):.2f}, {percent:.0f} % at midnight, a kWh less counts {price:.2f} {home.currency}"
    )
    return Reserve(caution, tuple(SocGoal(at, kwh, price) for at in instants), (note,))


def appetite_of(home: HomeSettings, context: DayContext) -> int | None:
    """The level that holds: the owner's wish, else the settings'; None where neither says one."""
    return home.risk.appetite if context.appetite is None else context.appetite


def _outlook(home: HomeSettings, context: DayContext, forecast: Forecast, scenarios: Scenarios) -> _Outlook:
    start = forecast.slots[0].start
    days = [[slot for slot in forecast.slots if (slot.start - start) // _DAY == day] for day in range(2)]
    celsius = [hour.temperature_celsius for hour in context.weather if hour.temperature_celsius is not None]
    band_kwh = sum(_band_kwh(slot) for slot in forecast.slots)
    totals = [sum(path) for path in scenarios]
    return _Outlook(
        load_kwh=sum(slot.load_kwh.expected for slot in forecast.slots),
        band_kwh=band_kwh,
        uncertainty_kwh=pstdev(totals) if len(totals) >= _FEW_SCENARIOS else band_kwh / P90_SIGMA,
        deficits=(_deficit(days[0]), _deficit(days[1])),
        coldness=coldness(home.risk, fmean(celsius) if celsius else None),
    )


def _band_kwh(slot: ForecastSlot) -> float:
    more_load = max(slot.load_kwh.p90 - slot.load_kwh.expected, 0.0)
    return more_load + max(slot.pv_kwh.expected - slot.pv_kwh.p10, 0.0)


def _deficit(day: Sequence[ForecastSlot]) -> float:
    """The part of the load that PV leaves over, -1 to 1; 0 where there is no load."""
    load_kwh, pv_kwh = sum(slot.load_kwh.expected for slot in day), sum(slot.pv_kwh.expected for slot in day)
    return min(max((load_kwh - pv_kwh) / load_kwh, -1.0), 1.0) if load_kwh > 0 else 0.0


def _factor(home: HomeSettings, level: RiskLevel, outlook: _Outlook) -> float:
    risk = home.risk
    if risk.mode == "probabilistic":
        return load_factor(level, outlook.load_kwh, outlook.uncertainty_kwh, risk.max_factor)
    if risk.mode == "dynamic":
        return dynamic_factor(risk, outlook.deficits, outlook.coldness)
    return min(risk.base_factor, risk.max_factor)


def _risk(home: HomeSettings, outlook: _Outlook, effects: Effects) -> float:
    """What the reserve follows; 1 in static mode: it keeps its usual size."""
    if home.risk.mode == "static":
        return 1.0
    return with_volatility(raw_risk(home.risk, *outlook.deficits, outlook.coldness), effects.volatility)


def _price(level: RiskLevel, slots: Sequence[RequestSlot]) -> float:
    highest = max(abs(price) for slot in slots for price in (slot.import_price, slot.export_price))
    return penalty_per_kwh(level, median(slot.import_price for slot in slots), highest)


def _midnights(home: HomeSettings, slots: Sequence[RequestSlot]) -> Iterator[datetime]:
    """Local midnights within the horizon."""
    _, end = local_day(local_date(slots[0].start, home.zone), home.zone)
    while end <= slots[-1].end:
        yield end
        _, end = local_day(local_date(end, home.zone), home.zone)
