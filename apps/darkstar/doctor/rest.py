"""Asks Home Assistant for its entities over REST: the doctor on the command line has no AppDaemon."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from ..home.ports import EntityState

TIMEOUT_S = 20


def states_of(url: str, token: str) -> Mapping[str, EntityState]:
    """All entities by id.

    Raises:
        ValueError: the address is no web address, or what answers is not Home Assistant.
        OSError: nobody answers, or the token is refused; the message has neither token nor answer.
    """
    if not url.startswith(("http://", "https://")):
        msg = f"--url {url}: give an address such as http://homeassistant.local:8123"
        raise ValueError(msg)
    request = Request(f"{url.rstrip('/')}/api/states", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            rows = json.load(answer)
    except URLError as error:
        reason = getattr(error, "code", None) or error.reason
        hint = ": the token is wrong" if reason == 401 else ""  # noqa: PLR2004 - unauthorized
        msg = f"{url} answers {reason}{hint}"
        raise OSError(msg) from error
    except json.JSONDecodeError as error:
        msg = f"what answers at {url} is not Home Assistant"
        raise ValueError(msg) from error
    return {row["entity_id"]: _state(row) for row in rows}


def _state(row: Mapping[str, Any]) -> EntityState:
    seen = [datetime.fromisoformat(row[key]).astimezone(UTC) for key in ("last_updated", "last_reported") if key in row]
    return EntityState(row["entity_id"], row["state"], row.get("attributes", {}), max(seen, default=None))
