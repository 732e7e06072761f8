"""The Settings page: the form as data, with entities that would fit and what lies over the owner's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..editing.form import Section
from ..home.overlay import OverlayEntry


def settings_page(
    sections: Iterable[Section],
    proposals: Mapping[str, Sequence[str]],
    overlaid: Iterable[OverlayEntry],
    file: str | None,
) -> dict[str, Any]:
    """The sections with their fields; `proposals` are entity ids by path, `file` is where it is written.

    A field that learning has changed says its value in force and why.
    """
    changed = {entry.path: entry for entry in overlaid}
    return {
        "file": file,
        "sections": [
            {
                "name": section.name,
                "title": _counted(section.title),
                "help": section.help,
                "is_there": section.is_there,
                "fields": [
                    {
                        **asdict(field),
                        "proposals": list(proposals.get(field.path, ())),
                        "in_force": _in_force(changed.get(field.path)),
                    }
                    for field in section.fields
                ],
            }
            for section in sections
        ],
    }


def _in_force(entry: OverlayEntry | None) -> dict[str, Any] | None:
    return None if entry is None else {"value": entry.value, "why": entry.why}


def _counted(title: str) -> str:
    """`PV arrays 0` is the first one of a list: `PV array 1`."""
    words, _, number = title.rpartition(" ")
    return f"{words.removesuffix('s')} {int(number) + 1}" if number.isdigit() else title
