"""AppDaemon behind a path, as Home Assistant's ingress puts an add-on behind `/api/hassio_ingress/<token>/`.

The path is taken off before a request goes on, and headers tell of it as Home Assistant's do
(`homeassistant/components/hassio/ingress.py`). What is asked outside the path is not found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, web
from multidict import CIMultiDict

HOST = "127.0.0.1"
_OWN_OF_A_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding"}
STARTED_S = 10


class Ingress:
    """A reverse proxy under a path; `/` shows a page of it in a frame, as the side panel does."""

    def __init__(self, upstream: str, port: int, token: str, panel: str) -> None:
        self._upstream = upstream
        self._port = port
        self.path = f"/api/hassio_ingress/{token}"
        self._panel = panel
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    @property
    def site(self) -> str:
        """Address of the page with the frame."""
        return f"http://{HOST}:{self._port}/"

    @property
    def inside(self) -> str:
        """All that is asked of AppDaemon must begin with this."""
        return f"http://{HOST}:{self._port}{self.path}/"

    def __enter__(self) -> Self:
        """Take connections."""
        self._thread.start()
        self._wait(asyncio.run_coroutine_threadsafe(self._start(), self._loop))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take no more."""
        self._wait(asyncio.run_coroutine_threadsafe(self._stop(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    def _wait(begun: Future[None]) -> None:
        begun.result(STARTED_S)

    async def _start(self) -> None:
        self._session = ClientSession(auto_decompress=False)
        application = web.Application()
        application.router.add_get("/", self._frame)
        application.router.add_route("*", self.path + "/{rest:.*}", self._forward)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _frame(self, request: web.Request) -> web.Response:
        frame = f'<iframe src="{self.path}/{self._panel}" style="width: 1240px; height: 760px"></iframe>'
        icon = '<link rel="icon" href="data:,">'
        return web.Response(text=f"<!DOCTYPE html><title>Panel</title>{icon}{frame}", content_type="text/html")

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        headers = _without_own(request.headers)
        headers["X-Hass-Source"] = "core.ingress"
        headers["X-Ingress-Path"] = self.path
        headers["X-Forwarded-For"] = request.remote or ""
        headers["X-Forwarded-Host"] = request.host
        headers["X-Forwarded-Proto"] = request.scheme
        address = f"{self._upstream}{request.raw_path.removeprefix(self.path)}"
        body = await request.read()
        async with self._session.request(
            request.method, address, headers=headers, data=body, allow_redirects=False
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read(), headers=_without_own(answer.headers))


def _without_own(headers: Mapping[str, str]) -> CIMultiDict[str]:
    given = CIMultiDict(headers.items())
    for name in _OWN_OF_A_CONNECTION:
        given.popall(name, None)
    return given
