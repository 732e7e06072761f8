"""The command line of the doctor."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

TOKEN = "HA_TOKEN"  # noqa: S105 - the name of a variable


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor` to the parser of `python -m darkstar`."""
    doctor = commands.add_parser(
        "doctor", help="look at entities, counters, prices, forecasts and the machine of a home"
    )
    doctor.add_argument("apps", type=Path, help="AppDaemon's apps.yaml")
    doctor.add_argument("--url", default=os.environ.get("HA_URL"), help="Home Assistant's address (or HA_URL)")
    doctor.add_argument("--demo", action="store_true", help="the home is the simulated house of `make demo`")
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> None:
    from ..home.apps_file import data_folder, home_from
    from ..storage.database import DATABASE_FILE, Database
    from .examine import examine, is_well, report
    from .gather import gather
    from .rest import states_of

    home, now = home_from(options.apps), datetime.now(UTC)
    token = os.environ.get(TOKEN)
    if options.url is not None and token is None:
        msg = f"--url needs a long-lived access token of Home Assistant in the environment as {TOKEN}"
        raise ValueError(msg)
    states = None if options.url is None or token is None else states_of(options.url, token)
    path = data_folder(options.apps) / DATABASE_FILE
    if not path.is_file():
        msg = f"{path} is not there: start AppDaemon with Darkstar first, or give its apps.yaml"
        raise ValueError(msg)
    with Database.open(path, now) as database:
        findings = examine(gather(home, database, states, now, is_demo=options.demo))
    print("\n".join(report(findings)))
    if not is_well(findings):
        msg = "something must be mended: see FAULT above"
        raise ValueError(msg)
