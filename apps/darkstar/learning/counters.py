"""From energy counters to observations: what flowed in each slot that has ended."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from ..home.counters import CounterReading, CounterSnapshot
from ..home.observation import BATTERY_DRIVEN, Observation
from ..home.prices import PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, Slot, floor_to_slot, slots_between
from .circumstances import UNKNOWN, Circumstances, left_at, marks

MAX_GAP = timedelta(days=1)
"""After a longer time without readings nothing is spread: its mean says nothing about a slot."""
_SLOT = timedelta(minutes=SLOT_MINUTES)
_HOUR = timedelta(hours=1)
_PROMPT = timedelta(minutes=5)
"""A reading so soon after the end of a slot is as good as one at its end."""
_LOAD_SILENCE = timedelta(hours=1)
"""No home uses nothing for so long: a load counter that says nothing new has lost its meter."""
_CATCH_UP_SILENCE = timedelta(hours=1)
_CATCH_UP_KWH = 0.5
"""A counter that was silent for longer and then rises by more is taken to deliver what it had held back."""
_LOSS_SHARE = 0.05
"""What the counters of a battery and the meters around it usually differ by: its inverter's losses."""
_NOISE_KWH = 0.01
"""A counter that falls by less than this has been rounded, not reset."""
_RESOLUTION_KWH = 0.5
"""What a balance of counters that show tenths may be wrong by in a slot."""
_HOUSE_KW = 43.5
"""Largest usual house connection, 3 x 63 A: the limit where the settings know none."""
_LIMIT_MARGIN = 1.5
_COUNTER_STEP_KWH = 1.0
"""Coarsest usual counter: may show a whole kWh at once."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Observations of the slots that have ended, and the counters at the end of the last one.

    `snapshot` is to be kept, and passed as `previous` next time.
    """

    observations: tuple[Observation, ...]
    snapshot: CounterSnapshot


@dataclass(frozen=True, slots=True)
class _Flow:
    """Mean power of one quantity since its last good reading, None when unknown, and the next baseline."""

    mean_kw: float | None
    known_from: datetime
    baseline: CounterReading | None
    flag: str | None = None

    def energy_kwh(self, slot: Slot) -> float | None:
        """Energy of a slot; None where the counter was not yet read at the slot's start."""
        if self.mean_kw is None or self.known_from > slot.start + _PROMPT:
            return None
        return self.mean_kw * slot.hours


def record(
    previous: CounterSnapshot | None,
    current: CounterSnapshot,
    home: HomeSettings,
    soc_percent: float | None,
    prices: PriceCurve,
    circumstances: Circumstances = UNKNOWN,
) -> Recorded:
    """Observations of the slots that have ended since `previous`, filed under the slot in which the energy flowed.

    Call it soon after each slot's end. What flowed since the last reading is spread evenly over its
    time: a late reading leaves its part to the running slot, and several slots at once carry the flag
    `gap`. A counter that fell (`reset`) or rose beyond what the home can do (`spike`) says nothing
    about its slot; one that rises after more than an hour of silence may deliver energy of earlier slots
    (`catch_up`). `load_kwh` comes from the load counter, or where there is none from the balance of
    the others, without water heater and car when these are measured. A home that does not feed in
    exports 0. `soc_percent` is the state of charge now; forecast prices in `prices` are not filed.
    `circumstances` are those of the time since `previous`.
    """
    if previous is None or not _follows(previous, current):
        return Recorded((), current)
    boundary = floor_to_slot(current.taken_at)
    if boundary <= previous.taken_at:
        return Recorded((), previous)
    flows = _flows(previous, current, boundary, home)
    slots = slots_between(floor_to_slot(previous.taken_at + _SLOT - timedelta.resolution), boundary)
    prompt_soc = soc_percent if current.taken_at - boundary <= _PROMPT else None
    rows = [_observation(slot, flows, home, prices) for slot in slots]
    if rows:
        start_soc = previous.soc_percent if slots[0].start == previous.taken_at else None
        rows[0] = replace(rows[0], soc_start_percent=start_soc)
        rows[-1] = replace(rows[-1], soc_percent=prompt_soc)
    left = left_at(previous.left_at, boundary, circumstances)
    marked = [replace(row, flags=tuple(sorted({*row.flags, *marks(row, home, circumstances, left)}))) for row in rows]
    baselines = {name: flow.baseline for name, flow in flows.items()}
    snapshot = CounterSnapshot(boundary, **baselines, soc_percent=prompt_soc, left_at=left)
    return Recorded(tuple(row for row in marked if _says_something(row)), snapshot)


def _follows(previous: CounterSnapshot, current: CounterSnapshot) -> bool:
    return -_SLOT <= current.taken_at - previous.taken_at <= MAX_GAP


def _flows(
    previous: CounterSnapshot, current: CounterSnapshot, boundary: datetime, home: HomeSettings
) -> dict[str, _Flow]:
    limits = _limits_kw(home)
    flows = {}
    for name in _QUANTITIES:
        before: CounterReading | None = getattr(previous, name)
        after: CounterReading | None = getattr(current, name)
        if name == "load" and _is_silent(before, after, current.taken_at):
            after = None
        flows[name] = _flow(before, after, current.taken_at, boundary, limits[name])
    return flows


_QUANTITIES = tuple(
    field.name for field in fields(CounterSnapshot) if field.name not in {"taken_at", "soc_percent", "left_at"}
)


def _is_silent(before: CounterReading | None, after: CounterReading | None, now: datetime) -> bool:
    return before is not None and after is not None and after.kwh == before.kwh and now - after.read_at > _LOAD_SILENCE


