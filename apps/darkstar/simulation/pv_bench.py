"""How good PV forecasts from weather are, on measured roofs with the weather as it was forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..forecast.candidates import Candidate, Fitted, Material
from ..forecast.day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats
from ..forecast.home_means import HomeMeans
from ..forecast.pv_weather import ShadedWeatherPv, WeatherPv
from ..forecast.slot_mean import Issues
from ..home.devices import BatterySettings, InverterSettings, PvArraySettings
from ..home.entities import EntitySettings
from ..home.observation import Observation
from ..home.settings import HomeSettings
from ..home.sources import PriceSourceSettings
from ..home.weather import WeatherHour
from .backtest.text_table import table as in_columns

ROOFS_FILE = "no_roofs_weather_asissued_hourly.parquet"
PERSISTENCE = "persistence"
DAY_BEFORE = "24 h before"
"""Also where that came only after the issue: nobody can forecast so."""
BY_CLOUDS = "clear sky scaled by cloud"
SAME_SLOT = "same-slot mean under a clear sky"
WARM_UP_DAYS = 28
"""Not scored: every model has its first weeks to learn."""

_LATITUDE, _LONGITUDE = 63.43, 10.40
"""Where the file's sun stands in its mean hours."""
_ISSUE_HOUR = 7
_KELVIN = 273.15
_HOUR_S = 3600
_DAY_S = 86400
_WEEK_DAYS = 7
_THURSDAY = 3
"""1970-01-01; weeks begin on Monday."""
_REACH_HOURS = 42
"""The last hour that a forecast of the file tells, and one more."""


@dataclass(frozen=True, slots=True)
class Roof:
    """A measured roof with one forecast of the weather per hour, oldest first; NaN where nothing was measured.

    `issue` is the day (from 1970) whose forecast, made at 07 UTC, tells an hour. `kwh` has an unknown unit.
    """

    name: str
    start_s: Floats
    issue: npt.NDArray[np.int64]
    kwh: Floats
    clear_w_m2: Floats
    cloud_share: Floats
    weather: tuple[WeatherHour, ...]


