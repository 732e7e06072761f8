"""Homes that the closed loop has lived through, as their counters would have told it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar.control.decision import BatterySettingsNow
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import slots_between
from darkstar.simulation.backtest.ledger import Run
from darkstar.simulation.backtest.loop import Controller, Moment, drive
from darkstar.simulation.house import House, HouseFlows, Plant
from darkstar.simulation.series import HomeSeries

QUARTER = timedelta(minutes=15)


@dataclass
class Counters:
    """Passes on what a controller wants, and counts what it does to the house in quarter-hours."""

    controller: Controller
    capacity_kwh: float
    rows: list[Observation] = field(default_factory=list)

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        return self.controller.settings(moment)

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        self.controller.measured(start, flows)
        if not self.rows or self.rows[-1].end <= start:
            self.rows.append(Observation(start, 0.25))
        row = self.rows[-1]
        self.rows[-1] = replace(
            row,
            load_kwh=(row.load_kwh or 0) + flows.load_kwh,
            pv_kwh=(row.pv_kwh or 0) + flows.pv_used_kwh,
            import_kwh=(row.import_kwh or 0) + flows.import_kwh,
            export_kwh=(row.export_kwh or 0) + flows.export_kwh,
            charge_kwh=(row.charge_kwh or 0) + flows.charge_kwh,
            discharge_kwh=(row.discharge_kwh or 0) + flows.discharge_kwh,
            soc_percent=100 * flows.soc_kwh / self.capacity_kwh,
        )


@dataclass(frozen=True)
class Lived:
    """A stretch of a home's life: what the closed loop says of it, and what its counters do."""

    run: Run
    rows: tuple[Observation, ...]


def lived(home: HomeSettings, series: HomeSeries, curve: PriceCurve, controller: Controller, soc_kwh: float) -> Lived:
    """Drive the home by a controller in ticks of five minutes; the first row only tells the SoC before."""
    plant = Plant.of(home)
    counters = Counters(controller, plant.capacity_kwh)
    run = drive(House(plant, soc_kwh), series, prices_of(series, curve), counters)
    before = Observation(series.start - QUARTER, 0.25, soc_percent=100 * soc_kwh / plant.capacity_kwh)
    return Lived(run, (before, *counters.rows))


def prices_of(series: HomeSeries, curve: PriceCurve) -> tuple[Price, ...]:
    found = (curve.mean_over(slot) for slot in series.slots)
    return tuple(price for price in found if price is not None)


def sun_and_supper(start: datetime, end: datetime) -> HomeSeries:
    """A simple home in quarter-hours: PV around noon UTC, supper at 18 UTC, no two days alike."""
    load, pv = [], []
    for number, slot in enumerate(slots_between(start, end)):
        hour, day = slot.start.hour + slot.start.minute / 60, number // 96
        load.append(0.1 + 0.02 * (number % 5) + (0.6 if 17 <= hour < 19 else 0.0))
        pv.append(max(0.0, 1.2 - 0.02 * (hour - 11) ** 2 * 5) * (0.4 + 0.2 * (day % 4)))
    return HomeSeries(start, 15, tuple(load), tuple(pv))


def two_level_prices(start: datetime, end: datetime, dear: float = 3.0, cheap: float = 1.0) -> PriceCurve:
    """Hourly prices: cheap at night, dear in the evening, each day a little dearer; sold at half the price."""
    found = []
    for number, slot in enumerate(slots_between(start, end, 60)):
        middle = dear if 16 <= slot.start.hour < 20 else cheap
        paid = middle + 0.3 * (number // 24 % 3) + 0.01 * (number % 24)
        found.append(Price(slot.start, slot.end, paid, paid / 2))
    return PriceCurve(tuple(found))
