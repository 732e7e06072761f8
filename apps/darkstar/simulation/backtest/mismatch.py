"""Homes that are not what their settings say: worse batteries, coarse and late readings, lost commands."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import sqrt
from typing import Any

from ...control.decision import BatterySettingsNow
from ..house import HouseFlows, Plant
from .loop import Controller, Moment, as_read

PLAIN = "none"
"""The name of no mismatch."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What differs. Factors on the battery, chances per tick, spells in ticks."""

    round_trip_factor: float = 1.0
    capacity_factor: float = 1.0
    soc_step_percent: float = 0.0
    soc_late_ticks: int = 0
    lost_command_chance: float = 0.0
    gap_chance: float = 0.0
    """Chance that a sensor falls silent in a tick."""
    gap_ticks: int = 0
    """Mean length of its silence."""

    def plant(self, nominal: Plant) -> Plant:
        """The battery as it really is."""
        each_way = sqrt(self.round_trip_factor)
        return replace(
            nominal,
            capacity_kwh=nominal.capacity_kwh * self.capacity_factor,
            charge_efficiency=nominal.charge_efficiency * each_way,
            discharge_efficiency=nominal.discharge_efficiency * each_way,
        )


MISMATCHES: Mapping[str, Mismatch] = {
    PLAIN: Mismatch(),
    "efficiency": Mismatch(round_trip_factor=0.95),
    "capacity": Mismatch(capacity_factor=0.9),
    "soc": Mismatch(soc_step_percent=1.0, soc_late_ticks=1),
    "commands": Mismatch(lost_command_chance=0.01),
    "sensors": Mismatch(gap_chance=0.002, gap_ticks=12),
}
"""By name: round-trip efficiency -5 %, capacity -10 %, SoC rounded to 1 % and a tick late, 1 % of the
commands lost, SoC and load each silent about 2 % of the time."""


def named_mismatch(names: str) -> Mismatch:
    """One mismatch, or several joined with `+`.

    Raises:
        ValueError: no such mismatch.
    """
    found = Mismatch()
    for name in names.split("+"):
        if name not in MISMATCHES:
            msg = f"--mismatch {name}: choose from {', '.join(MISMATCHES)}; join several with +"
            raise ValueError(msg)
        found = replace(found, **_changes(MISMATCHES[name]))
    return found


def _changes(mismatch: Mismatch) -> dict[str, Any]:
    values = {field.name: getattr(mismatch, field.name) for field in fields(Mismatch)}
    plain = Mismatch()
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


class FaultyHome:
    """Stands between a controller and its house: spoils readings and loses commands, the same for the same seed.

    A lost command leaves the house with the settings it has; the next tick may bring it through.
    """

    def __init__(self, controller: Controller, mismatch: Mismatch, seed: int) -> None:
        self._controller = controller
        self._mismatch = mismatch
        self._commands = random.Random(f"{seed} commands")  # noqa: S311 - faults, no secret
        self._soc = _Silence(mismatch, f"{seed} soc")
        self._load = _Silence(mismatch, f"{seed} load")
        self._socs: deque[float | None] = deque(maxlen=mismatch.soc_late_ticks + 1)

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        """What arrives at the house of what the controller wants."""
        wanted = self._controller.settings(self._spoilt(moment))
        return None if self._commands.random() < self._mismatch.lost_command_chance else wanted

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        """Energy meters are not spoilt."""
        self._controller.measured(start, flows)

    def _spoilt(self, moment: Moment) -> Moment:
        soc_percent = moment.soc_percent
        if soc_percent is not None:
            soc_percent = as_read(soc_percent, self._mismatch.soc_step_percent)
        self._socs.append(soc_percent)
        return replace(
            moment,
            soc_percent=None if self._soc.falls() else self._socs[0],
            load_kw=None if self._load.falls() else moment.load_kw,
        )


class _Silence:
    """Spells in which a sensor says nothing."""

    def __init__(self, mismatch: Mismatch, seed: str) -> None:
        self._mismatch = mismatch
        self._chance = random.Random(seed)  # noqa: S311 - faults, no secret
        self._left = 0

    def falls(self) -> bool:
        """Whether the sensor is silent in this tick."""
        if self._left > 0:
            self._left -= 1
            return True
        if self._chance.random() >= self._mismatch.gap_chance:
            return False
        self._left = round(self._chance.expovariate(1 / self._mismatch.gap_ticks))
        return True
