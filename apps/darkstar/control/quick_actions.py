"""Quick actions of the owner: what is ordered by button, service or HTTP, checked and started."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..home.settings import HomeSettings
from .decision import DeviceGroup, Override, OverrideKind
from .rules.battery_modes import why_no_purchase, why_no_sale

MAX_MINUTES = 1500.0
"""Longest quick action, in minutes: every time of day is at most so far away, on the day of 25 hours too."""
_SHOWN = 60
"""So many characters of a refused value are repeated."""


class QuickActionError(ValueError):
    """A quick action cannot start; the message says why and what to do."""


class Return(StrEnum):
    """Orders that end quick actions."""

    RESUME = "resume"
    """Ends a pause and nothing else."""
    CLEAR = "clear"
    """Ends every quick action, or those of some devices."""


class Order(BaseModel):
    """What the owner wants, as it comes from outside.

    `minutes` or `until` say how long; without them it is the setting's default. `until` is a time of day at home, or
    a date and time (at home, unless it has a UTC offset). `soc` is where a forced charge or export stops.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: OverrideKind | Return
    minutes: Annotated[float, Field(gt=0, le=MAX_MINUTES, allow_inf_nan=False)] | None = None
    until: datetime | time | None = None
    soc: Annotated[float, Field(ge=0, le=100)] | None = None
    groups: Annotated[tuple[DeviceGroup, ...], Field(min_length=1)] | None = None
    """Only for `clear`: the devices that go back to the plan; None: all."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.minutes is not None and self.until is not None:
            msg = "give minutes or until, not both"
            raise ValueError(msg)
        if isinstance(self.kind, Return) and (self.minutes, self.until, self.soc) != (None, None, None):
            msg = f"{self.kind} takes no minutes, until or soc"
            raise ValueError(msg)
        if self.soc is not None and self.kind not in {OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EXPORT}:
            msg = f"{self.kind} takes no soc; force_charge and force_export do"
            raise ValueError(msg)
        if self.groups is not None and self.kind is not Return.CLEAR:
            msg = f"{self.kind} takes no groups; clear does"
            raise ValueError(msg)
        if isinstance(self.until, time) and self.until.tzinfo is not None:
            msg = "until: a time of day is one at home and has no UTC offset"
            raise ValueError(msg)
        return self


def read_order(data: object) -> Order:
    """The order in the data of a service call or HTTP request.

    Raises:
        QuickActionError: it is no order; the message names what is wrong.
    """
    if not isinstance(data, Mapping):
        msg = 'an order is an object such as {"kind": "force_charge", "minutes": 60}'
        raise QuickActionError(msg)
    try:
        return Order.model_validate(dict(data))
    except ValidationError as error:
        raise QuickActionError("; ".join(dict.fromkeys(_words(each) for each in error.errors()))) from error


def start(order: Order, home: HomeSettings, now: datetime) -> Override:
    """The quick action that an order starts at `now`.

    Raises:
        QuickActionError: the order starts none, its end is past or too far away, or the settings of
            the home forbid the action.
    """
    if isinstance(order.kind, Return):
        msg = f"{order.kind} ends quick actions and starts none"
        raise QuickActionError(msg)
    forbidden = _why_not(order.kind, home)
    if forbidden is not None:
        msg = f"{order.kind} is not possible in this home: {forbidden}; change the setting in apps.yaml to allow it"
        raise QuickActionError(msg)
    expires_at = _end(order, home, now)
    if not now < expires_at <= now + timedelta(minutes=MAX_MINUTES):
        msg = (
            f"{order.kind} until {expires_at.astimezone(home.zone):%Y-%m-%d %H:%M} at home: the end must lie ahead, "
            f"by at most {MAX_MINUTES:g} minutes"
        )
        raise QuickActionError(msg)
    usual_soc = {
        OverrideKind.FORCE_CHARGE: home.overrides.force_charge_soc_percent,
        OverrideKind.FORCE_EXPORT: home.overrides.force_export_soc_percent,
    }
    return Override(order.kind, now, expires_at, usual_soc.get(order.kind) if order.soc is None else order.soc)


def _end(order: Order, home: HomeSettings, now: datetime) -> datetime:
    match order.until:
        case datetime() as until:
            return (until if until.tzinfo else until.replace(tzinfo=home.zone)).astimezone(UTC)
        case time() as clock:
            return _next(clock, home.zone, now)
    return now + timedelta(minutes=home.overrides.default_minutes if order.minutes is None else order.minutes)


def _next(clock: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The next moment at which the clocks at home show `clock`; one that is left out in spring comes an hour later."""
    today = now.astimezone(zone).date()
    moments = []
    for day in (today, today + timedelta(days=1)):
        early, late = (datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
        moments += [early, max(early, late)]  # of an hour that is left out, the late one is before the gap
    return min(moment for moment in moments if moment > now)


def _why_not(kind: OverrideKind, home: HomeSettings) -> str | None:
    match kind:
        case OverrideKind.FORCE_CHARGE:
            return why_no_purchase(home)
        case OverrideKind.FORCE_EXPORT:
            return why_no_sale(home)
        case OverrideKind.FORCE_HEAT if home.water_heater is None:
            return "there is no water_heater"
        case OverrideKind.FORCE_EV if home.ev is None:
            return "there is no ev"
    return None


def _words(error: Mapping[str, Any]) -> str:
    where = str(error["loc"][0]) if error["loc"] else ""
    if where == "kind":
        kinds = ", ".join((*OverrideKind, *Return))
        return f"kind must be one of {kinds}" + ("" if error["type"] == "missing" else f", not {_shown(error)}")
    if where == "until":
        return f"until must be a time of day (17:30) or an ISO date and time, not {_shown(error)}"
    if error["type"] == "extra_forbidden":
        return f"{where} is unknown: an order has kind, minutes, until, soc, groups"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}, not {_shown(error)}" if where else message


def _shown(error: Mapping[str, Any]) -> str:
    return repr(error["input"])[:_SHOWN]
