"""The savings ledger, a day's regret and the verdict on shadow mode as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..learning.ledger import LedgerDay, LedgerTotal
from ..learning.regret import DayRegret
from ..learning.shadow_verdict import ShadowVerdict

_HEAD = ("", "paid", "self-consumption", "no battery", "saved", "wear", "stored", "power", "")


def days_table(days: Sequence[LedgerDay]) -> str:
    """One line per day: costs with wear and stored energy counted."""
    return _table([_HEAD, *map(_day, days)], days[-1].currency if days else "")


def totals_table(totals: Sequence[LedgerTotal]) -> str:
    """One line per period."""
    return _table([_HEAD, *map(_total, totals)], totals[-1].currency if totals else "")


def regrets_table(regrets: Iterable[DayRegret]) -> str:
    """One line per day: what perfect foresight would have saved, by cause."""
    return "\n".join(map(_regret, regrets)) or "no day is split yet"


def verdict_text(verdict: ShadowVerdict) -> str:
    """The verdict on shadow mode, with what is behind it."""
    return "\n".join(_verdict(verdict))


def _day(day: LedgerDay) -> tuple[str, ...]:
    value = day.value_per_kwh
    return (
        f"{day.day}",
        *map(_money, (day.cost, day.self_consumption.cost(value), day.no_battery.cost(value), day.saved)),
        *map(_money, (day.paid.wear, value * day.paid.gained_kwh)),
        "",
        f"{day.status}: {day.reason}" if day.reason else "",
    )


def _total(total: LedgerTotal) -> tuple[str, ...]:
    gaps = (
        f"{count} {word}"
        for count, word in ((total.partial_days, "partial"), (total.left_out_days, "left out"))
        if count
    )
    return (
        total.period,
        *map(_money, (total.paid, total.self_consumption, total.no_battery, total.saved)),
        *map(_money, (total.wear, total.stored_value, total.power)),
        ", ".join((f"{total.complete_days} days", *gaps)),
    )


def _money(amount: float) -> str:
    return f"{amount:.2f}"


def _table(rows: Sequence[Sequence[str]], currency: str) -> str:
    if len(rows) == 1:
        return "the ledger is empty: the first day is entered after its midnight"
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    lines = ("  ".join((*map(str.rjust, row, widths), row[-1])).rstrip() for row in rows)
    return "\n".join([*lines, f"in {currency}; wear and stored energy are counted"])


def _regret(regret: DayRegret) -> str:
    if regret.reason:
        return f"{regret.day}: {regret.reason}"
    pieces = (("load", regret.load), ("PV", regret.pv), ("prices", regret.prices), ("execution", regret.execution))
    parts = ", ".join(f"{name} {amount:.2f}" for name, amount in pieces)
    peaks = f"; of it by peaks {regret.peaks:.2f}" if regret.peaks else ""
    return f"{regret.day}: missed {regret.total:.2f} {regret.currency}: {parts}{peaks}"


def _verdict(verdict: ShadowVerdict) -> Iterator[str]:
    yield f"{verdict.words[:1].upper()}{verdict.words[1:]}."
    if not verdict.days:
        return
    costs = f"paid {verdict.paid:.2f}, with Darkstar {verdict.would_have_paid:.2f}"
    yield f"  {verdict.days[0]} to {verdict.days[-1]}: {costs}, self-consumption {verdict.self_consumption:.2f}"
    if verdict.writes.busiest:
        writes = verdict.writes
        yield f"  busiest: {writes.busiest}, {writes.busiest_per_day:.1f} of {verdict.write_budget} writes a day"
    yield from (f"  problem: {problem}" for problem in verdict.problems)
