"""What the house says right now, as readings that can be trusted or are None."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..home.ports import EntityState, StateReader
from ..home.problem import Problem, Severity
from ..home.readings import Measurement, Readings
from ..home.settings import HomeSettings
from .units import Unreadable, celsius, current_a, percent, power_kw
from .vehicle import is_connected

_SWITCH_WORDS = {"on": True, "off": False}

BOILING_CELSIUS = 100.0

Outcome = Measurement | Unreadable | None
"""A reading, the reason why there is none, or None when the home has no such sensor."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads measurements at one moment; older than `max_age` counts as missing."""

    states: StateReader
    now: datetime
    max_age: timedelta

    def measure(self, entity_id: str, convert: Callable[[EntityState], float | Unreadable]) -> Measurement | Unreadable:
        """The entity's value with its date, however old."""
        state = self.states.state(entity_id)
        if state is None:
            return _absent(entity_id)
        value = convert(state)
        if isinstance(value, Unreadable):
            return value
        if state.reported_at is None or state.reported_at > self.now + self.max_age:
            return Unreadable(
                f"{entity_id} says '{state.state}', but not since when",
                "Check the clocks of Home Assistant and AppDaemon, and restart AppDaemon.",
            )
        return Measurement(value, state.reported_at, entity_id)

    def fresh(self, measured: Measurement | Unreadable) -> Measurement | Unreadable:
        """The measurement unless it is too old."""
        if isinstance(measured, Unreadable) or measured.age(self.now) <= self.max_age:
            return measured
        minutes = measured.age(self.now) / timedelta(minutes=1)
        return Unreadable(
            f"{measured.entity_id} last reported {minutes:.0f} minutes ago ({measured.value:g})",
            f"Check the device and the integration behind {measured.entity_id}; a sensor that reports "
            "seldom needs a longer executor.max_reading_age_minutes.",
        )

    def power(self, entity_id: str | None) -> Outcome:
        """A fresh power, or None when the home has no such sensor."""
        return None if entity_id is None else self.fresh(self.measure(entity_id, power_kw))


def read_home(reader: StateReader, home: HomeSettings, now: datetime) -> Readings:
    """Read the home's sensors and toggles.

    A value older than `executor.max_reading_age_minutes` is None with a fault, also when the sensor
    may just not have changed, with two exceptions that physics vouches for: PV power of exactly 0
    while the sun is below the horizon, and the idle side of a dual meter (exactly 0 while its other
    side reports).
    """
    at = _Reader(reader, now, timedelta(minutes=home.executor.max_reading_age_minutes))
    faults: list[Problem] = []

    def trusted(name: str, outcome: Outcome, severity: Severity = Severity.WARNING) -> Measurement | None:
        if isinstance(outcome, Unreadable):
            faults.append(Problem(f"{name}_unreadable", severity, now, f"{outcome.reason}.", outcome.remedy))
            return None
        return outcome

    def toggle(name: str, entity_id: str) -> bool | None:
        answer = _switched(reader, entity_id)
        if isinstance(answer, Unreadable):
            faults.append(Problem(f"{name}_unreadable", Severity.WARNING, now, f"{answer.reason}.", answer.remedy))
            return None
        return answer

    plugged = _plugged(reader, home)
    if isinstance(plugged, Unreadable):
        faults.append(Problem("ev_connected_unreadable", Severity.WARNING, now, f"{plugged.reason}.", plugged.remedy))
        plugged = None
    return Readings(
        read_at=now,
        soc_percent=trusted("soc", _soc(at, home), Severity.CRITICAL),
        load_kw=trusted("load", at.power(home.entities.load_power)),
        pv_kw=trusted("pv", _pv(at, home)),
        grid_kw=trusted("grid", _grid(at, home)),
        battery_kw=trusted("battery", _battery(at, home)),
        automation=toggle("automation", home.entities.automation),
        manual_override=toggle("manual_override", home.entities.manual_override),
        vacation=toggle("vacation", home.entities.vacation),
        phase_currents_a=tuple(
            trusted(f"phase_current_{number}", current) for number, current in enumerate(_phase_currents(at, home), 1)
        ),
        water_celsius=trusted("water_temperature", _water(at, home)),
        ev_connected=plugged,
        ev_soc_percent=trusted("ev_soc", _ev_soc(at, home)) if plugged else None,
        ev_kw=trusted("ev", at.power(home.entities.ev_power)),
        faults=tuple(faults),
    )


def _water(at: _Reader, home: HomeSettings) -> Outcome:
    entity_id = home.entities.water_temperature
    if entity_id is None:
        return None
    water = at.fresh(at.measure(entity_id, celsius))
    if isinstance(water, Measurement) and not 0 <= water.value <= BOILING_CELSIUS:
        return Unreadable(
            f"{entity_id} says {water.value:g} °C, which water in a heater does not have",
            f"Check the sensor behind {entity_id}, or name another entity in entities.water_temperature.",
        )
    return water


