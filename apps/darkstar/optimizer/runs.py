"""Where and when deferrable loads can run, and what has become of them in a schedule.

A window may reach past the horizon. What a load takes after the horizon, by a run that goes on or by one
that waits, counts at the mean import price of the horizon: waiting is right where no slot is cheaper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil, floor

from .request import LoadRequest, PlanRequest, RequestSlot
from .tiers import MISSED_LOAD_PRICE

TOLERANCE = 0.05
"""A load that may pause may lack this part of one slot's energy: a slot that began seconds ago still counts."""
_ROUNDING = 1e-9
_NOISE_KWH = 1e-6


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run that begins in slot `first`: what it takes, as (slot, kWh), and after the horizon.

    `lost_later` is how many runs fewer can wait until after the horizon because this one ends there.
    """

    first: int
    kwh: tuple[tuple[int, float], ...]
    after_kwh: float
    lost_later: int

    @property
    def free_from(self) -> int:
        """The first slot that it leaves free."""
        return self.kwh[-1][0] + 1


@dataclass(frozen=True, slots=True)
class WholeRuns:
    """A load that may not pause: the rest of the run under way, and `wanted` runs to come, at `starts`.

    `later` of them can wait until after the horizon.
    """

    running: tuple[tuple[int, float], ...]
    starts: tuple[RunStart, ...]
    wanted: int
    later: int
    run_kwh: float

    def chosen(self, energies_kwh: Sequence[float]) -> tuple[RunStart, ...]:
        """The runs that make up these energies, one per slot of the request."""
        left = list(energies_kwh)
        for index, kwh in self.running:
            left[index] -= kwh
        runs: list[RunStart] = []
        for start in self.starts:
            is_free = not runs or start.first >= runs[-1].free_from
            if len(runs) < self.wanted and is_free and all(left[at] > kwh - _NOISE_KWH for at, kwh in start.kwh):
                runs.append(start)
        return tuple(runs)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A load that may pause: what each slot gives when on, as (slot, kWh); `later_kwh` can wait.

    It is on for whole slots, so between `need_kwh` and `cap_kwh` it is served: less than one slot more than
    needed, also when energy is free.
    """

    kwh: tuple[tuple[int, float], ...]
    need_kwh: float
    cap_kwh: float
    later_kwh: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a schedule makes of a load: energy that waits or is taken after the horizon, served, and missed."""

    after_kwh: float
    served_kwh: float
    missed_kwh: float
    missed_runs: int

    def money(self, request: PlanRequest, load: LoadRequest) -> float:
        """What counts in the objective besides the energy of the horizon."""
        gain = 0.0 if load.worth_per_kwh is None else load.worth_per_kwh * self.served_kwh
        missing = MISSED_LOAD_PRICE * request.price_level * self.missed_kwh if load.worth_per_kwh is None else 0.0
        return self.after_kwh * later_price(request) - gain + missing


def possibilities(request: PlanRequest, load: LoadRequest) -> WholeRuns | Pieces:
    """Where a load can run within its window."""
    return _whole_runs(request.slots, load) if load.uninterruptible else _pieces(request.slots, load)


def later_price(request: PlanRequest) -> float:
    """What a kWh after the horizon counts for a load that waits: the mean import price of the horizon, if above 0."""
    hours = sum(slot.hours for slot in request.slots)
    mean = sum(slot.import_price * slot.hours for slot in request.slots) / hours if hours else 0.0
    return max(mean, 0.0)


def may_wait(request: PlanRequest, load: LoadRequest) -> bool:
    """Whether waiting is better than not running at all."""
    return load.worth_per_kwh is None or load.worth_per_kwh > later_price(request)


def outcome(request: PlanRequest, load: LoadRequest, energies_kwh: Sequence[float]) -> Outcome:
    """What becomes of a load that takes these energies, one per slot: the rest waits where it can and should."""
    where = possibilities(request, load)
    waits = may_wait(request, load)
    if isinstance(where, WholeRuns):
        chosen = where.chosen(energies_kwh)
        missing = where.wanted - len(chosen)
        room = max(where.later - sum(start.lost_later for start in chosen), 0)
        waiting = min(missing, room) if waits else 0
        missed = missing - waiting
        after = sum(start.after_kwh for start in chosen) + waiting * where.run_kwh
        return Outcome(after, (len(chosen) + waiting) * where.run_kwh, missed * where.run_kwh, missed)
    delivered = sum(min(kwh, energies_kwh[index]) for index, kwh in where.kwh)
    short = max(where.need_kwh - delivered, 0.0)
    after = min(short, where.later_kwh) if waits else 0.0
    return Outcome(after, where.need_kwh - short + after, short - after, 0)


def _whole_runs(slots: tuple[RequestSlot, ...], load: LoadRequest) -> WholeRuns:
    end = slots[-1].end
    since, length = load.running_since, _length(load)
    free_from = load.earliest if since is None else max(load.earliest, since + length)
    running = () if since is None else tuple(_taken(load, since, slots))
    later = _fitting(load, max(free_from, end))
    starts = []
    for first, at in _moments(slots, load, free_from):
        kwh = tuple((index, part) for index, part in _occupied(load, at, slots) if index >= first)
        within = sum(part for _, part in kwh)
        if within > _NOISE_KWH:
            lost = later - _fitting(load, max(at + length, end))
            starts.append(RunStart(first, kwh, max(load.energy_kwh - within, 0.0), lost))
    wanted = 0 if load.energy_kwh <= _NOISE_KWH else load.runs - (since is not None)
    return WholeRuns(running, tuple(starts), max(wanted, 0), min(later, max(wanted, 0)), load.energy_kwh)


def _moments(slots: tuple[RequestSlot, ...], load: LoadRequest, free_from: datetime) -> list[tuple[int, datetime]]:
    """Slots' starts at which a run ends in time; where none does, the window's own start inside a slot."""
    last = load.latest - _length(load)
    moments = [(index, slot.start) for index, slot in enumerate(slots) if free_from <= slot.start <= last]
    if moments or free_from > last:
        return moments
    return [(index, free_from) for index, slot in enumerate(slots) if slot.start < free_from < slot.end]


def _pieces(slots: tuple[RequestSlot, ...], load: LoadRequest) -> Pieces:
    mean_kw = sum(load.profile_kw) / max(len(load.profile_kw), 1)
    wished = load.energy_kwh * load.runs
    if load.running_since is not None:
        wished -= mean_kw * _hours(max(slots[0].start - load.running_since, timedelta()))
    parts = ((index, mean_kw * _overlap(slot, load.earliest, load.latest)) for index, slot in enumerate(slots))
    kwh = tuple((index, part) for index, part in parts if part > 0)
    later = mean_kw * max(_hours(load.latest - max(load.earliest, slots[-1].end)), 0.0)
    if wished <= _NOISE_KWH or not kwh:
        return Pieces(kwh if wished > _NOISE_KWH else (), max(wished, 0.0), max(wished, 0.0), later)
    full = max(part for _, part in kwh)
    need = max(wished - TOLERANCE * full, 0.0)
    enough = ceil(need / full - _ROUNDING)
    if all(part > full - _ROUNDING for _, part in kwh) and len(kwh) >= enough:
        # With slots of one length the need rounds up to whole slots: the relaxation gets tight.
        return Pieces(kwh, enough * full, enough * full, later)
    return Pieces(kwh, need, need + full, later)


def _fitting(load: LoadRequest, begin: datetime) -> int:
    """How many runs fit between `begin` and the window's end, one after another."""
    length = _hours(_length(load))
    return floor(max(_hours(load.latest - begin), 0.0) / length + _ROUNDING) if length > 0 else 0


