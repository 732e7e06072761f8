"""The savings ledger as a CSV file: one row per day, or per period."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from .ledger import Course, LedgerDay, LedgerTotal

_COURSES = ("paid", "self_consumption", "no_battery")
_NUMBERS = ("money", "wear", "import_kwh", "export_kwh", "charge_kwh", "discharge_kwh", "gained_kwh", "end_soc_kwh")
_DECIMALS = 6
_TOTAL_WORDS = ("period", "first", "last", "complete_days", "partial_days", "left_out_days", "currency")
_TOTAL_MONEY = (
    "money",
    "wear",
    "stored_value",
    "power",
    "paid",
    "self_consumption",
    "no_battery",
    "saved",
    "saved_against_no_battery",
)


def days_csv(days: Iterable[LedgerDay]) -> str:
    """Every figure of every day, energies in kWh; a header line first."""
    head = [
        *("day", "status", "reason", "hours", "counted_hours", "currency", "value_per_kwh", "cost", "saved"),
        "saved_against_no_battery",
        *(f"{course}_{name}" for course in _COURSES for name in _NUMBERS),
        *("steered_share", "entered_at", "fingerprint"),
    ]
    return _text(head, (_day(day) for day in days))


def totals_csv(totals: Iterable[LedgerTotal]) -> str:
    """Every figure of every period; a header line first."""
    names = (*_TOTAL_WORDS, *_TOTAL_MONEY)
    return _text(names, ([_cell(getattr(total, name)) for name in names] for total in totals))


def _day(day: LedgerDay) -> list[str]:
    return [
        *map(_cell, (day.day, day.status.value, day.reason, day.hours, day.counted_hours, day.currency)),
        *map(_cell, (day.value_per_kwh, day.cost, day.saved, day.saved_against_no_battery)),
        *(cell for name in _COURSES for cell in _course(getattr(day, name))),
        *map(_cell, (day.steered_share, day.entered_at.isoformat(timespec="seconds"), day.fingerprint)),
    ]


def _course(course: Course) -> list[str]:
    return [_cell(getattr(course, name)) for name in _NUMBERS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.{_DECIMALS}f}" if isinstance(value, float) else str(value)


def _text(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
