"""The savings ledger: what each day cost, and what it would have cost without Darkstar.

Three ways of running the home are set side by side on the same measured load and PV: what was really done,
plain self-consumption, and no battery. A day's cost is what was bought less what was sold, plus wear, less the
value of the energy that the battery gained. A stored kWh counts the mean import price after losses: of the day
in a day's cost, of the whole period in a period's, so that a period has the cost that the closed loop gives it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from ..home.power_tariff import PowerTariffSettings


class DayStatus(StrEnum):
    """How much of a day is in its account."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Only the hours that were measured are counted, the same for all three."""
    LEFT_OUT = "left out"
    """Too little was measured: nothing is counted."""


@dataclass(frozen=True, slots=True)
class Course:
    """One way of running the battery over the measured hours. Energies in kWh (AC); stored energy in kWh.

    `money` is import less export. `peaks_kw` has, per power tariff of the home, the day's highest billed powers.
    """

    money: float = 0.0
    wear: float = 0.0
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    charge_kwh: float = 0.0
    discharge_kwh: float = 0.0
    gained_kwh: float = 0.0
    end_soc_kwh: float = 0.0
    peaks_kw: tuple[tuple[float, ...], ...] = ()

    def cost(self, value_per_kwh: float) -> float:
        """All things counted, where a stored kWh is worth `value_per_kwh`."""
        return self.money + self.wear - value_per_kwh * self.gained_kwh


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """The account of one local day; once entered it is never changed.

    `hours` is the length of the day, `counted_hours` the part that is counted. `value_per_kwh` is what a stored kWh
    counts. `steered_share` is the part of the executor's ticks in which Darkstar really wrote; None: no tick is
    kept. `fingerprint` identifies the measured inputs and the settings behind the figures.
    """

    day: date
    status: DayStatus
    reason: str
    hours: float
    counted_hours: float
    currency: str
    value_per_kwh: float
    paid: Course
    self_consumption: Course
    no_battery: Course
    steered_share: float | None
    fingerprint: str
    entered_at: datetime
    assumptions: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        """What the day came to."""
        return self.paid.cost(self.value_per_kwh)

    @property
    def saved(self) -> float:
        """How much less than with plain self-consumption; below zero: more."""
        return self.self_consumption.cost(self.value_per_kwh) - self.cost

    @property
    def saved_against_no_battery(self) -> float:
        """How much less than without a battery."""
        return self.no_battery.cost(self.value_per_kwh) - self.cost


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """The days of a period added up. Power tariffs are in the costs of months and years only.

    `paid`, `self_consumption` and `no_battery` are costs, wear and stored energy counted; `money` is import less
    export as metered.
    """

    period: str
    first: date
    last: date
    complete_days: int
    partial_days: int
    left_out_days: int
    currency: str
    money: float
    wear: float
    stored_value: float
    power: float
    paid: float
    self_consumption: float
    no_battery: float

    @property
    def saved(self) -> float:
        """How much less than with plain self-consumption."""
        return self.self_consumption - self.paid

    @property
    def saved_against_no_battery(self) -> float:
        """How much less than without a battery."""
        return self.no_battery - self.paid


Every = Literal["week", "month", "year"]

_PERIOD: dict[Every, Callable[[date], str]] = {
    "week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day:%Y-%m}",
    "year": lambda day: f"{day:%Y}",
}


def totals(
    days: Iterable[LedgerDay], every: Every, tariffs: Sequence[PowerTariffSettings] = ()
) -> tuple[LedgerTotal, ...]:
    """The days (oldest first) by ISO week, month or year; `tariffs` are the home's power tariffs.

    Days in other currencies than the newest are left out: they cannot be added up.
    """
    groups: dict[str, list[LedgerDay]] = defaultdict(list)
    listed = list(days)
    for day in listed:
        if day.currency == listed[-1].currency:
            groups[_PERIOD[every](day.day)].append(day)
    charged = tariffs if every != "week" else ()
    return tuple(_total(period, found, charged) for period, found in groups.items())


def mean_value(days: Sequence[LedgerDay]) -> float:
    """What a stored kWh counts over these days: the mean over their counted hours."""
    hours = sum(day.counted_hours for day in days)
    return sum(day.value_per_kwh * day.counted_hours for day in days) / hours if hours else 0.0


def _total(period: str, days: Sequence[LedgerDay], tariffs: Sequence[PowerTariffSettings]) -> LedgerTotal:
    value = mean_value(days)
    paid, plain, without = ([getattr(day, name) for day in days] for name in ("paid", "self_consumption", "no_battery"))
    power = power_cost(days, paid, tariffs)
    return LedgerTotal(
        period=period,
        first=days[0].day,
        last=days[-1].day,
        complete_days=sum(day.status is DayStatus.COMPLETE for day in days),
        partial_days=sum(day.status is DayStatus.PARTIAL for day in days),
        left_out_days=sum(day.status is DayStatus.LEFT_OUT for day in days),
        currency=days[0].currency,
        money=sum(course.money for course in paid),
        wear=sum(course.wear for course in paid),
        stored_value=value * sum(course.gained_kwh for course in paid),
        power=power,
        paid=sum(course.cost(value) for course in paid) + power,
        self_consumption=sum(course.cost(value) for course in plain) + power_cost(days, plain, tariffs),
        no_battery=sum(course.cost(value) for course in without) + power_cost(days, without, tariffs),
    )


def power_cost(days: Sequence[LedgerDay], courses: Sequence[Course], tariffs: Sequence[PowerTariffSettings]) -> float:
    """What the power tariffs charge for the months of these days, of a month in part what it comes to so far."""
    months: dict[str, list[Course]] = defaultdict(list)
    for day, course in zip(days, courses, strict=True):
        if day.status is not DayStatus.LEFT_OUT:
            months[f"{day.day:%Y-%m}"].append(course)
    return sum(
        bill(tariff, [kw for course in found for kw in course.peaks_kw[number : number + 1]])
        for month, found in months.items()
        for number, tariff in enumerate(tariffs)
        if int(month[-2:]) in tariff.months
    )


def bill(tariff: PowerTariffSettings, days_kw: Iterable[Sequence[float]]) -> float:
    """What a power tariff charges for a month with these highest powers per day, of each day at least those that count.

    The mean is over as many powers as there are, at most the tariff's `count`.
    """
    powers = (day[:1] if tariff.different_days else day for day in days_kw)
    highest = sorted((kw for day in powers for kw in day), reverse=True)[: tariff.count]
    if not highest:
        return 0.0
    billed = max(sum(highest) / len(highest), tariff.floor_kw)
    if not tariff.steps:
        return tariff.month_price_per_kw * billed
    fits = (step.fee_per_month for step in tariff.steps if step.up_to_kw is None or billed <= step.up_to_kw)
    return next(fits, tariff.steps[-1].fee_per_month)
