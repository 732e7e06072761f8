"""What was told of a slot is kept once per day ahead: how many days, and which of them stands for the past."""

from __future__ import annotations

from datetime import timedelta

MOST_LEAD_DAYS = 7
DAY_AHEAD = 2
"""Told between one and two days before: what a plan for tomorrow rests on."""
FARNESS = f"CASE lead_days WHEN 0 THEN 99 ELSE abs(lead_days - {DAY_AHEAD} - 0.1) END"
"""SQL: how far a row is from having been told a day before; last comes what was told afterwards."""

_DAY_US = timedelta(days=1) // timedelta(microseconds=1)


def lead_days(start_us: int, issued_us: int) -> int:
    """1 for less than a day ahead, 2 for less than two, and so on; 0 for what had begun by then."""
    return 0 if start_us < issued_us else min((start_us - issued_us) // _DAY_US + 1, MOST_LEAD_DAYS)
