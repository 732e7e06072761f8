"""Wishes of power tariffs: low peaks. Their fees are money, but not of a single slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from ..metering import metered_powers
from ..plan import PlannedPeak
from ..request import PlanRequest, PowerTariffRequest
from .account import Account, Wish

STEP_TOLERANCE_KW = 1e-4
"""A billed power so little above a step is the solver's rounding."""
_NO_CAP_KW = 1000.0
"""The cap in the last step, where no peak costs more."""


def peak_wishes(account: Account) -> Iterator[Wish]:
    """What each power tariff costs in its period, less what it costs without any import in the horizon."""
    imports = [flow.import_kwh for flow in account.flows]
    for tariff in account.request.grid.power_tariffs:
        billed = _billed_kw(tariff, _peaks(account.request, tariff, imports))
        yield Wish(_cost(tariff, billed) - owed(account.request, tariff))


def planned_peaks(request: PlanRequest, import_kwh: Sequence[float]) -> tuple[PlannedPeak, ...]:
    """What each power tariff comes to when so much is imported, one energy per slot."""
    return tuple(planned_peak(request, tariff, import_kwh) for tariff in request.grid.power_tariffs)


def owed(request: PlanRequest, tariff: PowerTariffRequest) -> float:
    """What the tariff costs in its period without any import in the horizon: past and expected peaks, the floor."""
    return _cost(tariff, _billed_kw(tariff, _peaks(request, tariff, [0.0] * len(request.slots))))


def planned_peak(request: PlanRequest, tariff: PowerTariffRequest, import_kwh: Sequence[float]) -> PlannedPeak:
    """What one power tariff comes to when so much is imported."""
    peaks = _peaks(request, tariff, import_kwh)
    billed = _billed_kw(tariff, peaks)
    return PlannedPeak(tariff.name, billed, _cost(tariff, billed), _cap_kw(tariff, peaks, billed))


def _peaks(request: PlanRequest, tariff: PowerTariffRequest, import_kwh: Sequence[float]) -> list[float]:
    """All peaks that may be billed, highest first: past, planned and expected ones."""
    planned = [(power.day, power.kw(import_kwh)) for power in metered_powers(request, tariff)]
    metered = [(peak.day, peak.kw) for peak in tariff.past] + planned
    if not tariff.different_days:
        return sorted([*(kw for _, kw in metered), *tariff.expected_kw], reverse=True)
    highest: dict[str, float] = {}
    for day, kw in metered:
        highest[day] = max(kw, highest.get(day, 0.0))
    return sorted([*highest.values(), *tariff.expected_kw], reverse=True)


def _billed_kw(tariff: PowerTariffRequest, peaks_kw: Sequence[float]) -> float:
    """Mean of the highest peaks; days that are missing count 0, because the period goes on."""
    count = max(tariff.count, 1)
    return max(sum(peaks_kw[:count]) / count, tariff.floor_kw)


def _cost(tariff: PowerTariffRequest, billed_kw: float) -> float:
    if not tariff.steps:
        return max(tariff.price_per_kw, 0.0) * billed_kw
    return _step(tariff, billed_kw)[1]


def _step(tariff: PowerTariffRequest, billed_kw: float) -> tuple[float, float]:
    """Upper end and fee of the step that a billed power is in; the last step has no end."""
    *bounded, (_, last_fee) = sorted((inf if one.up_to_kw is None else one.up_to_kw, one.fee) for one in tariff.steps)
    return next((step for step in bounded if billed_kw <= step[0] + STEP_TOLERANCE_KW), (inf, last_fee))


def _cap_kw(tariff: PowerTariffRequest, peaks_kw: Sequence[float], billed_kw: float) -> float:
    """How high a peak on one more day may be at the same cost: the lowest peak that is billed, or more.

    Of fewer peaks than are billed the lowest counts, as if the days to come were like it.
    """
    count = max(tariff.count, 1)
    if not peaks_kw:
        return billed_kw
    known = [*peaks_kw[:count], *([peaks_kw[-1]] * (count - len(peaks_kw)))]
    free_kw = max(billed_kw, sum(known) / count)
    if tariff.steps:
        free_kw = _step(tariff, free_kw)[0]
    return min(max(count * free_kw - sum(known[:-1]), known[-1]), _NO_CAP_KW)