def _occupied(load: LoadRequest, at: datetime, slots: Sequence[RequestSlot]) -> Iterator[tuple[int, float]]:
    """The slots that a run from `at` on touches, also where it takes nothing."""
    end = at + _length(load)
    for index, slot in enumerate(slots):
        if slot.start >= end:
            return
        if slot.end > at:
            yield index, _shared_kwh(load, at, slot)


def _taken(load: LoadRequest, at: datetime, slots: Sequence[RequestSlot]) -> Iterator[tuple[int, float]]:
    return ((index, kwh) for index, kwh in _occupied(load, at, slots) if kwh > 0)


def _shared_kwh(load: LoadRequest, at: datetime, slot: RequestSlot) -> float:
    """Energy that a run from `at` on takes in a slot."""
    begin = _hours(slot.start - at)
    return _until(load.profile_kw, load.step_hours, begin + slot.hours) - _until(
        load.profile_kw, load.step_hours, begin
    )


@lru_cache(maxsize=64)
def _sums(profile_kw: tuple[float, ...]) -> tuple[float, ...]:
    total, sums = 0.0, [0.0]
    for power in profile_kw:
        total += power
        sums.append(total)
    return tuple(sums)


def _until(profile_kw: tuple[float, ...], step_hours: float, hours: float) -> float:
    """Energy in the first `hours` of a profile."""
    place = min(max(hours / step_hours, 0.0), float(len(profile_kw)))
    whole = min(floor(place), len(profile_kw))
    part = profile_kw[whole] * (place - whole) if whole < len(profile_kw) else 0.0
    return (_sums(profile_kw)[whole] + part) * step_hours


def _length(load: LoadRequest) -> timedelta:
    return timedelta(hours=len(load.profile_kw) * load.step_hours)


def _overlap(slot: RequestSlot, begin: datetime, end: datetime) -> float:
    return max(_hours(min(slot.end, end) - max(slot.start, begin)), 0.0)


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
