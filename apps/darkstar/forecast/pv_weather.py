"""PV from the weather forecast: light on planes by physics, and what this roof makes of it by learning.

The roof is a sum of planes: the owner's arrays as set, and a few others that face every way. How much of each is
fitted to what was measured, so a wrong azimuth, an array that nobody told of, a mountain in the west and a
weather service that sees too many clouds are learned; with no history the owner's arrays are believed. The planes
follow the sun, so what was learned in March holds in April.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..home.settings import HomeSettings
from .candidates import Fitted, Material
from .clear_sky import clear_sky_kw
from .day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats, start_s
from .pv_physics import Plane, cloudless, on_plane_w_m2, share_of_peak, sun_at
from .pv_skies import Skies
from .slot_mean import Issues

FIT_DAYS = 90
FIT_HALF_LIFE_DAYS = 20.0
"""The angles of the sun, leaves and the service's errors change with the season."""
PRIOR_DAYS = 1.0
"""Weight of the arrays as set, in days of a cloudless spring."""
FEWEST_HOURS = 40
"""With fewer sunny hours measured a roof of which nothing is set stays unknown."""

_LEVEL_DAYS = 14
_LEVEL_HALF_LIFE_DAYS = 2.0
_LEVEL_PULL_DAYS = 1.0
"""Snow lies for days: how much the last ones fell short of the fit counts against one usual day."""

_LASTING_HOURS = 6
_LASTING_PULL = 0.05
"""Against chance in few days, as share of what is expected, squared."""
_DAWN = 0.3
"""Share of the mean power that is added to both sides of a ratio."""

_HOURS_HALF_LIFE_DAYS = 15.0
_HOURS_PULL_DAYS = 10.0

_EQUINOX_DAY = 20532
"""2026-03-20, in days since 1970: every plane sees the sun then."""
_TILTS = ((30.0, (-90.0, -30.0, 30.0, 90.0)), (90.0, (-90.0, 0.0, 90.0)))
_SHARED = 0.5
"""A roof of which nothing was measured takes half of either sky."""


class WeatherPv:
    """PV by the weather forecast. A `candidates.Candidate`."""

    name = "weather"

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        """Learn the roof from what was measured before `by_cell`; None without weather, or a roof unknown."""
        past = _Measured.before(material, by_cell)
        if past is None or (not material.home.pv_arrays and len(past.power_kw) < FEWEST_HOURS):
            return None
        return _fitted(past, _weights(material.home, past), np.ones(24))


class ShadedWeatherPv(WeatherPv):
    """PV by the weather forecast, each hour of the day corrected by how it came out: trees, chimneys, neighbours."""

    name = "weather, by hour"

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        """Learn the roof, and then its hours."""
        past = _Measured.before(material, by_cell)
        if past is None or len(past.power_kw) < FEWEST_HOURS:
            return None
        weights = _weights(material.home, past)
        return _fitted(past, weights, _by_hour(past, weights))


