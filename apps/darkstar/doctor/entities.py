"""Looks at every entity that the settings name: there, readable, fresh, of a size that the home can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from ..home.ports import EntityState
from ..home.settings import HomeSettings
from ..inputs.units import Unreadable
from .candidates import COUNTING, candidates
from .finding import Evidence, Finding, Grade
from .roles import LIST_ROLES, ROLES, Role

AREA = "entities"
States = Mapping[str, EntityState]
_UNKNOWN = frozenset({"unknown", "unavailable"})
_HELPER = ".darkstar_"
_COUNTER_MAX_AGE = timedelta(days=1)
_GENEROUS = 1.5
"""A power may be above its setting by this factor before it is doubted."""


def look_at_entities(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each entity that is named or should be."""
    if evidence.states is None:
        text = "Home Assistant was not asked: nothing is said of entities."
        yield Finding(AREA, Grade.ASSUMED, text, "Give --url and a token, or open the page Doctor.")
        return
    yield from _sensors(evidence, evidence.states)
    yield from _others(evidence.home, evidence.states)


def _sensors(evidence: Evidence, states: States) -> Iterator[Finding]:
    settings = evidence.home.entities
    taken = frozenset(filter(None, (getattr(settings, name) for name in ROLES)))
    for name, role in ROLES.items():
        entity_id = getattr(settings, name)
        found = candidates(role, states.values(), taken)
        if entity_id is not None:
            yield _sensor(evidence, f"entities.{name}", states.get(entity_id), entity_id, role, found)
        elif _is_missed(evidence.home, name):
            yield Finding(
                AREA,
                Grade.ADVICE,
                f"No {role.title} is named.",
                f"Name one in entities.{name}." if found else f"If the home has one, name it in entities.{name}.",
                f"entities.{name}",
                found,
            )
    for name, role in LIST_ROLES.items():
        for entity_id in getattr(settings, name):
            yield _sensor(evidence, f"entities.{name}", states.get(entity_id), entity_id, role, ())


def _is_missed(home: HomeSettings, name: str) -> bool:
    """Whether a sensor that is not named would be of use to this home."""
    if not ROLES[name].is_needed:
        has = {"water_heater_energy": home.water_heater, "water_temperature": home.water_heater}
        return has.get(name, home.ev) is not None
    if name.startswith("pv_"):
        return bool(home.pv_arrays)
    if name == "grid_power":
        return home.entities.grid_import_power is None
    return True


def _sensor(
    evidence: Evidence, setting: str, state: EntityState | None, entity_id: str, role: Role, found: tuple[str, ...]
) -> Finding:
    if state is None:
        return _fault(setting, f"Home Assistant has no {entity_id}.", f"Correct {setting}.", found)
    if state.state in _UNKNOWN:
        return _fault(setting, f"{entity_id} is {state.state}.", "Check the device and its integration.", found)
    value = role.convert(state)
    if isinstance(value, Unreadable):
        return _fault(setting, f"{value.reason}.", value.remedy, found)
    old = _age_words(evidence, state, role)
    if old:
        return _fault(setting, old, "Check the device and its integration.", found)
    return _readable(evidence.home, setting, state, value, role)


def _readable(home: HomeSettings, setting: str, state: EntityState, value: float, role: Role) -> Finding:
    doubt = _doubt(home, setting, state.entity_id, value)
    if doubt:
        return _fault(setting, doubt, f"Check the unit of {state.entity_id}, or correct {setting}.", ())
    kind = state.attributes.get("state_class")
    if role.is_counter and kind not in COUNTING:
        said = f"its state_class is {kind}" if kind else "it has no state_class"
        text = f"{state.entity_id} is read, but {said}: Home Assistant keeps no statistics of it, the past stays empty."
        return Finding(AREA, Grade.ADVICE, text, "Give it state_class total_increasing.", setting)
    unit = state.attributes.get("unit_of_measurement", "")
    return Finding(AREA, Grade.OK, f"{state.entity_id}: {state.state} {unit}, {role.title}.", "", setting)


def _age_words(evidence: Evidence, state: EntityState, role: Role) -> str:
    """What is said of a value that is too old; empty where it is not. Energy stands still while nothing flows."""
    allowed = timedelta(minutes=evidence.home.executor.max_reading_age_minutes)
    allowed = _COUNTER_MAX_AGE if role.is_counter else allowed
    if state.reported_at is None:
        return f"{state.entity_id} does not say since when its value holds."
    age = evidence.now - state.reported_at
    if age <= allowed or role.device_class == "power":  # a power of 0 is silent at night; `read_home` judges it
        return ""
    return f"{state.entity_id} has said nothing for {age / timedelta(hours=1):.1f} hours."


def _doubt(home: HomeSettings, setting: str, entity_id: str, value: float) -> str:
    """Why a value cannot be what it should be; empty: it can."""
    name = setting.rpartition(".")[2]
    if name in ("battery_soc", "ev_soc") and not 0 <= value <= 100:  # noqa: PLR2004 - percent
        return f"{entity_id} says {value:g} %, which no battery has."
    limits = {
        "battery_power": max(home.battery.max_charge_kw, home.battery.max_discharge_kw),
        "pv_power": sum(array.kwp for array in home.pv_arrays) or None,
        "ev_power": None if home.ev is None else home.ev.max_charge_kw,
    }
    limit = limits.get(name)
    if limit is not None and abs(value) > _GENEROUS * limit:
        return (
            f"{entity_id} says {value:g} kW, more than the {limit:g} kW of the settings: W as kW, or a wrong setting?"
        )
    return ""


def _others(home: HomeSettings, states: States) -> Iterator[Finding]:
    """Entities that are no sensors: helpers, switches, the calendar."""
    missing = []
    settings = home.entities
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name in ROLES or name in LIST_ROLES or not isinstance(value, str) or "." not in value:
            continue
        if value in states:
            continue
        if _HELPER in value:
            missing.append(value)
        else:
            yield _fault(f"entities.{name}", f"Home Assistant has no {value}.", f"Correct entities.{name}.", ())
    if missing:
        yield Finding(
            AREA,
            Grade.FAULT,
            f"{len(missing)} helpers of Darkstar's package are missing: {', '.join(missing)}.",
            "Copy dashboards/homeassistant/darkstar.yaml to Home Assistant's config/packages/ and restart it.",
        )
    else:
        yield Finding(AREA, Grade.OK, "Darkstar's Home Assistant package is installed: all helpers are there.")


def _fault(setting: str, text: str, remedy: str, found: tuple[str, ...]) -> Finding:
    return Finding(AREA, Grade.FAULT, text, remedy, setting, found)
