"""Keeps what an app logs in the database, too: AppDaemon's own log is gone with the add-on's restart."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime

from .storage.database import StorageError
from .storage.log_lines import LogLine, LogLines

LONGEST = 2000
"""Characters of a line that are kept."""


class LogKeeper(logging.Handler):
    """A handler for the loggers of one app; what cannot be stored is told as `logging` tells its own faults."""

    def __init__(self, app: str, lines: LogLines) -> None:
        super().__init__(logging.INFO)
        self._app = app
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Store a line."""
        text = record.getMessage()[:LONGEST]
        at = datetime.fromtimestamp(record.created, UTC)
        try:
            self._lines.save(LogLine(at, record.levelname, self._app, text))
        except (StorageError, sqlite3.Error):
            self.handleError(record)
