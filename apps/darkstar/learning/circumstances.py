"""What was special about a slot, so that its energies do not teach what they are not: vacation, away, curtailed PV."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..control.decision import Execution
from ..home.observation import AWAY, CURTAILED, VACATION, Observation
from ..home.settings import HomeSettings

AWAY_AFTER = timedelta(days=1)
"""An absence as long as a day of work is part of the usual load."""
_AT_LIMIT = 0.97
"""Share of a limit from which on it is taken to have been reached."""
_NEARLY_FULL_PERCENT = 1.0
_NOISE_KWH = 0.02
"""Less import than this in a slot is the meters' and the inverter's own play."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What held in a slot. None: not known; of `charge_limit_kw`: nobody limited the battery's charging."""

    vacation: bool | None = None
    occupied: bool | None = None
    charge_limit_kw: float | None = None


UNKNOWN = Circumstances()
"""Nobody says anything."""


def lowest_charge_limit_kw(executions: Iterable[Execution]) -> float | None:
    """The lowest charge limit that was wanted of the inverter; None where none was."""
    limits = (each.decision.battery.charge_kw for each in executions if each.decision.battery is not None)
    return min(limits, default=None)


def left_at(before: datetime | None, now: datetime, circumstances: Circumstances) -> datetime | None:
    """Since when nobody has been at home, from what was so before; a sensor that says nothing changes nothing."""
    if circumstances.occupied is None:
        return before
    return None if circumstances.occupied else before or now


def marks(row: Observation, home: HomeSettings, circumstances: Circumstances, left: datetime | None) -> frozenset[str]:
    """The flags that an observation gets for its circumstances; nobody has been at home since `left`."""
    found = set()
    if circumstances.vacation:
        found.add(VACATION)
    if left is not None and row.start - left >= AWAY_AFTER:
        found.add(AWAY)
    if _is_curtailed(row, home, circumstances.charge_limit_kw):
        found.add(CURTAILED)
    return frozenset(found)


def _is_curtailed(row: Observation, home: HomeSettings, charge_limit_kw: float | None) -> bool:
    """Whether PV may have been throttled: feed-in is at its limit, and the battery takes no more.

    A home that may feed in nothing throttles its PV whenever the battery is full or held back, and PV alone
    carries the load.
    """
    limit_kw = home.grid.max_export_kw if home.grid.export_allowed else 0.0
    if limit_kw is None or not row.pv_kwh:
        return False
    if limit_kw > 0:
        return row.export_kwh is not None and row.export_kwh >= _AT_LIMIT * limit_kw * row.hours
    carries_all = row.import_kwh is not None and row.import_kwh < _NOISE_KWH
    return carries_all and not _could_take_more(row, home, charge_limit_kw)


def _could_take_more(row: Observation, home: HomeSettings, charge_limit_kw: float | None) -> bool:
    """Whether the battery had room and power left; False where neither is known."""
    battery = home.battery
    full = row.soc_percent is None or row.soc_percent >= battery.max_soc_percent - _NEARLY_FULL_PERCENT
    limit_kw = battery.max_charge_kw if charge_limit_kw is None else min(charge_limit_kw, battery.max_charge_kw)
    has_power_left = row.charge_kwh is not None and row.charge_kwh < _AT_LIMIT * limit_kw * row.hours
    return has_power_left and not full
