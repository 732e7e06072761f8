"""How long what is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..home.operation import StorageSettings
from .database import Database
from .executions import Executions
from .forecasts import Forecasts
from .log_lines import LogLines
from .manual_blocks import ManualBlocks
from .observations import Observations
from .plans import Plans
from .prices import Prices
from .pv_told import PvTold
from .reflex import ReflexChanges
from .trainings import Trainings
from .weather import Weather

EVERY_PLAN = timedelta(days=2)
"""So long every plan is kept; of the older ones the last of each hour: plans are by far the largest rows."""


def purge(database: Database, settings: StorageSettings, now: datetime) -> int:
    """Delete what is older than the settings say; returns the number of rows deleted.

    Prices and weather are kept as long as observations: they are worth nothing without each other. So are trainings.
    The space is used again for new rows.

    Raises:
        StorageError: the database cannot be written; tables that were purged before stay purged.
    """
    plans = Plans(database)
    observations_from = now - timedelta(days=settings.observation_days)
    return sum(
        (
            ManualBlocks(database).purge(now - timedelta(days=settings.execution_days)),
            Executions(database).purge(now - timedelta(days=settings.execution_days)),
            plans.purge(now - timedelta(days=settings.plan_days)),
            plans.thin(now - EVERY_PLAN),
            Forecasts(database).purge(now - timedelta(days=settings.forecast_days)),
            PvTold(database).purge(now - timedelta(days=settings.forecast_days)),
            Observations(database).purge(observations_from),
            Prices(database).purge(observations_from),
            Weather(database).purge(observations_from),
            LogLines(database).purge(now - timedelta(days=settings.execution_days)),
            Trainings(database).purge(observations_from),
            ReflexChanges(database).purge(observations_from),
        )
    )
