"""The JSON API: what other programs may ask of Darkstar and order from it, at one address.

`GET api/appdaemon/darkstar?ask=QUESTION` answers `{"ok": true, ...}`, or `{"ok": false, "reason": ...}` with status 400
for a bad question and 503 where the database does not answer. AppDaemon asks for its password where one is set (header
`x-ad-access`). Times are ISO 8601 in UTC, energies kWh, powers kW, money in the home's currency; null is not known.

| `ask` | more | answers |
|---|---|---|
| `status` | | every sensor: state and attributes |
| `plan` | | the newest plan, slot by slot with reasons |
| `forecast` | | the newest forecast: load and PV with their quantiles |
| `history` | `days` (1 to 30) | ticks of the executor: planned, decided, commanded, read back |
| `statistics` | `days` (1 to 30) | counts over these ticks |
| `observations` | `days` (1 to 31) | measured quarter-hours |
| `ledger` | `days` (1 to 3660) | what each day cost, and what it would have cost without Darkstar |
| `problems` | | what is wrong now, and how to mend it |

`POST api/appdaemon/darkstar` with `Content-Type: application/json` takes an order: a quick action as
`{"kind": "force_charge", "minutes": 30}`, answered as by `api/appdaemon/darkstar_quick_action`. It also takes questions
with more in them, as `{"ask": "what_if", "changes": {"battery_kwh": 15}}`; nothing live is touched by them:

| `ask` | more | answers |
|---|---|---|
| `what_if` | `changes` | the days ahead as planned and with the changes; `saved` is net money |
| `what_if` | `changes`, `days` (1 to 90) | the same over the last days; ask the same again until `answer` is there |
| `what_if` | `export_kwh`, `day` (tomorrow) | a sale at the best hours of a day: `gain` against the plan |
| `advise` | | when to start each appliance of the settings, and what waiting saves |

`changes` has one or more of `battery_kwh`, `battery_kw`, `pv_kwp`, `tariff` (settings of the tariff block),
`fixed_price_per_kwh`, `power_tariffs` (as in the grid block), `ev` (`kwh_per_day`, `arrival`, `departure`, `max_kw`,
`charging`), `risk_appetite`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic_core import to_jsonable_python

from .home.finite import number
from .home.slots import local_date
from .pages.desk import Desk, Query, RefusedError
from .pages.whatif import ASKED
from .storage.database import StorageError
from .storage.executions import Executions
from .storage.forecasts import Forecasts
from .storage.ledger import Ledger
from .storage.observations import Observations
from .storage.plans import Plans
from .storage.problems import Problems
from .views.sensors import sensors

ENDPOINT = "darkstar"
Answer = tuple[dict[str, Any], int]


def _status(desk: Desk, _: Query) -> Mapping[str, Any]:
    shown = sensors(desk.snapshot())
    return {"sensors": {each.entity_id: {"state": each.state, "attributes": each.attributes} for each in shown}}


def _plan(desk: Desk, _: Query) -> Mapping[str, Any]:
    saved = Plans(desk.database).latest()
    return {"plan": None if saved is None else saved.plan}


def _forecast(desk: Desk, _: Query) -> Mapping[str, Any]:
    return {"forecast": Forecasts(desk.database).latest()}


def _history(desk: Desk, query: Query) -> Mapping[str, Any]:
    now = desk.now()
    return {"history": Executions(desk.database).between(now - _days(query, 1, 30), now)}


def _statistics(desk: Desk, query: Query) -> Mapping[str, Any]:
    found = Executions(desk.database).statistics(desk.now() - _days(query, 7, 30))
    counts = to_jsonable_python(found)
    return {"statistics": {**counts, "ok": found.ok, "success_percent": found.success_percent}}


def _observations(desk: Desk, query: Query) -> Mapping[str, Any]:
    now = desk.now()
    return {"observations": Observations(desk.database).between(now - _days(query, 1, 31), now)}


def _ledger(desk: Desk, query: Query) -> Mapping[str, Any]:
    today = local_date(desk.now(), desk.home.zone)
    return {"ledger": Ledger(desk.database).between(today - _days(query, 31, 3660), today)}


def _problems(desk: Desk, _: Query) -> Mapping[str, Any]:
    return {"problems": Problems(desk.database).open()}


QUESTIONS: Mapping[str, Callable[[Desk, Query], Mapping[str, Any]]] = {
    "status": _status,
    "plan": _plan,
    "forecast": _forecast,
    "history": _history,
    "statistics": _statistics,
    "observations": _observations,
    "ledger": _ledger,
    "problems": _problems,
}
"""By the word that `ask` has."""


def answer(desk: Desk, request: web.Request, data: object) -> Answer:
    """Answer a question or carry out an order; never raises."""
    if request.method == "POST":
        return _ordered(desk, request, data)
    query = dict(request.query)
    question = QUESTIONS.get(query.get("ask", ""))
    if question is None:
        return _refused(f"ask must be one of {', '.join(QUESTIONS)}; it is '{query.get('ask', '')}'", 400)
    try:
        found = question(desk, query)
    except RefusedError as refusal:
        return _refused(str(refusal), 400)
    except (StorageError, sqlite3.Error) as error:
        return _refused(f"Darkstar's database does not answer: {error}", 503)
    return {"ok": True, "at": desk.now().isoformat(), **to_jsonable_python(found, inf_nan_mode="strings")}, 200


def _ordered(desk: Desk, request: web.Request, data: object) -> Answer:
    if request.content_type != "application/json":
        return _refused("send the order as Content-Type: application/json", 415)
    if not isinstance(data, Mapping):
        return _refused('an order is an object such as {"kind": "force_charge", "minutes": 30}', 400)
    if "ask" in data:
        return _asked(desk, data)
    answered = dict(desk.order(data))
    return answered, 200 if answered.get("ok") is True else 400


def _asked(desk: Desk, data: Mapping[str, Any]) -> Answer:
    question = ASKED.get(str(data["ask"]))
    if question is None:
        return _refused(f"ask must be one of {', '.join(ASKED)}; it is {data['ask']!r}", 400)
    try:
        found = question(desk, {key: value for key, value in data.items() if key != "ask"})
    except RefusedError as refusal:
        return _refused(str(refusal), 400)
    except (StorageError, sqlite3.Error) as error:
        return _refused(f"Darkstar's database does not answer: {error}", 503)
    return {"ok": True, "at": desk.now().isoformat(), **found}, 200


def _refused(reason: str, status: int) -> Answer:
    return {"ok": False, "reason": reason}, status


def _days(query: Query, usual: int, most: int) -> timedelta:
    said = query.get("days", str(usual))
    days = number(said)
    if days is None or not 0 < days <= most:
        msg = f"days must be a number up to {most}; it is '{said}'"
        raise RefusedError(msg)
    return timedelta(days=days)
