"""A world of the backtest made of a home's own settings and measurements: one closed loop for files and for homes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ...home.observation import Observation
from ...home.power_tariff import PowerTariffSettings
from ...home.prices import PriceCurve
from ...home.settings import HomeSettings
from ...home.slots import Slot, slots_between
from ...learning.metered import battery_kwh, household_kwh
from ..backtest.mismatch import Mismatch
from ..backtest.options import MAX_PLAN_AGE_MINUTES, BacktestOptions
from ..backtest.peaks import PowerTariff
from ..backtest.tariffs import Terms
from ..backtest.world import World, assemble
from ..series import HomeSeries, SeriesError

MOST_FILLED = 0.1
"""Part of a period that may be filled with other days."""
_QUARTER_MINUTES = 15
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_OTHER_DAYS = (-_WEEK, _WEEK, -_DAY, _DAY)
"""Where a slot without measurement is taken from, the first choice first."""
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Effort:
    """How finely a run is simulated; every run that is compared with another has the same."""

    replan_minutes: int = 120
    tick_minutes: int = 5
    slot_minutes: int = 15


FINE = Effort()
COARSE = Effort(replan_minutes=180, slot_minutes=60)
"""For a power tariff: every plan is solved then, which takes much longer."""


@dataclass(frozen=True, slots=True)
class OwnPast:
    """Load and PV of a home in quarter-hours, and how much of them was not measured there."""

    series: HomeSeries
    start_soc_percent: float | None
    filled_slots: int
    remarks: tuple[str, ...] = ()


def own_past(rows: Sequence[Observation], home: HomeSettings, start: datetime, end: datetime) -> OwnPast:
    """Measured load (with water heater and car) and PV of `[start, end)`; gaps are filled from other days.

    Raises:
        SeriesError: more than `MOST_FILLED` of it was not measured.
    """
    slots = slots_between(start, end, _QUARTER_MINUTES)
    measured = _by_slot(rows, home)
    found = [_or_of_another_day(slot.start, measured) for slot in slots]
    filled = sum(slot.start not in measured for slot in slots)
    if filled > MOST_FILLED * len(slots) or any(one is None for one in found):
        msg = (
            f"{filled} of {len(slots)} quarter-hours from {start.astimezone(home.zone):%Y-%m-%d} to "
            f"{end.astimezone(home.zone):%Y-%m-%d} have no measured load: choose a period that was measured"
        )
        raise SeriesError(msg)
    energies = [one for one in found if one is not None]
    series = HomeSeries(
        slots[0].start, _QUARTER_MINUTES, tuple(load for load, _ in energies), tuple(pv for _, pv in energies)
    )
    known = (row.soc_percent for row in rows if row.soc_percent is not None and abs(row.end - start) < _DAY / 96)
    remarks = (f"{filled} quarter-hours without measurement are taken from other days",) if filled else ()
    return OwnPast(series, next(known, None), filled, remarks)


def own_world(
    home: HomeSettings,
    series: HomeSeries,
    curve: PriceCurve,
    *,
    start_soc_percent: float,
    effort: Effort = FINE,
    regret: bool = False,
) -> World:
    """The world of a home as it is set, without the devices whose use is in its load.

    Raises:
        SeriesError: an interval has no price.
    """
    options = BacktestOptions(
        home_file=Path("own"),
        time_zone=home.time_zone,
        currency=home.currency,
        wear=home.battery.wear_cost_per_kwh,
        min_soc_percent=home.battery.min_soc_percent,
        start_soc_percent=start_soc_percent,
        replan_minutes=effort.replan_minutes,
        tick_minutes=effort.tick_minutes,
        slot_minutes=effort.slot_minutes,
        regret=regret,
    )
    return assemble(options, terms_of(home), battery_home(home, effort), Mismatch(), series, series.minutes, curve)


def battery_home(home: HomeSettings, effort: Effort = FINE) -> HomeSettings:
    """The home with its battery alone under control, and plans that live until the next one."""
    planner = home.planner.model_copy(update={"slot_minutes": effort.slot_minutes})
    executor = home.executor.model_copy(update={"shadow_mode": False, "max_plan_age_minutes": MAX_PLAN_AGE_MINUTES})
    alone = {"water_heater": None, "ev": None, "charger": None, "planner": planner, "executor": executor}
    return home.model_copy(update=alone)


def terms_of(home: HomeSettings) -> Terms:
    """The home's tariff as the backtest knows it."""
    return Terms(
        words="the home's own",
        currency=home.currency,
        price_factor=0.0 if home.prices.source == "fixed" else 1.0,
        tariff=home.tariff,
        power=_power(home.grid.power_tariffs),
    )


