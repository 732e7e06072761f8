"""The Log page: what the apps have said, with local times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

LEVELS = {"INFO": "Everything", "WARNING": "Warnings", "ERROR": "Errors"}
Said = tuple[datetime, str, str, str]
"""When, level, app, text."""


def log_page(lines: Sequence[Said], zone: ZoneInfo, level: str, *, has_more: bool) -> dict[str, Any]:
    """Lines of at least a level, newest first; `before` is where older ones go on, None at the end.

    `at` and `before` are seconds since 1970.
    """
    return {
        "level": level,
        "levels": [{"name": name, "title": title} for name, title in LEVELS.items()],
        "lines": [
            {
                "at": at.timestamp(),
                "day": f"{at.astimezone(zone):%A %d %B}",
                "clock": f"{at.astimezone(zone):%H:%M:%S}",
                "level": said.lower(),
                "app": app.removeprefix("darkstar_"),
                "text": text,
            }
            for at, said, app, text in lines
        ],
        "before": lines[-1][0].timestamp() if lines and has_more else None,
    }
