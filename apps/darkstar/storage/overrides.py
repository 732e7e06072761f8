"""Table of the quick actions that may be in force: one for each group of devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from ..control.decision import ActiveOverrides, DeviceGroup, Override
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

CLOCK_STEP = timedelta(minutes=5)
"""A quick action that begins further ahead than this was started by a clock that has been set back since."""

_OVERRIDE = TypeAdapter(Override)


class Overrides:
    """Repository of the owner's quick actions: each group of devices has one or none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, override: Override) -> None:
        """Put a quick action in the place of those before, in all groups that it takes.

        An older one keeps the groups that the new one leaves.

        Raises:
            StorageError: it was not stored.
        """
        expires_us, payload = to_epoch(override.expires_at), pack(override)
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO group_overrides VALUES (?, ?, ?)",
                [(group.value, expires_us, payload) for group in sorted(override.kind.groups)],
            )

    def clear(self, groups: Iterable[DeviceGroup] = tuple(DeviceGroup)) -> None:
        """End the quick actions of these groups, if there are any.

        Raises:
            StorageError: the end was not stored.
        """
        with self._database.write() as connection:
            connection.executemany(
                "DELETE FROM group_overrides WHERE device_group = ?", [(group.value,) for group in groups]
            )

    def active(self, now: datetime) -> ActiveOverrides:
        """The quick actions in force at `now`.

        One that is seen expired is ended for good: it does not come back when the clock is set back.
        So is one that would begin later, because the clock was wrong when it was started.
        """
        with self._database.read() as connection:
            rows = connection.execute("SELECT device_group, expires_us, payload FROM group_overrides").fetchall()
        found: dict[DeviceGroup, Override] = {}
        over: list[tuple[str, int]] = []
        for name, expires_us, payload in rows:
            override = next(readable(_OVERRIDE, [payload], "group_overrides"), None)
            if expires_us <= to_epoch(now) or (override is not None and override.started_at - now > CLOCK_STEP):
                over.append((name, expires_us))
            elif override is not None and override.in_force(now) and name in override.kind.groups:
                found[DeviceGroup(name)] = override
        if over:
            self._end(over)
        return ActiveOverrides(
            battery=found.get(DeviceGroup.BATTERY), heater=found.get(DeviceGroup.HEATER), ev=found.get(DeviceGroup.EV)
        )

    def _end(self, over: Iterable[tuple[str, int]]) -> None:
        with self._database.write() as connection:  # the expiry tells: another app may have put in a new one
            connection.executemany("DELETE FROM group_overrides WHERE device_group = ? AND expires_us = ?", over)
