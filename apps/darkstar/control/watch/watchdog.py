"""The watchdog in Home Assistant: an automation, made for this home, that ends what Darkstar cannot end any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ...home.ports import StateReader
from ...home.problem import Problem, Severity
from ...home.settings import HomeSettings
from ..decision import Source
from ..devices.fitting import UNREADABLE_STATES, RefusedError, service
from ..devices.inverters import wanted
from ..devices.writes import Option, Phase, Press, Quantity, Toggle, Write
from ..rules.battery_modes import self_use

FILE = "darkstar_watchdog.yaml"
MADE_FOR = "darkstar_made_for"
"""Attribute of the automation that says for which devices it was made."""
CHECK_SECONDS = 20
SETTLE_SECONDS = 5
_LEAST_TOLERANCE = 1e-3
_HEADING = """\
# Darkstar's watchdog for this home, made by Darkstar itself: do not edit it, and fetch it again when the inverter's
# settings in apps.yaml have changed.
#
# Copy it to Home Assistant's `config/packages/` folder, beside darkstar.yaml, and restart Home Assistant.
#
# While Darkstar charges from the grid or sells from the battery, it renews a lease in {lease}
# every minute. When the lease runs out, because AppDaemon has crashed or was stopped, this automation returns the
# inverter to self-use.
"""


def watchdog_yaml(home: HomeSettings) -> str:
    """The package for Home Assistant, as YAML text."""
    import yaml

    body = yaml.safe_dump(_package(home), sort_keys=False, width=110, allow_unicode=True)
    return f"{_HEADING.format(lease=home.entities.lease)}\n{body}"


def made_for(home: HomeSettings) -> str:
    """What tells a watchdog for these devices from one for others."""
    text = json.dumps(_automations(home), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def watchdog_problems(ha: StateReader, home: HomeSettings, now: datetime) -> tuple[Problem, ...]:
    """What is wrong with the watchdog; nothing is while Darkstar writes nothing."""
    if home.executor.shadow_mode:
        return ()
    found = _fault(ha, home)
    if found is None:
        return ()
    name, words, remedy = found
    meaning = f"{words}: nobody ends a grid charge or a sale when Darkstar crashes."
    return (Problem(f"watchdog_{name}", Severity.WARNING, now, meaning, remedy),)


def _fault(ha: StateReader, home: HomeSettings) -> tuple[str, str, str] | None:
    """Name, words and remedy of what is wrong, None when all is well."""
    entities = home.entities
    lease, automation = ha.state(entities.lease), ha.state(entities.watchdog)
    fetch = f"Copy {FILE} from Darkstar's data folder to Home Assistant's config/packages/ folder and restart it."
    if lease is None or lease.state in UNREADABLE_STATES:
        fetch_helpers = f"Copy Darkstar's darkstar.yaml again to Home Assistant's config/packages/ folder. {fetch}"
        return "missing", f"Home Assistant has no {entities.lease}", fetch_helpers
    if automation is None or automation.state in UNREADABLE_STATES:
        return "missing", f"Home Assistant has no {entities.watchdog}", fetch
    if automation.state != "on":
        return "off", f"{entities.watchdog} is '{automation.state}'", f"Switch {entities.watchdog} on."
    if automation.attributes.get(MADE_FOR) != made_for(home):
        return "outdated", f"{entities.watchdog} was made for other devices or settings", fetch
    return None


def _package(home: HomeSettings) -> dict[str, Any]:
    return {
        "homeassistant": {"customize": {home.entities.watchdog: {MADE_FOR: made_for(home)}}},
        "automation": _automations(home),
    }


def _automations(home: HomeSettings) -> list[dict[str, Any]]:
    safe = self_use(home, Source.SAFETY, "the watchdog")
    writes = [write for write in wanted(safe, home) if _can_be_set(write)]
    closing = [write for write in writes if write.phase is Phase.CLOSE] or list(writes)
    ended = [shown for shown in map(_is_so, closing) if shown is not None]
    return [_watchdog(home, writes, ended), _grace(home, ended)]


def _watchdog(home: HomeSettings, writes: Sequence[Write], ended: Sequence[str]) -> dict[str, Any]:
    """Where nothing shows that a purchase or sale has ended, it is told once and taken for ended."""
    lease = home.entities.lease
    return {
        "id": "darkstar_watchdog",
        "alias": "Darkstar watchdog",
        "description": "Returns the inverter to self-use when Darkstar's lease of a grid charge or a sale runs out.",
        "mode": "single",
        "max_exceeded": "silent",
        "trigger": [{"platform": "time_pattern", "seconds": f"/{CHECK_SECONDS}"}],
        "condition": [_template(f"0 < states('{lease}') | float(0) < now().timestamp()")],
        "action": [
            {"variables": {"was_ended": "{{ " + (_all(ended) or "false") + " }}"}},
            *(_set(write) for write in writes),
            {"delay": {"seconds": SETTLE_SECONDS}},
            _template(_all(ended) or "true"),
            _put_lease(lease, "0"),
            _template("not was_ended"),
            {
                "service": "persistent_notification.create",
                "data": {
                    "notification_id": "darkstar_watchdog",
                    "title": "Darkstar watchdog",
                    "message": (
                        f"Darkstar gave no sign of life for {home.executor.lease_minutes:g} minutes while it charged "
                        "from the grid or sold from the battery. The inverter was returned to self-use. See whether "
                        "AppDaemon runs."
                    ),
                },
                "continue_on_error": True,
            },
        ],
    }


def _grace(home: HomeSettings, ended: Sequence[str]) -> dict[str, Any]:
    """After a start Darkstar gets one lease to take over; what the dead left on is under the lease, too."""
    entities = home.entities
    steered = f"is_state('{entities.automation}', 'on') and is_state('{entities.manual_override}', 'off')"
    over = _all(ended) or "true"
    until = f"(now().timestamp() + {home.executor.lease_minutes * 60:g}) | round(0)"
    return {
        "id": "darkstar_watchdog_start",
        "alias": "Darkstar watchdog at the start",
        "description": "Gives Darkstar one lease to come back after a start of Home Assistant.",
        "trigger": [{"platform": "homeassistant", "event": "start"}],
        "condition": [_template(f"states('{entities.lease}') | float(0) > 0 or ({steered} and not ({over}))")],
        "action": [_put_lease(entities.lease, "{{ " + until + " }}")],
    }


def _set(write: Write) -> dict[str, Any]:
    """Sets the entity unless it is so already; one that refuses does not keep the others from being set."""
    name, data = service(write)
    fields = {key: value for key, value in data.items() if key != "entity_id"}
    if isinstance(write.value, Quantity):
        fields = {"value": "{{ " + _goal(write, write.value) + " }}"}
    action: dict[str, Any] = {"service": name.replace("/", ".")}
    if "entity_id" in data:
        action["target"] = {"entity_id": data["entity_id"]}
    if fields:
        action["data"] = fields
    action["continue_on_error"] = True
    so = _is_so(write)
    return action if so is None else {"if": [_template(f"not ({so})")], "then": [action]}


def _can_be_set(write: Write) -> bool:
    """Whether the entity has a service for it; the executor tells the owner of one that has not."""
    try:
        service(write)
    except RefusedError:
        return False
    return True


def _is_so(write: Write) -> str | None:
    """Expression: the device has what is wanted; None where nothing shows it."""
    value = write.value
    if isinstance(value, Quantity):
        state = f"states({_quoted(write.entity_id)}) | float(-1e9)"
        return f"({state} - {_goal(write, value)}) | abs <= {max(value.tolerance, _LEAST_TOLERANCE):g}"
    if isinstance(value, Option | Toggle):
        return f"is_state({_quoted(write.entity_id)}, {_quoted(value.text)})"
    if isinstance(value, Press) or value.confirm_entity is None:
        return None
    begins = (f"states({_quoted(value.confirm_entity)}).startswith({_quoted(text)})" for text in value.confirm_states)
    return f"({' or '.join(begins)})"


def _goal(write: Write, value: Quantity) -> str:
    """Expression: the wanted number, or the nearest one that the entity takes."""
    entity, amount = _quoted(write.entity_id), f"{value.amount:g}"
    lowest, highest = (f"state_attr({entity}, '{name}') | float({amount})" for name in ("min", "max"))
    return f"([[{amount}, {lowest}] | max, {highest}] | min)"


def _put_lease(entity_id: str, value: str) -> dict[str, Any]:
    service_name = f"{entity_id.partition('.')[0]}.set_value"
    return {"service": service_name, "target": {"entity_id": entity_id}, "data": {"value": value}}


def _template(expression: str) -> dict[str, str]:
    return {"condition": "template", "value_template": "{{ " + expression + " }}"}


def _all(expressions: Iterable[str]) -> str:
    return " and ".join(expressions)


def _quoted(text: str) -> str:
    """A text as Jinja understands it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
