"""The data of the Doctor page, and the replay bundle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from ..doctor.examine import examine
from ..doctor.finding import Finding
from ..storage.log_lines import LogLines
from ..storage.plans import Plans
from ..views.doctor_page import doctor_page
from .desk import Desk, Payload, Query, RefusedError

LASTS = timedelta(minutes=2)
"""So long a look serves: it reads days of measurements."""
LOG_LINES = 300


class DoctorVisit:
    """Looks at the home, one look at a time, and keeps what was found for a while."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._findings: tuple[Finding, ...] = ()
        self._looked_at: datetime | None = None

    def __call__(self, desk: Desk, query: Query) -> Mapping[str, Any]:
        """What the Doctor page shows."""
        with self._lock:
            now = desk.now()
            if self._looked_at is None or now - self._looked_at > LASTS:
                self._look(desk, now)
            looked_at = self._looked_at or now
        saved = Plans(desk.database).latest()
        return doctor_page(self._findings, looked_at, desk.home.zone, saved.plan.plan_id if saved else None)

    def again(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """Look again now."""
        with self._lock:
            self._look(desk, desk.now())
        return {}

    def _look(self, desk: Desk, now: datetime) -> None:
        from ..doctor.gather import gather

        evidence = gather(
            desk.home,
            desk.database,
            desk.states(),
            now,
            zone=desk.appdaemon_zone,
            in_production_mode=desk.in_production_mode,
            is_demo=desk.is_demo,
        )
        self._findings = examine(evidence)
        self._looked_at = now


def replay_bundle(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """The newest plan as a redacted file to send to somebody: name and content."""
    from ..bundles.replay import bundle_of, bundle_to_json

    saved = Plans(desk.database).latest()
    if saved is None:
        msg = "there is no plan yet, so there is nothing to replay"
        raise RefusedError(msg)
    lines = LogLines(desk.database).newest(LOG_LINES)[::-1]
    bundle = bundle_of(saved.request, saved.plan, desk.home, lines, desk.now())
    return {"file": f"darkstar-replay-{saved.plan.plan_id}.json", "content": bundle_to_json(bundle)}
