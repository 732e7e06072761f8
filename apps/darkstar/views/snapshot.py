"""Everything that is shown, gathered at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..control.decision import NO_OVERRIDES, ActiveOverrides, Decision, Execution, ExecutionStatistics
from ..forecast.bands import Forecast
from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.problem import Problem
from ..home.readings import Readings
from ..home.settings import HomeSettings
from ..learning.ledger import LedgerDay, LedgerTotal
from ..learning.progress import Progress
from ..learning.reflex.finding import Standing
from ..learning.shadow_verdict import ShadowVerdict
from ..optimizer.plan import Plan
from ..policy.thresholds import Policy


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Darkstar knows at `now`; whatever is not known yet is None or empty, and shown as such.

    `curve` also holds the past hours of today. `observations` are today's, oldest first.
    `expected_soc_kwh` is the stored energy at the end of each slot of `plan` when the battery follows
    the policy; empty when there is none.
    """

    now: datetime
    home: HomeSettings
    readings: Readings | None = None
    plan: Plan | None = None
    policy: Policy | None = None
    forecast: Forecast | None = None
    curve: PriceCurve = field(default_factory=PriceCurve)
    observations: tuple[Observation, ...] = ()
    execution: Execution | None = None
    overrides: ActiveOverrides = NO_OVERRIDES
    problems: tuple[Problem, ...] = ()
    statistics: ExecutionStatistics = field(default_factory=ExecutionStatistics)
    writes_today: Mapping[str, int] = field(default_factory=dict)
    """Writes per entity on this local day."""
    next_decision: Decision | None = None
    """What the next slot would decide."""
    expected_soc_kwh: tuple[float, ...] = ()
    learning: Progress | None = None
    """What has been learned; None until the trainer has looked."""
    reflex: Standing | None = None
    """Proposed and made changes of settings."""
    account: LedgerDay | None = None
    """What the running day has cost so far, and what it would have cost without Darkstar."""
    why_no_account: str = ""
    """Why the last try to work it out failed; empty when it did not."""
    month: LedgerTotal | None = None
    """The days of the running month that stand in the ledger."""
    verdict: ShadowVerdict | None = None
    """Whether shadow mode may end; None outside it."""
