"""The closed loop: a house driven tick by tick along measured load and PV by whoever controls its battery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..control.decision import BatterySettingsNow
from ..home.prices import Price
from .house import House, HouseFlows
from .series import HomeSeries

Progress = Callable[[int, int], None]
"""Told how many of how many intervals are done."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a controller may know at `now`: the battery, and the powers of the tick before (None at first)."""

    now: datetime
    soc_percent: float
    load_kw: float | None
    pv_kw: float | None


class Controller(Protocol):
    """Whoever decides what the battery does."""

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """Wanted settings from `moment.now` on; None leaves the inverter as it is."""

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Told what was metered in the tick that began at `start`, after it is over."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a period came to. Energies in kWh; `cost` is import less export and without battery wear."""

    cost: float
    import_kwh: float
    export_kwh: float
    curtailed_kwh: float
    charge_kwh: float
    discharge_kwh: float
    start_soc_kwh: float
    end_soc_kwh: float
    days: float


@dataclass(slots=True)
class _Meter:
    cost: float = 0.0
    bought: float = 0.0
    sold: float = 0.0
    curtailed: float = 0.0
    charged: float = 0.0
    discharged: float = 0.0

    def count(self, flows: HouseFlows, price: Price) -> None:
        self.cost += flows.import_kwh * price.import_per_kwh - flows.export_kwh * price.export_per_kwh
        self.bought += flows.import_kwh
        self.sold += flows.export_kwh
        self.curtailed += flows.curtailed_kwh
        self.charged += flows.charge_kwh
        self.discharged += flows.discharge_kwh


def drive(
    house: House,
    series: HomeSeries,
    prices: Sequence[Price],
    controller: Controller,
    *,
    tick_minutes: int = 5,
    soc_step_percent: float = 0.0,
    progress: Progress | None = None,
) -> Run:
    """Let `controller` run `house` through the series; power is constant within an interval.

    `prices` has one price per interval. `soc_step_percent` rounds the SoC that the controller reads,
    as real batteries do; 0 leaves it exact.

    Raises:
        ValueError: the tick does not divide the interval.
    """
    if series.minutes % tick_minutes:
        msg = f"--tick-minutes {tick_minutes} does not divide the home's {series.minutes}-minute intervals"
        raise ValueError(msg)
    meter = _Meter()
    start_kwh = house.soc_kwh
    tick_hours = tick_minutes / 60
    tick = timedelta(minutes=tick_minutes)
    before: tuple[float | None, float | None] = (None, None)
    now = series.start
    intervals = zip(series.load_kwh, series.pv_kwh, prices, strict=True)
    for done, (load_kwh, pv_kwh, price) in enumerate(intervals, 1):
        load_kw, pv_kw = load_kwh / series.hours, pv_kwh / series.hours
        for _ in range(series.minutes // tick_minutes):
            moment = Moment(now, _as_read(house.soc_percent, soc_step_percent), *before)
            flows = house.step(controller.settings(moment), 0.0, load_kw, pv_kw, tick_hours)
            controller.measured(now, flows)
            meter.count(flows, price)
            before = (load_kw, pv_kw)
            now += tick
        if progress is not None:
            progress(done, len(series.load_kwh))
    return Run(
        cost=meter.cost,
        import_kwh=meter.bought,
        export_kwh=meter.sold,
        curtailed_kwh=meter.curtailed,
        charge_kwh=meter.charged,
        discharge_kwh=meter.discharged,
        start_soc_kwh=start_kwh,
        end_soc_kwh=house.soc_kwh,
        days=(series.end - series.start) / timedelta(days=1),
    )


def _as_read(soc_percent: float, step: float) -> float:
    return round(soc_percent / step) * step if step > 0 else soc_percent
