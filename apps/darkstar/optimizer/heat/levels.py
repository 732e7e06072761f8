"""What a heater's past means for its future, as a number on a ladder: heat of the running day, or in the tank.

A rung is an index. Slots move it up when the heater is on; the end of a day puts it back to the bottom.
Money is in price levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ..tiers import COLD_PRICE, HEAT_EXCESS_PRICE
from .case import HeaterCase
from .days import HeatWindow
from .tank import cold_price, kept_share, most_heat, stored_heat

IMPOSSIBLE = 1e6
_MOST_RUNGS = 100
_ROUNDING = 1e-6
_PARTS_OF_A_SLOT = 4
"""A tank's heat is counted in quarters of what a slot gives: losses make every slot give a little less."""

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one heater: where a slot leads, `[slot][rung]`, and what it costs besides energy.

    `resets` are the slots at whose end an idle heater is at the bottom. `is_exact` when no rung was
    rounded, so that what is computed on it is a bound.
    """

    on: Places
    resets: NDArray[np.bool_]
    on_toll: Numbers
    off_toll: Numbers
    final: Numbers
    is_exact: bool


def flat_ladder(case: HeaterCase) -> Ladder:
    """One rung: what is owed counts in the prices of the slots already."""
    count = len(case.kwh)
    zeros = np.zeros((count, 1))
    return Ladder(zeros.astype(np.int64), np.zeros(count, dtype=bool), zeros, zeros, np.zeros(1), is_exact=True)


def ladder_of(case: HeaterCase) -> Ladder:
    """The rungs of a heater that is on or off at full power: of its tank, or of its heat days."""
    if case.heater.tank is not None:
        return _tank_ladder(case)
    return _day_ladder(case) if case.windows else flat_ladder(case)


def _day_ladder(case: HeaterCase) -> Ladder:
    """A rung per amount of heat that the running day can have had."""
    sums, exact = zip(*(_reachable(case, window) for window in case.windows), strict=True)
    rungs = max(len(one) for one in sums)
    count = len(case.kwh)
    on = np.zeros((count, rungs), dtype=np.int64)
    resets = np.zeros(count, dtype=bool)
    on_toll, off_toll = np.zeros((count, rungs)), np.zeros((count, rungs))
    parts = [dict(window.heat_kwh) for window in case.windows]
    begins = [window.heat_kwh[0][0] for window in case.windows]
    ends = [window.heat_kwh[-1][0] for window in case.windows]
    for index in range(count):
        days = [day for day, heat in enumerate(parts) if index in heat]
        running = next((day for day in days if begins[day] < index), None)
        had = np.zeros(rungs) if running is None else _padded(sums[running], rungs)
        idle, heated, place = had.copy(), had.copy(), np.zeros(rungs, dtype=np.int64)
        for day in days:
            if begins[day] == index:
                idle, heated = np.zeros(rungs), np.zeros(rungs)
            heated = heated + parts[day][index]
            on_toll[index] += HEAT_EXCESS_PRICE * np.maximum(heated - sums[day][-1], 0.0)
            heated = np.minimum(heated, sums[day][-1])
            place = _place(sums[day], heated)
            if ends[day] == index:
                off_toll[index] += _settled(case.windows[day], idle)
                on_toll[index] += _settled(case.windows[day], heated)
                place = np.zeros(rungs, dtype=np.int64)
                resets[index] = True
        on[index] = place
    return Ladder(on, resets, on_toll, off_toll, np.zeros(rungs), is_exact=all(exact))


def _reachable(case: HeaterCase, window: HeatWindow) -> tuple[Numbers, bool]:
    """The amounts of heat that a day can have, up to one slot more than it can ever use."""
    forced = sum(case.kwh[index] for index in case.locked)
    if case.hygiene_h is not None:
        forced += case.heater.power_kw * case.hygiene_h[2]
    full = max(kwh for _, kwh in window.heat_kwh)
    most = window.cap_kwh + forced + full
    sums = np.zeros(1)
    for _, kwh in window.heat_kwh:
        more = np.concatenate([sums, sums + kwh])
        sums = np.unique(np.round(more[more <= most + _ROUNDING], 6))
        if len(sums) > _MOST_RUNGS:
            return np.arange(0.0, most + full / _PARTS_OF_A_SLOT, most / (_MOST_RUNGS // 2)), False
    return sums, True


def _place(sums: Numbers, heat: Numbers) -> Places:
    """The rung nearest to each amount of heat; the top one for more."""
    right = np.clip(np.searchsorted(sums, heat), 1, max(len(sums) - 1, 1))
    if len(sums) == 1:
        return np.zeros(len(heat), dtype=np.int64)
    left = right - 1
    return np.where(heat - sums[left] < sums[right] - heat, left, right).astype(np.int64)


def _padded(sums: Numbers, rungs: int) -> Numbers:
    return np.concatenate([sums, np.full(rungs - len(sums), sums[-1])])


def _settled(window: HeatWindow, heat: Numbers) -> Numbers:
    """What a day counts that ends with so much heat."""
    missing, excess = np.maximum(window.need_kwh - heat, 0.0), np.maximum(heat - window.cap_kwh, 0.0)
    settled: Numbers = COLD_PRICE * missing + HEAT_EXCESS_PRICE * excess
    return settled


def _tank_ladder(case: HeaterCase) -> Ladder:
    """A rung per heat above what a tank without heating would hold, counted as heat at the start of the horizon.

    So a rung changes only while the heater is on, though the tank loses heat all the time.
    """
    tank, slots = case.heater.tank, case.request.slots
    if tank is None:
        msg = f"{case.label} has no tank"
        raise ValueError(msg)
    kept = np.array([*accumulate((max(kept_share(tank, slot), _ROUNDING) for slot in slots), lambda a, b: a * b)])
    idle = np.array(stored_heat(tank, slots, [0.0] * len(slots)))
    given = tank.heat_per_kwh * np.array(case.kwh) / kept
    most = np.array(most_heat(tank, slots))
    highest = float(max(((most - idle) / kept).max(), 0.0))
    step = max(float(given.max()) / _PARTS_OF_A_SLOT, highest / _MOST_RUNGS, _ROUNDING)
    rungs = ceil(highest / step) + 1
    heat = np.arange(rungs) * step
    stored = idle[:, None] + kept[:, None] * heat[None, :]
    price = np.array([cold_price(slot) for slot in slots])
    off_toll = price[:, None] * np.maximum(tank.min_kwh - stored, 0.0)
    up = np.rint(given / step).astype(np.int64)
    wanted = np.arange(rungs)[None, :] + up[:, None]
    on = np.minimum(wanted, rungs - 1)
    too_full = (wanted >= rungs) | (np.take_along_axis(stored, on, 1) > most[:, None] + 0.5 * step)
    on_toll = np.take_along_axis(off_toll, on, 1) + IMPOSSIBLE * too_full
    final = -tank.end_value_per_kwh / case.request.price_level * stored[-1]
    return Ladder(on, np.zeros(len(slots), dtype=bool), on_toll, off_toll, final, is_exact=False)


def price_while_on(case: HeaterCase, prices: Numbers) -> Numbers:
    """What a slot costs while on: at full power, or at the lowest where energy is not given away."""
    return np.minimum(prices, case.least_share * prices)
