"""The web side of the pages: who may ask, what comes back, and what an order from elsewhere meets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import bcrypt
import pytest
from aiohttp import web

from darkstar.page_server import PageServer
from darkstar.pages.desk import Page, RefusedError
from darkstar.storage.database import StorageError

COOKIE = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


class Desk:
    notices: tuple[str, ...] = ()
    is_open = True


def _say(desk: Any, query: Mapping[str, str]) -> Mapping[str, Any]:
    return {"said": dict(query)}


def _refuse(desk: Any, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    msg = "no such slot"
    raise RefusedError(msg)


def _fail(desk: Any, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    msg = "disk full"
    raise StorageError(msg)


def _server(data: Callable[..., Any] = _say, http: Any = None, desk: Any = None) -> PageServer:
    told: Any = desk or Desk()
    pages = {"status": Page("Status", data), "plan": Page("Plan", data, plotly=True)}
    actions = {"echo": lambda desk, payload: {"got": dict(payload)}, "refuse": _refuse, "fail": _fail}
    return PageServer(told, pages, actions, http)


def _get(server: PageServer, route: str, query: Mapping[str, str] | None = None, cookie: str = "") -> web.Response:
    request: Any = SimpleNamespace(query=query or {}, cookies={"adcreds": cookie} if cookie else {}, headers={})
    route_of: dict[str, Any] = dict(server.routes())
    response = asyncio.run(route_of[route](request, {}))
    assert isinstance(response, web.Response)
    return response


def _json(response: web.Response) -> dict[str, Any]:
    assert response.text is not None
    answer: dict[str, Any] = json.loads(response.text)
    return answer


def _post(
    data: object, server: PageServer | None = None, method: str = "POST", kind: str = "application/json", **headers: str
) -> tuple[dict[str, Any], int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = SimpleNamespace(method=method, content_type=kind, headers=named, host="ad:5050")
    return (server or _server()).on_action(data, {"request": request})


def test_a_page_is_one_document() -> None:
    response = _get(_server(), "darkstar_plan")
    assert response.content_type == "text/html"
    assert 'data-plotly="darkstar_plotly"' in (response.text or "")


def test_data_come_with_notices_and_once_per_revision() -> None:
    first = _json(_get(_server(), "darkstar_status_data", {"slot": "3"}))
    assert first["page"] == {"said": {"slot": "3"}}
    assert first["notices"] == []
    again = _json(_get(_server(), "darkstar_status_data", {"slot": "3", "have": first["revision"]}))
    assert again == {"notices": [], "revision": first["revision"]}
    other = _json(_get(_server(), "darkstar_status_data", {"slot": "4", "have": first["revision"]}))
    assert other["page"]


def test_without_a_home_there_are_notices_alone() -> None:
    desk = SimpleNamespace(notices=("settings are wrong",), is_open=False)
    answer = _json(_get(_server(desk=desk), "darkstar_status_data"))
    assert answer == {"notices": ["settings are wrong"], "revision": "", "page": None}
    assert _post({"action": "echo"}, _server(desk=desk)) == ({"ok": False, "reason": "settings are wrong"}, 409)


@pytest.mark.parametrize(("data", "status", "about"), [(_refuse, 400, "no such slot"), (_fail, 503, "disk full")])
def test_what_cannot_be_told_is_said(data: Callable[..., Any], status: int, about: str) -> None:
    response = _get(_server(data), "darkstar_status_data")
    assert response.status == status
    assert about in _json(response)["reason"]


def _http(password: str | None) -> Any:
    ad = SimpleNamespace(
        executor=None,
        loop=SimpleNamespace(run_in_executor=lambda executor, func: _done(func)),
        threading=SimpleNamespace(logger=SimpleNamespace(debug=lambda *_: None)),
        futures=SimpleNamespace(add_future=lambda *_: None),
    )
    return SimpleNamespace(
        password=password, AD=ad, name="_http", get_response=lambda request, code, error: web.Response(status=401)
    )


def _done(function: Callable[[], Any]) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_event_loop().create_future()
    future.set_result(function())
    return future


@pytest.mark.parametrize(
    ("password", "cookie", "status"),
    [
        (None, "", 200),
        ("secret", "", 401),
        ("secret", "nonsense", 401),
        ("other", COOKIE, 401),
        ("secret", COOKIE, 200),
    ],
    ids=["no password", "no cookie", "no hash", "another password's cookie", "its cookie"],  # another one each time
)
def test_pages_and_data_are_for_whom_appdaemon_knows(password: str | None, cookie: str, status: int) -> None:
    server = _server(http=_http(password))
    page = _get(server, "darkstar_status", cookie=cookie)
    assert page.status == status
    assert ("../logon_response" in (page.text or "")) == (status == 401)
    assert _get(server, "darkstar_status_data", cookie=cookie).status == status
    assert _get(server, "darkstar_status_data", cookie=cookie).status == status


def test_an_action_is_carried_out() -> None:
    assert _post({"action": "echo", "minutes": 5}) == ({"ok": True, "got": {"minutes": 5}}, 200)
    assert _post({"action": "refuse"}) == ({"ok": False, "reason": "no such slot"}, 400)
    assert _post({"action": "fail"})[1] == 503


@pytest.mark.parametrize("data", [{}, [], "echo", {"action": "nope"}, {"action": ["echo"]}, {"action": None}])
def test_what_is_no_action_is_refused_with_those_that_are(data: object) -> None:
    answer, status = _post(data)
    assert status == 400
    assert "echo, refuse, fail" in answer["reason"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://ad:5050", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "https://ha.example", "X_Forwarded_Host": "ha.example"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Origin": "http://ad:8123"}, 403),
        ({"kind": "text/plain"}, 403),
        ({"kind": "application/x-www-form-urlencoded"}, 403),
        ({"method": "GET"}, 405),
    ],
)
def test_only_our_own_pages_may_order(headers: dict[str, str], status: int) -> None:
    assert _post({"action": "echo"}, **headers)[1] == status  # type: ignore[arg-type] # headers and method by name
