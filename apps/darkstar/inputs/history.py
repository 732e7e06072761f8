"""What the home measured, out of Home Assistant's long-term statistics and the recorder's history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from ..home.finite import number
from ..home.observation import Observation
from ..home.ports import PastReader, StatisticsReader, StatisticsRow
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, floor_to_slot
from .past_states import five_minute_rows

Period = Literal["5minute", "hour"]
Rows = Mapping[str, Sequence[StatisticsRow]]

_QUARTER = timedelta(minutes=SLOT_MINUTES)
_HOUR = timedelta(hours=1)
_STEP: Mapping[Period, timedelta] = MappingProxyType({"5minute": timedelta(minutes=5), "hour": _HOUR})
_CHUNK: Mapping[Period, timedelta] = MappingProxyType({"5minute": timedelta(days=2), "hour": timedelta(days=30)})
"""How much is asked for at once: one answer stays small enough for the connection."""

_RECENT = timedelta(days=10)
"""Home Assistant keeps 5-minute rows this long unless told otherwise."""

_ROWS_PER_QUARTER = _QUARTER // _STEP["5minute"]
_QUARTERS_PER_HOUR = _HOUR // _QUARTER
_MAX_KW = 30.0
"""Mean power above which a counter's step is a spike."""

_NOISE_KWH = 1e-6
_COUNTERS: Mapping[str, str] = MappingProxyType(
    {
        "load": "load_energy",
        "pv": "pv_energy",
        "import": "grid_import_energy",
        "export": "grid_export_energy",
        "charge": "battery_charge_energy",
        "discharge": "battery_discharge_energy",
        "water_heater": "water_heater_energy",
        "ev": "ev_energy",
    }
)


@dataclass(slots=True)
class _Quarter:
    """What is known of one quarter-hour: kWh per counter, SoC at its end, repairs."""

    kwh: dict[str, float] = field(default_factory=dict)
    soc_percent: float | None = None
    flags: set[str] = field(default_factory=set)


def read_history(ha: PastReader, home: HomeSettings, start: datetime, end: datetime) -> tuple[Observation, ...]:
    """Observations of the quarter-hours of `[start, end)`, oldest first.

    The last ten days come from 5-minute rows, complete quarter-hours only; what is older from hourly
    rows spread evenly over their quarter-hours (flag `hourly`). Without a load counter the load is
    `pv + import + discharge - export - charge` (flag `derived`), at least 0. A home that does not
    feed in exports 0. Where water heater
    or car are measured apart they are taken out of the load. A counter that ran backwards (flag `reset`) or faster
    than 30 kWh per hour (flag `spike`) has no value; neither has a row after a gap, which holds the
    energy of the whole gap. Entities without statistics (no `state_class`) are read from the recorder's
    history of the last ten days. Quarter-hours of which nothing is known are left out.

    Raises:
        ConnectionError: Home Assistant did not answer.
    """
    first = _ceil_to_quarter(start)
    last = floor_to_slot(end)
    counters = _counters(home)
    soc = home.entities.battery_soc
    ids = tuple(dict.fromkeys([*counters.values(), *([] if soc is None else [soc])]))
    if first >= last or not ids:
        return ()
    fine = _fetched(ha, ids, floor_to_slot(max(first, last - _RECENT), 60), last, "5minute")
    fine_from = min([last, *(_ceil_to_quarter(rows[0].start) for rows in fine.values() if rows)])
    coarse = _fetched(ha, ids, floor_to_slot(first, 60), fine_from, "hour") if first < fine_from else {}
    raw_from = max(first, _ceil_to_quarter(last - _RECENT))
    raw = _without_statistics(
        ha, [name for name in ids if name not in fine and name not in coarse], soc, raw_from, last
    )
    fine = {**fine, **raw}
    quarters: dict[datetime, _Quarter] = defaultdict(_Quarter)
    for name, entity_id in counters.items():
        _add_hours(quarters, name, coarse.get(entity_id, ()), fine_from)
        _add_quarters(quarters, name, fine.get(entity_id, ()))
    if soc is not None:
        _add_soc(quarters, coarse.get(soc, ()), fine.get(soc, ()), fine_from)
    wanted = (begin for begin in sorted(quarters) if first <= begin < last)
    observations = (_observation(begin, quarters[begin], quarters.get(begin - _QUARTER), home) for begin in wanted)
    return tuple(observation for observation in observations if observation is not None)


def _without_statistics(
    ha: PastReader, missing: Sequence[str], soc: str | None, start: datetime, end: datetime
) -> Rows:
    """Rows from the history of states; nothing where Home Assistant keeps no history either."""
    if not missing:
        return {}
    counters = [entity_id for entity_id in missing if entity_id != soc]
    try:
        return five_minute_rows(ha, counters, soc if soc in missing else None, start, end)
    except ConnectionError:
        return {}


def _counters(home: HomeSettings) -> dict[str, str]:
    configured = {name: getattr(home.entities, setting) for name, setting in _COUNTERS.items()}
    return {name: entity_id for name, entity_id in configured.items() if entity_id is not None}