class _SameSlot:
    """The same-slot mean as something fitted."""

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Expected power of forecasts issued then (rows), in the cells `offsets` after each issue."""
        return material.mean.issued_kw(issues, offsets)


def roofs(folder: Path) -> tuple[Roof, ...]:
    """Read the roofs of the data folder.

    Raises:
        OSError: there is no such file.
    """
    import pandas as pd

    hours = pd.read_parquet(folder / ROOFS_FILE).sort_values(["site", "timestamp_utc"])
    return tuple(_roof(str(site), rows) for site, rows in hours.groupby("site"))


def _roof(name: str, rows: object) -> Roof:
    import pandas as pd

    hours = pd.DataFrame(rows)
    start = pd.DatetimeIndex(hours["timestamp_utc"]).tz_localize(UTC)
    issued_s = hours["issued_utc"].astype("datetime64[s]").astype("int64").to_numpy()
    told = zip(
        start.to_pydatetime(),
        hours["cloud_pct"].tolist(),
        (hours["temp_1000hpa_k"] - _KELVIN).tolist(),
        (hours["direct_rad_w_m2"] + hours["diffuse_rad_w_m2"]).tolist(),
        strict=True,
    )
    return Roof(
        name=name,
        start_s=start.as_unit("s").asi8.astype(np.float64),
        issue=(issued_s // _DAY_S).astype(np.int64),
        kwh=hours["pv_measurement"].to_numpy(np.float64) / 1000,
        clear_w_m2=hours["clear_sky_rad_w_m2"].to_numpy(np.float64),
        cloud_share=hours["cloud_pct"].to_numpy(np.float64) / 100,
        weather=tuple(WeatherHour(*each) for each in told),
    )


def forecasts(roof: Roof, arrays: tuple[PvArraySettings, ...] = ()) -> Mapping[str, Floats]:
    """What each model says of each hour, out of sample: it has seen what was measured by 07 UTC of the issue's day.

    Models from weather learn anew each week. `arrays` are what the owner has set; the roofs' own are unknown.
    """
    material = _material(roof, arrays)
    models: tuple[Candidate, ...] = (WeatherPv(), ShadedWeatherPv())
    return {
        PERSISTENCE: _last_measured(roof),
        DAY_BEFORE: _hours_before(roof, 24),
        BY_CLOUDS: _by_clouds(roof),
        SAME_SLOT: _walk(roof, material, lambda _: _SameSlot()),
        **{model.name: _walk(roof, material, partial(model.fit, material)) for model in models},
    }


def table(folder: Path) -> str:
    """RMSE over the mean yield of the hours that all models forecast, by roof, and against the two yardsticks.

    Raises:
        OSError: the data are not there.
    """
    rows = []
    for roof in roofs(folder):
        errors, hours = nrmse(roof, forecasts(roof))
        rows += [
            [
                f"{roof.name}: {name}",
                f"{error:.3f}",
                f"{100 * (error / errors[PERSISTENCE] - 1):+.1f}",
                f"{100 * (error / errors[DAY_BEFORE] - 1):+.1f}",
                f"{100 * (error / errors[BY_CLOUDS] - 1):+.1f}",
                str(hours),
            ]
            for name, error in errors.items()
        ]
    heading = ["roof and model", "nRMSE", "persistence %", "24 h before %", "by cloud %", "hours"]
    return in_columns([heading, *rows])


def nrmse(roof: Roof, found: Mapping[str, Floats]) -> tuple[dict[str, float], int]:
    """Errors by model, and of how many hours: those after the warm-up that were measured and that all forecast."""
    counted = np.isfinite(roof.kwh) & (roof.start_s >= roof.start_s[0] + WARM_UP_DAYS * _DAY_S)
    for kwh in found.values():
        counted &= np.isfinite(kwh)
    truth = roof.kwh[counted]
    errors = {name: float(np.sqrt(np.mean((kwh[counted] - truth) ** 2)) / truth.mean()) for name, kwh in found.items()}
    return errors, int(counted.sum())


def _material(roof: Roof, arrays: tuple[PvArraySettings, ...]) -> Material:
    home = HomeSettings(
        time_zone="Europe/Oslo",
        latitude=_LATITUDE,
        longitude=_LONGITUDE,
        battery=BatterySettings(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5),
        inverter=InverterSettings(
            profile="deye",
            entities={"grid_charging": "switch.simulated_grid_charging", "work_mode": "select.simulated_work_mode"},
        ),
        prices=PriceSourceSettings(source="fixed", fixed_per_kwh=0.0),
        entities=EntitySettings(battery_soc="sensor.simulated_soc"),
        pv_arrays=arrays,
    )
    measured = zip(roof.weather, roof.kwh.tolist(), strict=True)
    history = [Observation(hour.start, 1.0, 0.0, kwh) for hour, kwh in measured if np.isfinite(kwh)]
    return Material(home, HomeMeans.of(home, history).pv, roof.weather)


def _walk(roof: Roof, material: Material, fit: Callable[[int], Fitted | None]) -> Floats:
    """Forecasts of each issue, by what was learned at the start of its week; NaN while that is nothing."""
    found = np.full(len(roof.kwh), np.nan)
    weeks = (roof.issue + _THURSDAY) // _WEEK_DAYS
    for week in np.unique(weeks).tolist():
        fitted = fit((week * _WEEK_DAYS - _THURSDAY) * DAY_CELLS)
        if fitted is None:
            continue
        days = np.unique(roof.issue[weeks == week])
        issues = Issues.at_starts(days * DAY_CELLS + _ISSUE_HOUR * CELLS_PER_HOUR, UTC)
        power = fitted.issued_kw(material, issues, np.arange(_REACH_HOURS * CELLS_PER_HOUR))
        by_hour = power.reshape(len(days), _REACH_HOURS, CELLS_PER_HOUR).mean(axis=2)
        rows = np.flatnonzero(weeks == week)
        lead = (roof.start_s[rows] / _HOUR_S - 24 * roof.issue[rows] - _ISSUE_HOUR).astype(np.intp)
        found[rows] = by_hour[np.searchsorted(days, roof.issue[rows]), lead]
    return found


def _hours_before(roof: Roof, hours: int) -> Floats:
    """What was measured so many hours before each hour; NaN where nothing was."""
    at = np.searchsorted(roof.start_s, roof.start_s - _HOUR_S * hours)
    there = roof.start_s[at] == roof.start_s - _HOUR_S * hours
    return np.where(there, roof.kwh[at], np.nan)


def _last_measured(roof: Roof) -> Floats:
    """The same hour of the last day on which it was over by the issue."""
    over_by_issue = roof.start_s - _DAY_S + _HOUR_S <= _issued_s(roof)
    return np.where(over_by_issue, _hours_before(roof, 24), _hours_before(roof, 48))


def _by_clouds(roof: Roof) -> Floats:
    """Radiation of a cloudless sky on level ground times what clouds let pass, scaled by least squares of the past.

    Kasten and Czeplak's 1 - 0.75 n^3.4; the scale is learned anew at each issue from all that was measured.
    """
    light = roof.clear_w_m2 * (1 - 0.75 * roof.cloud_share**3.4)
    found = np.full(len(roof.kwh), np.nan)
    for issue in np.unique(roof.issue).tolist():
        told = roof.issue == issue
        past = np.isfinite(roof.kwh) & (roof.start_s + _HOUR_S <= _issued_s(roof)[told][0])
        squares = float(light[past] @ light[past])
        if squares > 0:
            found[told] = light[told] * float(light[past] @ roof.kwh[past]) / squares
    return found


def _issued_s(roof: Roof) -> Floats:
    return np.asarray(_DAY_S * roof.issue + _HOUR_S * _ISSUE_HOUR, dtype=np.float64)
