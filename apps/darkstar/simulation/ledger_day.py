"""One day of the savings ledger: what was metered, and the same day with plain self-consumption and no battery.

The rows of the day go through the house's physics one by one, as in the closed loop. What they have in common is
the net load: grid less battery, as metered, so that what the meters disagree about counts for all three. Within a
row net load is even for the two that are simulated, while the home really pays for each change of direction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from pydantic_core import to_json

from ..control.decision import BatterySettingsNow
from ..home.observation import REPAIRS, Observation
from ..home.prices import Price, PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import Slot, local_day
from ..learning.ledger import Course, DayStatus, LedgerDay
from ..learning.metered import battery_kwh, household_kwh, soft_import_cost
from ..strategy.metered_peaks import metered_import
from .backtest.baselines import NoBattery, SelfConsumption
from .backtest.loop import Moment
from .house import House, Plant

NEEDED_SHARE = 0.5
"""Of a day that must be measured for it to be counted at all."""
BEFORE_THE_DAY = timedelta(hours=1)
"""So much earlier rows are needed: the SoC at midnight is that of the row before."""
_CATCH_UP = "catch_up"
_REPAIRED = REPAIRS - {_CATCH_UP}
_MOST_HELD_BACK_KWH = 0.5
"""Meters that disagree by more in a row with `catch_up`: one of them delivered energy of earlier rows."""
_ALL_HOURS = 1e-6


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """A row that can be counted, with its price. `load_kwh` less `pv_kwh` is the net load."""

    row: Observation
    price: Price
    load_kwh: float
    pv_kwh: float
    charge_kwh: float
    discharge_kwh: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps without a gap, and the SoC before the first and after the last."""

    steps: tuple[MeasuredStep, ...]
    start_percent: float
    end_percent: float


@dataclass(slots=True)
class _Tally:
    """Adds up what one way of running the battery comes to."""

    home: HomeSettings
    course: Course = field(default_factory=Course)
    imports: list[Observation] = field(default_factory=list)

    def add(
        self, step: MeasuredStep, bought: float, sold: float, battery: tuple[float, float], gained_kwh: float
    ) -> None:
        """Add a step; `battery` is what it charged and discharged."""
        old, price, hours = self.course, step.price, step.row.hours
        money = bought * price.import_per_kwh - sold * price.export_per_kwh
        self.course = replace(
            old,
            money=old.money + money + soft_import_cost(bought, hours, self.home),
            wear=old.wear + self.home.battery.wear_cost_per_kwh * battery[1],
            import_kwh=old.import_kwh + bought,
            export_kwh=old.export_kwh + sold,
            charge_kwh=old.charge_kwh + battery[0],
            discharge_kwh=old.discharge_kwh + battery[1],
            gained_kwh=old.gained_kwh + gained_kwh,
        )
        self.imports.append(Observation(step.row.start, hours, import_kwh=bought, flags=step.row.flags))

    def ended(self, end_soc_kwh: float, start: datetime, end: datetime) -> Course:
        """The sum, with the day's highest powers as the home's power tariffs bill them."""
        metered = [metered_import(tariff, self.home.zone, self.imports) for tariff in self.home.grid.power_tariffs]
        peaks = tuple(tuple(peak.kw for peak in each.highest(start, end)) for each in metered)
        return replace(self.course, end_soc_kwh=end_soc_kwh, peaks_kw=peaks)


def day_account(
    day: date,
    rows: Sequence[Observation],
    prices: PriceCurve,
    home: HomeSettings,
    now: datetime,
    *,
    before: LedgerDay | None = None,
    steered_share: float | None = None,
    needed_share: float = NEEDED_SHARE,
) -> LedgerDay:
    """The account of a local day from its measured rows (oldest first, from `BEFORE_THE_DAY` on) and prices.

    `before` is the account of the day before: its self-consumption goes on from where that one ended. Without it,
    or after a gap, self-consumption begins with the energy that was really stored.
    """
    start, end = local_day(day, home.zone)
    found, missing = stretches(rows, prices, home, start, end)
    hours = (end - start) / timedelta(hours=1)
    counted = sum(step.row.hours for stretch in found for step in stretch.steps)
    status = _status(counted, hours, needed_share)
    if status is DayStatus.LEFT_OUT:
        found, counted = (), 0.0
    steps = [step for stretch in found for step in stretch.steps]
    return LedgerDay(
        day=day,
        status=status,
        reason="" if status is DayStatus.COMPLETE else _words(missing, hours),
        hours=hours,
        counted_hours=counted,
        currency=home.currency,
        value_per_kwh=_mean_import(steps) * home.battery.discharge_efficiency,
        paid=_paid(found, home, start, end),
        self_consumption=_self_consumption(found, home, _carried_kwh(before, day, found, start), start, end),
        no_battery=_without(found, home, start, end),
        steered_share=steered_share,
        fingerprint=_fingerprint(steps, home),
        entered_at=now,
        assumptions=tuple(_assumptions(steps)),
    )


