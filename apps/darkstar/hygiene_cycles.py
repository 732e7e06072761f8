"""What is stored of the cycles against legionella, and what it says about the next one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .home.problem import Problem, Severity
from .home.readings import Readings
from .home.settings import HomeSettings
from .learning.hygiene import LOOK_BACK, HotSpell, hot_spells
from .optimizer.plan import Plan
from .storage.database import Database
from .storage.executions import Executions
from .storage.memory import Memory
from .storage.observations import Observations
from .strategy.hygiene import HygienePhase, HygieneState, hygiene_at

LAST_CYCLE = "hygiene.last_cycle"
"""End of the last cycle that was carried out for sure."""
HOT_AT = "hygiene.hot_at"
"""When the water was last seen as hot as a cycle makes it."""
HALF_DEGREE = 0.5
"""So much may sensor and thermostat differ."""


class HygieneCycles:
    """Keeps the record of carried-out cycles, and tells where the next one is."""

    def __init__(self, home: HomeSettings, database: Database) -> None:
        self._home = home
        self._executions = Executions(database)
        self._observations = Observations(database)
        self._memory = Memory(database)
        self._unproven: HotSpell | None = None

    def state(self, now: datetime, readings: Readings, running: Plan | None) -> HygieneState:
        """Where the cycle is at `now`, after a look at what was done and measured lately.

        Raises:
            StorageError: a cycle that was found could not be stored.
        """
        heater = self._home.water_heater
        if heater is None or heater.hygiene == "never":
            return HygieneState(HygienePhase.OFF)
        water = readings.water_celsius
        if water is not None and water.value >= heater.hygiene_celsius - HALF_DEGREE:
            self._memory.put(HOT_AT, now, now)
        spells = self._spells(now)
        complete = [spell.end for spell in spells if spell.is_complete(heater)]
        last = self._memory.get(LAST_CYCLE, datetime)
        if complete and (last is None or complete[-1] > last):
            last = complete[-1]
            self._memory.put(LAST_CYCLE, last, now)
        whole = [spell for spell in spells if spell.is_long(heater)]
        newest = whole[-1] if whole else None
        self._unproven = newest if newest is not None and not newest.is_complete(heater) else None
        return hygiene_at(
            self._home,
            now,
            vacation=readings.vacation is True,
            last=last,
            ended=newest.end if newest is not None else None,
            running=running,
        )

    def problems(self, state: HygieneState, now: datetime) -> Iterator[Problem]:
        """What keeps cycles from counting, and whether one is overdue."""
        entities = self._home.entities
        if state.phase in {HygienePhase.DUE, HygienePhase.PLANNED, HygienePhase.RUNNING}:
            if entities.water_heater_energy is None and entities.water_temperature is None:
                yield _unprovable(now)
            elif self._unproven is not None:
                yield self._not_proven(self._unproven, now)
        if state.overdue_since is not None:
            since = f"{state.overdue_since.astimezone(self._home.zone):%Y-%m-%d}"
            yield Problem(
                "hygiene_overdue",
                Severity.WARNING,
                now,
                f"The cycle against legionella has been due since {since} and was not carried out.",
                "Let the water run hot before you use the shower; see that automation is on and the heater answers.",
            )

    def _spells(self, now: datetime) -> tuple[HotSpell, ...]:
        since = now - LOOK_BACK
        return hot_spells(
            self._executions.between(since, now),
            self._observations.between(since, now),
            self._memory.get(HOT_AT, datetime),
            self._home,
            now,
        )

    def _not_proven(self, spell: HotSpell, now: datetime) -> Problem:
        home, heater = self._home, self._home.water_heater
        wanted_kwh = heater.hygiene_hours * heater.power_kw if heater else 0.0
        measured = "nothing" if spell.kwh is None else f"{spell.kwh:.1f} kWh"
        return Problem(
            "hygiene_unproven",
            Severity.WARNING,
            now,
            f"The cycle against legionella up to {spell.end.astimezone(home.zone):%Y-%m-%d %H:%M} does not count: of "
            f"{wanted_kwh:g} kWh {measured} was measured. It will be run again.",
            "If the thermostat ends it earlier, name a temperature sensor in entities.water_temperature, or make "
            "water_heater.hygiene_hours shorter; else see whether the heater works.",
        )


def _unprovable(now: datetime) -> Problem:
    return Problem(
        "hygiene_unprovable",
        Severity.WARNING,
        now,
        "Nothing measures whether a cycle against legionella was carried out, so none ever counts and it is run again.",
        "Name entities.water_heater_energy or entities.water_temperature in apps.yaml, or set water_heater.hygiene to "
        "never.",
    )
