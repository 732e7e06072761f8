"""Discord's webhook against a server on this machine."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from pydantic import SecretStr

from darkstar.home.notice import Notice
from darkstar.webhook import CONTENT_LIMIT, post

TOKEN = "s3cr3t-T0ken"
NOTICE = Notice("Title", "Text @everyone")


@dataclass
class Discord:
    """A stand-in for Discord: what it was sent, and how it answers."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    delay: Event | None = None
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def address(self) -> SecretStr:
        return SecretStr(f"http://127.0.0.1:{self.port}/api/webhooks/123/{TOKEN}")


@pytest.fixture
def discord() -> Iterator[Discord]:
    stand_in = Discord()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            stand_in.requests.append((self.path, dict(self.headers), body))
            if stand_in.delay is not None:
                stand_in.delay.wait(10)
                return
            self.send_response(stand_in.status)
            for name, value in stand_in.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library names it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield stand_in
    if stand_in.delay is not None:
        stand_in.delay.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_notice_is_posted_and_pings_nobody(discord: Discord) -> None:
    assert post(discord.address, NOTICE) == ""
    ((path, headers, body),) = discord.requests
    assert path == f"/api/webhooks/123/{TOKEN}"
    assert body == {"content": "**Title**\nText @everyone", "allowed_mentions": {"parse": []}}
    assert headers["Content-Type"] == "application/json"
    assert "urllib" not in headers["User-Agent"]


def test_a_long_notice_is_cut_to_what_discord_takes(discord: Discord) -> None:
    assert post(discord.address, Notice("T", "x" * 5000)) == ""
    assert len(discord.requests[0][2]["content"]) == CONTENT_LIMIT


@pytest.mark.parametrize(
    ("status", "words"), [(404, "no such webhook"), (401, "token"), (429, "too many"), (500, "500"), (302, "302")]
)
def test_a_refusal_is_told_without_the_address(
    discord: Discord, status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    discord.status = status
    discord.headers = {"Location": f"/elsewhere/{TOKEN}", "Content-Length": "0"}
    with caplog.at_level(logging.DEBUG):
        error = post(discord.address, NOTICE)
    assert words in error
    assert str(status) in error
    assert len(discord.requests) == 1
    assert TOKEN not in error
    assert TOKEN not in caplog.text


def test_an_answer_that_does_not_come_is_not_waited_for(discord: Discord) -> None:
    discord.delay = Event()
    assert post(discord.address, NOTICE, timeout_s=0.2) == "Discord did not answer in 0.2 s"


def test_nobody_there_is_told_without_the_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = post(SecretStr(f"http://127.0.0.1:{port}/{TOKEN}"), NOTICE)
    assert error == "Discord could not be reached (ConnectionRefusedError)"


@pytest.mark.parametrize(
    "address", [f"{TOKEN}", f"strange://{TOKEN}", f"http://127.0.0.1:1/a b/{TOKEN}", f"http://127.0.0.1:x{TOKEN}/"]
)
def test_an_address_that_is_none_is_told_without_it(address: str) -> None:
    error = post(SecretStr(address), NOTICE)
    assert error.startswith("Discord could not be reached (")
    assert TOKEN not in error
