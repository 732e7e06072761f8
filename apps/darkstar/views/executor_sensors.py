"""The sensors that tell how the executor works: its heartbeat with its history, and the write budget."""

from __future__ import annotations

from ..control.decision import Decision
from .published import PublishedSensor, sensor
from .snapshot import Snapshot

MOST_LISTED = 20
"""So many entities are listed: the recorder takes 16 kB in all."""
STATISTICS_DAYS = 7
"""The history is counted over so many days."""


def heartbeat(snapshot: Snapshot) -> PublishedSensor:
    """When the executor last worked; how well over the last days; what it will do in the next slot."""
    execution, counted = snapshot.execution, snapshot.statistics
    return sensor(
        "heartbeat",
        "heartbeat",
        "heart-pulse",
        execution.executed_at.isoformat(timespec="seconds") if execution else None,
        device_class="timestamp",
        error=execution.error if execution else None,
        lease_until=execution.lease_until.isoformat() if execution and execution.lease_until else None,
        days=STATISTICS_DAYS,
        ticks=counted.ticks,
        ok=counted.ok,
        failed=counted.failed,
        hands_off=counted.hands_off,
        success_percent=None if counted.success_percent is None else round(counted.success_percent, 2),
        writes=counted.writes,
        overrides=dict(counted.overrides) or None,
        **_next(snapshot.next_decision),
    )


def write_budget(snapshot: Snapshot) -> PublishedSensor:
    """How many writes the busiest entity has left today, and how often each was written."""
    limit = snapshot.home.executor.write_budget_per_day
    counts = sorted(snapshot.writes_today.items(), key=lambda item: (-item[1], item[0]))
    busiest = counts[0] if counts else None
    return sensor(
        "write_budget",
        "write budget",
        "counter",
        float(max(0, limit - (busiest[1] if busiest else 0))),
        limit=limit,
        busiest=busiest[0] if busiest else None,
        written_today=dict(counts[:MOST_LISTED]) or None,
        unit_of_measurement="writes",
        state_class="measurement",
    )


def _next(decision: Decision | None) -> dict[str, str]:
    if decision is None:
        return {}
    return {"next_slot_start": decision.decided_at.isoformat(), "next_slot": decision.summary}
