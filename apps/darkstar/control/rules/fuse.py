"""The fuse guard: what charges or heats gives way before the main fuse does.

All currents are in A per phase. Negative ones are a feed-in and count as none.

What the other loads leave of the fuse goes to the devices, first to those that give way last. A device
that had to give way gets back what it wants once there has been room for it during
`executor.min_hold_minutes`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ...home.readings import Measurement, Readings
from ...home.settings import HomeSettings
from ..decision import Holding
from .fuse_devices import LIMITERS, READERS, ROUNDING_A, Device, Evidence, Wishes
from .holding import has_held, held_since
from .situation import Moment

SETTLING = timedelta(seconds=5)
"""What is measured sooner after a cut does not show it yet."""
CUT = "fuse_cut"
"""The guard has taken current from a device: the instant of the last time."""
RULES = {"battery": "fuse_battery", "ev": "fuse_ev", "heater": "fuse_heater"}
"""A device has less than it wants because of the fuse: the last instant without room."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """The wishes that the fuse bears, and what to remember."""

    wishes: Wishes
    holding: tuple[Holding, ...] = ()


def exceeded(readings: Readings, home: HomeSettings) -> bool:
    """Whether a phase draws more from the grid than `grid.fuse_a`; what cannot be read does not say so."""
    fuse_a = home.grid.fuse_a
    worst = _worst(readings)
    return fuse_a is not None and worst is not None and worst.value > fuse_a


def guard(wishes: Wishes, moment: Moment) -> Guarded:
    """Cut the wishes to what the main fuse bears; unchanged where `grid.fuse_a` is not set.

    While a phase cannot be read, nothing that was cut comes back, and beyond the plan no purchase for
    the battery begins and a car begins with its smallest current.
    """
    fuse_a = moment.home.grid.fuse_a
    if fuse_a is None:
        return Guarded(wishes)
    evidence = _evidence(fuse_a, moment)
    devices = {name: read(wishes, evidence, moment) for name, read in READERS.items()}
    shares = _shares(devices, evidence, moment.home)
    held, holding = wishes, []
    cut_at = held_since(moment, CUT)
    for name in moment.home.grid.fuse_sacrifice:
        device = devices[name]
        current_now, rule = _patient(RULES[name], device, device.settled(shares[name]), evidence, moment)
        if rule is None:
            continue
        holding.append(rule)
        held = LIMITERS[name](held, current_now, evidence)
        if evidence.room_a < 0 and current_now < min(device.told_a, device.wish_a) - ROUNDING_A:
            cut_at = moment.now
    if holding and cut_at is not None:
        holding.append(Holding(CUT, cut_at))
    return Guarded(held, tuple(holding))


def _evidence(fuse_a: float, moment: Moment) -> Evidence:
    currents = moment.readings.phase_currents_a
    sensors = len(moment.home.entities.phase_currents)
    is_blind = not currents or len(currents) < sensors or None in currents
    phases = max(sensors, len(currents), 1)
    worst, cut_at = _worst(moment.readings), held_since(moment, CUT)
    if worst is None:
        return Evidence(phases, math.inf if cut_at is None else 0.0, is_blind, "no phase current can be read")
    room_a = fuse_a - max(0.0, worst.value)
    if room_a < 0 and cut_at is not None and worst.measured_at <= cut_at + SETTLING:
        room_a = 0.0
    unread = ", another phase cannot be read" if is_blind else ""
    words = f"{worst.value:.1f} A on {worst.entity_id}, fuse {fuse_a:g} A{unread}"
    return Evidence(phases, room_a, is_blind, words)


def _worst(readings: Readings) -> Measurement | None:
    known = [current for current in readings.phase_currents_a if current is not None]
    return max(known, key=lambda current: current.value, default=None)


def _shares(devices: Mapping[str, Device], evidence: Evidence, home: HomeSettings) -> dict[str, float]:
    """What each device may draw: those that never give way first, then those that do so last."""
    last_first = tuple(reversed(home.grid.fuse_sacrifice))
    spared = tuple(name for name in devices if name not in last_first)
    left_a = evidence.room_a + sum(min(device.drawn_a, device.asked_a) + device.freed_a for device in devices.values())
    shares = {}
    for name in (*spared, *last_first):
        claim_a = devices[name].claim_a
        shares[name] = claim_a if name in spared else max(0.0, min(claim_a, left_a))
        left_a -= shares[name]
    return shares


def _patient(
    rule: str, device: Device, current: float, evidence: Evidence, moment: Moment
) -> tuple[float, Holding | None]:
    """The current to command, and the device's rule when it gets less than it wishes for.

    What was taken comes back, in part or whole, after there was room for some of it during the minimum
    hold time; the time begins again with each part.
    """
    since = held_since(moment, rule)
    fits = current >= device.wish_a - ROUNDING_A
    if fits and (since is None or device.wish_a <= device.told_a + ROUNDING_A):
        return current, None
    if since is None:
        return current, Holding(rule, moment.now)
    if current <= device.told_a + ROUNDING_A or evidence.is_blind:
        return min(current, device.told_a), Holding(rule, moment.now)
    if not has_held(moment, since):
        return device.told_a, Holding(rule, since)
    return current, None if fits else Holding(rule, moment.now)
