"""The Money page: the savings ledger by day, week, month and year, and where money was missed.

Amounts are in the home's currency. `saved` is against plain self-consumption, `saved_none` against no battery.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..home.settings import HomeSettings
from ..learning.ledger import DayStatus, LedgerDay, LedgerTotal
from ..learning.regret import DayRegret
from .words import money

MOST_DAYS = 62
MOST_WEEKS = 53
REGRET_DAYS = 14
_CENT = 0.005
_CAUSES = (
    ("load", "Load forecast", "the home took other energy than was expected"),
    ("pv", "Solar forecast", "the panels gave other energy than was expected"),
    ("prices", "Prices", "prices that were not known yet came otherwise"),
    ("execution", "Execution", "devices did otherwise, or planning in slots and modes lost it"),
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The ledger's days (oldest first) and their sums, oldest first."""

    days: Sequence[LedgerDay]
    weeks: Sequence[LedgerTotal]
    months: Sequence[LedgerTotal]
    years: Sequence[LedgerTotal]


def money_page(
    accounts: Accounts,
    regrets: Sequence[DayRegret],
    home: HomeSettings,
    today: date,
    running: Mapping[str, str],
    *,
    in_shadow: bool,
) -> dict[str, Any]:
    """Everything that the page shows; `regrets` are oldest first, `running` is the tile of the running day."""
    return {
        "currency": accounts.days[-1].currency if accounts.days else home.currency,
        "empty": "" if accounts.days else "The first day is entered after its midnight.",
        "tiles": [running, *_tiles(accounts, today)],
        "rows": {
            "day": [_day(day) for day in accounts.days[-MOST_DAYS:]],
            "week": [_total(total, _week(total)) for total in accounts.weeks[-MOST_WEEKS:]],
            "month": [_total(total, f"{total.first:%b %Y}") for total in accounts.months],
            "year": [_total(total, total.period) for total in accounts.years],
        },
        "has_power_tariff": bool(home.grid.power_tariffs),
        "regret": _regret(regrets[-REGRET_DAYS:], home),
        "shadow": in_shadow,
    }


def today_tile(account: LedgerDay | None, why: str = "") -> dict[str, str]:
    """The running day so far; `why` says why it is not known, or not anew."""
    tile = {"title": "Today so far", "value": "-", "tone": ""}
    if account is None:
        words = f"Not known: {why}." if why else "It is being worked out."
        return {**tile, "words": words}
    if account.counted_hours <= 0:
        return {**tile, "words": "No quarter-hour of today has load, sun, prices and SoC measured yet."}
    against = _against(account.cost, account.saved, account.saved_against_no_battery, account.currency)
    return {
        **tile,
        "value": _signed(account.saved, account.currency),
        "words": f"{against}. As it stood before: {why}." if why else against,
        "tone": _tone(account.saved),
    }


def _tiles(accounts: Accounts, today: date) -> Iterator[dict[str, str]]:
    """The running week, month and year."""
    year, week, _ = today.isocalendar()
    running = (
        ("This week", accounts.weeks, f"{year}-W{week:02}"),
        ("This month", accounts.months, f"{today:%Y-%m}"),
        ("This year", accounts.years, f"{today:%Y}"),
    )
    for title, totals, period in running:
        total = next((one for one in totals if one.period == period), None)
        if total is not None:
            yield {
                "title": title,
                "value": _signed(total.saved, total.currency),
                "words": _against(total.paid, total.saved, total.saved_against_no_battery, total.currency),
                "tone": _tone(total.saved),
            }


def _against(cost: float, saved: float, saved_none: float, currency: str) -> str:
    paid = f"Cost {money(cost, currency)}"
    plain = f"{money(abs(saved), currency)} {'less' if saved >= 0 else 'more'} than plain self-use"
    none = f"{money(abs(saved_none), currency)} {'less' if saved_none >= 0 else 'more'} than without a battery"
    return f"{paid}; {plain}, {none}"


