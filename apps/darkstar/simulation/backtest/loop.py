"""The closed loop: a house driven tick by tick along measured load and PV by whoever controls its battery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ...control.decision import BatterySettingsNow
from ...home.prices import Price
from ..house import House, HouseFlows
from ..series import HomeSeries
from .ledger import Run, RunRecorder
from .limits import Inspector

Progress = Callable[[int, int], None]
"""Told how many of how many intervals are done."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a controller may know at `now`: the battery's SoC, and the powers of the tick before. None: not known."""

    now: datetime
    soc_percent: float | None
    load_kw: float | None
    pv_kw: float | None


class Controller(Protocol):
    """Whoever decides what the battery does."""

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """Wanted settings from `moment.now` on; None leaves the inverter as it is."""

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Told what was metered in the tick that began at `start`, after it is over."""


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
    recorder = RunRecorder(series.start, series.minutes, house.soc_kwh)
    inspector = Inspector(house.plant, house.soc_kwh)
    tick_hours = tick_minutes / 60
    tick = timedelta(minutes=tick_minutes)
    before: tuple[float | None, float | None] = (None, None)
    now = series.start
    intervals = zip(series.load_kwh, series.pv_kwh, prices, strict=True)
    for done, (load_kwh, pv_kwh, price) in enumerate(intervals, 1):
        load_kw, pv_kw = load_kwh / series.hours, pv_kwh / series.hours
        ticks = []
        for _ in range(series.minutes // tick_minutes):
            moment = Moment(now, as_read(house.soc_percent, soc_step_percent), *before)
            flows = house.step(controller.settings(moment), 0.0, load_kw, pv_kw, tick_hours)
            controller.measured(now, flows)
            inspector.look_at(flows, pv_kw)
            ticks.append(flows)
            before = (load_kw, pv_kw)
            now += tick
        recorder.record(ticks, price)
        if progress is not None:
            progress(done, len(series.load_kwh))
    return recorder.run(inspector.violations)


def as_read(soc_percent: float, step: float) -> float:
    """An SoC as a battery reports it that counts in steps; a step of 0 is exact."""
    return round(soc_percent / step) * step if step > 0 else soc_percent
