"""What the grid connection has to do with a slot: flows, curtailment, limits, peaks."""

from __future__ import annotations

from collections.abc import Iterator

from ..metering import MeteredPower, metered_powers
from ..request import PowerTariffRequest
from ..schedule import export_limit_kwh, import_limit_kwh
from ..wishes.peaks import planned_peak
from .story import Story

_AT_LIMIT_KWH = 0.01
_AT_PEAK = 0.02
"""An interval this part below the highest of its day is held there too."""


def grid_words(story: Story, index: int) -> str:
    """What flows over the meter."""
    slot, flow = story.slots[index], story.flows[index]
    if story.imports(index):
        return f"imports {story.kw(flow.import_kwh, index)} at {story.money(slot.import_price)}"
    if flow.export_kwh > story.threshold(index):
        return f"PV surplus of {story.kw(flow.export_kwh, index)} is sold at {story.money(slot.export_price)}"
    return "PV covers the load" if slot.pv_kwh > story.threshold(index) else "nothing flows"


def curtailing(story: Story, index: int) -> Iterator[str]:
    """Why PV is given up."""
    slot, flow, grid = story.slots[index], story.flows[index], story.request.grid
    if flow.curtailed_kwh <= story.threshold(index):
        return
    head = f"curtails {story.kw(flow.curtailed_kwh, index)} of PV"
    limit = export_limit_kwh(story.request, slot)
    if slot.import_price < 0:
        yield f"{head}: import is paid {story.money(-slot.import_price)}"
    elif not grid.export_allowed:
        yield f"{head}: export is not allowed"
    elif slot.export_price < 0:
        yield f"{head}: export would cost {story.money(-slot.export_price)}"
    elif limit is not None:
        yield f"{head}: the export limit is {limit / slot.hours:g} kW"
    else:
        yield f"{head}: export at {story.money(slot.export_price)} is worth nothing"


def limiting(story: Story, index: int) -> Iterator[str]:
    """A fuse or contract that is passed or held."""
    slot, flow, grid = story.slots[index], story.flows[index], story.request.grid
    limit = import_limit_kwh(story.request, slot)
    if flow.breach_kwh > _AT_LIMIT_KWH and limit is not None:
        over = story.kw(flow.breach_kwh, index)
        yield f"load is {over} above the import limit of {limit / slot.hours:g} kW"
    if grid.soft_import_kw is None or grid.soft_import_price <= 0:
        return
    above = flow.import_kwh - grid.soft_import_kw * slot.hours
    if above > _AT_LIMIT_KWH:
        more = story.money(grid.soft_import_price)
        yield f"{story.kw(above, index)} above the contract of {grid.soft_import_kw:g} kW cost {more} more per kWh"
    elif above > -story.threshold(index):
        yield f"keeps to the contract of {grid.soft_import_kw:g} kW"


def peaks_held(story: Story) -> dict[int, str]:
    """Slots of the metering intervals that set a power tariff's bill, with what a kW more would cost."""
    words: dict[int, str] = {}
    imports = [flow.import_kwh for flow in story.flows]
    for tariff in story.request.grid.power_tariffs:
        for power, kw, more in _billed(story, tariff, imports):
            weighted = "weighted mean import" if any(one.weight != 1 for one in tariff.intervals) else "mean import"
            text = f"keeps the {weighted} at {kw:.1f} kW: a kW more would cost {more:.2f} in the billing period"
            words.update((index, text) for index, _ in power.kw_per_kwh if index not in words)
    return words


def _billed(
    story: Story, tariff: PowerTariffRequest, imports: list[float]
) -> Iterator[tuple[MeteredPower, float, float]]:
    """The intervals at the highest power of their day, where a kW more costs anything."""
    powers = [(power, power.kw(imports)) for power in metered_powers(story.request, tariff)]
    highest: dict[str, tuple[MeteredPower, float]] = {}
    for power, kw in powers:
        if power.kw_per_kwh and kw > highest.get(power.day, (power, 0.0))[1]:
            highest[power.day] = (power, kw)
    now = planned_peak(story.request, tariff, imports).cost
    more = {day: _with_a_kw_more(story, tariff, power, imports) - now for day, (power, _) in highest.items()}
    for power, kw in powers:
        top = highest.get(power.day)
        if top is not None and kw >= (1 - _AT_PEAK) * top[1] and more[power.day] > story.tolerance(0.0):
            yield power, kw, more[power.day]


def _with_a_kw_more(story: Story, tariff: PowerTariffRequest, power: MeteredPower, imports: list[float]) -> float:
    index, factor = power.kw_per_kwh[-1]
    raised = list(imports)
    raised[index] += 1 / factor
    return planned_peak(story.request, tariff, raised).cost
