"""What Home Assistant says about the car: plugged in or not, its SoC, the owner's wish and departure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..home.devices import EvSettings
from ..home.finite import number
from ..home.observation import Observation
from ..home.ports import EntityState, StateReader
from ..home.readings import Measurement, Readings
from ..home.settings import HomeSettings
from ..home.slots import local_date
from ..home.vehicle import VehicleState
from .instants import local_instant
from .units import Unreadable

CONNECTED_WORDS = frozenset(
    {
        *("on", "connected", "plugged", "plugged_in", "occupied", "charging", "completed", "complete", "finished"),
        *("awaiting_start", "awaiting_authorization", "ready_to_charge", "waiting", "waitcar", "paused"),
        *("preparing", "suspendedev", "suspendedevse", "finishing"),
        *("b", "b1", "b2", "c", "c1", "c2"),
    }
)
"""States of plug sensors and of chargers that mean: there is a car. Compared without case and blanks.

The last two lines are those of OCPP 1.6 and of IEC 61851.
"""
DISCONNECTED_WORDS = frozenset(
    {
        *("off", "disconnected", "unplugged", "not_connected", "idle", "no_car", "no_vehicle"),
        "available",
        *("a", "a1", "a2"),
    }
)
"""States that mean: there is none."""


def is_connected(state: EntityState | None, entity_id: str) -> bool | Unreadable:
    """Whether a car is plugged in, from a binary sensor or from the charger's state."""
    word = "" if state is None else state.state.strip().casefold().replace(" ", "_")
    if word in CONNECTED_WORDS:
        return True
    if word in DISCONNECTED_WORDS:
        return False
    said = "does not exist in Home Assistant" if state is None else f"says '{state.state}'"
    return Unreadable(
        f"{entity_id} {said}: whether the car is plugged in is not known",
        "Name a sensor in entities.ev_connected that says on or off; a template binary sensor can make one.",
    )


def vehicle_state(
    reader: StateReader, home: HomeSettings, readings: Readings, observations: Iterable[Observation]
) -> VehicleState | None:
    """The car at `readings.read_at`; None when the home has none.

    A car reports its SoC seldom: what `observations` say that it has taken since is added to it.

    The owner's helpers for target and departure win over the settings; one that cannot be read, or a
    date that is over, leaves the setting in force; so does midnight, which a new helper shows before it is
    set.
    """
    if home.ev is None:
        return None
    return VehicleState(
        connected=readings.ev_connected,
        soc_percent=_soc_percent(readings.ev_soc_percent, home.ev, observations),
        target_soc_percent=_target_percent(reader.state(home.entities.ev_target_soc), home.ev),
        departure=_departure(reader.state(home.entities.ev_departure), home.ev, readings.read_at, home.zone),
    )


def _soc_percent(soc: Measurement | None, ev: EvSettings, observations: Iterable[Observation]) -> float | None:
    if soc is None:
        return None
    since = (row for row in observations if row.start >= soc.measured_at)
    charged_kwh = sum((row.ev_kwh or 0.0 for row in since), start=0.0) * ev.charge_efficiency
    return min(soc.value + 100 * charged_kwh / ev.capacity_kwh, 100.0)


def _target_percent(state: EntityState | None, ev: EvSettings) -> float:
    wanted = None if state is None else number(state.state)
    return wanted if wanted is not None and 0 < wanted <= 100 else ev.target_soc_percent  # noqa: PLR2004 - percent


def _departure(state: EntityState | None, ev: EvSettings, now: datetime, zone: ZoneInfo) -> datetime:
    said = "" if state is None else state.state
    moment = _instant(said, zone)
    if moment is not None and moment > now:
        return moment.astimezone(now.tzinfo)
    clock = _clock(said)
    return _next_at(ev.departure if clock is None else clock, now, zone)


def _instant(said: str, zone: ZoneInfo) -> datetime | None:
    """A date with a time; a date alone, or a time alone, is none."""
    return local_instant(said, zone) if len(said) > len("2026-01-01") else None


def _clock(said: str) -> time | None:
    try:
        clock = time.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        return None
    return None if clock == time.min else clock


def _next_at(clock: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant at which local clocks show `clock`."""
    today: date = local_date(now, zone)
    days = (today + timedelta(days=offset) for offset in range(3))
    instants = (datetime.combine(day, clock, zone).astimezone(now.tzinfo) for day in days)
    return next(instant for instant in instants if instant > now)
