"""The schema, as the steps that lead to it; `PRAGMA user_version` counts the steps that were taken."""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE observations (
            start_us INTEGER PRIMARY KEY,
            end_us INTEGER NOT NULL,
            hours REAL NOT NULL,
            load_kwh REAL,
            pv_kwh REAL,
            import_kwh REAL,
            export_kwh REAL,
            charge_kwh REAL,
            discharge_kwh REAL,
            heater_kwh REAL,
            soc_percent REAL,
            import_price REAL,
            export_price REAL,
            flags TEXT NOT NULL,
            trust INTEGER NOT NULL
        )
        """,
        """
        CREATE TABLE prices (
            start_us INTEGER PRIMARY KEY,
            end_us INTEGER NOT NULL,
            import_per_kwh REAL NOT NULL,
            export_per_kwh REAL NOT NULL
        )
        """,
        """
        CREATE TABLE forecasts (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            quarter_us INTEGER NOT NULL UNIQUE,
            issued_us INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
        "CREATE INDEX forecasts_by_time ON forecasts (issued_us)",
        """
        CREATE TABLE plans (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            plan_id TEXT NOT NULL UNIQUE,
            created_us INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
        "CREATE INDEX plans_by_time ON plans (created_us)",
        """
        CREATE TABLE executions (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            executed_us INTEGER NOT NULL,
            writes INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            overridden INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
        "CREATE INDEX executions_by_time ON executions (executed_us)",
        """
        CREATE TABLE overrides (
            only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
            expires_us INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
        """
        CREATE TABLE problems (
            problem_id TEXT NOT NULL,
            reporter TEXT NOT NULL,
            severity TEXT NOT NULL,
            since_us INTEGER NOT NULL,
            meaning TEXT NOT NULL,
            remedy TEXT NOT NULL,
            PRIMARY KEY (problem_id, reporter)
        )
        """,
        """
        CREATE TABLE memory (
            name TEXT PRIMARY KEY,
            updated_us INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
    ),
    (
        """
        CREATE TABLE group_overrides (
            device_group TEXT PRIMARY KEY,
            expires_us INTEGER NOT NULL,
            payload BLOB NOT NULL
        )
        """,
        # the kind of an old row is in its payload: the reader leaves out the groups that the kind does not take
        """
        INSERT INTO group_overrides
        SELECT device_group, expires_us, payload
        FROM overrides, (SELECT 'battery' AS device_group UNION SELECT 'heater' UNION SELECT 'ev')
        """,
        "DROP TABLE overrides",
    ),
    ("ALTER TABLE observations ADD COLUMN ev_kwh REAL",),
    (
        "ALTER TABLE executions ADD COLUMN broken INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE executions ADD COLUMN hands_off INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE executions ADD COLUMN override_kinds TEXT NOT NULL DEFAULT ''",
    ),
)
"""One tuple of statements per schema version; a published step is never changed, only followed."""


def schema_version(connection: sqlite3.Connection) -> int:
    """How many steps the file has taken; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Take the missing steps, each in one transaction; two processes may do so at the same time."""
    while schema_version(connection) < len(MIGRATIONS):
        _take_step(connection)


def _take_step(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = schema_version(connection)  # again, under the lock: another process may have been first
        if version < len(MIGRATIONS):
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
