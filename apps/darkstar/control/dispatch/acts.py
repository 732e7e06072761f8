"""What is done rather than set, calls of services and presses of buttons: when it must be done again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from ...home.ports import StateReader
from ..devices.writes import Act, Call, Press, Write

GONE = frozenset({"unavailable", ""})
"""States of an entity that cannot be used. A button that was never pressed is `unknown`, and fine."""


def act_of(write: Write) -> Act | None:
    """The act that a write asks for; None when it asks for a state."""
    return write.value if isinstance(write.value, Press | Call) else None


def shown_by(write: Write) -> str | None:
    """The entity that shows the effect of a write; None when none does."""
    act = act_of(write)
    if act is None:
        return write.entity_id
    return act.confirm_entity if isinstance(act, Call) else None


def is_shown(act: Act, ha: StateReader) -> bool | None:
    """Whether the device shows that the act has worked; None when it has no entity for that."""
    if not isinstance(act, Call) or act.confirm_entity is None:
        return None
    entity = ha.state(act.confirm_entity)
    return entity is not None and entity.state.startswith(act.confirm_states)


def why_unusable(write: Write, ha: StateReader) -> str | None:
    """Why an act cannot be done or checked now, in words."""
    needed = write.entity_id if isinstance(write.value, Press) else shown_by(write)
    if needed is None:
        return None
    entity = ha.state(needed)
    if entity is None:
        return f"{needed} does not exist in Home Assistant: correct it in apps.yaml"
    return f"{needed} is '{entity.state}'" if entity.state in GONE else None


class Acts:
    """When each act that still matters was done."""

    def __init__(self, done: Mapping[str, datetime]) -> None:
        self._done = dict(done)

    @property
    def done(self) -> Mapping[str, datetime]:
        """Instants by act."""
        return dict(self._done)

    def why_due(self, write: Write, act: Act, written: Collection[str], ha: StateReader, now: datetime) -> str | None:
        """Why an act must be done now, in words; None when it still holds.

        `written` are the entities that were written a moment ago.
        """
        done_at = self._done.get(_key(write))
        shown = is_shown(act, ha)
        if done_at is None:
            is_so = isinstance(act, Call) and not act.data and shown
            return None if is_so else "not done yet"
        if isinstance(act, Press) and act.after.intersection(written):
            return "the settings before it were written"
        if shown is False:
            return "it does not show"
        if act.renew_minutes is not None and not done_at <= now < done_at + timedelta(minutes=act.renew_minutes):
            return f"renewed every {act.renew_minutes:g} min"
        return None

    def was_done(self, write: Write, now: datetime) -> None:
        """Note that an act was carried out."""
        self._done[_key(write)] = now

    def keep(self, writes: Collection[Write]) -> None:
        """Forget all other acts: who wants them again must do them again."""
        kept = {_key(write) for write in writes}
        self._done = {key: at for key, at in self._done.items() if key in kept}


def _key(write: Write) -> str:
    """What makes an act another one: the entity or service, and what it is to bring about."""
    act = act_of(write)
    wish = "; ".join(act.settings) if isinstance(act, Press) else write.value.text
    return f"{write.entity_id}: {wish}"
