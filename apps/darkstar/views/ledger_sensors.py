"""The sensors of money: what today and this month saved, and the verdict on shadow mode."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..home.slots import local_day
from ..learning.ledger import LedgerDay, LedgerTotal
from ..learning.shadow_verdict import ShadowVerdict
from .published import PublishedSensor, sensor

_MONEY_DECIMALS = 2
_STATE_LIMIT = 255


def saving_today(today: LedgerDay | None, zone: ZoneInfo) -> PublishedSensor:
    """What the running day has saved so far against plain self-consumption; unknown before anything is counted."""
    counted = today if today is not None and today.counted_hours > 0 else None
    return sensor(
        "saving_today",
        "saving today",
        "piggy-bank",
        None if counted is None else _money(counted.saved),
        device_class="monetary",
        state_class="total",
        last_reset=None if counted is None else local_day(counted.day, zone)[0].isoformat(),
        unit_of_measurement=None if counted is None else counted.currency,
        paid=None if counted is None else _money(counted.cost),
        self_consumption=None if counted is None else _money(counted.self_consumption.cost(counted.value_per_kwh)),
        no_battery=None if counted is None else _money(counted.no_battery.cost(counted.value_per_kwh)),
        counted_hours=None if counted is None else round(counted.counted_hours, 2),
        missing=None if counted is None else counted.reason or None,
    )


def saving_month(month: LedgerTotal | None, zone: ZoneInfo) -> PublishedSensor:
    """What the running month has saved in the days of the ledger, power tariffs so far counted."""
    if month is None:
        unknown = {"device_class": "monetary", "state_class": "total"}
        return sensor("saving_month", "saving this month", "piggy-bank-outline", None, **unknown)
    return sensor(
        "saving_month",
        "saving this month",
        "piggy-bank-outline",
        _money(month.saved),
        device_class="monetary",
        state_class="total",
        last_reset=local_day(month.first.replace(day=1), zone)[0].isoformat(),
        unit_of_measurement=month.currency,
        period=month.period,
        paid=_money(month.paid),
        self_consumption=_money(month.self_consumption),
        no_battery=_money(month.no_battery),
        complete_days=month.complete_days,
        partial_days=month.partial_days,
        left_out_days=month.left_out_days,
    )


def shadow_verdict(verdict: ShadowVerdict | None) -> PublishedSensor:
    """Go, no-go or wait, with what is behind it; unknown outside shadow mode."""
    if verdict is None:
        return sensor("shadow_verdict", "shadow verdict", "traffic-light", None)
    return sensor(
        "shadow_verdict",
        "shadow verdict",
        "traffic-light",
        verdict.decision.value,
        words=verdict.words[:_STATE_LIMIT],
        days=len(verdict.days),
        saved=_money(verdict.saved),
        writes_per_day=round(verdict.writes.per_day, 1),
        busiest=verdict.writes.busiest or None,
        against=list(verdict.against) or None,
    )


def _money(amount: float) -> float:
    return round(amount, _MONEY_DECIMALS)
