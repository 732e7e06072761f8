"""The command line of money: `whatif`, `advise`, `ledger`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..home.apps_file import data_folder, home_from
from ..home.settings import HomeSettings
from ..storage.database import DATABASE_FILE, Database

if TYPE_CHECKING:
    from ..simulation.whatif.changes import Changes

"""Below the folder that has AppDaemon's `apps`."""
_PERIODS = ("day", "week", "month", "year")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the parser of `python -m darkstar`."""
    what = commands.add_parser("whatif", help="another battery, tariff, panels, car: ahead and over the home's past")
    _add_home(what)
    _add_changes(what)
    what.add_argument("--export-kwh", type=float, metavar="KWH", help="sell so much at tomorrow's peak, nothing else")
    what.add_argument("--day", type=date.fromisoformat, help="with --export-kwh: another day than tomorrow")
    what.add_argument("--only", choices=("ahead", "past"), help="the days ahead or the past alone; default: both")
    what.add_argument("--days", type=int, default=30, help="of the past (default 30)")
    what.add_argument("--jobs", type=int, default=2, help="cores for the past: 1 or 2 (default 2)")
    what.add_argument("--json", type=Path, metavar="FILE", help="write the answers to a file")
    what.add_argument("--progress", type=Path, metavar="FILE", help="keep how far it is there, in percent, for a page")
    what.set_defaults(run=_whatif)

    advise = commands.add_parser("advise", help="when to start dishwasher, washing machine, dryer")
    _add_home(advise)
    advise.add_argument("--json", type=Path, metavar="FILE", help="write the advice to a file")
    advise.set_defaults(run=_advise)

    ledger = commands.add_parser("ledger", help="what was paid, and what it would have been without Darkstar")
    _add_home(ledger)
    ledger.add_argument("--by", choices=_PERIODS, default="month", help="one line per (default month)")
    ledger.add_argument("--csv", type=Path, metavar="FILE", help="write the lines with every figure to a file")
    ledger.add_argument("--enter", action="store_true", help="enter the missing days first, as is done every night")
    ledger.add_argument("--regret", action="store_true", help="what each day missed, by cause")
    ledger.add_argument("--shadow", action="store_true", help="the verdict on the last days of shadow mode")
    ledger.set_defaults(run=_ledger)


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("apps", type=Path, help="AppDaemon's apps.yaml")
    parser.add_argument("--data", type=Path, help="Darkstar's folder or database, if not `darkstar` beside `apps`")


def _add_changes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is otherwise")
    group.add_argument("--battery-kwh", type=float, help="usable capacity")
    group.add_argument("--battery-kw", type=float, help="charging and discharging power")
    group.add_argument(
        "--tariff", action="append", metavar="NAME=NUMBER", help="a setting of the tariff, such as export_share=0.8"
    )
    group.add_argument("--fixed-price", type=float, help="one price per kWh all day, before fees and taxes")
    group.add_argument("--power-price", type=float, help="per kW and month; 0: no power tariff")
    group.add_argument("--power-peaks", type=int, default=3, help="how many highest hours it is for (default 3)")
    group.add_argument("--pv-kwp", type=float, help="peak power of all panels together")
    group.add_argument("--ev-kwh", type=float, help="a car that takes so much from the grid a day")
    group.add_argument("--ev-at-once", action="store_true", help="the car does not wait for cheap hours")
    group.add_argument("--risk", type=int, help="risk appetite, 1 to 5")


def _changes(options: argparse.Namespace) -> Changes:
    from ..simulation.whatif.changes import changes_from

    given: dict[str, Any] = {
        "battery_kwh": options.battery_kwh,
        "battery_kw": options.battery_kw,
        "tariff": dict(map(_setting, options.tariff)) if options.tariff else None,
        "fixed_price_per_kwh": options.fixed_price,
        "pv_kwp": options.pv_kwp,
        "risk_appetite": options.risk,
    }
    if options.power_price is not None:
        charged = {"price_per_kw_month": options.power_price, "count": options.power_peaks}
        given["power_tariffs"] = [charged] if options.power_price > 0 else []
    if options.ev_kwh is not None:
        given["ev"] = {"kwh_per_day": options.ev_kwh, "charging": "at_once" if options.ev_at_once else "cheapest"}
    return changes_from(given)


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        msg = f"--tariff {text}: write a name and a number, such as vat_percent=25"
        raise ValueError(msg) from error


@contextmanager
def _opened(options: argparse.Namespace, now: datetime) -> Iterator[tuple[HomeSettings, Database]]:
    home = home_from(options.apps)
    path = data_folder(options.apps) / DATABASE_FILE if options.data is None else options.data
    path = path / DATABASE_FILE if path.is_dir() else path
    if not path.is_file():
        msg = f"{path} is not there: give the apps.yaml of an AppDaemon in which Darkstar has run, or --data"
        raise ValueError(msg)
    with Database.open(path, now) as database:
        yield home, database


def _whatif(options: argparse.Namespace) -> None:
    from ..simulation.whatif.ahead import what_if_ahead
    from ..simulation.whatif.export import what_if_export
    from ..simulation.whatif.report import ahead_text, export_text, past_text
    from .whatif_runs import live_of, past_of

    now = datetime.now(UTC)
    answers: dict[str, object] = {}
    with _opened(options, now) as (home, database):
        if options.export_kwh is not None:
            answers["export"] = sale = what_if_export(live_of(home, database), options.export_kwh, options.day)
            print(export_text(sale, home.zone))
            _write(options.json, answers)
            return
        changes = _changes(options)
        if options.only != "past":
            answers["ahead"] = ahead = what_if_ahead(live_of(home, database), changes)
            print(ahead_text(ahead, home.zone), flush=True)
        if options.only != "ahead":
            with _progress(options.progress) as progress:
                past = past_of(home, database, changes, now, days=options.days, jobs=options.jobs, progress=progress)
            answers["past"] = past
            print(past_text(past, home.zone))
    _write(options.json, answers)


@contextmanager
def _progress(path: Path | None) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, or the percentage in a file whenever it changes."""
    from ..simulation.backtest.progress import progress_bar

    if path is None:
        with progress_bar(sys.stderr) as bar:
            yield bar
        return
    shown = -1

    def keep(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if percent != shown:
            shown = percent
            path.write_text(str(percent), encoding="utf-8")

    yield keep


def _advise(options: argparse.Namespace) -> None:
    from ..simulation.whatif.report import advice_text
    from .whatif_runs import advice_of

    now = datetime.now(UTC)
    with _opened(options, now) as (home, database):
        found = advice_of(home, database, now)
    print(advice_text(found))
    _write(options.json, {"advice": found})


def _write(path: Path | None, answers: dict[str, object]) -> None:
    from pydantic_core import to_json

    if path is not None:
        path.write_bytes(to_json(answers, indent=2))


def _ledger(options: argparse.Namespace) -> None:
    from ..learning.ledger import totals
    from ..learning.ledger_csv import days_csv, totals_csv
    from ..storage.ledger import Ledger, Regrets
    from ..views.ledger_table import days_table, regrets_table, totals_table, verdict_text
    from .ledger_runs import keep_ledger, verdict_on_shadow

    now = datetime.now(UTC)
    with _opened(options, now) as (home, database):
        if options.enter:
            run = keep_ledger(home, database, now)
            if run.error:
                raise ValueError(run.error)
            print(f"{len(run.entered)} days entered, {len(run.waiting)} wait for measurements that may still come")
        if options.regret:
            print(regrets_table(Regrets(database).all()))
            return
        if options.shadow:
            print(verdict_text(verdict_on_shadow(home, database, now)))
            return
        days = Ledger(database).all()
        if options.by == "day":
            text, rows = days_table(days), days_csv(days)
        else:
            found = totals(days, options.by, home.grid.power_tariffs)
            text, rows = totals_table(found), totals_csv(found)
    print(text)
    if options.csv is not None:
        options.csv.write_text(rows, encoding="utf-8")
