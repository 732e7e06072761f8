"""The backtest's command line, and the runs that come of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...home.slots import to_utc
from ..series import SeriesError
from .home_files import column_names
from .mismatch import MISMATCHES, named_mismatch
from .options import DEFAULTS, NO_COLUMN, BacktestOptions, ForecastModel
from .tariffs import TARIFFS, named_terms

_WILD = "*"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that describe homes and runs to a parser. Lists with commas make a run of each entry."""
    _add_homes(parser)
    _add_money(parser)
    _add_devices(parser)
    _add_agent(parser)


def _add_homes(parser: argparse.ArgumentParser) -> None:
    data = _Group(parser, "homes")
    data.group.add_argument(
        "home_files",
        metavar="HOME",
        nargs="*",
        type=Path,
        help="load and PV in kWh per interval: .csv, .csv.gz, .parquet",
    )
    data.add("time-zone", _zone_name, "of the home, such as Europe/Stockholm")
    data.add("name", str, "of the home, for the tables; its file's name when left out")
    data.add("time-column", str, "start of the interval, UTC or with offset")
    data.add("load-column", str, f"household load; several with commas, or a pattern such as h{_WILD}_load_kwh")
    data.add("pv-column", str, f"PV, as many as loads; '{NO_COLUMN}' for a home without")
    data.add("start", datetime.fromisoformat, "first instant; local time unless it has an offset")
    data.add("end", datetime.fromisoformat, "first instant after the period")
    data.add("interval-minutes", int, "add the data up to this interval, or spread them evenly over it: 15, 30 or 60")
    data.add("latitude", float, "of the home, for the path of the sun")
    data.add("longitude", float, "of the home; by the time zone when left out")


def _add_money(parser: argparse.ArgumentParser) -> None:
    money = _Group(parser, "prices and tariff")
    money.group.add_argument(
        "--prices", nargs="+", type=Path, default=(), metavar="PRICES", help="spot prices: .csv, .csv.gz, .parquet"
    )
    money.add("price-column", str, "the spot price")
    money.add("price-time-column", str, "start of the price, UTC or with offset")
    money.add("price-factor", float, "from the column's number to currency per kWh (1; a named tariff: from EUR/MWh)")
    money.add("shift-prices-years", int, "take the prices of that many years (of 364 days) earlier")
    money.add("price-zone", _zone_name, "time zone of a far market: its prices at the time that the home's clock shows")
    money.add("tariff", _letters, f"one or several of {', '.join(TARIFFS)}, with commas; they settle the next seven")
    money.add("import-multiplier", float, "import price = multiplier * spot + addition")
    money.add("import-addition", float, "per kWh")
    money.add("export-share", float, "export price = share * spot")
    money.add("export-floor", float, "least export price per kWh; 0: nothing is sold at a loss")
    money.add("feed-in", float, "fixed export price per kWh instead of the spot price")
    money.add("power-price", float, "per kW and month for the mean of the highest hours on different days")
    money.add("power-peaks", int, "how many highest hours")
    money.group.add_argument("--currency", help=f"three letters (default the tariff's, or {DEFAULTS['currency']})")


def _add_devices(parser: argparse.ArgumentParser) -> None:
    grid = _Group(parser, "grid connection")
    grid.add("max-import-kw", float, "main fuse")
    grid.add("max-export-kw", float, "feed-in limit")

    battery = _Group(parser, "battery")
    battery.group.add_argument(
        "--battery", type=_batteries, help="kWh/kW, several with commas (5/2.5,10/5), instead of the next two"
    )
    battery.add("battery-kwh", float, "usable capacity")
    battery.add("battery-kw", float, "charge and discharge power, AC")
    battery.add("efficiency", float, "one way")
    battery.add("wear", _numbers, "cost per kWh discharged; several with commas")
    battery.add("min-soc-percent", float, "floor")
    battery.add("start-soc-percent", float, "at the first instant")
    battery.add("mismatch", _mismatches, f"the home differs from its settings: {', '.join(MISMATCHES)}; joined with +")
    battery.add("seed", int, "of lost commands and silent sensors")


def _add_agent(parser: argparse.ArgumentParser) -> None:
    agent = _Group(parser, "Darkstar")
    agent.add("replan-minutes", int, "time between plans: a multiple of 15")
    agent.add("tick-minutes", int, "time between decisions")
    agent.add("slot-minutes", int, "slots of the plan: 15, 30 or 60; the data's interval when left out")
    agent.group.add_argument(
        "--forecast",
        choices=get_args(ForecastModel),
        default=DEFAULTS["forecast"],
        help="of load and PV, as load_forecast.model (default %(default)s)",
    )
    agent.add(
        "train-every-days",
        int,
        "train the forecasting models so often from what was measured until then, as the trainer app does, and let "
        "each quantity's champion serve; left out: no training. Their time counts as that of planning",
    )
    agent.add("warm-up-days", int, "so much of the home's file, before --start, is known as history only")
    agent.add(
        "pv-skill",
        float,
        "a PV forecast from weather, simulated: its error as share of that from history (0.65 and 0.8 on two roofs)",
    )
    agent.add("scenario-days", int, "past forecast errors that the policy weighs")
    agent.add("end-value-factor", float, "value of energy left at the horizon's end")
    agent.add("risk-appetite", int, "1 (safety) to 5 (gambler); left out: money alone decides")
    agent.add("low-soc-export-percent", float, "no export from the battery at or below it")
    agent.add("soc-step-percent", float, "rounding of the SoC that Darkstar reads; 0: none")
    agent.switch(
        "baselines",
        "also a plain plan by its modes, and Darkstar with the simplest forecast, with a perfect one, or not knowing "
        "the power tariff",
    )
    agent.switch("solve-plans", "solve every plan, also where the battery's policy needs none: slower, same decisions")
    agent.switch("regret", "also what knowing load, PV and prices would have saved")


