"""A domestic hot-water tank with a thermostat: the physics behind the demo home's water heater."""

from __future__ import annotations

from dataclasses import dataclass

_KWH_PER_LITRE_KELVIN = 4.186 / 3600
"""Heat capacity of water, 4.186 kJ/(kg K)."""


@dataclass(slots=True)
class WaterTank:
    """A fully mixed tank. `loss_kw_per_kelvin` is its standing loss towards the room."""

    litres: float
    celsius: float
    room_celsius: float = 20.0
    loss_kw_per_kelvin: float = 0.0015

    def step(self, setpoint_celsius: float, power_kw: float, draw_kw: float, hours: float) -> float:
        """Advance by `hours` with heat drawn at `draw_kw`; return the electric energy used, in kWh.

        The thermostat heats at `power_kw` while the tank is below the setpoint, and just reaches it.
        """
        capacity = self.litres * _KWH_PER_LITRE_KELVIN
        loss_kw = self.loss_kw_per_kelvin * (self.celsius - self.room_celsius)
        cooled = self.celsius - (draw_kw + loss_kw) * hours / capacity
        wanted_kwh = max(setpoint_celsius - cooled, 0.0) * capacity
        used_kwh = min(wanted_kwh, power_kw * hours)
        self.celsius = cooled + used_kwh / capacity
        return used_kwh
