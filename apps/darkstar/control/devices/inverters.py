"""From wanted battery settings to writes to the inverter's entities, by its profile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...home.profiles.steps import SetStep, quantities_of
from ...home.profiles.vocabulary import Quantity, State
from ...home.settings import HomeSettings
from ..decision import BatteryMode, BatterySettingsNow
from .conversion import Amount, Duration, Level, Power, Scale
from .steps import Steps
from .writes import Write

UNKNOWN_LOAD_KW = 10.0
"""What a household draws at most besides its large devices, where no fuse says it."""

_STATES = {BatteryMode.GRID_CHARGE: State.GRID_CHARGE, BatteryMode.EXPORT: State.EXPORT}
_DECIMALS = 6


def wanted(settings: BatterySettingsNow, home: HomeSettings, soc_percent: float | None = None) -> tuple[Write, ...]:
    """The writes for these settings, in the order in which they go out.

    What ends a purchase or a sale comes before the limits, what begins one after them. `soc_percent`
    is the battery's measured charge, for inverters that hold it by a level. Steps without an entity
    are left out; the first write then notes what the inverter cannot do.
    """
    inverter = home.inverter
    mode = settings.mode
    if mode is not BatteryMode.SELF_USE and not inverter.has_state(_STATES[mode]):
        effects = [_why_not(mode, home)]
        settings = _in_self_use(settings, home)
    else:
        effects = []
    state = _state(settings, home)
    effects += _shortfalls(settings, home)
    amounts = _amounts(settings, state, home, soc_percent)
    if soc_percent is None and inverter.writes(state, Quantity.SOC_PERCENT):
        effects.append("the battery is not held at its charge: that cannot be read")
    return Steps(inverter, amounts, Scale.of(inverter)).writes(state, "; ".join(effects))


def _in_self_use(settings: BatterySettingsNow, home: HomeSettings) -> BatterySettingsNow:
    """Instead of a purchase the battery is held, instead of a sale it feeds the load."""
    sells = settings.mode is BatteryMode.EXPORT
    return replace(
        settings,
        mode=BatteryMode.SELF_USE,
        charge_kw=home.battery.max_charge_kw,
        discharge_kw=home.battery.max_discharge_kw if sells else settings.discharge_kw,
    )


def _state(settings: BatterySettingsNow, home: HomeSettings) -> State:
    """The state of the profile for a mode; limits of self-use that have no number may have a state."""
    if settings.mode is not BatteryMode.SELF_USE:
        return _STATES[settings.mode]
    if _must_hold(settings, home) and home.inverter.has_state(State.HOLD):
        return State.HOLD
    if _must_keep_out(settings, home) and home.inverter.has_state(State.KEEP_PV_OUT):
        return State.KEEP_PV_OUT
    return State.SELF_USE


def _must_hold(settings: BatterySettingsNow, home: HomeSettings) -> bool:
    return settings.discharge_kw <= 0 and not home.inverter.writes(State.SELF_USE, Quantity.DISCHARGE_KW)


def _must_keep_out(settings: BatterySettingsNow, home: HomeSettings) -> bool:
    return settings.charge_kw <= 0 and not home.inverter.writes(State.SELF_USE, Quantity.CHARGE_KW)


def _amounts(
    settings: BatterySettingsNow, state: State, home: HomeSettings, soc_percent: float | None
) -> Mapping[Quantity, Amount | None]:
    battery, inverter = home.battery, home.inverter

    def charging(kw: float) -> Power:
        return Power(kw, battery.max_charge_kw, inverter.max_charge_current_a)

    def discharging(kw: float) -> Power:
        return Power(kw, battery.max_discharge_kw, inverter.max_discharge_current_a)

    largest_import = _max_import_kw(home)
    return {
        Quantity.CHARGE_KW: charging(settings.charge_kw),
        Quantity.DISCHARGE_KW: discharging(settings.discharge_kw),
        Quantity.MAX_CHARGE_KW: charging(battery.max_charge_kw),
        Quantity.MAX_DISCHARGE_KW: discharging(battery.max_discharge_kw),
        Quantity.MAX_IMPORT_KW: Power(largest_import, largest_import, 0.0),
        Quantity.TARGET_SOC_PERCENT: Level(_target_percent(settings, state, home)),
        Quantity.MIN_SOC_PERCENT: Level(_lowest_percent(home)),
        Quantity.MAX_SOC_PERCENT: Level(battery.max_soc_percent),
        Quantity.SOC_PERCENT: None if soc_percent is None else Level(float(math.floor(soc_percent))),
        Quantity.LEASE_MINUTES: Duration(home.executor.lease_minutes),
    }


def _target_percent(settings: BatterySettingsNow, state: State, home: HomeSettings) -> float:
    """Where a charge or a discharge ends.

    In self-use the minimum SoC serves where a limit ends the discharge: the floor moves with every
    slot, and each move would be a write into the inverter's memory.
    """
    if state is State.GRID_CHARGE:
        return settings.target_soc_percent
    if state is not State.EXPORT and home.inverter.writes(State.SELF_USE, Quantity.DISCHARGE_KW):
        return _lowest_percent(home)
    return max(settings.target_soc_percent, _lowest_percent(home))


def _lowest_percent(home: HomeSettings) -> float:
    return float(math.ceil(round(home.battery.min_soc_percent, _DECIMALS)))


def _max_import_kw(home: HomeSettings) -> float:
    if home.grid.max_import_kw is not None:
        return home.grid.max_import_kw
    heater = home.water_heater.power_kw if home.water_heater is not None else 0.0
    car = home.ev.max_charge_kw if home.ev is not None else 0.0
    return home.battery.max_charge_kw + heater + car + UNKNOWN_LOAD_KW


def _why_not(mode: BatteryMode, home: HomeSettings) -> str:
    """Why the inverter cannot buy or sell for its battery, and the way out."""
    profile, state = home.inverter.profile, _STATES[mode]
    deed, ban = {
        BatteryMode.EXPORT: ("sell from the battery", "battery.discharge_to_grid: false"),
        BatteryMode.GRID_CHARGE: ("charge from the grid", "battery.charge_from_grid: false"),
    }[mode]
    missing = [role for role in _opening_roles(state, home) if role not in home.inverter.entities]
    way_out = f"set inverter.entities.{missing[0]}" if missing else "use a profile that can"
    return f"inverter profile {profile.name} cannot {deed}: self-use instead ({way_out}, or {ban})"


def _opening_roles(state: State, home: HomeSettings) -> Iterator[str]:
    for step in home.inverter.profile.states.get(state, ()):
        if isinstance(step, SetStep) and home.inverter.opens(step):
            yield step.set


def _shortfalls(settings: BatterySettingsNow, home: HomeSettings) -> Iterator[str]:
    """What the inverter does differently from what was decided, because it has no such limit."""
    state = _state(settings, home)
    limits = (
        (Quantity.DISCHARGE_KW, settings.discharge_kw, home.battery.max_discharge_kw),
        (Quantity.CHARGE_KW, settings.charge_kw, home.battery.max_charge_kw),
    )
    for quantity, limit_kw, most_kw in limits:
        words = _EFFECTS.get((settings.mode, quantity))
        if words is None or limit_kw >= most_kw or _is_limited(quantity, limit_kw, state, home):
            continue
        yield f"{words[0] if limit_kw <= 0 else words[1]}: {_why_unlimited(quantity, state, home)}"


_EFFECTS = {
    (BatteryMode.EXPORT, Quantity.DISCHARGE_KW): ("", "the inverter sells at a power of its own"),
    (BatteryMode.GRID_CHARGE, Quantity.CHARGE_KW): ("", "the inverter charges at a power of its own"),
    (BatteryMode.SELF_USE, Quantity.DISCHARGE_KW): (
        "the battery still feeds the load",
        "the battery feeds the load at a power of its own",
    ),
    (BatteryMode.SELF_USE, Quantity.CHARGE_KW): (
        "PV surplus is still stored",
        "PV surplus is stored at a power of its own",
    ),
}
"""What happens where a limit of zero, or above, cannot be told."""


def _is_limited(quantity: Quantity, limit_kw: float, state: State, home: HomeSettings) -> bool:
    """Whether a state of the inverter keeps to a limit: by a number, or for zero by what it is."""
    if home.inverter.writes(state, quantity):
        return True
    if limit_kw > 0:
        return False
    if quantity is Quantity.CHARGE_KW:
        return state is State.KEEP_PV_OUT
    return state is State.HOLD or home.inverter.writes(state, Quantity.TARGET_SOC_PERCENT)


def _why_unlimited(quantity: Quantity, state: State, home: HomeSettings) -> str:
    inverter = home.inverter
    instead = State.HOLD if quantity is Quantity.DISCHARGE_KW else State.KEEP_PV_OUT
    base = inverter.profile.states[State.SELF_USE]
    means = [
        *(step for step in inverter.profile.states[state] if quantity in quantities_of(step)),
        *(step for step in inverter.profile.states.get(instead, ()) if step not in base),
    ]
    for step in means:
        if isinstance(step, SetStep) and step.set not in inverter.entities:
            return f"inverter.entities.{step.set} is not set"
    return f"profile {inverter.profile.name} has no such limit"
