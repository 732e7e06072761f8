"""Power tariffs: what the highest mean powers of a month cost, and which times count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from .block import Block, NotNegative, Positive
from .period import ALL_MONTHS, Month, Period
from .slots import Slot, to_utc

_MONTHS_OF_A_YEAR = 12


class PowerWindow(Period):
    """Times in which power counts with a weight: 0.5 counts half, 0 not at all."""

    weight: Annotated[float, Field(ge=0, le=1)]


class PowerStepSettings(Block):
    """A monthly fee that holds while the billed power is at most `up_to_kw`."""

    up_to_kw: Positive | None = None
    """None: all that is above the other steps."""
    fee_per_month: NotNegative


class PowerTariffSettings(Block):
    """A charge for the import peaks of each calendar month, with VAT, in the home's currency.

    The mean of the `count` highest mean powers is billed. A bill over the mean of the last twelve months'
    peaks is given as its price per kW and year: each month's peak stays in twelve bills at a twelfth each.
    """

    name: str = "power tariff"
    """How messages and sensors call it."""
    interval_minutes: Literal[15, 30, 60] = 60
    """How long the meter takes the mean."""
    count: Annotated[int, Field(ge=1, le=31)] = 3
    """How many of the highest powers the mean is of."""
    different_days: bool = True
    """Whether only the highest power of each day counts."""
    price_per_kw_month: NotNegative | None = None
    price_per_kw_year: NotNegative | None = None
    """A twelfth of it counts in each month."""
    steps: tuple[PowerStepSettings, ...] = ()
    """Fees by the billed power, lowest first."""
    floor_kw: NotNegative = 0.0
    """At least this much is billed in each month."""
    months: tuple[Month, ...] = ALL_MONTHS
    """Months with the charge."""
    windows: tuple[PowerWindow, ...] = ()
    """Weights by time; the first window that matches counts, outside of all power counts in full."""

    @model_validator(mode="after")
    def _has_one_price(self) -> Self:
        prices = {
            "price_per_kw_month": self.price_per_kw_month is not None,
            "price_per_kw_year": self.price_per_kw_year is not None,
            "steps": bool(self.steps),
        }
        given = [name for name, there in prices.items() if there]
        if len(given) != 1:
            msg = f"'{self.name}' has {' and '.join(given) or 'no price'}: give one of {', '.join(prices)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _steps_rise(self) -> Self:
        for lower, upper in pairwise(self.steps):
            if lower.up_to_kw is None:
                msg = f"steps of '{self.name}': the one without up_to_kw must be the last"
                raise ValueError(msg)
            if upper.up_to_kw is not None and upper.up_to_kw <= lower.up_to_kw:
                msg = f"steps of '{self.name}': up_to_kw {upper.up_to_kw:g} must be above {lower.up_to_kw:g} before it"
                raise ValueError(msg)
            if upper.fee_per_month < lower.fee_per_month:
                msg = (
                    f"steps of '{self.name}': fee_per_month {upper.fee_per_month:g} must not be below "
                    f"{lower.fee_per_month:g} before it"
                )
                raise ValueError(msg)
        return self

    @property
    def month_price_per_kw(self) -> float:
        """Price per kW of a month's billed power; 0 where steps have fees instead."""
        if self.price_per_kw_year is not None:
            return self.price_per_kw_year / _MONTHS_OF_A_YEAR
        return self.price_per_kw_month or 0.0

    def weight(self, local: datetime) -> float:
        """How much power counts at a local time, in a month with the charge."""
        return next((window.weight for window in self.windows if window.covers(local)), 1.0)

    def metering_start(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Start of the metering interval that contains `instant`, in UTC; intervals begin with the local hour."""
        local = instant.astimezone(zone)
        into = timedelta(minutes=local.minute % self.interval_minutes, seconds=local.second)
        return to_utc(instant) - into - timedelta(microseconds=local.microsecond)

    def metering_slots(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Slot]:
        """The metering intervals that overlap `[start, end)`, oldest first."""
        edge, length = self.metering_start(start, zone), timedelta(minutes=self.interval_minutes)
        while edge < end:
            yield Slot(edge, self.interval_minutes / 60)
            edge += length
