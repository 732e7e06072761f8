"""Addresses that are secrets: nothing that fails may show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _checked(value: object) -> SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not _is_safe(text):
        msg = "must be an address that begins with https:// (its value is a secret and not shown)"
        raise ValueError(msg)
    return SecretStr(text)


def _is_safe(text: str) -> bool:
    """Encrypted on its way, or not on its way at all; nothing in it that a request line cannot hold."""
    if any(not "!" <= letter <= "~" for letter in text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


SecretUrl = Annotated[SecretStr, BeforeValidator(_checked)]
"""An https address (http only on this machine) that no message, log or representation shows."""


SECRET_SETTINGS = frozenset({"discord_webhook_url"})
HIDDEN = "**********"


def without_secrets(value: object) -> object:
    """A block of settings as the owner wrote it, with the values of secrets hidden."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in SECRET_SETTINGS else without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(inner) for inner in value]
    return value
