"""The stored energies at which values are kept: an even grid through floor and ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ..optimizer.request import BatteryRequest, SocGoal
from ..optimizer.tiers import EXCESS_PRICE, GOAL_PRICE, SHORTAGE_PRICE, WAITING_SHORTAGE_PRICE

GRID_STEPS = 100
"""Steps of the grid from empty to full, about."""
_NOISE = 1e-9
_SMALLEST_KWH = 1e-6


@dataclass(frozen=True)
class SocGrid:
    """Nodes `first_kwh + step_kwh * [0, 1, ...]`; the floor is node `floor`, the ceiling node `top`.

    Corners of what is wished lie on nodes, since values are interpolated between nodes. The nodes
    reach over empty and full by less than a step.
    """

    battery: BatteryRequest
    first_kwh: float
    step_kwh: float
    floor: int
    top: int
    count: int

    @classmethod
    def of(cls, battery: BatteryRequest) -> SocGrid:
        """The grid of a battery: up to its ceiling, or to its start where that lies above."""
        capacity = max(battery.capacity_kwh, _SMALLEST_KWH)
        floor = min(max(battery.min_kwh, 0.0), capacity)
        top = min(max(battery.max_kwh, floor), capacity)
        usual = capacity / GRID_STEPS
        band = round((top - floor) / usual)
        step = (top - floor) / band if band else usual
        below = ceil(floor / step - _NOISE)
        above = ceil((max(top, battery.start_kwh) - floor) / step - _NOISE)
        return cls(battery, floor - below * step, step, below, below + band, below + max(above, band, 1) + 1)

    @cached_property
    def nodes(self) -> NDArray[np.float64]:
        """Stored energy of the nodes in kWh."""
        return np.asarray(self.first_kwh + self.step_kwh * np.arange(self.count), dtype=float)

    @property
    def floor_kwh(self) -> float:
        """Stored energy of the floor."""
        return min(max(self.battery.min_kwh, 0.0), self.battery.capacity_kwh)

    @property
    def top_kwh(self) -> float:
        """Stored energy of the ceiling."""
        return min(max(self.battery.max_kwh, 0.0), self.battery.capacity_kwh)

    def at(self, soc_kwh: float) -> float:
        """Place of a stored energy on the grid, in steps."""
        return (soc_kwh - self.first_kwh) / self.step_kwh

    def kwh(self, node: float) -> float:
        """Stored energy of a node, as a level: the highest one means full."""
        if node >= self.count - 1:
            return self.battery.capacity_kwh
        return min(max(self.first_kwh + self.step_kwh * node, 0.0), self.battery.capacity_kwh)

    def end_value(self) -> NDArray[np.float64]:
        """What the nodes are worth after the horizon."""
        return np.array([self.battery.end_value(node) for node in self.nodes.tolist()])

    def band_price(self, price_level: float) -> NDArray[np.float64]:
        """What it costs, per hour, to rest at the nodes; a small inherited shortage counts in whole steps."""
        nodes, battery = self.nodes, self.battery
        shortage = np.maximum(nodes[self.floor] - nodes, 0.0)
        inherited = battery.inherited_shortage_kwh
        steps = max(round(inherited / self.step_kwh), 1) if inherited > _SMALLEST_KWH else 0
        waiting = np.minimum(shortage, steps * self.step_kwh)
        excess = np.maximum(nodes - nodes[self.top], 0.0)
        priced = WAITING_SHORTAGE_PRICE * waiting + SHORTAGE_PRICE * (shortage - waiting) + EXCESS_PRICE * excess
        return np.asarray(priced * price_level)

    def goal_price(self, goal: SocGoal, price_level: float) -> NDArray[np.float64]:
        """What the nodes miss of a goal, in money; the goal is rounded up to a node."""
        per_kwh = GOAL_PRICE * price_level if goal.price_per_kwh is None else goal.price_per_kwh
        wanted = ceil(self.at(min(goal.min_kwh, self.battery.capacity_kwh)) - _NOISE)
        return per_kwh * self.step_kwh * np.maximum(wanted - np.arange(self.count), 0.0)

    def falling_above_ceiling(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows with slopes made to fall above the ceiling: nothing is charged there, so a rise is out of reach."""
        if self.top >= self.count - 1:
            return rows
        first = max(self.top - 1, 0)
        slopes = np.minimum.accumulate(np.diff(rows[..., first:], axis=-1), axis=-1)[..., self.top - first :]
        inside = rows[..., : self.top + 1]
        return np.concatenate([inside, inside[..., -1:] + np.cumsum(slopes, axis=-1)], axis=-1)
