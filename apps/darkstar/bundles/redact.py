"""What a file that is shown to others must not say: addresses, tokens, the home's place, the owner's phones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..home.secret_url import HIDDEN, without_secrets

_PLACE = ("latitude", "longitude")
"""Settings that are rounded to whole degrees: some hundred kilometres, the sun still rises at about the right time."""
_WITHHELD = (
    re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    re.compile(r"(?<![\w/+-])(?=[\w+/-]*\d)(?=[\w+/-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}=*"),
    re.compile(r"(?<=notify[./])[a-z0-9_]+"),
)
"""Addresses of the web, of mail and of machines, long tokens, notification services (a phone has its owner's name)."""


def redacted_text(text: str) -> str:
    """A line without what could name or open a home."""
    for pattern in _WITHHELD:
        text = pattern.sub(HIDDEN, text)
    return text


def redacted(value: Any) -> Any:  # noqa: ANN401 - what JSON can say
    """Settings as JSON has them, in the same manner; entity ids stay, as they say what is connected to what."""
    return _cleaned(without_secrets(value))


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - what JSON can say
    if isinstance(value, Mapping):
        return {
            key: round(inner) if key in _PLACE and isinstance(inner, int | float) else _cleaned(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return redacted_text(value) if isinstance(value, str) else value
