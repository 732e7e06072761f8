"""Gathers what the doctor looks at from the stored days and from this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.util import find_spec

from ..home.ports import EntityState
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day
from ..optimizer.solvers import candidates, runs
from ..storage.database import Database
from ..storage.executions import Executions
from ..storage.forecasts import Forecasts
from ..storage.observations import Observations
from ..storage.prices import Prices
from ..storage.problems import Problems
from .finding import Evidence, Machine

DAYS = 7
EXECUTION_DAYS = 2
_MB = 1e6


def gather(
    home: HomeSettings,
    database: Database,
    states: Mapping[str, EntityState] | None,
    now: datetime,
    *,
    zone: str | None = None,
    in_production_mode: bool | None = None,
    is_demo: bool = False,
) -> Evidence:
    """All evidence but the entities, which `states` has; `zone` and mode are AppDaemon's. No work for a callback.

    Raises:
        StorageError: the database cannot be read.
    """
    midnight, _ = local_day(local_date(now, home.zone), home.zone)
    return Evidence(
        home=home,
        now=now,
        states=states,
        machine=_machine(database, zone, in_production_mode=in_production_mode),
        observations=Observations(database).between(now - timedelta(days=DAYS), now),
        executions=Executions(database).between(now - timedelta(days=EXECUTION_DAYS), now),
        curve=Prices(database).between(midnight, midnight + timedelta(days=3)),
        problems=Problems(database).open(),
        forecast=Forecasts(database).latest(),
        is_demo=is_demo,
    )


def _machine(database: Database, zone: str | None, *, in_production_mode: bool | None) -> Machine:
    return Machine(
        solver=next((solver.name for solver in candidates() if runs(solver)), None),
        free_mb=shutil.disk_usage(database.path.parent).free / _MB,
        database_mb=database.path.stat().st_size / _MB,
        zone=zone,
        in_production_mode=in_production_mode,
        has_sklearn=find_spec("sklearn") is not None,
    )
