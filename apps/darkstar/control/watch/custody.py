"""Keeps what Darkstar has begun at the inverter under the lease, from before it begins until it is really over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ...home.problem import Problem
from ...home.readings import Readings
from ...home.settings import HomeSettings
from ..decision import BatterySettingsNow, Decision, ExecutionStep
from ..dispatch.dispatcher import Doors
from .lease import Grip, Lease, grip_after, grip_of, is_alive, left_forced, released


class Custody:
    """The grip on the inverter, and the lease that goes with it. Does nothing in shadow mode.

    `grip` is what was in force before a restart, `keep` stores a new one.
    """

    def __init__(self, ha: Doors, home: HomeSettings, grip: Grip, keep: Callable[[Grip], None]) -> None:
        self._ha = ha
        self._home = home
        self._grip = grip
        self._keep = keep
        self._lease = Lease(home)
        self._lease.read(ha)

    @property
    def until(self) -> datetime | None:
        """Until when what goes on may go on without a sign of life."""
        return self._lease.until

    def last_command(self, decision: Decision, readings: Readings) -> BatterySettingsNow | None:
        """What to do before hands off; None when there is nothing to do, or hands are on."""
        if decision.hands_off is not None and self._lease.is_ended(self._ha):
            self._hold(min(self._grip, Grip.LIMITED))
        return released(decision, self._grip, readings, self._home)

    def before(self, commanded: BatterySettingsNow | None, now: datetime) -> None:
        """The lease is there before anything is begun."""
        if commanded is None or self._home.executor.shadow_mode:
            return
        if grip_of(commanded, self._home) is Grip.FORCED:
            self._hold(Grip.FORCED)
            self._lease.renew(self._ha, now)

    def after(self, commanded: BatterySettingsNow | None, steps: Sequence[ExecutionStep]) -> None:
        """The lease goes when everything that was begun has ended."""
        self._hold(grip_after(self._grip, commanded, steps, self._home))
        if self._grip is not Grip.FORCED and not self._home.executor.shadow_mode:
            self._lease.end(self._ha)

    def beat(self, decision: Decision | None, completed_at: datetime | None, now: datetime) -> None:
        """Renew the lease of what goes on, unless ticks fail or hands are off: then it runs out."""
        in_charge = decision is not None and decision.hands_off is None and not self._home.executor.shadow_mode
        if in_charge and self._grip is Grip.FORCED and is_alive(completed_at, now, self._home):
            self._lease.renew(self._ha, now)

    def problems(self, decision: Decision) -> tuple[Problem, ...]:
        """What goes on while nothing may be written."""
        return left_forced(decision, self._grip, self.until, self._home)

    def _hold(self, grip: Grip) -> None:
        if grip is not self._grip:
            self._grip = grip
            self._keep(grip)