def _power(tariffs: Sequence[PowerTariffSettings]) -> PowerTariff | None:
    """A power tariff that the backtest can charge; None where there is none, or one of another kind."""
    if len(tariffs) != 1 or not is_plain(tariffs[0]):
        return None
    return PowerTariff(tariffs[0].month_price_per_kw, tariffs[0].count)


def is_plain(tariff: PowerTariffSettings) -> bool:
    """Whether it is a price per kW for the highest hours of different days, all year."""
    usual = PowerTariffSettings(count=tariff.count, price_per_kw_month=tariff.month_price_per_kw)
    return tariff.model_copy(update={"name": usual.name}) == usual


def _by_slot(rows: Sequence[Observation], home: HomeSettings) -> dict[datetime, tuple[float, float]]:
    """Load and PV of each quarter-hour that is measured as a whole."""
    covered: dict[datetime, float] = {}
    energies: dict[datetime, tuple[float, float]] = {}
    for row in rows:
        measured = _load_and_pv(row, home)
        if measured is None:
            continue
        for slot in slots_between(row.start, row.end, _QUARTER_MINUTES):
            share = slot.hours / row.hours
            start = slot.start.replace(minute=slot.start.minute - slot.start.minute % _QUARTER_MINUTES, second=0)
            load, pv = energies.get(start, (0.0, 0.0))
            energies[start] = (load + share * measured[0], pv + share * measured[1])
            covered[start] = covered.get(start, 0.0) + slot.hours * 60 / _QUARTER_MINUTES
    return {start: energy for start, energy in energies.items() if covered[start] >= _WHOLE}


def _load_and_pv(row: Observation, home: HomeSettings) -> tuple[float, float] | None:
    """As measured; where the load is not, from the balance of the other meters."""
    pv = 0.0 if row.pv_kwh is None and not home.pv_arrays else row.pv_kwh
    load = household_kwh(row)
    if load is not None and pv is not None:
        return load, pv
    battery = battery_kwh(row, home)
    if battery is None or row.import_kwh is None or row.export_kwh is None:
        return None
    net = row.import_kwh - row.export_kwh - battery[0] + battery[1]
    if pv is None:
        return max(net, 0.0), max(-net, 0.0)
    return max(net + pv, 0.0), pv


def _or_of_another_day(start: datetime, measured: dict[datetime, tuple[float, float]]) -> tuple[float, float] | None:
    if start in measured:
        return measured[start]
    return next((measured[start + away] for away in _OTHER_DAYS if start + away in measured), None)


def with_changed_load(series: HomeSeries, more_kwh: Sequence[float], pv_factor: float) -> HomeSeries:
    """The series with more load, and PV times a factor."""
    load = tuple(kwh + more for kwh, more in zip(series.load_kwh, more_kwh, strict=True))
    return replace(series, load_kwh=load, pv_kwh=tuple(kwh * pv_factor for kwh in series.pv_kwh))


def priced_span(curve: PriceCurve, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """The last gapless stretch of prices within `[start, end)`, in whole quarter-hours; None without any."""
    priced = [slot for slot in slots_between(start, end, _QUARTER_MINUTES) if _has_price(curve, slot)]
    if not priced:
        return None
    first = priced[-1]
    for slot in reversed(priced[:-1]):
        if slot.end != first.start:
            break
        first = slot
    return first.start, priced[-1].end


def _has_price(curve: PriceCurve, slot: Slot) -> bool:
    return curve.mean_over(slot) is not None