def read_phase_currents(reader: StateReader, home: HomeSettings, now: datetime) -> Readings:
    """The phase currents alone, as `read_home` has them: they change every second."""
    at = _Reader(reader, now, timedelta(minutes=home.executor.max_reading_age_minutes))
    currents = (current if isinstance(current, Measurement) else None for current in _phase_currents(at, home))
    return Readings(now, phase_currents_a=tuple(currents))


def _phase_currents(at: _Reader, home: HomeSettings) -> Iterator[Measurement | Unreadable]:
    return (at.fresh(at.measure(entity_id, current_a)) for entity_id in home.entities.phase_currents)


def _plugged(reader: StateReader, home: HomeSettings) -> bool | Unreadable | None:
    entity_id = home.entities.ev_connected
    return None if entity_id is None or home.ev is None else is_connected(reader.state(entity_id), entity_id)


def _ev_soc(at: _Reader, home: HomeSettings) -> Outcome:
    """The car's SoC, however old: cars report seldom. What was charged since is added by who plans."""
    entity_id = home.entities.ev_soc
    if entity_id is None:
        return None
    soc = at.measure(entity_id, percent)
    if isinstance(soc, Measurement) and not 0 <= soc.value <= 100:  # noqa: PLR2004 - percent
        return Unreadable(
            f"{entity_id} says {soc.value:g} %, which no battery can hold",
            f"Check the integration behind {entity_id}, or name another entity in entities.ev_soc.",
        )
    return soc


def _soc(at: _Reader, home: HomeSettings) -> Outcome:
    entity_id = home.entities.battery_soc
    if entity_id is None:
        return None
    soc = at.fresh(at.measure(entity_id, percent))
    if isinstance(soc, Measurement) and not 0 <= soc.value <= 100:  # noqa: PLR2004 - percent
        return Unreadable(
            f"{entity_id} says {soc.value:g} %, which no battery can hold",
            f"Check the integration behind {entity_id}, or name another entity in entities.battery_soc.",
        )
    return soc


def _pv(at: _Reader, home: HomeSettings) -> Outcome:
    """PV power, never below 0 (an inverter's standby is load); see `read_home` for the night."""
    entity_id = home.entities.pv_power
    if entity_id is None:
        return None
    measured = at.measure(entity_id, power_kw)
    if isinstance(measured, Unreadable):
        return measured
    if measured.value == 0 and _sun_is_down(home, at.now):
        return replace(measured, measured_at=at.now)
    fresh = at.fresh(measured)
    return fresh if isinstance(fresh, Unreadable) else replace(fresh, value=max(0.0, fresh.value))


def _grid(at: _Reader, home: HomeSettings) -> Outcome:
    entities = home.entities
    if entities.grid_power is not None:
        return _signed(at.power(entities.grid_power), positive=entities.grid_power_positive == "import")
    if entities.grid_import_power is None or entities.grid_export_power is None:
        return None
    drawn = at.measure(entities.grid_import_power, power_kw)
    fed = at.measure(entities.grid_export_power, power_kw)
    drawn, fed = _idle_side(at, drawn, fed), _idle_side(at, fed, drawn)
    if isinstance(drawn, Unreadable):
        return drawn
    if isinstance(fed, Unreadable):
        return fed
    measured_at = min(drawn.measured_at, fed.measured_at)
    return Measurement(drawn.value - fed.value, measured_at, drawn.entity_id)


def _idle_side(
    at: _Reader, side: Measurement | Unreadable, other: Measurement | Unreadable
) -> Measurement | Unreadable:
    """A dual meter's side; exactly 0 is as fresh as the other side, which proves that the meter reports."""
    if isinstance(side, Measurement) and side.value == 0 and isinstance(other, Measurement):
        side = replace(side, measured_at=max(side.measured_at, other.measured_at))
    return at.fresh(side)


def _battery(at: _Reader, home: HomeSettings) -> Outcome:
    charging = home.entities.battery_power_positive == "charge"
    return _signed(at.power(home.entities.battery_power), positive=charging)


def _signed(outcome: Outcome, *, positive: bool) -> Outcome:
    if positive or not isinstance(outcome, Measurement):
        return outcome
    return replace(outcome, value=0.0 - outcome.value)


def _switched(reader: StateReader, entity_id: str) -> bool | Unreadable:
    state = reader.state(entity_id)
    if state is None:
        return _absent(entity_id)
    word = _SWITCH_WORDS.get(state.state)
    if word is None:
        return Unreadable(
            f"{entity_id} says '{state.state}', which is neither on nor off",
            f"Check the helper {entity_id} in Home Assistant.",
        )
    return word


def _absent(entity_id: str) -> Unreadable:
    return Unreadable(
        f"Home Assistant has no entity {entity_id}",
        "Check its name in apps.yaml under entities; Darkstar's own helpers come with its Home Assistant package.",
    )


def _sun_is_down(home: HomeSettings, now: datetime) -> bool:
    from astral import Observer
    from astral.sun import elevation

    return elevation(Observer(home.latitude, home.longitude), now) < 0
