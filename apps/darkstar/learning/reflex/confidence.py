"""Confidence: is the PV forecast of a service wrong by a steady share?

Each day's energy is compared with what was forecast before the day began, as it was issued. A forecast is divided
by the scale that was in force when it was issued: a change already made is not counted a second time. Forecasts from
the home's own history learn a steady error themselves; there is nothing to tune.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from ...forecast.bands import Forecast
from ...home.observation import Observation
from ...home.slots import Slot, local_day
from .evidence import UNSURE, Evidence
from .finding import Analyzer, Finding, Limits, Verdict

PATH = "pv_forecast.scale"
NEEDED_DAYS = 14
DARK_KWH = 0.2
"""A day with less forecast says nothing."""
NO_YIELD = 0.1
"""A day with less than this share of what was forecast had snow on the panels, or they were off."""
COVERED = 0.9
"""Share of a day's forecast energy that must have been measured."""
NOTEWORTHY = 0.05
CLOSE = 0.02
"""Deviations from which on a change begins, and at which one that was begun ends."""
LIMITS = Limits(0.7, 1.3, 0.05, 2)
DOUBT = 0.003
_SPOILT = UNSURE | {"curtailed"}
"""Rows whose PV is not what the sun gave."""


@dataclass(frozen=True, slots=True)
class _Day:
    """What the service said before the day (without any scale), and what was measured of the same slots; kWh."""

    forecast_kwh: float
    measured_kwh: float


def confidence(evidence: Evidence) -> Finding:
    """What the service's forecast must be multiplied by to be right on the whole, against what it is."""
    source, scale = evidence.home.pv_forecast.source, evidence.home.pv_forecast.scale
    if not evidence.home.pv_arrays and source == "history":
        return _finding(None, 0, Verdict.NOTHING_TO_DO, "the home has no PV")
    if source == "history":
        words = "the PV forecast comes from the home's own history and learns a steady error itself"
        return _finding(None, 0, Verdict.NOTHING_TO_DO, words)
    days = list(_days(evidence))
    sunny = [day for day in days if day.measured_kwh >= NO_YIELD * day.forecast_kwh]
    if len(sunny) < NEEDED_DAYS:
        words = f"{len(sunny)} days with a forecast of {source} and its measured energy, {NEEDED_DAYS} are needed"
        return _finding(None, len(sunny), Verdict.INSUFFICIENT, words)
    ratio, error = _ratio(sunny)
    left_out = f", {len(days) - len(sunny)} days without yield left out" if len(days) > len(sunny) else ""
    words = (
        f"over {len(sunny)} days {ratio:.0%} (give or take {error:.0%}) of what {source} forecast the day before was "
        f"measured, it is scaled by {scale:.0%}{left_out}"
    )
    threshold = NOTEWORTHY if scale == evidence.owner_home.pv_forecast.scale else CLOSE
    if abs(ratio - scale) <= max(error, threshold * scale):
        return _finding(ratio, len(sunny), Verdict.STABLE, words)
    return _finding(ratio, len(sunny), Verdict.PROPOSED, words, ratio)


def _finding(value: float | None, count: int, verdict: Verdict, text: str, target: float | None = None) -> Finding:
    return Finding(
        Analyzer.CONFIDENCE, PATH, "measured share of the PV forecast", "", value, count, verdict, text, target, LIMITS
    )


def _days(evidence: Evidence) -> Iterator[_Day]:
    rows = {row.start: row for row in evidence.observations}
    for day, forecast in evidence.issued:
        scale = evidence.value_at(PATH, forecast.issued_at)
        if scale is None or not scale.value or forecast.pv_model.partition(",")[0] != evidence.home.pv_forecast.source:
            continue
        found = _day(forecast, scale.value, rows, *local_day(day, evidence.home.zone))
        if found is not None:
            yield found


def _day(
    forecast: Forecast, scale: float, rows: dict[datetime, Observation], start: datetime, end: datetime
) -> _Day | None:
    """The day's slots of which both is known; None where the day is dark, or too little of it was measured."""
    whole = forecast_kwh = measured_kwh = 0.0
    for slot in forecast.slots:
        span = Slot(slot.start, slot.hours)
        if not start <= span.start < span.end <= end or slot.pv_kwh.p90 <= 0:
            continue
        whole += slot.pv_kwh.p50
        measured = _measured_kwh(span, rows)
        if measured is not None:
            forecast_kwh += slot.pv_kwh.p50
            measured_kwh += measured
    if whole / scale < DARK_KWH or forecast_kwh < COVERED * whole:
        return None
    return _Day(forecast_kwh / scale, measured_kwh)


def _measured_kwh(span: Slot, rows: dict[datetime, Observation]) -> float | None:
    """Energy of a slot from the rows that fill it; None where one is missing, repaired or curtailed."""
    at, energy = span.start, 0.0
    while at < span.end:
        row = rows.get(at)
        if row is None or row.pv_kwh is None or row.end > span.end or not _SPOILT.isdisjoint(row.flags):
            return None
        energy += row.pv_kwh
        at = row.end
    return energy


def _ratio(days: list[_Day]) -> tuple[float, float]:
    """Measured over forecast energy of all days, and the error that it does not pass but for a share `DOUBT`."""
    from scipy.stats import t

    whole = sum(day.forecast_kwh for day in days)
    ratio = sum(day.measured_kwh for day in days) / whole
    squares = sum((day.measured_kwh - ratio * day.forecast_kwh) ** 2 for day in days)
    count = len(days)
    error = sqrt(squares * count / (count - 1)) / whole
    return ratio, float(t.ppf(1 - DOUBT / 2, count - 1)) * error
