"""From wanted settings of the car's charging to writes to the charger's entities, by its profile."""

from __future__ import annotations

from ...home.profiles.vocabulary import Quantity, State
from ...home.settings import HomeSettings
from ..decision import EvMode, EvSettingsNow
from .conversion import Amount, Current, Duration, Power, Scale
from .steps import Steps
from .writes import Write

_STATES = {EvMode.CHARGE: State.CHARGE, EvMode.STOP: State.STOP}


def wanted_charger(settings: EvSettingsNow, home: HomeSettings) -> tuple[Write, ...]:
    """The writes for these settings: the current before the charge begins. None without a car and a charger."""
    charger, car = home.charger, home.ev
    if charger is None or car is None:
        return ()
    state = _STATES[settings.mode]
    kw_per_ampere = car.phases * car.voltage_v / 1000
    amounts: dict[Quantity, Amount | None] = {
        Quantity.CURRENT_A: Current(settings.current_a, car.max_current_a),
        Quantity.CHARGE_KW: Power(settings.current_a * kw_per_ampere, car.max_charge_kw, car.max_current_a),
        Quantity.MAX_CHARGE_KW: Power(car.max_charge_kw, car.max_charge_kw, car.max_current_a),
        Quantity.LEASE_MINUTES: Duration(home.executor.lease_minutes),
    }
    note = "" if _keeps_to(state, settings.current_a, home) else "the car charges at a current of its own"
    return Steps(charger, amounts, Scale()).writes(state, note)


def _keeps_to(state: State, current_a: float, home: HomeSettings) -> bool:
    charger, car = home.charger, home.ev
    if charger is None or car is None or state is State.STOP or current_a >= car.max_current_a:
        return True
    return any(charger.writes(state, quantity) for quantity in (Quantity.CURRENT_A, Quantity.CHARGE_KW))
