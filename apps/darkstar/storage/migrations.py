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
    (
        """
        CREATE TABLE reflex_changes (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            path TEXT NOT NULL,
            made_us INTEGER NOT NULL,
            ended_us INTEGER,
            ending TEXT,
            ending_text TEXT,
            payload BLOB NOT NULL
        )
        """,
        """
        CREATE TABLE reflex_values (
            path TEXT NOT NULL,
            since_us INTEGER NOT NULL,
            value REAL,
            PRIMARY KEY (path, since_us)
        )
        """,
    ),
    (
        "CREATE TABLE trainings (issued_us INTEGER PRIMARY KEY, days REAL NOT NULL, seconds REAL NOT NULL)",
        """
        CREATE TABLE scores (
            issued_us INTEGER NOT NULL,
            place INTEGER NOT NULL,
            quantity TEXT NOT NULL,
            model TEXT NOT NULL,
            lead TEXT NOT NULL,
            mae REAL,
            rmse REAL,
            bias REAL,
            pinball REAL,
            coverage_percent REAL,
            slots INTEGER NOT NULL,
            PRIMARY KEY (issued_us, place)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE verdicts (
            issued_us INTEGER NOT NULL,
            place INTEGER NOT NULL,
            quantity TEXT NOT NULL,
            champion TEXT NOT NULL,
            previous TEXT,
            reason TEXT NOT NULL,
            PRIMARY KEY (issued_us, place)
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE log_lines (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at_us INTEGER NOT NULL,
            level INTEGER NOT NULL,
            app TEXT NOT NULL,
            text TEXT NOT NULL
        )
        """,
        "CREATE INDEX log_lines_at ON log_lines (at_us)",
    ),
    (
        "CREATE TABLE ledger (day TEXT PRIMARY KEY, entered_us INTEGER NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE regrets (day TEXT PRIMARY KEY, entered_us INTEGER NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID",
        *(
            f"""
            CREATE TRIGGER {table}_keeps_on_{change} BEFORE {change} ON {table}
            BEGIN SELECT RAISE(ABORT, 'a day of the {table} is never changed'); END
            """
            for table in ("ledger", "regrets")
            for change in ("update", "delete")
        ),
    ),
    (
        """
        CREATE TABLE weather (
            start_us INTEGER NOT NULL,
            lead_days INTEGER NOT NULL,
            issued_us INTEGER NOT NULL,
            cloud_percent REAL,
            temperature_celsius REAL,
            shortwave_w_m2 REAL,
            wind_m_s REAL,
            snow_depth_m REAL,
            PRIMARY KEY (start_us, lead_days)
        ) WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE observations ADD COLUMN soc_start_percent REAL",),
    (
        """
        CREATE TABLE pv_told (
            start_us INTEGER NOT NULL,
            lead_days INTEGER NOT NULL,
            issued_us INTEGER NOT NULL,
            end_us INTEGER NOT NULL,
            kwh REAL NOT NULL,
            p10_kwh REAL,
            p90_kwh REAL,
            PRIMARY KEY (start_us, lead_days)
        ) WITHOUT ROWID
        """,
    ),
    ("CREATE TABLE manual_blocks (number INTEGER PRIMARY KEY AUTOINCREMENT, end_us INTEGER NOT NULL, payload BLOB)",),
    ("ALTER TABLE prices ADD COLUMN is_backfilled INTEGER NOT NULL DEFAULT 0",),
    (
        "ALTER TABLE executions ADD COLUMN decided TEXT",
        "ALTER TABLE executions ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
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
