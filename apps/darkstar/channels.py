"""The ways through Home Assistant to the owner: notify services, notify entities, its own list of notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .home.notice import Notice
from .home.ports import EntityState, ServiceCaller, StateReader
from .home.problem import Problem, Severity

HOME_ASSISTANT_APP = "notify.mobile_app_"
"""Services of Home Assistant's own app: they know buttons, replacement and urgency."""
ENTITY_SERVICE = "notify/send_message"
ENTITY_HAS_TITLE = 1
"""Bit of a notify entity's `supported_features`."""

DEAD_AFTER = timedelta(minutes=10)
"""A channel that has taken nothing for so long is a problem; a restart of Home Assistant is shorter."""
OWN_PROBLEMS = "notification_"
"""Ids of problems with the messages themselves: on the page only, a message about them would not arrive either."""
NO_CHANNEL = "no channel is set: name one in notifications.services, or set notifications.persistent to true"


class HomeAssistant(StateReader, ServiceCaller, Protocol):
    """What the channels need of Home Assistant."""


def notify(ha: HomeAssistant, target: str, notice: Notice) -> str:
    """Send a notice to a service or an entity of Home Assistant; returns what went wrong, or nothing."""
    name = target.replace("/", ".", 1)
    entity = None if name.startswith(HOME_ASSISTANT_APP) else ha.state(name)
    if entity is not None:
        return _to_entity(ha, entity, notice)
    extra = {"data": _app_data(notice)} if name.startswith(HOME_ASSISTANT_APP) else {}
    result = ha.call(name.replace(".", "/", 1), title=notice.title, message=_body(notice), **extra)
    return "" if result.ok else result.error or "refused"


def _to_entity(ha: HomeAssistant, entity: EntityState, notice: Notice) -> str:
    # Home Assistant skips an entity that is not there without a word.
    if entity.state == "unavailable":
        return f"{entity.entity_id} is unavailable"
    if _features(entity.attributes) & ENTITY_HAS_TITLE:
        words = {"title": notice.title, "message": _body(notice)}
    else:
        words = {"message": f"{notice.title}\n{notice.text}" if notice.text else notice.title}
    result = ha.call(ENTITY_SERVICE, entity_id=entity.entity_id, **words)
    return "" if result.ok else result.error or "refused"


def _features(attributes: Mapping[str, Any]) -> int:
    features = attributes.get("supported_features")
    return features if isinstance(features, int) else 0


def _app_data(notice: Notice) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if notice.tag:
        data["tag"] = f"darkstar_{notice.tag}"
    if notice.actions:
        data["actions"] = [{"action": one.action, "title": one.title} for one in notice.actions]
    if notice.critical:
        # Android wakes the phone, iOS shows it in spite of a focus mode.
        data |= {"ttl": 0, "priority": "high", "push": {"interruption-level": "time-sensitive"}}
    return data


def keep(ha: HomeAssistant, notice: Notice) -> str:
    """Put a notice into Home Assistant's list, or take its predecessor out; returns what went wrong, or nothing."""
    own_id = f"darkstar_{notice.tag}"
    if notice.clears:
        result = ha.call("persistent_notification/dismiss", notification_id=own_id)
    else:
        result = ha.call(
            "persistent_notification/create", title=notice.title, message=_body(notice), notification_id=own_id
        )
    return "" if result.ok else result.error or "refused"


def _body(notice: Notice) -> str:
    """A message without a text is refused by many services."""
    return notice.text or notice.title


@dataclass(frozen=True, slots=True)
class _Fault:
    """Since when a channel has taken nothing, after how many tries, and what it said last."""

    since: datetime
    count: int
    error: str


class Health:
    """How the channels do."""

    def __init__(self) -> None:
        self._faults: dict[str, _Fault] = {}

    def note(self, channel: str, error: str, now: datetime) -> str:
        """Take in how a try went (no error: well); returns a line for the log when that is new, else nothing."""
        fault = self._faults.get(channel)
        if not error:
            return f"{channel} takes messages again" if self._faults.pop(channel, None) else ""
        self._faults[channel] = _Fault(fault.since if fault else now, (fault.count if fault else 0) + 1, error)
        return "" if fault else f"a message was not delivered: {channel}: {error}"

    def dead(self, now: datetime) -> tuple[Problem, ...]:
        """The channels that have taken nothing for long, in more than one try."""
        return tuple(
            _dead(channel, fault)
            for channel, fault in self._faults.items()
            if fault.count > 1 and now - fault.since >= DEAD_AFTER
        )


def _dead(channel: str, fault: _Fault) -> Problem:
    slug = "".join(letter if letter.isalnum() else "_" for letter in channel.lower())
    return Problem(
        f"{OWN_PROBLEMS}{slug}",
        Severity.WARNING,
        fault.since,
        f"{channel} takes no messages: {fault.error}.",
        "Look at notifications in apps.yaml, then press the test button.",
    )


def failed_test(results: Mapping[str, str], now: datetime) -> tuple[Problem, ...]:
    """The problem that a test has found: a channel that does not work (with its error), or none at all."""
    failed = [f"{name}: {error}" for name, error in results.items() if error]
    if results and not failed:
        return ()
    found = "; ".join(failed) or NO_CHANNEL
    remedy = "Look at notifications in apps.yaml. This notice goes with the next test that succeeds."
    return (Problem(f"{OWN_PROBLEMS}test", Severity.WARNING, now, f"A test message did not arrive: {found}.", remedy),)
