"""Which cycles against legionella were really carried out: commanded, and the heat delivered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..control.decision import Execution, HeaterMode, StepResult
from ..home.devices import WaterHeaterSettings
from ..home.observation import Observation
from ..home.settings import HomeSettings

LOOK_BACK = timedelta(hours=24)
"""Evidence is looked for so far back; a cycle and the rows of its counters are much younger."""
SHARE = 0.9
"""Part of the cycle's energy, and of its length, that must be there."""
LONGEST_SILENCE = timedelta(hours=1)
"""Ticks further apart leave open what the heater was told between them."""
_TAKEN = {StepResult.UNCHANGED, StepResult.WRITTEN}
_NOT_TAKEN = {StepResult.FAILED, StepResult.UNREADABLE, StepResult.SHADOW, StepResult.YIELDED, StepResult.OVER_BUDGET}


@dataclass(frozen=True, slots=True)
class HotSpell:
    """A time in which the heater's entity said `hygiene_celsius` or more, part of it for a cycle.

    `kwh` is what the heater took in it, None where that was not measured; `got_hot` is whether the water
    was seen to have the temperature of the cycle.
    """

    start: datetime
    end: datetime
    kwh: float | None
    got_hot: bool

    def is_complete(self, heater: WaterHeaterSettings) -> bool:
        """Whether it was a whole cycle: its energy was delivered, or its temperature reached."""
        return self.got_hot or (self.kwh or 0.0) >= SHARE * heater.hygiene_hours * heater.power_kw

    def is_long(self, heater: WaterHeaterSettings) -> bool:
        """Whether it lasted as long as a cycle."""
        return self.end - self.start >= SHARE * timedelta(hours=heater.hygiene_hours)


def hot_spells(
    executions: Iterable[Execution],
    observations: Iterable[Observation],
    hot_at: datetime | None,
    home: HomeSettings,
    now: datetime,
) -> tuple[HotSpell, ...]:
    """The hot spells of the executions, oldest first; the last one may still go on at `now`.

    `hot_at` is when the water was last seen at the cycle's temperature; None: never, or it is not measured.
    """
    rows = tuple(observations)
    return tuple(
        HotSpell(start, end, _delivered_kwh(rows, start, end), hot_at is not None and start <= hot_at <= end)
        for start, end in _commanded(executions, home, now)
    )


@dataclass(slots=True)
class _Spell:
    start: datetime
    last: datetime
    for_cycle: bool = False


def _commanded(executions: Iterable[Execution], home: HomeSettings, now: datetime) -> list[tuple[datetime, datetime]]:
    """From when until when the heater was told to be hot enough, where a cycle was part of it."""
    spans: list[tuple[datetime, datetime]] = []
    spell: _Spell | None = None
    for execution in sorted(executions, key=lambda each: each.executed_at):
        hot, moment = _is_hot(execution, home), execution.executed_at
        if hot is None:
            continue
        silent = spell is not None and moment - spell.last > LONGEST_SILENCE
        if spell is not None and (silent or not hot):
            spans += _closed(spell, spell.last if silent else moment)
            spell = None
        if hot:
            spell = _Spell(moment, moment) if spell is None else spell
            spell.last = moment
            spell.for_cycle |= _mode(execution) is HeaterMode.HYGIENE
    return spans if spell is None else [*spans, *_closed(spell, min(now, spell.last + LONGEST_SILENCE))]


def _closed(spell: _Spell, end: datetime) -> list[tuple[datetime, datetime]]:
    return [(spell.start, end)] if spell.for_cycle else []


def _is_hot(execution: Execution, home: HomeSettings) -> bool | None:
    """Whether the heater was told to be hot enough; None where the tick does not say."""
    if execution.error is not None:
        return None
    mode = _mode(execution)
    if mode is None or mode not in _hot_modes(home.water_heater) or execution.shadow:
        return False
    results = {step.result for step in execution.steps if step.entity_id == home.entities.water_heater}
    if results & _NOT_TAKEN:
        return False
    return True if results and results <= _TAKEN else None


def _mode(execution: Execution) -> HeaterMode | None:
    heater = execution.decision.heater
    return None if heater is None else heater.mode


def _hot_modes(heater: WaterHeaterSettings | None) -> set[HeaterMode]:
    if heater is None:
        return set()
    hotter = {HeaterMode.BOOST: heater.boost_celsius, HeaterMode.MAX: heater.max_celsius}
    return {HeaterMode.HYGIENE, *(mode for mode, celsius in hotter.items() if celsius >= heater.hygiene_celsius)}


def _delivered_kwh(rows: Iterable[Observation], start: datetime, end: datetime) -> float | None:
    found = [row.heater_kwh * row.share_within(start, end) for row in rows if row.heater_kwh is not None]
    return sum(found) if found else None