def stretches(
    rows: Sequence[Observation], prices: PriceCurve, home: HomeSettings, start: datetime, end: datetime
) -> tuple[tuple[Stretch, ...], dict[str, float]]:
    """The countable stretches of `[start, end)`, and the hours that are missing by their cause."""
    missing: dict[str, float] = defaultdict(float)
    runs: list[list[MeasuredStep]] = [[]]
    edge = start
    for row in rows:
        if row.start < start or row.end > end:
            continue
        if row.start > edge:
            missing["not measured"] += (row.start - edge) / timedelta(hours=1)
        step, fault = _step(row, prices, home)
        if step is None:
            missing[fault] += row.hours
        if step is None or row.start > edge:
            runs.append([])
        if step is not None:
            runs[-1].append(step)
        edge = row.end
    if edge < end:
        missing["not measured"] += (end - edge) / timedelta(hours=1)
    socs = {row.end: row.soc_percent for row in rows if row.soc_percent is not None}
    found = []
    for run in filter(None, runs):
        stretch = _between_known_socs(run, socs)
        lost = sum(step.row.hours for step in run) - (
            sum(step.row.hours for step in stretch.steps) if stretch is not None else 0.0
        )
        if lost > _ALL_HOURS:
            missing["SoC not known"] += lost
        if stretch is not None:
            found.append(stretch)
    return tuple(found), missing


def _step(row: Observation, prices: PriceCurve, home: HomeSettings) -> tuple[MeasuredStep | None, str]:
    """The step, or why there is none."""
    if not _REPAIRED.isdisjoint(row.flags):
        return None, "repaired after a fault of a meter"
    battery = battery_kwh(row, home)
    if battery is None or row.import_kwh is None or row.export_kwh is None:
        return None, "without all meters"
    price = prices.mean_over(Slot(row.start, row.hours)) or _own_price(row)
    if price is None:
        return None, "without a price"
    net_kwh = row.import_kwh - row.export_kwh - battery[0] + battery[1]
    if _CATCH_UP in row.flags and not _is_confirmed(row, net_kwh):
        return None, "repaired after a fault of a meter"
    load_kwh = max(household_kwh(row) or 0.0, net_kwh, 0.0)
    return MeasuredStep(row, price, load_kwh, max(load_kwh - net_kwh, 0.0), *battery), ""


def _is_confirmed(row: Observation, net_kwh: float) -> bool:
    """Whether load and PV agree with grid and battery: then the counter was silent because nothing flowed."""
    load_kwh = household_kwh(row)
    return load_kwh is not None and abs(load_kwh - (row.pv_kwh or 0.0) - net_kwh) <= _MOST_HELD_BACK_KWH


def _own_price(row: Observation) -> Price | None:
    if row.import_price is None or row.export_price is None:
        return None
    return Price(row.start, row.end, row.import_price, row.export_price)


def _between_known_socs(run: Sequence[MeasuredStep], socs: dict[datetime, float]) -> Stretch | None:
    """The longest part of a run that begins and ends with a known SoC."""
    edges = [run[0].row.start, *(step.row.end for step in run)]
    known = [number for number, edge in enumerate(edges) if edge in socs]
    if len(known) < 2:  # noqa: PLR2004 - a beginning and an end
        return None
    first, last = known[0], known[-1]
    return Stretch(tuple(run[first:last]), socs[edges[first]], socs[edges[last]])


