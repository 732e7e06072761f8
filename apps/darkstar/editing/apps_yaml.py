"""Writes settings into AppDaemon's `apps.yaml`: comments, order and all other lines stay as the owner wrote them."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from ..home.slots import to_utc

if TYPE_CHECKING:
    from ruamel.yaml import YAML

KEPT_BACKUPS = 10
_USUAL_STEP = 2
_NO_FOLDING = 1 << 20
"""Characters of a line: long ones stay whole."""
Changes = Mapping[str, object]
"""New values by dotted path below `home`; None takes the setting out, so that its default holds."""


class EditError(ValueError):
    """The file cannot be changed as wished; it is as it was. The message says why."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written: where the former file is kept, and how many lines are others now."""

    backup: Path
    lines: int


def with_changes(block: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A copy of a `home` block with changes; blocks that a path needs and that are not there are made.

    Raises:
        EditError: a path leads through something that is no block or list.
    """
    changed: dict[str, Any] = _copied(block)
    for path, value in changes.items():
        _put(changed, path, value)
    return changed


def save(
    file: Path,
    changes: Changes,
    block: Mapping[str, Any],
    check: Callable[[Mapping[str, Any]], object],
    backups: Path,
    now: datetime,
) -> Saved:
    """Write changes into every `home` block of a file, after `check` has taken them.

    `block` is the `home` block as the apps have it, with `!secret` and the like resolved; `check` is asked with a copy
    that has the changes. The former file is copied to the folder `backups` first, the new one put in its place at once.

    Raises:
        SettingsError: by `check`; nothing was written.
        EditError: the file has no `home` block, or was changed by somebody else meanwhile; nothing was written.
        OSError: the file or the backup cannot be written; the file is as it was.
    """
    check(with_changes(block, changes))
    path = file.resolve()
    before = path.read_bytes()
    text = before.decode("utf-8")
    after = edited(text, changes)
    backup = _backup(path, backups, now)
    if path.read_bytes() != before:
        msg = f"{file} was changed meanwhile: look at it again"
        raise EditError(msg)
    _replace(path, after)
    return Saved(backup, _count_changed(text, after))


def edited(text: str, changes: Changes) -> str:
    """The text of a file with changes in every `home` block of it; lines that need no change are the same.

    Raises:
        EditError: the text is no YAML, has no `home` block, or a path leads through something that is no block.
    """
    document = _loaded(text)
    yaml = _round_trip(_step_of(document))
    untouched = _dumped(yaml, document)
    blocks = list(_home_blocks(document))
    if not blocks:
        msg = "no app of this file has a `home` block"
        raise EditError(msg)
    for block in blocks:
        for path, value in changes.items():
            _put(block, path, value)
    wanted = _dumped(yaml, document)
    after = _with_the_owners_layout(text, untouched, wanted)
    return after if _plain(_loaded(after)) == _plain(document) else wanted


def _copied(value: Any) -> Any:  # noqa: ANN401 - what YAML can say
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(inner) for inner in value]
    return value


def _put(block: MutableMapping[str, Any], path: str, value: object) -> None:
    *way, last = path.split(".")
    place: Any = block
    for name in way:
        place = _step(place, name, path, makes=value is not None)
        if place is None:
            return
    key = _key(place, last, path)
    if value is not None:
        place[key] = value
        return
    with suppress(KeyError, IndexError):
        del place[key]


def _step(place: Any, name: str, path: str, *, makes: bool) -> Any:  # noqa: ANN401 - what YAML can say
    key = _key(place, name, path)
    found = place.get(key) if isinstance(place, Mapping) else place[key]
    if found is None and makes:
        place[key] = {}
        return place[key]
    return found


def _key(place: Any, name: str, path: str) -> str | int:  # noqa: ANN401 - what YAML can say
    if isinstance(place, MutableMapping):
        return name
    if isinstance(place, Sequence) and not isinstance(place, str) and name.isdigit() and int(name) < len(place):
        return int(name)
    msg = f"{path}: there is no {name} to change in apps.yaml"
    raise EditError(msg)


def _round_trip(step: int = _USUAL_STEP) -> YAML:
    """The library, set to an indentation of `step`, with the dashes of lists set in as far."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _NO_FOLDING
    yaml.indent(mapping=step, sequence=2 * step, offset=step)
    return yaml


def _step_of(document: object) -> int:
    """How far the owner sets in the keys of an app."""
    from ruamel.yaml.comments import CommentedMap

    apps = document.values() if isinstance(document, Mapping) else ()
    return next((app.lc.col for app in apps if isinstance(app, CommentedMap) and app.lc.col), _USUAL_STEP)


def _loaded(text: str) -> Any:  # noqa: ANN401 - what YAML can say
    from ruamel.yaml.error import YAMLError

    try:
        return _round_trip().load(text)
    except YAMLError as error:
        msg = f"apps.yaml is not valid YAML: {error}"
        raise EditError(msg) from error


def _dumped(yaml: YAML, document: object) -> str:
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _home_blocks(document: object) -> Iterator[MutableMapping[str, Any]]:
    """Each once: apps that share one by an alias have the same object."""
    seen: set[int] = set()
    for app in document.values() if isinstance(document, Mapping) else ():
        home = app.get("home") if isinstance(app, Mapping) else None
        if isinstance(home, MutableMapping) and id(home) not in seen:
            seen.add(id(home))
            yield home


def _plain(value: Any) -> Any:  # noqa: ANN401 - what YAML can say
    """Without the library's own kinds, to compare what two texts say."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return repr(value)


def _with_the_owners_layout(text: str, untouched: str, wanted: str) -> str:
    """Bring the lines in which `wanted` differs from `untouched` into the owner's text, with its indentation.

    `untouched` is the owner's text as the library would write it: line by line the same but for spaces. Where it is
    not, the library's own text serves.
    """
    own, base, new = text.splitlines(), untouched.splitlines(), wanted.splitlines()
    if [_bare(line) for line in own] != [_bare(line) for line in base]:
        return wanted
    out: list[str] = []
    for tag, low, high, new_low, new_high in SequenceMatcher(None, base, new, autojunk=False).get_opcodes():
        if tag == "equal":
            out += own[low:high]
            continue
        if tag == "delete":  # the library takes the comments below a setting away with it
            out += [line for line in own[low:high] if not line.strip() or line.lstrip().startswith("#")]
            continue
        near = next((each for each in range(low if tag != "insert" else low - 1, -1, -1) if own[each].strip()), None)
        shift = 0 if near is None else _indent(own[near]) - _indent(base[near])
        lines = [_shifted(line, shift) for line in new[new_low:new_high]]
        place = len(out) - (_trailing(out, _indent(lines[0])) if tag == "insert" else 0)
        out[place:place] = lines
    return "\n".join(out) + ("\n" if text.endswith("\n") or not text else "")


def _trailing(lines: Sequence[str], indent: int) -> int:
    """How many lines at the end are blank, or comments that stand further left: they belong to what comes next."""
    count = 0
    for line in reversed(lines):
        if line.strip() and not (line.lstrip().startswith("#") and _indent(line) < indent):
            break
        count += 1
    return count


def _bare(line: str) -> str:
    return "".join(line.split())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(line: str, shift: int) -> str:
    return " " * max(_indent(line) + shift, 0) + line.lstrip(" ") if line.strip() else line


def _backup(path: Path, folder: Path, now: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / f"{path.name}.{to_utc(now):%Y%m%dT%H%M%S%fZ}"
    shutil.copy2(path, backup)
    for old in sorted(folder.glob(f"{path.name}.*"), reverse=True)[KEPT_BACKUPS:]:
        old.unlink(missing_ok=True)
    return backup


def _replace(path: Path, text: str) -> None:
    """Put a text in a file's place at once; AppDaemon never sees half of it, nor the file on its way there."""
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", suffix=".new", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
            shutil.copymode(path, unfinished)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


def _count_changed(before: str, after: str) -> int:
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return sum(max(b - a, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal")
