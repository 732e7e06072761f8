"""What a backtest simulates, and its command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..home.devices import BatterySettings, InverterSettings
from ..home.entities import EntitySettings
from ..home.operation import ExecutorSettings, PlannerSettings
from ..home.settings import HomeSettings
from ..home.slots import to_utc
from ..home.sources import PriceSourceSettings
from ..home.tariff import TariffSettings

_DEGREES_PER_HOUR = 15
_NONE = "none"
_REPLAN_MINUTES = (15, 30)
"""Allowed besides whole hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """A home, its prices, its battery, and how Darkstar is run. The help of `add_arguments` explains each.

    Energies in kWh, powers in kW, efficiency one way, money per kWh in `currency`. The tariff is
    `import = import_multiplier * spot + import_addition`, `export = export_share * spot` (or the fixed
    `feed_in`), but at least `export_floor`.
    """

    home_file: Path
    prices: tuple[Path, ...]
    time_zone: str
    time_column: str = "timestamp_utc"
    load_column: str = "load_kwh"
    pv_column: str | None = "pv_kwh"
    start: datetime | None = None
    end: datetime | None = None
    interval_minutes: int | None = None
    latitude: float = 50.0
    longitude: float | None = None
    price_time_column: str = "timestamp_utc"
    price_column: str = "price"
    price_factor: float = 1.0
    shift_prices_years: int = 0
    import_multiplier: float = 1.0
    import_addition: float = 0.0
    export_share: float = 1.0
    export_floor: float | None = None
    feed_in: float | None = None
    currency: str = "EUR"
    battery_kwh: float = 10.0
    battery_kw: float = 5.0
    efficiency: float = 0.95
    wear: float = 0.0
    min_soc_percent: float = 0.0
    start_soc_percent: float = 50.0
    low_soc_export_percent: float = 0.0
    soc_step_percent: float = 0.0
    replan_minutes: int = 60
    slot_minutes: int | None = None
    tick_minutes: int = 5
    scenario_days: int = 28
    end_value_factor: float = 0.9

    @property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def changed(self) -> str:
        """The options that are not at their defaults, as command-line arguments."""
        given = {name: getattr(self, name) for name in _DEFAULTS}
        changes = {name: value for name, value in given.items() if value != _DEFAULTS[name]}
        return " ".join(f"--{name.replace('_', '-')} {_as_argument(value)}" for name, value in changes.items())

    def home(self, interval_minutes: int) -> HomeSettings:
        """The settings of the simulated home; plans have slots of its data's interval unless told otherwise.

        Raises:
            ValueError: an option is out of its range; the message names it.
        """
        self._check()
        return HomeSettings(
            time_zone=self.time_zone,
            latitude=self.latitude,
            longitude=self._longitude(),
            currency=self.currency,
            battery=BatterySettings(
                capacity_kwh=self.battery_kwh,
                max_charge_kw=self.battery_kw,
                max_discharge_kw=self.battery_kw,
                min_soc_percent=self.min_soc_percent,
                charge_efficiency=self.efficiency,
                discharge_efficiency=self.efficiency,
                wear_cost_per_kwh=self.wear,
            ),
            prices=PriceSourceSettings(source="fixed", fixed_per_kwh=0.0),
            tariff=self._tariff(),
            inverter=InverterSettings(profile="deye"),
            entities=EntitySettings(
                battery_soc="sensor.simulated_soc",
                inverter_grid_charging="switch.simulated_grid_charging",
                inverter_work_mode="select.simulated_work_mode",
            ),
            planner=PlannerSettings(
                slot_minutes=self.slot_minutes or interval_minutes,
                scenario_days=self.scenario_days,
                end_value_factor=self.end_value_factor,
            ),
            executor=ExecutorSettings(low_soc_export_percent=self.low_soc_export_percent),
        )

    def _check(self) -> None:
        """Options that no setting of the home checks."""
        faults = []
        if self.import_multiplier < 1:
            faults.append(f"--import-multiplier {self.import_multiplier:g} must be at least 1: it is 1 + VAT")
        if self.replan_minutes not in _REPLAN_MINUTES and (self.replan_minutes <= 0 or self.replan_minutes % 60):
            faults.append(f"--replan-minutes {self.replan_minutes} must be 15, 30 or a multiple of 60")
        if not 0 <= self.start_soc_percent <= 100:  # noqa: PLR2004 - percent
            faults.append(f"--start-soc-percent {self.start_soc_percent:g} must be between 0 and 100")
        if faults:
            raise ValueError("; ".join(faults))

    def _tariff(self) -> TariffSettings:
        return TariffSettings(
            vat_percent=(self.import_multiplier - 1) * 100,
            supplier_fee_per_kwh=self.import_addition / self.import_multiplier,
            export_share=self.export_share,
            fixed_feed_in_per_kwh=self.feed_in,
        )

    def _longitude(self) -> float:
        """As given, or where the sun stands in the south at noon by the zone's winter time."""
        if self.longitude is not None:
            return self.longitude
        offset = datetime(2025, 1, 1, tzinfo=self.zone).utcoffset() or timedelta(0)
        return _DEGREES_PER_HOUR * (offset / timedelta(hours=1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the backtest's arguments to a parser."""
    data = _Group(parser, "home")
    data.group.add_argument("home_file", metavar="HOME.csv", type=Path, help="load and PV in kWh per interval")
    data.group.add_argument("--time-zone", required=True, type=_zone_name, help="of the home, such as Europe/Stockholm")
    data.add("time-column", str, "start of the interval, UTC or with offset")
    data.add("load-column", str, "household load")
    data.add("pv-column", str, f"PV; '{_NONE}' for a home without")
    data.add("start", datetime.fromisoformat, "first instant; local time unless it has an offset")
    data.add("end", datetime.fromisoformat, "first instant after the period")
    data.add("interval-minutes", int, "add the data up to this interval first: 15, 30 or 60")
    data.add("latitude", float, "of the home, for the path of the sun")
    data.add("longitude", float, "of the home; by the time zone when left out")

    money = _Group(parser, "prices and tariff")
    money.group.add_argument(
        "--prices", required=True, nargs="+", type=Path, metavar="PRICES.csv", help="spot prices; .gz is fine"
    )
    money.add("price-column", str, "the spot price")
    money.add("price-time-column", str, "start of the price, UTC or with offset")
    money.add("price-factor", float, "from the column's number to currency per kWh")
    money.add("shift-prices-years", int, "take the prices of that many years (of 364 days) earlier")
    money.add("import-multiplier", float, "import price = multiplier * spot + addition")
    money.add("import-addition", float, "per kWh")
    money.add("export-share", float, "export price = share * spot")
    money.add("export-floor", float, "least export price per kWh; 0: nothing is sold at a loss")
    money.add("feed-in", float, "fixed export price per kWh instead of the spot price")
    money.add("currency", str, "three letters")

    battery = _Group(parser, "battery")
    battery.add("battery-kwh", float, "usable capacity")
    battery.add("battery-kw", float, "charge and discharge power, AC")
    battery.add("efficiency", float, "one way")
    battery.add("wear", float, "cost per kWh discharged")
    battery.add("min-soc-percent", float, "floor")
    battery.add("start-soc-percent", float, "at the first instant")

    agent = _Group(parser, "Darkstar")
    agent.add("replan-minutes", int, "time between plans: a multiple of 15")
    agent.add("tick-minutes", int, "time between decisions")
    agent.add("slot-minutes", int, "slots of the plan: 15, 30 or 60; the data's interval when left out")
    agent.add("scenario-days", int, "past forecast errors that the policy weighs")
    agent.add("end-value-factor", float, "value of energy left at the horizon's end")
    agent.add("low-soc-export-percent", float, "no export from the battery at or below it")
    agent.add("soc-step-percent", float, "rounding of the SoC that Darkstar reads; 0: none")


def from_arguments(arguments: argparse.Namespace) -> BacktestOptions:
    """The options from parsed arguments."""
    zone = ZoneInfo(arguments.time_zone)
    given = {field.name: getattr(arguments, field.name) for field in fields(BacktestOptions)}
    changes = {
        "prices": tuple(arguments.prices),
        "pv_column": None if arguments.pv_column == _NONE else arguments.pv_column,
        "start": _instant(arguments.start, zone),
        "end": _instant(arguments.end, zone),
    }
    return BacktestOptions(**(given | changes))


class _Group:
    """Adds arguments whose defaults are those of `BacktestOptions`."""

    def __init__(self, parser: argparse.ArgumentParser, title: str) -> None:
        self.group = parser.add_argument_group(title)

    def add(self, name: str, kind: Callable[[str], object], meaning: str) -> None:
        default = _DEFAULTS[name.replace("-", "_")]
        shown = "" if default is None else f" (default {default})"
        self.group.add_argument(f"--{name}", type=kind, default=default, help=meaning + shown)


_DEFAULTS = {field.name: field.default for field in fields(BacktestOptions) if field.name != "home_file"}


def _as_argument(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return value.isoformat() if isinstance(value, datetime) else str(_NONE if value is None else value)


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