@dataclass(frozen=True, slots=True)
class FittedRoof:
    """A roof that was learned: kW of each plane under each sky, and a factor for each hour of UTC.

    `lasting` is how much of the last hour's error is left 1, 2, ... hours later, `usual_kw` the mean by day.
    """

    planes_kw: tuple[float, ...]
    by_hour: tuple[float, ...] = (1.0,) * 24
    lasting: tuple[float, ...] = ()
    usual_kw: float = 0.0

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Expected power of forecasts issued then (rows), in the cells `offsets` after each issue.

        Where no weather is known it is the same-slot mean's.
        """
        targets = issues.cells[:, None] + offsets
        first = int(issues.cells.min()) - _LEVEL_DAYS * DAY_CELLS
        usual = self._usual_kw(material, np.arange(first, int(targets.max()) + 1, dtype=np.int64))
        level = self._level(material, issues, usual, first)
        power = usual[targets - first] * level[:, None] * self._nearby(material, issues, usual, first, level, offsets)
        unknown = np.isnan(power)
        if unknown.any():
            power = np.where(unknown, material.mean.issued_kw(issues, offsets), power)
        return np.asarray(np.clip(power, 0.0, material.mean.ceiling_kw(targets)), dtype=np.float64)

    def _usual_kw(self, material: Material, cells: Cells) -> Floats:
        """What the fit expects in cells; NaN where no weather is known."""
        light = _Columns.of(material, cells)
        power = np.where(light.skies.is_dark, 0.0, np.nan)
        power[light.skies.which] = light.kw @ np.array(self.planes_kw)
        return np.asarray(power * np.array(self.by_hour)[(cells // CELLS_PER_HOUR) % 24], dtype=np.float64)

    def _level(self, material: Material, issues: Issues, usual: Floats, first: int) -> Floats:
        """What the last days yielded as a multiple of the fit, by issue."""
        past = material.mean.past(issues, _LEVEL_DAYS)
        expected = usual[issues.cells[:, None] + np.arange(-_LEVEL_DAYS * DAY_CELLS, 0) - first]
        known = past.known & np.isfinite(expected)
        expected = np.where(known, expected, 0.0)
        age_days = np.arange(_LEVEL_DAYS * DAY_CELLS)[::-1] / DAY_CELLS
        weight = 0.5 ** (age_days / _LEVEL_HALF_LIFE_DAYS)
        pull = _LEVEL_PULL_DAYS * expected.sum(axis=1) * DAY_CELLS / np.maximum(known.sum(axis=1), DAY_CELLS)
        came = (weight * np.where(known, past.power_kw, 0.0)).sum(axis=1) + pull
        meant = (weight * expected).sum(axis=1) + pull
        return np.asarray(np.where(meant > 0, came / np.where(meant > 0, meant, 1.0), 1.0), dtype=np.float64)

    def _nearby(
        self, material: Material, issues: Issues, usual: Floats, first: int, level: Floats, offsets: Cells
    ) -> Floats:
        """What the last hour's error makes of the coming ones: a factor by issue and offset."""
        past = material.mean.past(issues, 1)
        last = np.arange(-CELLS_PER_HOUR, 0)
        expected = usual[issues.cells[:, None] + last - first] * level[:, None]
        known = past.known[:, last] & np.isfinite(expected)
        came = np.where(known, past.power_kw[:, last], 0.0).sum(axis=1)
        meant = np.where(known, expected, 0.0).sum(axis=1)
        share = np.concatenate([self.lasting, np.zeros(1)])
        ratio = error_ratio(came, meant, CELLS_PER_HOUR * self.usual_kw)
        factor = 1 + ratio[:, None] * share[np.minimum(offsets // CELLS_PER_HOUR, len(share) - 1)]
        return np.asarray(factor, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Power in kW of each plane under each sky (columns) in the cells `skies.which` (rows)."""

    skies: Skies
    kw: Floats

    @classmethod
    def of(cls, material: Material, cells: Cells) -> _Columns:
        home = material.home
        skies = Skies.of(material.weather, cells, home.latitude, home.longitude)
        planes = [_under_both(plane, skies) for plane in planes_at(home.latitude)]
        if home.pv_arrays:
            set_by_owner = sum(
                array.kwp * array.efficiency * _under_both(Plane(array.azimuth_deg, array.tilt_deg), skies)
                for array in home.pv_arrays
            )
            planes.append(np.asarray(set_by_owner))
        return cls(skies, np.concatenate(planes, axis=1))


@dataclass(frozen=True, slots=True)
class _Measured:
    """Past hours by day whose power and weather are known, as quarter-hours' means. `hour` counts from 1970."""

    age_days: Floats
    hour: Cells
    columns_kw: Floats
    power_kw: Floats

    @classmethod
    def before(cls, material: Material, by_cell: int) -> _Measured | None:
        grid = material.mean.grid
        hours = np.arange(by_cell // CELLS_PER_HOUR - 24 * FIT_DAYS, by_cell // CELLS_PER_HOUR, dtype=np.int64)
        if not material.weather:
            return None
        cells = (hours[:, None] * CELLS_PER_HOUR + np.arange(CELLS_PER_HOUR)).ravel()
        at = grid.positions(cells)
        known = grid.known_at_s[at] <= start_s(by_cell, grid.zone)
        light = _Columns.of(material, cells)
        # a quarter-hour by night yields nothing; one by day without weather spoils its hour
        usable = known & (light.skies.which | light.skies.is_dark)
        columns = np.zeros((len(cells), light.kw.shape[1]))
        columns[light.skies.which] = light.kw
        whole = usable.reshape(-1, CELLS_PER_HOUR).all(axis=1)
        whole &= light.skies.which.reshape(-1, CELLS_PER_HOUR).any(axis=1)
        power = np.where(known, grid.power_kw[at], 0.0).reshape(-1, CELLS_PER_HOUR).mean(axis=1)
        by_hour = columns.reshape(len(hours), CELLS_PER_HOUR, -1).mean(axis=1)
        return cls((by_cell / CELLS_PER_HOUR - hours[whole]) / 24, hours[whole], by_hour[whole], power[whole])


def planes_at(latitude: float) -> tuple[Plane, ...]:
    """Planes that together can stand for any roof: level, tilted and upright, towards the sun's side."""
    sunward = 180.0 if latitude >= 0 else 0.0
    tilted = (Plane((sunward + turn) % 360, tilt) for tilt, turns in _TILTS for turn in turns)
    return (Plane(sunward, 0.0), *tilted)


def _under_both(plane: Plane, skies: Skies) -> Floats:
    """Power of 1 kWp on a plane under the sky by radiation and under that by clouds (columns)."""
    lights = (
        on_plane_w_m2(plane, skies.sun, skies.by_radiation),
        on_plane_w_m2(plane, skies.sun, skies.clear) * skies.cloud_share,
    )
    return np.stack([share_of_peak(light, skies.air_celsius, skies.wind_m_s) for light in lights], axis=1)


def _weights(home: HomeSettings, past: _Measured) -> Floats:
    """Least squares with weights that are not negative, drawn towards the arrays as set."""
    from scipy.optimize import nnls

    prior = np.zeros(past.columns_kw.shape[1])
    if home.pv_arrays:
        prior[-2:] = _SHARED
    pull = np.sqrt(PRIOR_DAYS * _usual_day_squares(home))
    fresh = np.sqrt(0.5 ** (past.age_days / FIT_HALF_LIFE_DAYS))[:, None]
    rows = np.concatenate([past.columns_kw * fresh, np.diag(pull)])
    wanted = np.concatenate([past.power_kw * fresh[:, 0], prior * pull])
    return np.asarray(nnls(rows, wanted)[0], dtype=np.float64)


def _fitted(past: _Measured, weights: Floats, by_hour: Floats) -> FittedRoof:
    expected = past.columns_kw @ weights * by_hour[past.hour % 24]
    return FittedRoof(
        tuple(weights.tolist()),
        tuple(by_hour.tolist()),
        tuple(lasting_shares(past.hour, past.power_kw, expected)),
        float(expected.mean()) if len(expected) else 0.0,
    )


def _usual_day_squares(home: HomeSettings) -> Floats:
    """Sum over the hours of a cloudless day in spring of each column's squared power."""
    epoch_s = np.asarray(3600.0 * (24 * _EQUINOX_DAY + np.arange(24)) + 1800, dtype=np.float64)
    sun = sun_at(epoch_s, home.latitude, home.longitude)
    day = sun.at(sun.is_up)
    light = cloudless(day)
    squares = [np.sum((on_plane_w_m2(plane, day, light) / 1000) ** 2) for plane in planes_at(home.latitude)]
    if home.pv_arrays:
        squares.append(np.sum(clear_sky_kw(home.pv_arrays, epoch_s, home.latitude, home.longitude) ** 2))
    return np.repeat(np.array(squares, dtype=np.float64), 2)


def lasting_shares(hour: Cells, power_kw: Floats, expected_kw: Floats) -> list[float]:
    """How much of the error of an hour is left 1, 2, ... hours later: least squares, drawn towards none.

    Errors are those that the level of the days before leaves.
    """
    if not len(hour):
        return []
    meant = expected_kw * _level_by_day(hour // 24, power_kw, expected_kw)
    ratio = error_ratio(power_kw, meant, float(meant.mean()))
    shares = []
    for lead in range(1, _LASTING_HOURS + 1):
        later = np.searchsorted(hour, hour + lead)
        follows = (later < len(hour)) & (hour[np.minimum(later, len(hour) - 1)] == hour + lead)
        now, then = np.flatnonzero(follows), later[follows]
        sign = ratio[now] * meant[then]
        pull = _LASTING_PULL * float(np.sum(meant[then] ** 2))
        moved = float(sign @ (power_kw[then] - meant[then]))
        squares = float(sign @ sign) + pull
        shares.append(min(max(moved / squares, 0.0), 1.0) if squares > 0 else 0.0)
    return shares


def error_ratio(came_kw: Floats, meant_kw: Floats, mean_kw: float) -> Floats:
    """By how much more came than was meant, as share; a dawn says little."""
    pull = _DAWN * mean_kw
    parts = meant_kw + pull
    return np.clip(np.where(parts > 0, (came_kw - meant_kw) / np.where(parts > 0, parts, 1.0), 0.0), -1.0, 2.0)


def _level_by_day(day: Cells, power_kw: Floats, expected_kw: Floats) -> Floats:
    """The level that the days before each day's give it, by hour."""
    days, of_hour = np.unique(day, return_inverse=True)
    came, meant = np.bincount(of_hour, power_kw), np.bincount(of_hour, expected_kw)
    pull = _LEVEL_PULL_DAYS * meant.mean()
    age = days[:, None] - days[None, :]
    weight = np.where((age > 0) & (age <= _LEVEL_DAYS), 0.5 ** ((age - 1) / _LEVEL_HALF_LIFE_DAYS), 0.0)
    level = (weight @ came + pull) / np.maximum(weight @ meant + pull, 1e-9)
    return np.asarray(level[of_hour], dtype=np.float64)


def _by_hour(past: _Measured, weights: Floats) -> Floats:
    """What each hour of the day yielded as a multiple of the fit, drawn towards what all of them did."""
    fit = past.columns_kw @ weights
    fresh = 0.5 ** (past.age_days / _HOURS_HALF_LIFE_DAYS)
    came = np.bincount(past.hour % 24, fresh * past.power_kw, 24)
    meant = np.bincount(past.hour % 24, fresh * fit, 24)
    days = max(float(np.ptp(past.age_days)), 1.0)
    pull = _HOURS_PULL_DAYS * np.bincount(past.hour % 24, fit, 24) / days
    level = came.sum() / meant.sum() if meant.sum() > 0 else 1.0
    parts = meant + pull
    return np.where(parts > 0, (came + level * pull) / np.where(parts > 0, parts, 1.0), 1.0)
