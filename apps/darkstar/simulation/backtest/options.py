"""What one run of the backtest simulates."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from ...forecast.trained import FRESH_DAYS
from ...home.devices import BatterySettings, InverterSettings
from ...home.entities import EntitySettings
from ...home.grid import GridSettings
from ...home.operation import ExecutorSettings, PlannerSettings
from ...home.power_tariff import PowerTariffSettings
from ...home.risk import RiskSettings
from ...home.settings import HomeSettings
from ...home.sources import LoadForecastSettings, PriceSourceSettings
from ...home.tariff import TariffSettings
from .mismatch import PLAIN
from .peaks import PowerTariff
from .tariffs import Terms, named_terms

NO_COLUMN = "none"
"""In place of the PV column: a home without PV."""
MAX_PLAN_AGE_MINUTES = 480.0
"""The planner's interval is not what plans here are made by: it is `replan_minutes`."""
ForecastModel = Literal["auto", "ridge", "same_slot", "calendar_ridge", "trees", "blend"]
"""What `load_forecast.model` may be."""
_UNTRAINED = ("ridge", "same_slot")
"""Models that training changes nothing about."""
_LEARNED = ("calendar_ridge", "trees", "blend")
"""Models that serve only once they were trained."""
_DEGREES_PER_HOUR = 15
_REPLAN_MINUTES = (15, 30)
"""Allowed besides whole hours."""
_OF_A_NAMED_TARIFF = (
    "import_multiplier",
    "import_addition",
    "export_share",
    "export_floor",
    "feed_in",
    "power_price",
    "power_peaks",
)
"""What a tariff's name settles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """A home, its prices, its battery, and how Darkstar is run. The help of `add_arguments` explains each.

    Energies in kWh, powers in kW, efficiency one way, money per kWh in `currency`. Without a named
    `tariff` it is `import = import_multiplier * spot + import_addition`, `export = export_share *
    spot` (or the fixed `feed_in`), but at least `export_floor`, and `power_price` per kW and month.
    """

    home_file: Path
    time_zone: str
    prices: tuple[Path, ...] = ()
    name: str | None = None
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
    price_factor: float | None = None
    shift_prices_years: int = 0
    price_zone: str | None = None
    tariff: str | None = None
    import_multiplier: float = 1.0
    import_addition: float = 0.0
    export_share: float = 1.0
    export_floor: float | None = None
    feed_in: float | None = None
    power_price: float | None = None
    power_peaks: int = 3
    currency: str = "EUR"
    max_import_kw: float | None = None
    max_export_kw: float | None = None
    battery_kwh: float = 10.0
    battery_kw: float = 5.0
    efficiency: float = 0.95
    wear: float = 0.0
    min_soc_percent: float = 0.0
    start_soc_percent: float = 50.0
    low_soc_export_percent: float = 0.0
    soc_step_percent: float = 0.0
    mismatch: str = PLAIN
    seed: int = 1
    replan_minutes: int = 60
    slot_minutes: int | None = None
    tick_minutes: int = 5
    forecast: ForecastModel = "auto"
    train_every_days: int | None = None
    warm_up_days: int = 0
    pv_skill: float | None = None
    scenario_days: int = 28
    end_value_factor: float = 0.9
    risk_appetite: int | None = None
    baselines: bool = False
    regret: bool = False
    solve_plans: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def title(self) -> str:
        """The home's name: as given, else file and column."""
        if self.name is not None:
            return self.name
        stem = self.home_file.name.partition(".")[0]
        return stem if self.load_column == DEFAULTS["load_column"] else f"{stem} {self.load_column}"

    @property
    def changed(self) -> str:
        """The options that are not at their defaults, as command-line arguments."""
        given = {name: getattr(self, name) for name in DEFAULTS}
        changes = {name: value for name, value in given.items() if value != DEFAULTS[name]}
        return " ".join(_as_argument(name, value) for name, value in changes.items())

    @property
    def command(self) -> str:
        """The command line that gives this run again."""
        return f"python -m darkstar backtest {shlex.quote(str(self.home_file))} {self.changed}"

    @property
    def terms(self) -> Terms:
        """The tariff.

        Raises:
            ValueError: no such tariff, or options beside it that it settles.
        """
        if self.tariff is None:
            return self._own_terms()
        beside = [name for name in _OF_A_NAMED_TARIFF if getattr(self, name) != DEFAULTS[name]]
        if beside:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in beside)
            msg = f"--tariff {self.tariff} settles {options}: leave one out"
            raise ValueError(msg)
        return named_terms(self.tariff, self.currency)

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
            grid=self._grid(),
            prices=PriceSourceSettings(source="fixed", fixed_per_kwh=0.0),
            tariff=self.terms.tariff,
            load_forecast=LoadForecastSettings(model=self.forecast),
            inverter=InverterSettings(
                profile="deye",
                entities={
                    "grid_charging": "switch.simulated_grid_charging",
                    "work_mode": "select.simulated_work_mode",
                },
            ),
            entities=EntitySettings(battery_soc="sensor.simulated_soc"),
            planner=PlannerSettings(
                slot_minutes=self.slot_minutes or interval_minutes,
                scenario_days=self.scenario_days,
                end_value_factor=self.end_value_factor,
            ),
            risk=RiskSettings(appetite=self.risk_appetite),
            executor=ExecutorSettings(
                shadow_mode=False,
                max_plan_age_minutes=MAX_PLAN_AGE_MINUTES,
                low_soc_export_percent=self.low_soc_export_percent,
            ),
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
        if self.tick_minutes < 1:
            faults.append(f"--tick-minutes {self.tick_minutes} must be at least 1")
        if self.power_peaks < 1:
            faults.append(f"--power-peaks {self.power_peaks} must be at least 1")
        if self.pv_skill is not None and not 0 <= self.pv_skill <= 1:
            faults.append(f"--pv-skill {self.pv_skill:g} must be between 0 (a perfect forecast) and 1")
        if self.power_price is not None and self.power_price < 0:
            faults.append(f"--power-price {self.power_price:g} must not be negative")
        if self.warm_up_days < 0:
            faults.append(f"--warm-up-days {self.warm_up_days} must not be negative")
        faults += self._training_faults()
        if faults:
            raise ValueError("; ".join(faults))

    def _training_faults(self) -> Iterator[str]:
        days = self.train_every_days
        if days is None:
            if self.forecast in _LEARNED:
                yield f"--forecast {self.forecast} must be trained: add --train-every-days 7"
            return
        if not 1 <= days <= FRESH_DAYS:
            yield f"--train-every-days {days} must be between 1 and {FRESH_DAYS}: older models do not serve"
        if self.forecast in _UNTRAINED:
            yield f"--forecast {self.forecast} is not trained: leave --train-every-days out"

    def _grid(self) -> GridSettings:
        power = self.terms.power
        charges = () if power is None else (_power_settings(power),)
        return GridSettings(max_import_kw=self.max_import_kw, max_export_kw=self.max_export_kw, power_tariffs=charges)

    def _own_terms(self) -> Terms:
        return Terms(
            words="as given",
            currency=self.currency,
            price_factor=1.0,
            tariff=TariffSettings(
                vat_percent=(self.import_multiplier - 1) * 100,
                supplier_fee_per_kwh=self.import_addition / self.import_multiplier,
                export_share=self.export_share,
                fixed_feed_in_per_kwh=self.feed_in,
            ),
            export_floor=self.export_floor,
            power=None if self.power_price is None else PowerTariff(self.power_price, self.power_peaks),
        )

    def _longitude(self) -> float:
        """As given, or where the sun stands in the south at noon by the zone's winter time."""
        if self.longitude is not None:
            return self.longitude
        offset = datetime(2025, 1, 1, tzinfo=self.zone).utcoffset() or timedelta(0)
        return _DEGREES_PER_HOUR * (offset / timedelta(hours=1))


DEFAULTS = {field.name: field.default for field in fields(BacktestOptions) if field.name != "home_file"}
"""Of all options but the home file; an option that must be given has none (`dataclasses.MISSING`)."""


def _power_settings(power: PowerTariff) -> PowerTariffSettings:
    return PowerTariffSettings(price_per_kw_month=power.price_per_kw, count=power.peaks)


def _as_argument(name: str, value: object) -> str:
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return flag
    values = value if isinstance(value, tuple) else (value,)
    return " ".join([flag, *(shlex.quote(_as_text(one)) for one in values)])


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(NO_COLUMN if value is None else value)
