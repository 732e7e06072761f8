"""The data of the Log page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..home.finite import number
from ..storage.log_lines import LogLines
from ..views.log_page import LEVELS, log_page
from .desk import Desk, Query, RefusedError

COUNT = 200


def log_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """The newest lines of at least the query's `level`, or those before `before` (seconds since 1970)."""
    level = query.get("level", "INFO")
    if level not in LEVELS:
        msg = f"level must be one of {', '.join(LEVELS)}; it is {level}"
        raise RefusedError(msg)
    lines = LogLines(desk.database).newest(COUNT + 1, level, _before(query))
    told = [(line.at, line.level, line.app, line.text) for line in lines[:COUNT]]
    return log_page(told, desk.home.zone, level, has_more=len(lines) > COUNT)


def _before(query: Query) -> datetime | None:
    said = query.get("before")
    if said is None:
        return None
    seconds = number(said)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        msg = f"before must be seconds since 1970; it is {said}"
        raise RefusedError(msg) from error