def _fetched(ha: StatisticsReader, ids: Sequence[str], start: datetime, end: datetime, period: Period) -> Rows:
    """Rows by id, each of which directly follows its predecessor, from one step before `start`.

    The row after a gap is left out: its `change` counts from the last row before the gap.
    """
    step = _STEP[period]
    found: dict[str, dict[datetime, StatisticsRow]] = defaultdict(dict)
    edge = start - step
    while edge < end:
        following = min(edge + _CHUNK[period], end)
        for entity_id, rows in ha.statistics(ids, edge, following, period, {"energy": "kWh"}).items():
            found[entity_id].update((row.start, row) for row in rows)
        edge = following
    return {
        entity_id: [rows[begin] for begin in sorted(rows) if begin - step in rows] for entity_id, rows in found.items()
    }


def _add_hours(quarters: dict[datetime, _Quarter], name: str, rows: Iterable[StatisticsRow], until: datetime) -> None:
    """Spread hourly rows that end by `until`, from where on the 5-minute rows serve."""
    for row in rows:
        if row.start + _HOUR <= until:
            for index in range(_QUARTERS_PER_HOUR):
                _put(quarters[row.start + index * _QUARTER], name, (row.change,), _HOUR)


def _add_quarters(quarters: dict[datetime, _Quarter], name: str, rows: Iterable[StatisticsRow]) -> None:
    grouped: dict[datetime, list[StatisticsRow]] = defaultdict(list)
    for row in rows:
        grouped[floor_to_slot(row.start)].append(row)
    for start, group in grouped.items():
        if len(group) == _ROWS_PER_QUARTER:
            _put(quarters[start], name, [row.change for row in group], _QUARTER)


def _put(quarter: _Quarter, name: str, changes: Sequence[float | None], length: timedelta) -> None:
    """Note the quarter-hour's share of a counter's energy over `length`, or why it is not believed."""
    known = [change for change in map(number, changes) if change is not None]
    if len(known) < len(changes):
        return
    if min(known) < -_NOISE_KWH:
        quarter.flags.add("reset")
    elif sum(known) > _MAX_KW * (length / _HOUR):
        quarter.flags.add("spike")
    else:
        quarter.kwh[name] = max(0.0, sum(known)) * (_QUARTER / length)
        if length > _QUARTER:
            quarter.flags.add("hourly")


def _add_soc(
    quarters: dict[datetime, _Quarter],
    coarse: Iterable[StatisticsRow],
    fine: Iterable[StatisticsRow],
    fine_from: datetime,
) -> None:
    """Note the SoC at the ends of quarter-hours: the mean of the last five minutes.

    The mean of an hour is the SoC half-way, where the hour's second quarter ends; the ends of the
    other three are not known.
    """
    ends = [(row.start + 2 * _QUARTER, row.mean) for row in coarse if row.start + _HOUR <= fine_from]
    ends += [(row.end, row.mean) for row in fine if floor_to_slot(row.end) == row.end]
    for end, mean in ends:
        soc = number(mean)
        if soc is not None and 0 <= soc <= 100:  # noqa: PLR2004 - percent
            quarters[end - _QUARTER].soc_percent = soc


def _observation(start: datetime, quarter: _Quarter, before: _Quarter | None, home: HomeSettings) -> Observation | None:
    flags = set(quarter.flags)
    if "import" in quarter.kwh and not home.feeds_in:
        quarter.kwh["export"] = 0.0
    if not quarter.kwh and quarter.soc_percent is None and not flags:
        return None
    load = _load(quarter.kwh, home)
    if load is not None and home.entities.load_energy is None:
        flags.add("derived")
    return Observation(
        start=start,
        soc_start_percent=before.soc_percent if before is not None else None,
        hours=_QUARTER / _HOUR,
        load_kwh=load,
        pv_kwh=quarter.kwh.get("pv"),
        import_kwh=quarter.kwh.get("import"),
        export_kwh=quarter.kwh.get("export"),
        charge_kwh=quarter.kwh.get("charge"),
        discharge_kwh=quarter.kwh.get("discharge"),
        heater_kwh=quarter.kwh.get("water_heater"),
        ev_kwh=quarter.kwh.get("ev"),
        soc_percent=quarter.soc_percent,
        flags=tuple(sorted(flags)),
    )


def _load(kwh: Mapping[str, float], home: HomeSettings) -> float | None:
    """The household's energy without water heater and car where these are measured apart.

    Where one should be taken out but was not measured, the load is unknown: with it, it would be another
    quantity.
    """
    entities = home.entities
    load = _balance(kwh, home) if entities.load_energy is None else kwh.get("load")
    apart = entities.taken_out_of_load
    if load is None or any(name not in kwh for name in apart):
        return None
    return max(0.0, load - sum(kwh[name] for name in apart))


def _balance(kwh: Mapping[str, float], home: HomeSettings) -> float | None:
    """All that came in less all that went out: the load with everything in it.

    A home without PV needs no PV counter.
    """
    sources = ("import", "discharge", "pv") if home.has_pv else ("import", "discharge")
    sinks = ("charge", "export")
    if any(name not in kwh for name in (*sources, *sinks)):
        return None
    return max(0.0, sum(kwh[name] for name in sources) - sum(kwh[name] for name in sinks))


def _ceil_to_quarter(instant: datetime) -> datetime:
    return floor_to_slot(instant + _QUARTER - timedelta(microseconds=1))
