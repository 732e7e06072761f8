"""The data of the Plan page, what is drawn beside the plan, and what else could be done in one of its slots."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any

from ..home.prices import Price
from ..home.slots import floor_to_slot, local_date, local_day
from ..optimizer.plan import Alternative
from ..storage.executions import Executions
from ..storage.plans import Plans, SavedPlan
from ..storage.prices import Prices
from ..views.chart import Beside
from ..views.plan_page import plan_page, slot_words
from ..views.snapshot import Snapshot
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
    snapshot = desk.snapshot()
    return plan_page(
        snapshot,
        read_controls(desk).risk,
        words if words not in {"unknown", "unavailable"} else "",
        Beside(price_tail(desk, snapshot), foreseen(desk)),
    )


class PriceTail:
    """The forecast prices behind the known ones, with their bands: worked out once for each plan and price list."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: tuple[object, tuple[Price, ...]] = (None, ())

    def __call__(self, desk: Desk, snapshot: Snapshot) -> tuple[Price, ...]:
        """From the end of the known prices to the end of the plan; empty without a plan or without any known price."""
        from ..forecast.price_tail import MEMORY, extend

        plan, now = snapshot.plan, snapshot.now
        if plan is None or not plan.slots:
            return ()
        start, until = snapshot.curve.known_until(now), plan.slots[-1].end
        key = (plan.plan_id, start)
        with self._lock:
            if key != self._known[0]:
                past = Prices(desk.database).between(start - MEMORY, start)
                extended = extend(snapshot.curve, past, start, until, desk.home.zone, desk.home.tariff)
                self._known = key, tuple(price for price in extended.prices if not price.known)
            return self._known[1]


class Foreseen:
    """The SoC that the plan of the time expected at the end of each slot of today; what was read is kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._day: date | None = None
        self._read_until = datetime.min.replace(tzinfo=UTC)
        self._known: dict[datetime, float] = {}

    def __call__(self, desk: Desk) -> tuple[tuple[datetime, float], ...]:
        """By the end of the slot, oldest first; of each slot what its first tick knew, ended slots only."""
        now, minutes = desk.now(), desk.home.planner.slot_minutes
        today = local_date(now, desk.home.zone)
        with self._lock:
            if today != self._day or now < self._read_until:
                self._day, self._known = today, {}
                self._read_until, _ = local_day(today, desk.home.zone)
            for execution in Executions(desk.database).between(self._read_until, now):
                planned = execution.planned
                if planned is not None and planned.soc_percent is not None:
                    end = floor_to_slot(planned.slot_start, minutes) + timedelta(minutes=minutes)
                    self._known.setdefault(end, planned.soc_percent)
            self._read_until = now
            return tuple((end, percent) for end, percent in sorted(self._known.items()) if end <= now)


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
price_tail = PriceTail()
foreseen = Foreseen()


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
