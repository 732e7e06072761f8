"""Counters that Home Assistant keeps no statistics of, out of the recorder's history of states."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ..home.ports import EntityState, PastStatesReader, StatisticsRow
from .units import Unreadable, energy_kwh, percent

_FIVE_MINUTES = timedelta(minutes=5)
_CHUNK = timedelta(hours=6)
"""How much is asked for at once: a counter may say something new every few seconds, each time with its unit."""

Known = tuple[datetime, float | None]


def five_minute_rows(
    ha: PastStatesReader, counters: Sequence[str], soc: str | None, start: datetime, end: datetime
) -> Mapping[str, Sequence[StatisticsRow]]:
    """Rows as the statistics would have them: what a counter rose in kWh (`change`), the SoC at the end (`mean`).

    An entity holds what it said last. While it is unavailable, and in the row in which it comes back, there is no row.

    Raises:
        ConnectionError: Home Assistant did not answer, or has no history.
    """
    ids = [*counters, *([] if soc is None else [soc])]
    said: dict[str, list[Known]] = defaultdict(list)
    edge = start
    while edge < end and ids:
        following = min(edge + _CHUNK, end)
        for entity_id, states in ha.past_states(ids, edge, following).items():
            said[entity_id] += _readings(states, is_soc=entity_id == soc)
        edge = following
    return {entity_id: tuple(_rows(readings, start, end)) for entity_id, readings in said.items()}


def _readings(states: Sequence[EntityState], *, is_soc: bool) -> Iterator[Known]:
    for state in states:
        value = percent(state) if is_soc else energy_kwh(state)
        if state.reported_at is not None:
            yield state.reported_at, None if isinstance(value, Unreadable) else value


def _rows(readings: list[Known], start: datetime, end: datetime) -> Iterator[StatisticsRow]:
    readings.sort(key=_instant)
    edge = start
    before = _at(readings, edge)
    while edge + _FIVE_MINUTES <= end:
        after = _at(readings, edge + _FIVE_MINUTES)
        if before is not None and after is not None:
            yield StatisticsRow(edge, edge + _FIVE_MINUTES, after - before, after)
        edge, before = edge + _FIVE_MINUTES, after


def _at(readings: Sequence[Known], instant: datetime) -> float | None:
    index = bisect_right(readings, instant, key=_instant)
    return readings[index - 1][1] if index else None


def _instant(reading: Known) -> datetime:
    return reading[0]
