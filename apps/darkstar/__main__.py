"""Command line: `python -m darkstar COMMAND`; the commands of a package are described in its own module `command`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import __version__
from .optimizer.plan import Plan
from .optimizer.request import PlanRequest

if TYPE_CHECKING:
    from .simulation.backtest.options import BacktestOptions

_DASK_PROCESSES = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as error:
        print(f"darkstar: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    from .bundles.command import add_commands as add_bundle_commands
    from .doctor.command import add_commands as add_doctor_commands
    from .money.command import add_commands as add_money_commands
    from .simulation.backtest.arguments import add_arguments
    from .simulation.command import add_commands as add_simulation_commands

    parser = argparse.ArgumentParser(prog="python -m darkstar", description="The home-energy agent for Home Assistant.")
    parser.add_argument("--version", action="version", version=f"darkstar {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    plan = commands.add_parser("plan", help="solve a plan request (JSON) and print the plan")
    plan.add_argument("request", type=Path, help="file with a plan request, or - for standard input")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON instead of a table")
    plan.add_argument("--time-zone", type=ZoneInfo, help="zone of the table's times, if not the request's own")
    plan.add_argument(
        "--why",
        type=datetime.fromisoformat,
        metavar="TIME",
        help="explain one slot: what else could be done, at what cost",
    )
    plan.set_defaults(run=_plan)

    backtest = commands.add_parser("backtest", help="run the whole pipeline over the measured past of homes")
    add_arguments(backtest)
    runs = backtest.add_argument_group("runs")
    runs.add_argument("--suite", type=Path, metavar="FILE.toml", help="homes and options from a file")
    runs.add_argument("--jobs", type=int, help="runs side by side; -1: one per core (default 1)")
    runs.add_argument("--dask", action="store_true", help="on a local Dask cluster of --jobs processes (default 2)")
    runs.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to a file")
    runs.add_argument(
        "--compare", type=Path, metavar="FILE", help="an earlier --json: what changed, and how sure it is"
    )
    backtest.set_defaults(run=_backtest)

    bench = commands.add_parser("bench", help="time planning on this machine, and prove its money")
    bench.add_argument("--requests", type=int, default=200, help="requests per case (default 200)")
    bench.add_argument("--first", type=int, default=0, metavar="N", help="number of the first request (default 0)")
    bench.add_argument("--prove", type=int, default=0, metavar="N", help="compare N of them with a proven optimum")
    bench.add_argument("--prove-seconds", type=float, default=120.0, help="time of a proof (default 120)")
    bench.set_defaults(run=_bench)

    add_simulation_commands(commands)
    add_bundle_commands(commands)
    add_doctor_commands(commands)
    add_money_commands(commands)

    train = commands.add_parser("train", help="train the forecasting models, as the app Trainer has it done")
    train.add_argument("home", type=Path, help="file with the `home` block as JSON, or - for standard input")
    train.add_argument("database", type=Path, help="Darkstar's database; the models are written beside it")
    train.set_defaults(run=_train)

    watchdog = commands.add_parser("watchdog", help="print Home Assistant's watchdog package for the home of apps.yaml")
    watchdog.add_argument("apps", type=Path, help="AppDaemon's apps.yaml")
    watchdog.set_defaults(run=_watchdog)
    return parser


def _plan(options: argparse.Namespace) -> None:
    from .optimizer.bundle import plan_to_json, request_from_json
    from .optimizer.solve import plan
    from .views.table import plan_table

    text = sys.stdin.read() if str(options.request) == "-" else options.request.read_text(encoding="utf-8")
    request = request_from_json(text)
    made, zone = plan(request), options.time_zone or request.zone
    if options.why is not None:
        print(_why(request, made, options.why, zone))
        return
    print(plan_to_json(made) if options.json else plan_table(made, zone))


def _why(request: PlanRequest, made: Plan, time: datetime, zone: ZoneInfo) -> str:
    from .optimizer.alternatives import alternatives
    from .views.table import slot_story

    instant = time if time.tzinfo else time.replace(tzinfo=zone)
    others = alternatives(request, made, instant)
    slot = next(slot for slot in made.slots if slot.start <= instant < slot.end)
    return slot_story(slot, others, made, zone)


def _backtest(options: argparse.Namespace) -> None:
    from .simulation.backtest.arguments import requests
    from .simulation.backtest.jobs import local_dask_cluster, run_all
    from .simulation.backtest.progress import progress_bar
    from .simulation.backtest.report import render
    from .simulation.backtest.summary import differences, from_json, summary, to_json

    if options.jobs == 0:
        msg = "--jobs 0 runs nothing: give a number, or -1 for all cores"
        raise ValueError(msg)
    asked = requests(options) if options.suite is None else _suite(options)
    earlier = None if options.compare is None else from_json(options.compare)
    cluster = local_dask_cluster(_processes(options.jobs)) if options.dask else nullcontext()
    with cluster, progress_bar(sys.stderr) as progress:
        results = run_all(asked, options.jobs, progress)
    print("\n\n\n".join(map(render, results)))
    if len(results) > 1:
        print(f"\n\n{summary(results)}")
    if earlier is not None:
        print(f"\n{differences(earlier, results)}")
    if options.json is not None:
        options.json.write_bytes(to_json(results))


def _suite(options: argparse.Namespace) -> tuple[BacktestOptions, ...]:
    from .simulation.backtest.arguments import given_arguments
    from .simulation.backtest.suite import read_suite

    beside = given_arguments(options)
    if beside:
        msg = f"{', '.join(beside)} beside --suite: write it into the suite, or leave the suite out"
        raise ValueError(msg)
    return read_suite(options.suite)


def _processes(jobs: int | None) -> int:
    """How many processes a cluster is to have: -1 is one per core."""
    return (os.cpu_count() or 1) if jobs is not None and jobs < 0 else jobs or _DASK_PROCESSES


def _bench(options: argparse.Namespace) -> None:
    from .simulation.planning_bench import run

    for line in run(options.requests, options.prove, options.prove_seconds, options.first):
        print(line, flush=True)


def _train(options: argparse.Namespace) -> None:
    import json

    from .home.settings import load_settings
    from .training.process import answer_to_json
    from .training.run import train_home

    text = sys.stdin.read() if str(options.home) == "-" else options.home.read_text(encoding="utf-8")
    home = load_settings(json.loads(text))
    print(answer_to_json(train_home(home, options.database, datetime.now(UTC))))


def _watchdog(options: argparse.Namespace) -> None:
    from .control.watch.watchdog import watchdog_yaml
    from .home.apps_file import home_from

    print(watchdog_yaml(home_from(options.apps)), end="")


if __name__ == "__main__":
    sys.exit(main())
