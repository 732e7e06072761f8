"""The commands that measure forecasts: `forecasts`, `prices` and `roofs`."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the parser of `python -m darkstar`."""
    _add_forecasts(commands)
    _add_prices(commands)

    roofs = commands.add_parser("roofs", help="measure the PV forecast from weather on roofs with weather as forecast")
    roofs.add_argument("folder", type=Path, help="folder of the data")
    roofs.set_defaults(run=_roofs)


def _add_forecasts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("forecasts", help="score every forecasting model on the measured past of a home")
    parser.add_argument("--home", type=Path, required=True, help="CSV or Parquet file of load and PV, as for backtest")
    parser.add_argument("--load-column", default="load_kwh", help="column of the load in kWh (default load_kwh)")
    parser.add_argument("--pv-column", default="pv_kwh", help="column of the PV in kWh (default pv_kwh)")
    parser.add_argument("--quality-column", help="column that says ok; other rows are neither learned nor scored")
    parser.add_argument("--time-zone", type=ZoneInfo, required=True, help="the home's clock")
    parser.add_argument("--latitude", type=float, required=True, help="of the home, degrees north")
    parser.add_argument("--longitude", type=float, required=True, help="of the home, degrees east")
    parser.add_argument("--holidays", default="", help="country whose public holidays count as Sundays (SE, DE-BY)")
    parser.add_argument("--start", type=datetime.fromisoformat, help="first instant that is read")
    parser.add_argument("--end", type=datetime.fromisoformat, help="first instant that is not read any more")
    parser.add_argument("--weeks", type=int, default=26, help="how many weeks are scored at most (default 26)")
    parser.add_argument("--at-midnight", action="store_true", help="forecasts issued at local midnight only")
    parser.add_argument("--quantity", choices=("load", "pv"), help="score this one only")
    parser.set_defaults(run=_forecasts)


def _add_prices(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prices = commands.add_parser("prices", help="measure the forecast of prices past the published ones on real prices")
    prices.add_argument("file", type=Path, help="CSV or Parquet file of prices with the time in timestamp_utc")
    prices.add_argument("--column", default="price_eur_mwh", help="column of the prices (default price_eur_mwh)")
    prices.add_argument("--time-zone", type=ZoneInfo, default=ZoneInfo("Europe/Berlin"), help="the market's clock")
    prices.add_argument("--start", type=date.fromisoformat, help="first day that counts; 28 days before it are read")
    prices.add_argument("--end", type=date.fromisoformat, help="first day that does not count any more")
    prices.add_argument("--issued", type=Path, metavar="FILE", help="somebody else's forecasts, to be shown beside")
    prices.add_argument("--learn", action="store_true", help="print the weights that fit these prices best")
    prices.set_defaults(run=_prices)


def _forecasts(options: argparse.Namespace) -> None:
    from .forecast_bench import lines

    for line in lines(options):
        print(line, flush=True)


def _prices(options: argparse.Namespace) -> None:
    from .price_bench import PriceFile, learned, report

    file = PriceFile(options.file, options.column, options.start, options.end)
    zone = options.time_zone
    for line in learned(file, zone) if options.learn else report(file, zone, options.issued):
        print(line)


def _roofs(options: argparse.Namespace) -> None:
    from .pv_bench import table

    print(table(options.folder))
