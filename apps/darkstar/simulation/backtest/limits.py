"""Counts breaches of what the devices and the grid connection allow; shares no code with the house."""

from __future__ import annotations

from dataclasses import dataclass

from ..house import HouseFlows, Plant

TOLERANCE_KWH = 1e-6
"""An energy off by less is rounding."""


@dataclass(frozen=True, slots=True)
class Violations:
    """In how many ticks a limit was broken."""

    fuse: int = 0
    """More imported than the fuse allows while the battery charged."""
    export: int = 0
    """More exported than allowed."""
    soc: int = 0
    """Stored energy below nothing or above the capacity."""
    power: int = 0
    """The battery took or gave more than it can."""
    balance: int = 0
    """Energy came from nowhere or was lost."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.fuse + self.export + self.soc + self.power + self.balance


class Inspector:
    """Looks at every tick of a house with this plant, which starts with `soc_kwh` stored."""

    def __init__(self, plant: Plant, soc_kwh: float) -> None:
        self._plant = plant
        self._soc_kwh = soc_kwh
        self._fuse = self._export = self._soc = self._power = self._balance = 0

    @property
    def violations(self) -> Violations:
        """What was found so far."""
        return Violations(self._fuse, self._export, self._soc, self._power, self._balance)

    def look_at(self, flows: HouseFlows, pv_kw: float) -> None:
        """Check a tick with this much PV on offer."""
        plant, hours = self._plant, flows.hours
        charges = flows.charge_kwh > TOLERANCE_KWH
        self._fuse += charges and _above(flows.import_kwh, plant.max_import_kw, hours)
        self._export += _above(flows.export_kwh, plant.max_export_kw, hours)
        self._soc += not -TOLERANCE_KWH <= flows.soc_kwh <= plant.capacity_kwh + TOLERANCE_KWH
        self._power += _above(flows.charge_kwh, plant.max_charge_kw, hours) or _above(
            flows.discharge_kwh, plant.max_discharge_kw, hours
        )
        self._balance += not self._balances(flows, pv_kw)
        self._soc_kwh = flows.soc_kwh

    def _balances(self, flows: HouseFlows, pv_kw: float) -> bool:
        taken = flows.load_kwh + flows.heater_kwh + flows.standby_kwh + flows.export_kwh + flows.charge_kwh
        lost = flows.pv_used_kwh + flows.import_kwh + flows.discharge_kwh - taken
        stored = (
            self._plant.charge_efficiency * flows.charge_kwh - flows.discharge_kwh / self._plant.discharge_efficiency
        )
        vanished = self._soc_kwh + stored - flows.soc_kwh
        unused = pv_kw * flows.hours - flows.pv_used_kwh - flows.curtailed_kwh
        return abs(lost) < TOLERANCE_KWH and abs(vanished) < TOLERANCE_KWH and abs(unused) < TOLERANCE_KWH


def _above(energy_kwh: float, limit_kw: float | None, hours: float) -> bool:
    return limit_kw is not None and energy_kwh > limit_kw * hours + TOLERANCE_KWH
