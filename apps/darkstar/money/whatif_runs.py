"""What-if and advice on what a home has stored: its running plan, its forecasts, its measured past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..home.settings import HomeSettings
from ..pipeline import PAST_PRICES, history_reach
from ..simulation.whatif.advice import Advice, advise
from ..simulation.whatif.ahead import Live
from ..simulation.whatif.changes import Changes, ChangesError
from ..storage.database import Database
from ..storage.forecasts import Forecasts
from ..storage.memory import Memory
from ..storage.observations import Observations
from ..storage.plans import Plans
from ..storage.prices import PRICES_NOTE, Prices
from ..strategy.peaks import METERED_DAYS

if TYPE_CHECKING:
    from ..simulation.whatif.past import OwnHistory, PastWhatIf, Progress

MONTH_DAYS = 30
_DAY = timedelta(days=1)


def live_of(home: HomeSettings, database: Database) -> Live:
    """The running plan with its request, and what a changed request may need.

    Raises:
        ChangesError: there is no plan yet.
    """
    saved = Plans(database).latest()
    if saved is None or not saved.plan.slots:
        msg = "no plan is stored yet: wait for the planner's first run"
        raise ChangesError(msg)
    now = saved.request.created_at
    reach = max(history_reach(home), timedelta(days=METERED_DAYS))
    rows = Observations(database).between(now - reach, now)
    return Live(home, saved.request, saved.plan, Forecasts(database).latest(), rows)


def history_of(home: HomeSettings, database: Database, now: datetime, days: int = MONTH_DAYS) -> OwnHistory:
    """What was measured and paid in the last days, and the prices of the weeks before."""
    # the closed loop brings pandas along: an app that starts does without
    from ..simulation.whatif.past import OwnHistory

    since = now - (days + 1) * _DAY
    rows = Observations(database).between(since, now)
    prices = Prices(database)
    return OwnHistory(
        home,
        rows,
        prices.between(since - PAST_PRICES, now + 3 * _DAY),
        prices.read_back(since, now),
        Memory(database).get(PRICES_NOTE, str) or "",
    )


def past_of(
    home: HomeSettings,
    database: Database,
    changes: Changes,
    now: datetime,
    *,
    days: int = MONTH_DAYS,
    jobs: int = 1,
    progress: Progress | None = None,
) -> PastWhatIf:
    """What the changes would have meant over the last whole days; `jobs` 2 uses two cores.

    Inside AppDaemon no second process can be had: start the command line there, or give `jobs` 1.

    Raises:
        ChangesError: a change cannot be made.
        SeriesError: no day has measured load and prices.
    """
    from ..simulation.whatif.past import last_days, what_if_past

    history = history_of(home, database, now, days)
    start, end = last_days(history, now, days)
    return what_if_past(history, changes, start, end, jobs=jobs, progress=progress)


def advice_of(home: HomeSettings, database: Database, now: datetime) -> tuple[Advice, ...]:
    """When to start each appliance.

    Raises:
        ChangesError: there is no plan yet.
    """
    return advise(live_of(home, database), now)
