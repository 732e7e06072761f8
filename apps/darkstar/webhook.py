"""Discord's webhook: the way to the owner that does not need Home Assistant.

The address is a secret, and most errors of Python's HTTP code quote it: their texts go nowhere.
"""

from __future__ import annotations

import json
from email.message import Message
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import SecretStr

from .home.notice import Notice

TIMEOUT_S = 10.0
CONTENT_LIMIT = 2000
"""Discord takes no longer message."""
AGENT = "Darkstar/1.0"
"""Discord turns the agent of Python's own library away."""
_MEANING = {
    401: "the webhook's token is wrong",
    404: "there is no such webhook: it was deleted, or its address is wrong",
    429: "too many messages",
}


class _NoRedirect(HTTPRedirectHandler):
    """A redirect is an error: what was posted would be lost on the way."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        """Follow none."""


def post(address: SecretStr, notice: Notice, timeout_s: float = TIMEOUT_S) -> str:
    """Send a notice to the webhook; returns what went wrong in words without the address, or nothing. Never raises."""
    body = {"content": _content(notice), "allowed_mentions": {"parse": []}}
    try:
        request = Request(  # noqa: S310 - the settings take https only, and http to this machine
            address.get_secret_value(),
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "User-Agent": AGENT},
            method="POST",
        )
        with build_opener(_NoRedirect).open(request, timeout=timeout_s):
            return ""
    except HTTPError as error:
        error.close()
        meaning = _MEANING.get(error.code)
        return f"Discord answered {error.code}" + (f", {meaning}" if meaning else "")
    except TimeoutError:
        return f"Discord did not answer in {timeout_s:g} s"
    except (OSError, HTTPException, ValueError) as error:
        return f"Discord could not be reached ({_kind(error)})"


def _kind(error: Exception) -> str:
    """The kind of an error; never its text."""
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__


def _content(notice: Notice) -> str:
    text = f"**{notice.title}**\n{notice.text}" if notice.text else f"**{notice.title}**"
    return text if len(text) <= CONTENT_LIMIT else f"{text[: CONTENT_LIMIT - 1]}…"
