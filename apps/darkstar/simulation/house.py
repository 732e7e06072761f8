"""A house in software: battery, inverter, grid connection. The judge of plans: it shares no code with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ..control.decision import BatteryMode, BatterySettingsNow, Source

if TYPE_CHECKING:
    from ..home.settings import HomeSettings

_UNLIMITED = float("inf")


@dataclass(frozen=True, slots=True)
class Plant:
    """What the devices really are, which need not be what the settings say.

    Powers in kW on the AC side, efficiencies one way. `inverter_kw` bounds the power between the
    inverter (PV and battery together) and the house; `standby_kw` is what the inverter itself draws.
    `max_import_kw` throttles charging from the grid, never the load. None: no limit.
    """

    capacity_kwh: float
    max_charge_kw: float
    max_discharge_kw: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    inverter_kw: float | None = None
    max_import_kw: float | None = None
    max_export_kw: float | None = None
    standby_kw: float = 0.0

    def __post_init__(self) -> None:
        """Reject devices that cannot exist."""
        if self.capacity_kwh <= 0:
            msg = f"capacity_kwh {self.capacity_kwh:g}: a battery needs a capacity above 0"
            raise ValueError(msg)
        for efficiency in (self.charge_efficiency, self.discharge_efficiency):
            if not 0 < efficiency <= 1:
                msg = f"efficiency {efficiency:g} must be above 0 and at most 1"
                raise ValueError(msg)

    @classmethod
    def of(cls, home: HomeSettings, *, standby_kw: float = 0.0) -> Self:
        """The devices exactly as the settings describe them."""
        battery, grid = home.battery, home.grid
        return cls(
            capacity_kwh=battery.capacity_kwh,
            max_charge_kw=battery.max_charge_kw,
            max_discharge_kw=battery.max_discharge_kw,
            charge_efficiency=battery.charge_efficiency,
            discharge_efficiency=battery.discharge_efficiency,
            max_import_kw=grid.max_import_kw,
            max_export_kw=grid.max_export_kw if grid.export_allowed else 0.0,
            standby_kw=standby_kw,
        )


@dataclass(frozen=True, slots=True)
class HouseFlows:
    """Energies of one step in kWh (AC) and the stored energy at its end.

    `pv_used_kwh + import + discharge = load + heater + standby + export + charge`.
    """

    hours: float
    load_kwh: float
    heater_kwh: float
    standby_kwh: float
    pv_used_kwh: float
    curtailed_kwh: float
    import_kwh: float
    export_kwh: float
    charge_kwh: float
    discharge_kwh: float
    soc_kwh: float


@dataclass(frozen=True, slots=True)
class _Phase:
    """A stretch of time in which the battery's power (charging positive) stays as it is."""

    battery_kw: float
    ends_at_kwh: float