def _paid(found: Iterable[Stretch], home: HomeSettings, start: datetime, end: datetime) -> Course:
    tally, capacity, stored = _Tally(home), home.battery.capacity_kwh, 0.0
    for stretch in found:
        gained = capacity * (stretch.end_percent - stretch.start_percent) / 100
        for number, step in enumerate(stretch.steps):
            bought, sold = step.row.import_kwh or 0.0, step.row.export_kwh or 0.0
            tally.add(step, bought, sold, (step.charge_kwh, step.discharge_kwh), gained if number == 0 else 0.0)
        stored = capacity * stretch.end_percent / 100
    return tally.ended(stored, start, end)


def _self_consumption(
    found: Sequence[Stretch], home: HomeSettings, carried_kwh: float | None, start: datetime, end: datetime
) -> Course:
    plant = Plant.of(home)
    rule = SelfConsumption(plant, home.battery.min_soc_percent).settings(_MIDNIGHT)
    tally, stored = _Tally(home), carried_kwh
    for number, stretch in enumerate(found):
        began = stored if number == 0 and stored is not None else _stored_kwh(home, stretch.start_percent)
        stored = _simulate(tally, plant, began, stretch, rule)
    return tally.ended(stored or 0.0, start, end)


def _without(found: Sequence[Stretch], home: HomeSettings, start: datetime, end: datetime) -> Course:
    plant, rule = Plant.of(home), NoBattery().settings(_MIDNIGHT)
    tally, stored = _Tally(home), 0.0
    for stretch in found:
        stored = _simulate(tally, plant, _stored_kwh(home, stretch.start_percent), stretch, rule)
    return tally.ended(stored, start, end)


def _simulate(tally: _Tally, plant: Plant, stored_kwh: float, stretch: Stretch, rule: BatterySettingsNow) -> float:
    """Let the house live through a stretch by a rule; returns what is stored at its end."""
    house = House(plant, stored_kwh)
    for step in stretch.steps:
        hours, before = step.row.hours, house.soc_kwh
        flows = house.step(rule, 0.0, step.load_kwh / hours, step.pv_kwh / hours, hours)
        battery = (flows.charge_kwh, flows.discharge_kwh)
        tally.add(step, flows.import_kwh, flows.export_kwh, battery, flows.soc_kwh - before)
    return house.soc_kwh


_MIDNIGHT = Moment(datetime(2000, 1, 1, tzinfo=UTC), None, None, None)
"""The rules look at nothing."""


def _stored_kwh(home: HomeSettings, percent: float) -> float:
    return home.battery.capacity_kwh * min(max(percent, 0.0), 100.0) / 100


def _carried_kwh(before: LedgerDay | None, day: date, found: Sequence[Stretch], start: datetime) -> float | None:
    """Where self-consumption ended the day before, when nothing lies between."""
    if before is None or before.day != day - timedelta(days=1) or before.status is not DayStatus.COMPLETE:
        return None
    if not found or found[0].steps[0].row.start != start:
        return None
    return before.self_consumption.end_soc_kwh


def _status(counted: float, hours: float, needed_share: float) -> DayStatus:
    if counted >= hours - _ALL_HOURS:
        return DayStatus.COMPLETE
    return DayStatus.PARTIAL if counted > max(needed_share * hours - _ALL_HOURS, 0.0) else DayStatus.LEFT_OUT


def _words(missing: Mapping[str, float], hours: float) -> str:
    """What is missing of a day, the longest first."""
    causes = sorted(missing.items(), key=lambda item: (-item[1], item[0]))
    return f"of {hours:g} h: " + ", ".join(f"{lost:.2g} h {cause}" for cause, lost in causes)


def _mean_import(steps: Sequence[MeasuredStep]) -> float:
    hours = sum(step.row.hours for step in steps)
    return sum(step.price.import_per_kwh * step.row.hours for step in steps) / hours if hours else 0.0


def _fingerprint(steps: Iterable[MeasuredStep], home: HomeSettings) -> str:
    inputs = [
        (step.row, step.price.import_per_kwh, step.price.export_per_kwh, step.charge_kwh, step.discharge_kwh)
        for step in steps
    ]
    settings = (home.currency, home.battery.model_dump(mode="json"), home.grid.model_dump(mode="json"))
    return sha256(to_json((inputs, settings))).hexdigest()


def _assumptions(steps: Iterable[MeasuredStep]) -> Iterator[str]:
    flags = {flag for step in steps for flag in step.row.flags}
    if "hourly" in flags:
        yield "some rows are cut from hourly statistics: within an hour all is even"
    if "curtailed" in flags:
        yield "PV that was given up is not known: it is missing for all three"
