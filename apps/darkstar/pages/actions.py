"""What the pages may order: quick actions, toggles, selectors, a plan now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..home.ports import CallResult, EntityState
from ..home.settings import HomeSettings
from .desk import Desk, Payload, RefusedError

NUMBERS = ("override_minutes", "force_charge_soc", "force_export_soc", "ev_target_soc")
"""Helpers that a page may set, by their name in `entities`."""
TOGGLES = ("automation", "manual_override", "vacation", "shadow")
CHOICES = ("risk_appetite", "comfort_level")
BUTTONS = ("plan_now", "train_now", "reset_learning", "clear_learning", "run_backfill")
ORDER_FIELDS = frozenset({"kind", "minutes", "until", "soc", "groups"})
_STATES = {True: "turn_on", False: "turn_off"}


def order(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """A quick action, or its end: `kind`, and if wanted `minutes` and `soc`, as the HTTP endpoint takes them."""
    unknown = sorted(set(payload) - ORDER_FIELDS)
    if unknown:
        msg = f"{unknown[0]} is unknown: an order has {', '.join(sorted(ORDER_FIELDS))}"
        raise RefusedError(msg)
    answer = desk.order(payload)
    if answer.get("ok") is not True:
        raise RefusedError(str(answer.get("reason", "the app darkstar_overrides does not answer: see AppDaemon's log")))
    return {"active": answer.get("active", {})}


def press(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Press a button: `name` is one of `BUTTONS`."""
    entity = _entity(desk, payload, BUTTONS)
    return _done(desk.ha.call("input_button/press", entity_id=entity.entity_id), entity)


def switch(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Turn a toggle: `name` is one of `TOGGLES`, `on` says which way."""
    entity, wanted = _entity(desk, payload, TOGGLES), payload.get("on")
    if not isinstance(wanted, bool):
        msg = f"on must be true or false; it is {wanted!r}"
        raise RefusedError(msg)
    return _done(desk.ha.call(f"homeassistant/{_STATES[wanted]}", entity_id=entity.entity_id), entity)


def choose(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Choose a level of a selector: `name` is one of `CHOICES`, `level` 1 to 5, or 0 for what the settings say."""
    entity, level = _entity(desk, payload, CHOICES), payload.get("level")
    options = [str(option) for option in entity.attributes.get("options", ())]
    number = {option.strip().partition(" ")[0]: option for option in options}
    wanted = number.get(str(level)) if level else next((one for one in options if not one[:1].isdigit()), None)
    if isinstance(level, bool) or not isinstance(level, int) or wanted is None:
        msg = f"level {level!r} is none of the options of {entity.entity_id}: {', '.join(options) or 'it has none'}"
        raise RefusedError(msg)
    return _done(desk.ha.call("input_select/select_option", entity_id=entity.entity_id, option=wanted), entity)


def set_number(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Set a number: `name` is one of `NUMBERS`, `value` the number."""
    entity, value = _entity(desk, payload, NUMBERS), payload.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"value must be a number; it is {value!r}"
        raise RefusedError(msg)
    return _done(desk.ha.call("input_number/set_value", entity_id=entity.entity_id, value=value), entity)


def _entity(desk: Desk, payload: Payload, names: tuple[str, ...]) -> EntityState:
    name = payload.get("name")
    if name not in names:
        msg = f"name must be one of {', '.join(names)}; it is {name!r}"
        raise RefusedError(msg)
    entity_id = entity_of(desk.home, name)
    entity = desk.ha.state(entity_id)
    if entity is None:
        msg = f"{entity_id} is not in Home Assistant: install the package darkstar.yaml and restart Home Assistant"
        raise RefusedError(msg)
    if entity.state == "unavailable":
        msg = f"{entity_id} is unavailable: see Home Assistant's log"
        raise RefusedError(msg)
    return entity


def entity_of(home: HomeSettings, name: str) -> str:
    """The entity behind a name of `entities`."""
    return str(getattr(home.entities, name))


def _done(result: CallResult, entity: EntityState) -> Mapping[str, Any]:
    if not result.ok:
        msg = f"Home Assistant did not take it ({entity.entity_id}): {result.error}"
        raise RefusedError(msg)
    return {}
