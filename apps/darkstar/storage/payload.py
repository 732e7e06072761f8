"""Whole values in one column: JSON, packed because plans and forecasts are large and many."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

_LOGGER = logging.getLogger(__name__)
Value = TypeVar("Value")


class PayloadError(ValueError):
    """A stored value cannot be read: damaged, or written by a version with other fields."""


def pack(value: object) -> bytes:
    """A value (dataclasses, tuples, numbers, times) as compressed JSON; NaN and infinity survive."""
    return zlib.compress(to_json(value, inf_nan_mode="constants"))


def unpack(adapter: TypeAdapter[Value], packed: bytes) -> Value:
    """The value that `pack` was given.

    Raises:
        PayloadError: the bytes are no such value.
    """
    try:
        return adapter.validate_json(zlib.decompress(packed))
    except (zlib.error, ValidationError, TypeError) as error:
        msg = f"stored value cannot be read: {error}"
        raise PayloadError(msg) from error


def readable(adapter: TypeAdapter[Value], packed: Iterable[bytes], table: str) -> Iterator[Value]:
    """The values that can be read, in their order; the others are logged and left out."""
    for each in packed:
        try:
            yield unpack(adapter, each)
        except PayloadError as error:
            _LOGGER.warning("a row of table %s is left out: %s", table, error)