def given_arguments(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Names of the arguments of `add_arguments` that are not at their defaults."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    usual = vars(parser.parse_args([]))
    return tuple(name for name, value in usual.items() if getattr(arguments, name) != value)


def requests(arguments: argparse.Namespace) -> tuple[BacktestOptions, ...]:
    """All runs that parsed arguments ask for: homes x tariffs x batteries x wears x mismatches.

    Raises:
        ValueError: something is missing or does not fit together.
    """
    if not arguments.home_files:
        msg = "no home: name a file with load and PV, or --suite FILE.toml"
        raise ValueError(msg)
    if arguments.time_zone is None:
        msg = "--time-zone is missing: name the home's, such as Europe/Stockholm"
        raise ValueError(msg)
    names = {field.name for field in fields(BacktestOptions)}
    given = {name: value for name, value in vars(arguments).items() if name in names}
    zone = ZoneInfo(arguments.time_zone)
    given |= {
        "prices": tuple(arguments.prices),
        "start": _instant(arguments.start, zone),
        "end": _instant(arguments.end, zone),
    }
    batteries = arguments.battery or ((arguments.battery_kwh, arguments.battery_kw),)
    crossed = product(_homes(arguments), arguments.tariff or (None,), batteries, arguments.wear, arguments.mismatch)
    return tuple(
        BacktestOptions(
            **given
            | {
                "home_file": home.path,
                "load_column": home.load,
                "pv_column": home.pv,
                "tariff": tariff,
                "currency": _currency(tariff, arguments.currency),
                "battery_kwh": capacity_kwh,
                "battery_kw": power_kw,
                "wear": wear,
                "mismatch": mismatch,
            }
        )
        for home, tariff, (capacity_kwh, power_kw), wear, mismatch in crossed
    )


@dataclass(frozen=True, slots=True)
class _Home:
    path: Path
    load: str
    pv: str | None


def _homes(arguments: argparse.Namespace) -> list[_Home]:
    return [
        _Home(path, load, None if pv == NO_COLUMN else pv)
        for path in arguments.home_files
        for load, pv in _columns(path, arguments.load_column, arguments.pv_column)
    ]


def _columns(path: Path, load: str, pv: str) -> list[tuple[str, str]]:
    """The pairs of load and PV column that lists or patterns stand for."""
    if _WILD in load:
        return _matching(path, load, pv)
    loads, pvs = load.split(","), pv.split(",")
    if len(pvs) == 1 and pv == NO_COLUMN:
        pvs *= len(loads)
    if len(loads) != len(pvs):
        msg = f"--load-column has {len(loads)} column(s), --pv-column {len(pvs)}: they must pair ('{NO_COLUMN}': no PV)"
        raise SeriesError(msg)
    return list(zip(loads, pvs, strict=True))


def _matching(path: Path, load: str, pv: str) -> list[tuple[str, str]]:
    names = column_names(path)
    before, _, after = load.partition(_WILD)
    loads = [name for name in names if fnmatchcase(name, load)]
    if not loads:
        msg = f"{path}: no column is like --load-column {load}; it has {', '.join(names)}"
        raise SeriesError(msg)
    return [(name, pv.replace(_WILD, name[len(before) : len(name) - len(after)])) for name in loads]


def _currency(tariff: str | None, given: str | None) -> str:
    if tariff is not None:
        return named_terms(tariff, given).currency
    return given or str(DEFAULTS["currency"])


class _Group:
    """Adds arguments whose defaults are those of `BacktestOptions`."""

    def __init__(self, parser: argparse.ArgumentParser, title: str) -> None:
        self.group = parser.add_argument_group(title)

    def add(self, name: str, kind: Callable[[str], object], meaning: str) -> None:
        default = DEFAULTS[name.replace("-", "_")]
        if default is None or default is MISSING:
            self.group.add_argument(f"--{name}", type=kind, help=meaning)
            return
        # As text: argparse puts it through `kind` like an argument.
        self.group.add_argument(f"--{name}", type=kind, default=str(default), help=f"{meaning} (default {default})")

    def switch(self, name: str, meaning: str) -> None:
        self.group.add_argument(f"--{name}", action="store_true", help=meaning)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _letters(text: str) -> tuple[str, ...]:
    letters = tuple(text.split(","))
    unknown = [letter for letter in letters if letter not in TARIFFS]
    if unknown:
        msg = f"no tariff '{unknown[0]}': choose from {', '.join(TARIFFS)}"
        raise argparse.ArgumentTypeError(msg)
    return letters


def _mismatches(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    try:
        for name in names:
            named_mismatch(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return names


def _batteries(text: str) -> tuple[tuple[float, float], ...]:
    try:
        pairs = [tuple(float(number) for number in part.split("/")) for part in text.split(",")]
        return tuple((capacity_kwh, power_kw) for capacity_kwh, power_kw in pairs)
    except ValueError as error:
        msg = f"'{text}' is not kWh/kW, such as 10/5 or 5/2.5,10/5"
        raise argparse.ArgumentTypeError(msg) from error


def _zone_name(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"'{name}' is not a time zone of the IANA list (example: Europe/Stockholm)"
        raise argparse.ArgumentTypeError(msg) from error


def _instant(given: datetime | None, zone: ZoneInfo) -> datetime | None:
    if given is None:
        return None
    return to_utc(given if given.tzinfo else given.replace(tzinfo=zone))
