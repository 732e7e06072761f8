"""A suite file: homes and what to run on them, by the names of the command line's options."""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from .arguments import add_arguments, requests
from .options import BacktestOptions

_HOME = "home_file"
_PATHS = frozenset({_HOME, "prices"})


class SuiteError(ValueError):
    """A suite file cannot be used; the message names table, option and the way out."""


def read_suite(path: Path) -> tuple[BacktestOptions, ...]:
    """The runs that a TOML file asks for.

    `[defaults]` and each `[[home]]` hold options of the command line, with `_` or `-`; `home_file`
    names the home's file(s). A home's own option wins. A list makes a run of each entry. Paths are
    relative to the suite file, and `$NAME` stands for an environment variable.

    Raises:
        SuiteError: the file or an entry cannot be used.
    """
    try:
        suite = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not a TOML file ({error})"
        raise SuiteError(msg) from error
    unknown = suite.keys() - {"defaults", "home"}
    homes = suite.get("home", [])
    if unknown or not isinstance(homes, list) or not homes:
        named = f"unknown {', '.join(sorted(unknown))}; " if unknown else ""
        msg = f"{path}: {named}a suite has one [defaults] table and one [[home]] table per home"
        raise SuiteError(msg)
    defaults = _normal(suite.get("defaults", {}))
    return tuple(
        options
        for number, home in enumerate(homes, 1)
        for options in _home_runs(f"{path}, [[home]] {number}", path.parent, defaults | _normal(home))
    )


def _normal(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in table.items()}


def _home_runs(where: str, folder: Path, entry: Mapping[str, Any]) -> tuple[BacktestOptions, ...]:
    parser = _Parser(prog=where, add_help=False, allow_abbrev=False)
    add_arguments(parser)
    try:
        placed = {
            name: [_placed(folder, one) for one in _listed(value)] if name in _PATHS else value
            for name, value in entry.items()
        }
        return requests(parser.parse_args(list(_as_arguments(placed))))
    except SuiteError:
        raise
    except ValueError as error:
        msg = f"{where}: {error}"
        raise SuiteError(msg) from error


def _as_arguments(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from map(str, _listed(entry.get(_HOME, [])))
    for name, value in entry.items():
        flag = f"--{name.replace('_', '-')}"
        if name == _HOME or value is False:
            continue
        if value is True:
            yield flag
        elif name in _PATHS:
            yield from (flag, *map(str, _listed(value)))
        else:
            yield f"{flag}={','.join(map(str, _listed(value)))}"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _placed(folder: Path, name: object) -> Path:
    expanded = os.path.expandvars(str(name))
    if "$" in expanded:
        msg = f"'{name}' names an environment variable that is not set"
        raise ValueError(msg)
    return folder / expanded


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        msg = f"{self.prog}: {message}"
        raise SuiteError(msg)
