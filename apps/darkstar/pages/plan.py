"""The data of the Plan page, and what else could be done in one of its slots."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from ..optimizer.plan import Alternative
from ..storage.plans import Plans, SavedPlan
from ..views.plan_page import plan_page, slot_words
from .actions import entity_of
from .desk import Desk, Payload, Query, RefusedError
from .status import read_controls

KEPT = 64
"""So many weighed slots are kept: the same tap again is answered at once."""
PATIENCE_S = 45.0
"""So long a tap waits for another one that is being weighed."""
SECONDS = 2.0
"""Wall clock for each alternative."""


def plan_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the Plan page shows."""
    events = desk.ha.state(entity_of(desk.home, "day_events"))
    words = events.state if events is not None and events.entity_id.startswith("input_text.") else ""
    return plan_page(
        desk.snapshot(), read_controls(desk).risk, words if words not in {"unknown", "unavailable"} else ""
    )


class SlotWhy:
    """Weighs what else could be done in a slot: one at a time, on the thread that asks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, datetime], tuple[Alternative, ...]] = OrderedDict()

    def __call__(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """The alternatives in the slot that contains `at` (milliseconds since 1970), with what they cost more."""
        instant = _instant(payload)
        saved = Plans(desk.database).latest()
        slot = saved.plan.slot_at(instant) if saved is not None else None
        if saved is None or slot is None:
            msg = "the plan has no such slot any more: tap it again"
            raise RefusedError(msg)
        return slot_words(slot, self._weighed(saved, slot.start), saved.plan, desk.home.zone)

    def _weighed(self, saved: SavedPlan, start: datetime) -> tuple[Alternative, ...]:
        from ..optimizer.alternatives import alternatives

        key = (saved.plan.plan_id, start)
        if not self._lock.acquire(timeout=PATIENCE_S):
            msg = "another slot is being weighed; try again in a moment"
            raise RefusedError(msg)
        try:
            if key not in self._known:
                self._known[key] = alternatives(saved.request, saved.plan, start, time_limit_s=SECONDS)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return self._known[key]
        except ValueError as error:
            msg = f"the alternatives cannot be weighed: {error}"
            raise RefusedError(msg) from error
        finally:
            self._lock.release()


why = SlotWhy()


def _instant(payload: Payload) -> datetime:
    at = payload.get("at")
    if isinstance(at, bool) or not isinstance(at, int | float):
        msg = f"at must be a time in milliseconds since 1970; it is {at!r}"
        raise RefusedError(msg)
    try:
        return datetime.fromtimestamp(at / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        msg = f"at is no time: {at!r}"
        raise RefusedError(msg) from error
