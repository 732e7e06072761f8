"""The replay bundle: one redacted file with which a plan can be made again anywhere, bit by bit."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from .. import __version__
from ..home.settings import HomeSettings
from ..optimizer.plan import Plan
from ..optimizer.request import PlanRequest
from ..optimizer.solve import plan
from ..optimizer.validate import check
from ..storage.log_lines import LogLine
from .redact import redacted, redacted_text

FORMAT: Literal[1] = 1
LIBRARIES = ("appdaemon", "pulp", "highspy", "numpy", "scipy", "pandas", "pydantic")
"""Whose versions may change a plan, or how it is carried out."""
_SHOWN = 5
"""Differences that are told."""


@dataclass(frozen=True, slots=True)
class ReplayBundle:
    """A plan with all that it rests on. `settings` and `log` have been redacted."""

    request: PlanRequest
    plan: Plan
    made_at: datetime
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    log: tuple[LogLine, ...]
    format: Literal[1] = FORMAT


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of planning again: the plan, and where it differs from the bundle's; nowhere, if all is well."""

    plan: Plan
    differences: tuple[str, ...]
    other_versions: tuple[str, ...]
    """Libraries that are of another version here, as `name there -> here`."""

    @property
    def is_identical(self) -> bool:
        """Whether the plan is the same, number by number."""
        return not self.differences


def bundle_of(
    request: PlanRequest, made: Plan, home: HomeSettings, log: Sequence[LogLine], made_at: datetime
) -> ReplayBundle:
    """Put a bundle together, without secrets."""
    return ReplayBundle(
        request=request,
        plan=made,
        made_at=made_at,
        versions=versions(),
        settings=redacted(home.model_dump(mode="json")),
        log=tuple(LogLine(line.at, line.level, line.app, redacted_text(line.text)) for line in log),
    )


def versions() -> dict[str, str]:
    """Versions of Darkstar, Python, the machine's kind and the libraries that are installed."""
    found = {"darkstar": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def bundle_to_json(bundle: ReplayBundle) -> str:
    """The bundle as indented JSON."""
    return _bundles().dump_json(bundle, indent=1).decode()


def bundle_from_json(text: str) -> ReplayBundle:
    """Read a bundle.

    Raises:
        ValueError: the text is no replay bundle of this format, or no plan can be made for its request.
    """
    try:
        bundle = _bundles().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        msg = f"this is no replay bundle of format {FORMAT}: {place}: {first['msg']}"
        raise ValueError(msg) from error
    check(bundle.request)
    return bundle


def replay(bundle: ReplayBundle) -> Replay:
    """Plan again for the bundle's request and compare."""
    made, here = plan(bundle.request), versions()
    others = tuple(
        f"{name} {there} -> {here.get(name, 'missing')}"
        for name, there in bundle.versions.items()
        if here.get(name) != there
    )
    return Replay(made, tuple(_differences(bundle.plan, made)), others)


def _differences(was: Plan, now: Plan) -> Iterator[str]:
    if was == now:
        return
    for name in ("plan_id", "status", "cost", "objective", "unmet", "notes"):
        if getattr(was, name) != getattr(now, name):
            yield f"{name}: {getattr(was, name)} there, {getattr(now, name)} here"
    if len(was.slots) != len(now.slots):
        yield f"slots: {len(was.slots)} there, {len(now.slots)} here"
        return
    differing = [pair for pair in zip(was.slots, now.slots, strict=True) if pair[0] != pair[1]]
    for there, here in differing[:_SHOWN]:
        names = [each.name for each in fields(there) if getattr(there, each.name) != getattr(here, each.name)]
        told = ", ".join(f"{name} {getattr(there, name)} there, {getattr(here, name)} here" for name in names)
        yield f"slot {there.start:%Y-%m-%d %H:%M} UTC: {told}"
    if len(differing) > _SHOWN:
        yield f"{len(differing) - _SHOWN} more slots"
    if not differing:
        yield "the plans differ in peaks, churn or capacity"


@cache
def _bundles() -> TypeAdapter[ReplayBundle]:
    return TypeAdapter(ReplayBundle)