def _flow(
    before: CounterReading | None, after: CounterReading | None, now: datetime, boundary: datetime, limit_kw: float
) -> _Flow:
    if after is None or not math.isfinite(after.kwh):
        return _Flow(None, now, before)
    fresh = CounterReading(after.entity_id, after.kwh, now, after.read_at)
    if before is None or before.entity_id != after.entity_id or before.read_at >= now:
        return _Flow(None, now, fresh)
    rise_kwh = after.kwh - before.kwh
    if rise_kwh < -_NOISE_KWH:
        return _Flow(None, now, fresh, "reset")
    mean_kw = max(rise_kwh, 0.0) / ((now - before.read_at) / _HOUR)
    slot_hours = _SLOT / _HOUR
    if mean_kw * slot_hours > limit_kw * slot_hours * _LIMIT_MARGIN + _COUNTER_STEP_KWH:
        return _Flow(None, now, fresh, "spike")
    at_boundary_kwh = after.kwh - mean_kw * ((now - boundary) / _HOUR)
    is_spread = boundary - before.read_at > _SLOT + _PROMPT or now - boundary > _PROMPT
    baseline = CounterReading(after.entity_id, at_boundary_kwh, boundary, after.read_at)
    if is_spread:
        return _Flow(mean_kw, before.read_at, baseline, "gap")
    return _Flow(mean_kw, before.read_at, baseline, "catch_up" if _catches_up(before, after, rise_kwh) else None)


def _catches_up(before: CounterReading, after: CounterReading, rise_kwh: float) -> bool:
    was_silent = before.heard_at is not None and after.read_at - before.heard_at > _CATCH_UP_SILENCE
    return was_silent and rise_kwh > _CATCH_UP_KWH


def _limits_kw(home: HomeSettings) -> dict[str, float]:
    """What each quantity cannot exceed, before the margin for sloppy settings."""
    grid_kw = home.grid.max_import_kw or _HOUSE_KW
    pv_kw = sum(array.kwp for array in home.pv_arrays) or _HOUSE_KW
    discharge_kw = home.battery.max_discharge_kw
    return {
        "load": grid_kw + pv_kw + discharge_kw,
        "pv": pv_kw,
        "grid_import": grid_kw,
        "grid_export": pv_kw + discharge_kw,
        "battery_charge": home.battery.max_charge_kw,
        "battery_discharge": discharge_kw,
        "water_heater": home.water_heater.power_kw if home.water_heater else _HOUSE_KW,
        "ev": home.ev.max_charge_kw if home.ev else _HOUSE_KW,
    }


def _observation(slot: Slot, flows: dict[str, _Flow], home: HomeSettings, prices: PriceCurve) -> Observation:
    energies = {name: flow.energy_kwh(slot) for name, flow in flows.items()}
    if energies["grid_import"] is not None and not home.feeds_in:
        energies["grid_export"] = 0.0
    load_kwh, load_flags = _household(energies, home)
    price = prices.mean_over(slot)
    known = price if price is not None and price.known else None
    flags = {flow.flag for flow in flows.values() if flow.flag is not None}
    return Observation(
        start=slot.start,
        hours=slot.hours,
        load_kwh=load_kwh,
        pv_kwh=energies["pv"],
        import_kwh=energies["grid_import"],
        export_kwh=energies["grid_export"],
        charge_kwh=energies["battery_charge"],
        discharge_kwh=energies["battery_discharge"],
        heater_kwh=energies["water_heater"],
        ev_kwh=energies["ev"],
        import_price=known.import_per_kwh if known else None,
        export_price=known.export_per_kwh if known else None,
        flags=tuple(sorted(flags | load_flags)),
    )


def _household(energies: dict[str, float | None], home: HomeSettings) -> tuple[float | None, set[str]]:
    """The load that Darkstar does not control itself."""
    entities = home.entities
    load_kwh = _balance(energies, home) if entities.load_energy is None else energies["load"]
    for name in entities.taken_out_of_load:
        apart_kwh = energies[name]
        load_kwh = None if load_kwh is None or apart_kwh is None else load_kwh - apart_kwh
    if load_kwh is None:
        return None, set()
    if load_kwh < -_RESOLUTION_KWH:
        return None, {"spike"}
    flags = {BATTERY_DRIVEN} if entities.load_energy is None and _is_battery_driven(load_kwh, energies) else set()
    return max(load_kwh, 0.0), flags


def _is_battery_driven(load_kwh: float, energies: dict[str, float | None]) -> bool:
    moved_kwh = (energies["battery_charge"] or 0.0) + (energies["battery_discharge"] or 0.0)
    return load_kwh < _LOSS_SHARE * moved_kwh


def _balance(energies: dict[str, float | None], home: HomeSettings) -> float | None:
    """All that comes in less all that goes out; panels that the home does not have count as nothing."""
    pv_kwh = energies["pv"] if home.has_pv else 0.0
    sources = (pv_kwh, energies["grid_import"], energies["battery_discharge"])
    sinks = (energies["grid_export"], energies["battery_charge"])
    if None in sources or None in sinks:
        return None
    return sum(each for each in sources if each is not None) - sum(each for each in sinks if each is not None)


def _says_something(row: Observation) -> bool:
    values = (
        row.load_kwh,
        row.pv_kwh,
        row.import_kwh,
        row.export_kwh,
        row.charge_kwh,
        row.discharge_kwh,
        row.heater_kwh,
        row.ev_kwh,
        row.soc_percent,
    )
    return any(value is not None for value in values)
