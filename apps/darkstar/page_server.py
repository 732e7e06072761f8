"""The web side of the pages: documents, data, one endpoint for actions, and who may use them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from appdaemon.http import HTTP, securedata

from .pages.desk import Action, Desk, Page, RefusedError
from .storage.database import StorageError
from .views.page_files import login_html, page_html, plotly_path

ENDPOINT = "darkstar_action"
PLOTLY_ROUTE = "darkstar_plotly"
REVISION = "have"
"""In the query: the revision of the data that the browser has."""
_DAY_S = 86400
_ACCEPTED_COOKIES = 64
"""So many browsers are remembered: AppDaemon's own check of its cookie takes a fifth of a second of CPU."""

Route = Callable[[web.Request, Any], Awaitable[web.StreamResponse]]


class Clerk(Desk, Protocol):
    """A desk that also tells what every page must say first."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands in the way of everything: wrong settings, Home Assistant gone."""

    @property
    def is_open(self) -> bool:
        """Whether there is a home to tell of; with wrong settings there is none."""


class PageServer:
    """Serves pages and actions for one app. `http` is AppDaemon's server, None where it has none."""

    def __init__(
        self, desk: Clerk, pages: Mapping[str, Page], actions: Mapping[str, Action], http: HTTP | None
    ) -> None:
        self._desk = desk
        self._pages = pages
        self._actions = actions
        self._http = http
        self._accepted: set[str] = set()

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Name and callback of every route."""
        for name in self._pages:
            yield f"darkstar_{name}", self._document(name)
            yield f"darkstar_{name}_data", self._data(name)
        yield PLOTLY_ROUTE, self._plotly

    def on_action(self, data: object, kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        """Carry out what a page posts. AppDaemon has asked for its password, and calls this on a thread of its own."""
        request: web.Request = kwargs["request"]
        refused = self._why_not(request)
        if refused is not None:
            reason, status = refused
            return {"ok": False, "reason": reason}, status
        try:
            answer = self._carry_out(data)
        except RefusedError as refusal:
            return {"ok": False, "reason": str(refusal)}, 400
        except (StorageError, sqlite3.Error) as error:
            return {"ok": False, "reason": f"Darkstar's database does not answer: {error}"}, 503
        return {"ok": True, **answer}, 200

    def _why_not(self, request: web.Request) -> tuple[str, int] | None:
        if request.method != "POST":
            return f"post an action: one of {', '.join(self._actions)}", 405
        foreign = _why_foreign(request)
        if foreign is not None:
            return foreign, 403
        return None if self._desk.is_open else (" ".join(self._desk.notices), 409)

    def _carry_out(self, data: object) -> Mapping[str, Any]:
        name = data.get("action") if isinstance(data, Mapping) else None
        action = self._actions.get(name) if isinstance(name, str) else None
        if action is None or not isinstance(data, Mapping):
            msg = f"action must be one of {', '.join(self._actions)}; it is {name!r}"
            raise RefusedError(msg)
        return action(self._desk, {key: value for key, value in data.items() if key != "action"})

    def _document(self, name: str) -> Route:
        titles = {page_name: page.title for page_name, page in self._pages.items()}
        page = self._pages[name]

        async def document(request: web.Request, kwargs: object) -> web.StreamResponse:
            if not await self._is_known(request):
                asks = await asyncio.to_thread(login_html, page.title)
                return web.Response(
                    text=asks, status=401, content_type="text/html", headers={"Cache-Control": "no-store"}
                )
            text = await asyncio.to_thread(page_html, name, titles, every_s=page.every_s, plotly=page.plotly)
            response = web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})
            response.enable_compression()
            return response

        return document

    def _data(self, name: str) -> Route:
        async def data(request: web.Request, kwargs: object) -> web.StreamResponse:
            if not await self._is_known(request):
                return _json({"reason": "AppDaemon wants its password: load this page anew and log in"}, 401)
            text, status = await asyncio.to_thread(self._answer, name, dict(request.query))
            response = web.Response(
                text=text, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
            )
            response.enable_compression()
            return response

        return data

    async def _plotly(self, request: web.Request, kwargs: object) -> web.StreamResponse:
        """The chart library, from the installed package: no other server is asked."""
        try:
            path = plotly_path()
        except FileNotFoundError as error:
            return _json({"reason": str(error)}, 404)
        return web.FileResponse(path, headers={"Cache-Control": f"max-age={_DAY_S}"})

    def _answer(self, name: str, query: dict[str, str]) -> tuple[str, int]:
        """The envelope: notices, the revision of the page's data, and the data where the browser has others."""
        have = query.pop(REVISION, "")
        notices = self._desk.notices
        if not self._desk.is_open:
            return json.dumps({"notices": notices, "revision": "", "page": None}), 200
        try:
            data = self._pages[name].data(self._desk, query)
        except RefusedError as refusal:
            return json.dumps({"reason": str(refusal)}), 400
        except (StorageError, sqlite3.Error) as error:
            return json.dumps({"reason": f"Darkstar's database does not answer: {error}"}), 503
        page = json.dumps(data, allow_nan=False)
        revision = hashlib.sha256(page.encode()).hexdigest()[:16]
        head = f'"notices": {json.dumps(notices)}, "revision": "{revision}"'
        return (f"{{{head}}}" if revision == have else f'{{{head}, "page": {page}}}'), 200

    async def _is_known(self, request: web.Request) -> bool:
        """Whether AppDaemon's password is not set, or the browser has given it. AppDaemon itself leaves routes open."""
        if self._http is None or self._http.password is None:
            return True
        cookie = request.cookies.get("adcreds", "")
        if cookie in self._accepted:
            return True
        try:
            known = await _passes(self._http, request) is _PASSED
        except ValueError:  # a cookie that is no bcrypt hash
            return False
        if known and cookie:
            if len(self._accepted) >= _ACCEPTED_COOKIES:
                self._accepted.clear()
            self._accepted.add(cookie)
        return known


_PASSED = web.Response()


@securedata  # type: ignore[untyped-decorator] # AppDaemon's own check, the one that guards its API
async def _passes(http: HTTP, request: web.Request) -> web.Response:
    return _PASSED


def _json(answer: Mapping[str, Any], status: int) -> web.Response:
    return web.json_response(answer, status=status)


def _why_foreign(request: web.Request) -> str | None:
    """Why an order may be that of another site, sent by the owner's browser unasked; None: it is not.

    JSON cannot be sent to another site without asking it first, which AppDaemon never allows. Where the browser says
    where a request comes from, that must be the same host, too.
    """
    if request.content_type != "application/json":
        return "send the action as Content-Type: application/json"
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in {"same-origin", "none"}:
        return "this order comes from a page of another site"
    origin = request.headers.get("Origin")
    hosts = {request.headers.get("X-Forwarded-Host"), request.host}
    if origin is not None and urlsplit(origin).netloc not in hosts:
        return "this order comes from a page of another host"
    return None
