"""What the analyzers look at: measured slots with the SoC at both ends, their prices, and forecasts as issued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from ...forecast.bands import Forecast
from ...home.observation import REPAIRS, Observation
from ...home.prices import Price, PriceCurve
from ...home.settings import HomeSettings
from ...home.slots import Slot, local_date
from .finding import InForce

WINDOW = timedelta(days=60)
"""How far back is looked."""
UNSURE = REPAIRS | {"hourly", "backfill"}
"""Flags of rows that were repaired, or cut out of longer ones."""
PATHS = ("risk.appetite", "pv_forecast.scale", "planner.cycle_margin_per_kwh", "battery.capacity_kwh")
"""The settings that Reflex may change."""


@dataclass(frozen=True, slots=True)
class Step:
    """A measured slot of the battery: energies in kWh (AC), SoC in percent at both ends.

    An energy that is not measured is None; so is the price where it is not known.
    """

    start: datetime
    hours: float
    soc_before: float
    soc_after: float
    charge_kwh: float | None
    discharge_kwh: float | None
    import_kwh: float | None
    export_kwh: float | None
    price: Price | None

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)


@dataclass(frozen=True)
class Evidence:
    """All that is known of the last `WINDOW`. Observations are oldest first.

    `issued` has of each local day the last forecast that was issued before it began. `in_force` has the values that
    settings have had, oldest first; before the first nobody knows. `helper_appetite` is the owner's risk appetite in
    Home Assistant: it replaces the setting.
    """

    home: HomeSettings
    owner_home: HomeSettings
    now: datetime
    observations: tuple[Observation, ...] = ()
    prices: PriceCurve = field(default_factory=PriceCurve)
    issued: tuple[tuple[date, Forecast], ...] = ()
    in_force: Mapping[str, tuple[InForce, ...]] = field(default_factory=dict)
    helper_appetite: int | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The slots with a known SoC at both ends."""
        return tuple(_steps(self.observations, self.prices))

    def unchanged_since(self, path: str) -> datetime:
        """Since when the present value of a setting is known to be in force."""
        values = self.in_force.get(path, ())
        return values[-1].since if values else self.now

    def value_at(self, path: str, instant: datetime) -> InForce | None:
        """The value that was in force at an instant; None: not known."""
        return next((each for each in reversed(self.in_force.get(path, ())) if each.since <= instant), None)


def by_local_day(steps: Iterable[Step], home: HomeSettings) -> dict[date, list[Step]]:
    """The steps of each calendar day at home, in their order."""
    days: dict[date, list[Step]] = {}
    for step in steps:
        days.setdefault(local_date(step.start, home.zone), []).append(step)
    return days


def _steps(observations: Sequence[Observation], prices: PriceCurve) -> Iterator[Step]:
    for before, row in pairwise(observations):
        if before.soc_percent is None or row.soc_percent is None or before.end != row.start:
            continue
        if UNSURE.isdisjoint(row.flags):
            yield Step(
                start=row.start,
                hours=row.hours,
                soc_before=before.soc_percent,
                soc_after=row.soc_percent,
                charge_kwh=row.charge_kwh,
                discharge_kwh=row.discharge_kwh,
                import_kwh=row.import_kwh,
                export_kwh=row.export_kwh,
                price=prices.mean_over(Slot(row.start, row.hours)),
            )
