"""Power and current of the car: what it was told to take, what it takes, what it is about to take."""

from __future__ import annotations

from ...home.devices import EvSettings
from ..decision import EvMode, EvSettingsNow
from .situation import Moment, Situation


def power_kw(current_a: float, ev: EvSettings) -> float:
    """Power of a current per phase: P = I x U x phases."""
    return current_a * ev.voltage_v * ev.phases / 1000


def amperes(kilowatts: float, ev: EvSettings) -> float:
    """Current per phase of a power."""
    return kilowatts * 1000 / (ev.voltage_v * ev.phases)


def commanded_a(settings: EvSettingsNow | None) -> float:
    """Current per phase in A that the charger is told to give; 0 while it is stopped or not touched."""
    return settings.current_a if settings is not None and settings.mode is EvMode.CHARGE else 0.0


def drawn_kw(moment: Moment) -> float:
    """Power that the car takes: as measured, else as the charger was last told. 0 without a car."""
    ev, measured = moment.home.ev, moment.readings.ev_kw
    if ev is None:
        return 0.0
    if measured is not None:
        return max(0.0, measured.value)
    return power_kw(commanded_a(moment.previous.ev if moment.previous else None), ev)


def beside_load_kw(situation: Situation) -> float:
    """Power of the car that is not in the measured load: it has no place there, or it begins only now."""
    ev = situation.home.ev
    if ev is None:
        return 0.0
    drawn = drawn_kw(situation)
    before_kw = max(drawn, power_kw(commanded_a(situation.previous.ev if situation.previous else None), ev))
    begins_kw = max(0.0, power_kw(commanded_a(situation.ev), ev) - before_kw)
    return begins_kw if situation.home.entities.load_includes_ev else begins_kw + drawn