def _day(day: LedgerDay) -> dict[str, Any]:
    value = day.value_per_kwh
    left_out = day.status is DayStatus.LEFT_OUT
    numbers = {
        "paid": day.cost,
        "plain": day.self_consumption.cost(value),
        "none": day.no_battery.cost(value),
        "saved": day.saved,
        "saved_none": day.saved_against_no_battery,
        "money": day.paid.money,
        "wear": day.paid.wear,
        "stored": value * day.paid.gained_kwh,
    }
    share = day.steered_share
    steered = f"Darkstar steered {share:.0%} of the day" if share is not None and share < 1 else ""
    return {
        "title": _date(day.day),
        **{name: None if left_out else round(number, 2) + 0.0 for name, number in numbers.items()},
        "power": None,
        "note": "; ".join(filter(None, (f"{day.status.value}: {day.reason}" if day.reason else "", steered))),
        "assumed": list(day.assumptions),
    }


def _total(total: LedgerTotal, title: str) -> dict[str, Any]:
    numbers = {
        "paid": total.paid,
        "plain": total.self_consumption,
        "none": total.no_battery,
        "saved": total.saved,
        "saved_none": total.saved_against_no_battery,
        "money": total.money,
        "wear": total.wear,
        "stored": total.stored_value,
        "power": total.power,
    }
    gaps = ((total.partial_days, "in part"), (total.left_out_days, "left out"))
    days = [f"{total.complete_days} days", *(f"{count} {words}" for count, words in gaps if count)]
    return {
        "title": title,
        **{name: round(number, 2) + 0.0 for name, number in numbers.items()},
        "note": ", ".join(days),
        "assumed": [],
    }


def _week(total: LedgerTotal) -> str:
    year, _, week = total.period.partition("-W")
    return f"Week {int(week)}, {year}"


def _regret(regrets: Sequence[DayRegret], home: HomeSettings) -> dict[str, Any]:
    """Per day what better knowledge would have saved, by cause, and the sums."""
    split = [regret for regret in regrets if not regret.reason]
    currency = split[-1].currency if split else home.currency
    alike = [regret for regret in split if regret.currency == currency]
    sums = {name: sum(getattr(regret, name) for regret in alike) for name, _, _ in _CAUSES}
    return {
        "words": " ".join((_missed(alike, sums, currency), *_peaks(alike, currency))),
        "days": [_date(regret.day) for regret in alike],
        "causes": [
            {
                "name": name,
                "title": title,
                "words": words,
                "sum": round(sums[name], 2) + 0.0,
                "values": [round(getattr(regret, name), 3) + 0.0 for regret in alike],
            }
            for name, title, words in _CAUSES
        ],
        "totals": [round(regret.total, 2) + 0.0 for regret in alike],
        "notes": list(_notes(regrets)),
    }


def _missed(regrets: Sequence[DayRegret], sums: dict[str, float], currency: str) -> str:
    if not regrets:
        return "No day is divided yet: it is done at night, for days that were measured."
    total = sum(regret.total for regret in regrets)
    days = "day" if len(regrets) == 1 else f"{len(regrets)} days"
    if total < _CENT:
        return f"In the last {days} nothing was missed against perfect foresight."
    name = max(sums, key=lambda cause: sums[cause])
    title = next(title for cause, title, _ in _CAUSES if cause == name)
    return (
        f"In the last {days} {money(total, currency)} were missed against perfect foresight, "
        f"{money(sums[name], currency)} of it by: {title.lower()}."
    )


def _peaks(regrets: Sequence[DayRegret], currency: str) -> Iterator[str]:
    """What the peaks of power tariffs are of it, where they are anything; they may have been worth it."""
    peaks = sum(regret.peaks for regret in regrets)
    if peaks >= _CENT:
        yield f"Higher peaks than it would have had cost {money(peaks, currency)} of it."
    elif peaks <= -_CENT:
        yield f"Its peaks would have cost {money(-peaks, currency)} more, and saved more elsewhere."


def _notes(regrets: Iterable[DayRegret]) -> Iterator[str]:
    """Why days are not divided, each reason once."""
    days: dict[str, list[date]] = defaultdict(list)
    for regret in regrets:
        if regret.reason:
            days[regret.reason].append(regret.day)
    for reason, found in days.items():
        more = f" to {_date(found[-1])}" if len(found) > 1 else ""
        yield f"{_date(found[0])}{more}: not divided, {reason}"


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _signed(amount: float, currency: str) -> str:
    return f"{'+' if amount >= _CENT else ''}{money(amount, currency)}"


def _tone(amount: float) -> str:
    return "good" if amount >= _CENT else "bad" if amount <= -_CENT else ""
