"""The data of the page Forecast and learning, and what it may order of Reflex."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..home.overlay import value_at
from ..home.slots import local_date, local_day
from ..learning.level import GRADUATE_DAYS, STATISTICIAN_DAYS
from ..learning.progress import PROGRESS, Level, Progress
from ..learning.reflex.evidence import PATHS
from ..reflex_runs import apply_proposals, standing, undo
from ..storage.forecasts import Forecasts
from ..storage.memory import Memory
from ..storage.observations import Observations
from ..storage.reflex import ReflexChanges
from ..storage.trainings import Trainings
from ..training.desk import BASELINES
from ..views.learning_chart import BASE_DAYS, learning_chart, made_of
from ..views.learning_page import Began, Learned, learning_page
from .desk import Desk, Payload, Query, RefusedError

CHAMPIONS = 20
CHANGES = 20
NEEDED = {Level.STATISTICIAN: STATISTICIAN_DAYS, Level.GRADUATE: GRADUATE_DAYS}
LEADS = {
    "1": (timedelta(hours=1), timedelta(hours=1)),
    "6": (timedelta(hours=6), timedelta(hours=3)),
    "24": (timedelta(hours=24), timedelta(hours=6)),
}
"""By the hours in the query: how far ahead at least, and how far apart the forecasts are that are read."""
DAYS = ("1", "3", "7")
_BASE = timedelta(days=BASE_DAYS + 2)


def learning_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the page shows; with `days` or `lead` in the query the chart."""
    if query:
        return _chart(desk, query)
    now, database, home = desk.now(), desk.database, desk.home
    newest = Forecasts(database).latest()
    learned = Learned(
        progress=Memory(database).get(PROGRESS, Progress),
        needed_days=NEEDED,
        baselines=BASELINES,
        forecast=newest,
        began=[Began(change.at, change.verdict) for change in Trainings(database).champion_changes(CHAMPIONS)],
        standing=standing(database, home, now),
        changes=ReflexChanges(database).recent(CHANGES),
        scales={path: (value_at(home, path), value_at(desk.owner_home, path)) for path in PATHS},
    )
    rows = Observations(database).between(now - _BASE, now)
    return {**learning_page(learned, home, now), "made_of": made_of(newest, rows, now, home.zone)}


def _chart(desk: Desk, query: Query) -> Mapping[str, Any]:
    days, ahead = query.get("days", "3"), query.get("lead", "6")
    if days not in DAYS or ahead not in LEADS:
        msg = f"days must be one of {', '.join(DAYS)}, lead one of {', '.join(LEADS)}; they are {days!r} and {ahead!r}"
        raise RefusedError(msg)
    now, zone, (lead, every) = desk.now(), desk.home.zone, LEADS[ahead]
    start, _ = local_day(local_date(now, zone) - timedelta(days=int(days) - 1), zone)
    forecasts = Forecasts(desk.database)
    issued = forecasts.issued_between(start - lead - every, now, every)
    rows = Observations(desk.database).between(start - _BASE, now)
    return learning_chart(issued, forecasts.latest(), rows, start, now, lead, zone)


def reflex_apply(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Make the proposed change of the setting `path`, or all that are proposed."""
    path = payload.get("path")
    if path is not None and path not in PATHS:
        msg = f"path must be one of {', '.join(PATHS)}; it is {path!r}"
        raise RefusedError(msg)
    made = apply_proposals(desk.database, desk.home, desk.owner_home, desk.now(), path)
    if not made:
        msg = "nothing is proposed any more: the page was older than the last look"
        raise RefusedError(msg)
    desk.announce_settings()
    return {"made": [f"{change.path} is {change.value:g}" for change in made if change.value is not None]}


def reflex_undo(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Take back the change `number`, and those of the same setting after it."""
    number = payload.get("number")
    if isinstance(number, bool) or not isinstance(number, int):
        msg = f"number must be that of a change; it is {number!r}"
        raise RefusedError(msg)
    undone = undo(desk.database, number, desk.now())
    if not undone:
        msg = f"change {number} is not in force any more"
        raise RefusedError(msg)
    desk.announce_settings()
    return {"undone": [change.path for change in undone]}
