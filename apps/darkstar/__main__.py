"""Command line: `python -m darkstar plan | backtest | bench`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from . import __version__


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
    from .simulation.options import add_arguments

    parser = argparse.ArgumentParser(prog="python -m darkstar", description="The home-energy agent for Home Assistant.")
    parser.add_argument("--version", action="version", version=f"darkstar {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    plan = commands.add_parser("plan", help="solve a plan request (JSON) and print the plan")
    plan.add_argument("request", type=Path, help="file with a plan request, or - for standard input")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON instead of a table")
    plan.add_argument("--time-zone", type=ZoneInfo, default=ZoneInfo("UTC"), help="zone of the table's times")
    plan.set_defaults(run=_plan)

    backtest = commands.add_parser("backtest", help="run the whole pipeline over the measured past of a home")
    add_arguments(backtest)
    backtest.set_defaults(run=_backtest)

    bench = commands.add_parser("bench", help="time the optimizer on this machine")
    bench.add_argument("--repeats", type=int, default=5, help="solves per case (default 5)")
    bench.set_defaults(run=_bench)
    return parser


def _plan(options: argparse.Namespace) -> None:
    from .optimizer.bundle import plan_to_json, request_from_json
    from .optimizer.solve import plan
    from .views.table import plan_table

    text = sys.stdin.read() if str(options.request) == "-" else options.request.read_text(encoding="utf-8")
    made = plan(request_from_json(text))
    print(plan_to_json(made) if options.json else plan_table(made, options.time_zone))


def _backtest(options: argparse.Namespace) -> None:
    from .simulation.backtest import render, run
    from .simulation.options import from_arguments
    from .simulation.progress import progress_bar

    with progress_bar(sys.stderr) as progress:
        result = run(from_arguments(options), progress)
    print(render(result))


def _bench(options: argparse.Namespace) -> None:
    from .optimizer.bench import run

    print(run(options.repeats))


if __name__ == "__main__":
    sys.exit(main())
