"""The command line of bundles: `replay`, `export`, `import`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

LOG_LINES = 300


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the parser of `python -m darkstar`."""
    again = commands.add_parser("replay", help="plan again for a replay bundle and compare, or make a bundle")
    again.add_argument("bundle", type=Path, help="the bundle's file; with --make the file to write")
    again.add_argument("--make", type=Path, metavar="APPS.YAML", help="make a bundle of the newest plan of this home")
    again.add_argument("--plan", metavar="ID", help="with --make: of this plan instead of the newest")
    again.set_defaults(run=_replay)

    out = commands.add_parser("export", help="database, models and profiles of a home as one file")
    out.add_argument("archive", type=Path, help="the file to write, such as darkstar.zip")
    into = commands.add_parser("import", help="put an exported file into a home; what was there is kept beside it")
    into.add_argument("archive", type=Path, help="a file that `export` has written")
    for command, run in ((out, _export), (into, _import)):
        command.add_argument("folder", type=Path, help="Darkstar's data folder, `darkstar` beside AppDaemon's apps")
        command.set_defaults(run=run)


def _replay(options: argparse.Namespace) -> None:
    from .replay import bundle_from_json, replay

    if options.make is not None:
        _make(options.bundle, options.make, options.plan)
        return
    bundle = bundle_from_json(options.bundle.read_text(encoding="utf-8"))
    result = replay(bundle)
    for other in result.other_versions:
        print(f"other version: {other}")
    if result.is_identical:
        print(f"plan {result.plan.plan_id}: identical, {result.plan.cost:.2f} {result.plan.currency}")
        return
    raise ValueError("\n  - ".join(["the plan is another one here:", *result.differences]))


def _make(path: Path, apps: Path, plan_id: str | None) -> None:
    from ..home.apps_file import data_folder, home_from
    from ..storage.database import DATABASE_FILE, Database
    from ..storage.log_lines import LogLines
    from ..storage.plans import Plans
    from .replay import bundle_of, bundle_to_json

    now = datetime.now(UTC)
    file = data_folder(apps) / DATABASE_FILE
    if not file.is_file():
        msg = f"{file} is not there: give the apps.yaml of an AppDaemon in which Darkstar has run"
        raise ValueError(msg)
    with Database.open(file, now) as database:
        plans = Plans(database)
        saved = plans.latest() if plan_id is None else plans.by_id(plan_id)
        lines = LogLines(database).newest(LOG_LINES)
    if saved is None:
        msg = f"{file} has no plan{'' if plan_id is None else f' {plan_id}'} yet"
        raise ValueError(msg)
    bundle = bundle_of(saved.request, saved.plan, home_from(apps), lines[::-1], now)
    path.write_text(bundle_to_json(bundle), encoding="utf-8")
    print(f"{path}: plan {saved.plan.plan_id} with its request, settings and {len(lines)} log lines, without secrets")


def _export(options: argparse.Namespace) -> None:
    from .archive import export

    manifest = export(options.folder, options.archive, datetime.now(UTC))
    print(f"{options.archive}: {len(manifest.files)} files of Darkstar {manifest.darkstar}")


def _import(options: argparse.Namespace) -> None:
    from .archive import import_

    done = import_(options.archive, options.folder, datetime.now(UTC))
    print(f"{len(done.manifest.files)} files of Darkstar {done.manifest.darkstar} are in {options.folder}")
    if done.kept is not None:
        print(f"what was there lies in {done.kept}; start AppDaemon again")