class House:
    """The state of a house and its physics.

    `soc_kwh` is the energy stored now. The inverter keeps its last settings until it is told others;
    it starts in self-use with all its power.
    """

    def __init__(self, plant: Plant, soc_kwh: float) -> None:
        if not 0 <= soc_kwh <= plant.capacity_kwh:
            msg = f"soc_kwh {soc_kwh:g} must be between 0 and the capacity {plant.capacity_kwh:g}"
            raise ValueError(msg)
        self.plant = plant
        self.soc_kwh = soc_kwh
        self.settings = BatterySettingsNow(
            BatteryMode.SELF_USE, plant.max_charge_kw, plant.max_discharge_kw, 0.0, Source.SAFETY, "as delivered"
        )

    @property
    def soc_percent(self) -> float:
        """State of charge as the battery reports it."""
        return 100 * self.soc_kwh / self.plant.capacity_kwh

    def step(
        self, settings: BatterySettingsNow | None, heater_kw: float, load_kw: float, pv_kw: float, hours: float
    ) -> HouseFlows:
        """Let `hours` pass with constant load, heater and PV power; the battery stops exactly at its limits.

        `settings` None leaves the inverter as it is. PV that nobody takes is curtailed; the load is
        always served.

        Raises:
            ValueError: a power is negative or `hours` is not above 0.
        """
        if not (hours > 0 and heater_kw >= 0 and load_kw >= 0 and pv_kw >= 0):
            msg = f"step of {hours:g} h with load {load_kw:g}, heater {heater_kw:g}, PV {pv_kw:g} kW: out of range"
            raise ValueError(msg)
        if settings is not None:
            self.settings = settings
        demand_kw = load_kw + heater_kw + self.plant.standby_kw
        charged = discharged = used = bought = sold = 0.0
        left = hours
        while left > 0:
            phase = self._phase(demand_kw, pv_kw)
            lasted = self._advance(phase, left)
            left -= lasted
            pv_used_kw = self._usable_pv(phase.battery_kw, demand_kw, pv_kw)
            grid_kw = demand_kw + phase.battery_kw - pv_used_kw
            charged += max(phase.battery_kw, 0.0) * lasted
            discharged += max(-phase.battery_kw, 0.0) * lasted
            used += pv_used_kw * lasted
            bought += max(grid_kw, 0.0) * lasted
            sold += max(-grid_kw, 0.0) * lasted
        return HouseFlows(
            hours=hours,
            load_kwh=load_kw * hours,
            heater_kwh=heater_kw * hours,
            standby_kwh=self.plant.standby_kw * hours,
            pv_used_kwh=used,
            curtailed_kwh=max(pv_kw * hours - used, 0.0),
            import_kwh=bought,
            export_kwh=sold,
            charge_kwh=charged,
            discharge_kwh=discharged,
            soc_kwh=self.soc_kwh,
        )

    def _advance(self, phase: _Phase, left_hours: float) -> float:
        """Move the stored energy; returns how long the phase lasted."""
        if phase.battery_kw == 0:
            return left_hours
        factor = self.plant.charge_efficiency if phase.battery_kw > 0 else 1 / self.plant.discharge_efficiency
        rate = phase.battery_kw * factor
        until_end = (phase.ends_at_kwh - self.soc_kwh) / rate
        if until_end <= left_hours:
            self.soc_kwh = phase.ends_at_kwh
            return until_end
        self.soc_kwh += rate * left_hours
        return left_hours

    def _phase(self, demand_kw: float, pv_kw: float) -> _Phase:
        surplus_kw = pv_kw - demand_kw
        target_kwh = min(max(self.settings.target_soc_percent / 100, 0.0), 1.0) * self.plant.capacity_kwh
        match self.settings.mode:
            case BatteryMode.GRID_CHARGE:
                return self._grid_charge(target_kwh, surplus_kw, pv_kw)
            case BatteryMode.EXPORT:
                return self._export(target_kwh, surplus_kw, pv_kw)
            case BatteryMode.SELF_USE:
                return self._self_use(target_kwh, surplus_kw, pv_kw)

    def _grid_charge(self, target_kwh: float, surplus_kw: float, pv_kw: float) -> _Phase:
        """Charge to the target from PV and grid; past it only surplus goes in. The load gets nothing."""
        if self.soc_kwh >= target_kwh:
            return self._store(surplus_kw)
        power = self._charge_limit()
        if self.plant.inverter_kw is not None:
            power = min(power, self.plant.inverter_kw + pv_kw)
        if self.plant.max_import_kw is not None:
            power = min(power, max(self.plant.max_import_kw + surplus_kw, 0.0))
        return _Phase(power, target_kwh)

    def _export(self, target_kwh: float, surplus_kw: float, pv_kw: float) -> _Phase:
        """Discharge to the target; surplus is sold first, so none of it is stored."""
        if self.soc_kwh <= target_kwh:
            return _Phase(0.0, self.soc_kwh)
        room_kw = _or_unlimited(self.plant.max_export_kw) - surplus_kw
        return _Phase(-min(self._discharge_limit(pv_kw), max(room_kw, 0.0)), target_kwh)

    def _self_use(self, floor_kwh: float, surplus_kw: float, pv_kw: float) -> _Phase:
        if surplus_kw >= 0:
            return self._store(surplus_kw)
        if self.soc_kwh <= floor_kwh:
            return _Phase(0.0, self.soc_kwh)
        return _Phase(-min(self._discharge_limit(pv_kw), -surplus_kw), floor_kwh)

    def _store(self, surplus_kw: float) -> _Phase:
        if self.soc_kwh >= self.plant.capacity_kwh:
            return _Phase(0.0, self.soc_kwh)
        return _Phase(min(self._charge_limit(), max(surplus_kw, 0.0)), self.plant.capacity_kwh)

    def _charge_limit(self) -> float:
        return max(min(self.settings.charge_kw, self.plant.max_charge_kw), 0.0)

    def _discharge_limit(self, pv_kw: float) -> float:
        ac_room_kw = _or_unlimited(self.plant.inverter_kw) - pv_kw
        return max(min(self.settings.discharge_kw, self.plant.max_discharge_kw, ac_room_kw), 0.0)

    def _usable_pv(self, battery_kw: float, demand_kw: float, pv_kw: float) -> float:
        by_grid = demand_kw + battery_kw + _or_unlimited(self.plant.max_export_kw)
        by_inverter = _or_unlimited(self.plant.inverter_kw) + battery_kw
        return max(min(pv_kw, by_grid, by_inverter), 0.0)


def _or_unlimited(limit: float | None) -> float:
    return _UNLIMITED if limit is None else limit
