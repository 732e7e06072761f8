"""Changes that lie over the owner's settings: the owner's file stays as it is, and always has the last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .settings import HomeSettings, SettingsError

SettingValue = float | None
"""Value of a setting that may be overlaid; None where the owner leaves it open."""


@dataclass(frozen=True, slots=True)
class OverlayEntry:
    """A setting that has another value than the owner's, by its dotted path below `home`.

    `owner_value` is what the owner had set when the change was made: it holds only as long as that stays.
    """

    path: str
    value: SettingValue
    owner_value: SettingValue
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class DroppedEntry:
    """A change that does not hold any longer, and why."""

    entry: OverlayEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The settings that are in force.

    `applied` is what differs from the owner's: path, the owner's value, the other one, since when and why.
    """

    home: HomeSettings
    applied: tuple[OverlayEntry, ...] = ()
    dropped: tuple[DroppedEntry, ...] = ()


def settle(
    owner: HomeSettings,
    block: Mapping[str, Any],
    load: Callable[[Mapping[str, Any]], HomeSettings],
    entries: Sequence[OverlayEntry],
) -> Settled:
    """Lay changes over the owner's settings, one after the other; `block` is what they were read from by `load`.

    A change is dropped when the owner has changed the setting since, or when the settings would be wrong with it.
    """
    home = owner
    applied: list[OverlayEntry] = []
    dropped: list[DroppedEntry] = []
    for entry in entries:
        try:
            _check_owner(owner, entry)
            changed = _with_value(block, entry.path.split("."), entry.value)
            home = load(changed)
        except SettingsError as error:
            dropped.append(DroppedEntry(entry, str(error)))
        else:
            block = changed
            applied.append(entry)
    return Settled(home, tuple(applied), tuple(dropped))


def value_at(home: HomeSettings, path: str) -> SettingValue:
    """The value of a numeric setting by its dotted path.

    Raises:
        SettingsError: there is no such setting, or it is no number.
    """
    found: object = home
    for name in path.split("."):
        if name not in getattr(type(found), "model_fields", {}):
            msg = f"{path}: no such setting"
            raise SettingsError(msg)
        found = getattr(found, name)
    if isinstance(found, bool) or not isinstance(found, int | float | None):
        msg = f"{path} is {found!r}: only numbers can be overlaid"
        raise SettingsError(msg)
    return found


def _check_owner(owner: HomeSettings, entry: OverlayEntry) -> None:
    present = value_at(owner, entry.path)
    if present != entry.owner_value:
        msg = f"{entry.path}: you have set it to {_shown(present)} since (it was {_shown(entry.owner_value)})"
        raise SettingsError(msg)


def _with_value(block: Mapping[str, Any], names: Sequence[str], value: SettingValue) -> dict[str, Any]:
    name, *deeper = names
    if not deeper:
        return {**block, name: value}
    inner = block.get(name)
    return {**block, name: _with_value(inner if isinstance(inner, Mapping) else {}, deeper, value)}


def _shown(value: SettingValue) -> str:
    return "none" if value is None else f"{value:g}"
