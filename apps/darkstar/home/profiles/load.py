"""Finds device profiles by name: the owner's own come before those of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from .schema import DeviceProfile

FOLDERS = {"inverter": "inverters", "charger": "chargers"}
"""The folder of each kind of device, in the package and below the owner's folder."""

_SHIPPED = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class ProfileError(ValueError):
    """A profile cannot be used; the message names the file and the field, or the profiles that there are."""


def shipped_names(kind: str) -> tuple[str, ...]:
    """The profiles that come with Darkstar, of one kind of device."""
    return _names_in(_SHIPPED / FOLDERS[kind])


def find_profile(kind: str, name: str, own_folder: Path | None = None) -> DeviceProfile:
    """The profile of that name. `own_folder` has the owner's files, in `inverters` and `chargers`.

    Raises:
        ProfileError: there is none, or its file has a fault.
    """
    own = own_folder / FOLDERS[kind] if own_folder is not None else None
    if _NAME.fullmatch(name):
        if own is not None and (file := own / f"{name}.json").is_file():
            return read_profile(kind, file)
        if name in shipped_names(kind):
            return _shipped(kind, name)
    known = sorted({*shipped_names(kind), *(_names_in(own) if own is not None else ())})
    way_out = f"write {own / 'NAME.json'}" if own is not None else "write a profile of your own"
    msg = f"there is no {kind} profile '{name}': use one of {', '.join(known)}, or {way_out}"
    raise ProfileError(msg)


def read_profile(kind: str, file: Path) -> DeviceProfile:
    """The profile in a file, which has its name and lies in the folder of its kind.

    Raises:
        ProfileError: the file cannot be read, or is no such profile.
    """
    try:
        profile = DeviceProfile.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        msg = f"{file}: " + "; ".join(_faults(error))
        raise ProfileError(msg) from error
    except json.JSONDecodeError as error:
        msg = f"{file}: line {error.lineno}, column {error.colno}: {error.msg}"
        raise ProfileError(msg) from error
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read: {error}"
        raise ProfileError(msg) from error
    if profile.kind != kind or profile.name != file.stem:
        msg = f'{file}: it must have "kind": "{kind}" and "name": "{file.stem}"'
        raise ProfileError(msg)
    return profile


@cache
def _shipped(kind: str, name: str) -> DeviceProfile:
    return read_profile(kind, _SHIPPED / FOLDERS[kind] / f"{name}.json")


def _names_in(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.json")))


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        yield f"{path}: {message}" if path else message
