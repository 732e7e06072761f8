"""The world of one run: what the home used and yielded, what it paid, what its devices really are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from ...home.observation import Observation
from ...home.prices import Price, PriceCurve, SpotPrice
from ...home.settings import HomeSettings
from ...home.slots import Slot, slots_between
from ..house import House, Plant
from ..series import HomeSeries, SeriesError, home_prices, require_prices, shift_prices
from .calendar_groups import CalendarGroups
from .home_files import HomeColumns, read_home_series, read_spot_prices
from .ledger import Run
from .loop import Controller, Progress, drive
from .mismatch import FaultyHome, Mismatch, named_mismatch
from .options import BacktestOptions
from .perfect import ImportCharge, PeakCharge, perfect_foresight
from .scoring import Valuation, Yardstick
from .tariffs import Terms

PRICES_BEFORE = timedelta(days=28)
"""How long before the period prices are read: they are public, so the agent may know them."""
PRICES_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that the contenders of a run share.

    `home` is what the settings say, `plant` what is really there. `measured_minutes` is the interval
    of the home's file, `past` what was measured before the period.
    """

    options: BacktestOptions
    terms: Terms
    home: HomeSettings
    plant: Plant
    mismatch: Mismatch
    series: HomeSeries
    measured_minutes: int
    curve: PriceCurve
    prices: tuple[Price, ...]
    yardstick: Yardstick
    past: tuple[Observation, ...] = ()

    @property
    def start_soc_kwh(self) -> float:
        """Energy stored at the first instant."""
        return self.plant.capacity_kwh * self.options.start_soc_percent / 100

    def with_rule(self, controller: Controller) -> Run:
        """Run a rule that decides at most once per interval."""
        return drive(self._house(), self.series, self.prices, controller, tick_minutes=self.series.minutes)

    def with_agent(self, agent: Controller, progress: Progress | None) -> Run:
        """Run an agent tick by tick, with the home's faults between it and the devices."""
        options = self.options
        return drive(
            self._house(),
            self.series,
            self.prices,
            agent if self.mismatch == Mismatch() else FaultyHome(agent, self.mismatch, options.seed),
            tick_minutes=options.tick_minutes,
            soc_step_percent=options.soc_step_percent,
            progress=progress,
        )

    def perfect(self, charge: ImportCharge | None = None) -> Run:
        """The best that the devices could have done; `charge` counts in place of the world's own power tariff."""
        power = self.yardstick.power
        own = None if power is None else PeakCharge(power, self.yardstick.groups)
        return perfect_foresight(
            self.plant,
            self.series,
            self.prices,
            start_soc_kwh=self.start_soc_kwh,
            end_value_per_kwh=self.yardstick.valuation.end_value_per_kwh,
            min_soc_kwh=min(self.plant.capacity_kwh * self.options.min_soc_percent / 100, self.start_soc_kwh),
            wear_per_kwh=self.options.wear,
            peak_charge=charge or own,
        )

    def _house(self) -> House:
        return House(self.plant, self.start_soc_kwh)


def build_world(options: BacktestOptions) -> World:
    """Read the files and put everything on one time grid.

    Raises:
        SeriesError: the files do not fit together; the message says how to mend it.
        ValueError: an option is out of its range.
    """
    measured = _read_series(options)
    whole = measured if options.interval_minutes is None else measured.in_intervals_of(options.interval_minutes)
    past, series = _parted(whole, options)
    terms, home, mismatch = options.terms, options.home(series.minutes), named_mismatch(options.mismatch)
    curve = _read_curve(options, terms, series, home)
    world = assemble(options, terms, home, mismatch, series, measured.minutes, curve)
    return replace(world, past=past.observations)


def assemble(
    options: BacktestOptions,
    terms: Terms,
    home: HomeSettings,
    mismatch: Mismatch,
    series: HomeSeries,
    measured_minutes: int,
    curve: PriceCurve,
) -> World:
    """Put a measured home, its settings and its prices together.

    Raises:
        SeriesError: an interval has no price.
    """
    prices = require_prices(series, curve)
    plant = mismatch.plant(Plant.of(home))
    valuation = Valuation(_mean_import(prices) * plant.discharge_efficiency, options.wear)
    groups = CalendarGroups.of(series.start, series.minutes, len(series.load_kwh), home.zone)
    return World(
        options=options,
        terms=terms,
        home=home,
        plant=plant,
        mismatch=mismatch,
        series=series,
        measured_minutes=measured_minutes,
        curve=curve,
        prices=prices,
        yardstick=Yardstick(valuation, plant.capacity_kwh, groups, terms.power),
    )


def _read_series(options: BacktestOptions) -> HomeSeries:
    columns = HomeColumns(options.time_column, options.load_column, options.pv_column)
    first = options.start
    if first is not None and options.warm_up_days:
        first -= timedelta(days=options.warm_up_days)
    return read_home_series(options.home_file, columns, first, options.end)


def _parted(whole: HomeSeries, options: BacktestOptions) -> tuple[HomeSeries, HomeSeries]:
    """What was measured before the period, and in it."""
    warm_up = timedelta(days=options.warm_up_days)
    past, series = whole.parted(warm_up // timedelta(minutes=whole.minutes))
    if not series.load_kwh:
        msg = f"--warm-up-days {options.warm_up_days}: the home has {whole.end - whole.start} in all; choose fewer"
        raise SeriesError(msg)
    return past, series


def _read_curve(options: BacktestOptions, terms: Terms, series: HomeSeries, home: HomeSettings) -> PriceCurve:
    slots = slots_between(series.start - PRICES_BEFORE, series.end + PRICES_AFTER, series.minutes)
    spot = _free(slots) if terms.is_fixed else _read_spot(options, terms, slots)
    nearby = [price for price in spot if slots[0].start < price.end and price.start < slots[-1].end]
    return home_prices(nearby, slots, home.tariff, home.zone, terms.export_floor)


def _read_spot(options: BacktestOptions, terms: Terms, slots: Sequence[Slot]) -> tuple[SpotPrice, ...]:
    if not options.prices:
        msg = "--prices is missing: name the file(s) with spot prices"
        raise ValueError(msg)
    factor = terms.price_factor if options.price_factor is None else options.price_factor
    spot = read_spot_prices(options.prices, options.price_column, factor, options.price_time_column)
    if not options.shift_prices_years and options.price_zone is None:
        return spot
    price_zone = None if options.price_zone is None else ZoneInfo(options.price_zone)
    return shift_prices(spot, slots, options.zone, options.shift_prices_years, price_zone)


def _free(slots: Sequence[Slot]) -> tuple[SpotPrice, ...]:
    return tuple(SpotPrice(slot.start, slot.end, 0.0) for slot in slots)


def _mean_import(prices: Sequence[Price]) -> float:
    return sum(price.import_per_kwh for price in prices) / len(prices)
