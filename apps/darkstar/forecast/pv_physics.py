"""How light becomes power on a plane: sun, sky and solar cells by pvlib.

pvlib takes a second to import, so each function does it. All arrays are one number per instant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .day_grid import Floats

GROUND_REFLECTION = 0.2
LOSS_PER_CELSIUS = -0.004
"""What crystalline cells lose of their power per degree above 25 °C."""

_DELTA_T_S = 69.0
"""Earth's rotation behind atomic time in these decades."""
_YEAR_DAYS = 365.2425
_DAY_S = 86400
_STANDARD_W_M2 = 1000.0
_CELL_CELSIUS = 25.0
_WIND_M_S = 2.0
"""Where the weather does not say."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Which way a plane faces: 90 east, 180 south, 270 west; tilt from the horizontal."""

    azimuth_deg: float
    tilt_deg: float


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands, and how strong it is outside the atmosphere."""

    zenith_deg: Floats
    azimuth_deg: Floats
    outside_w_m2: Floats

    @property
    def is_up(self) -> npt.NDArray[np.bool_]:
        """Whether its middle is above the horizon."""
        return np.asarray(self.zenith_deg < 90)  # noqa: PLR2004 - a right angle

    def at(self, which: npt.NDArray[np.bool_]) -> Sun:
        """The instants that `which` marks."""
        return Sun(self.zenith_deg[which], self.azimuth_deg[which], self.outside_w_m2[which])


@dataclass(frozen=True, slots=True)
class Light:
    """Radiation in W/m²: global on level ground, the beam across its direction, diffuse on level ground."""

    level: Floats
    beam: Floats
    diffuse: Floats


def sun_at(epoch_s: Floats, latitude: float, longitude: float) -> Sun:
    """The sun at instants in seconds since 1970 UTC; degrees north and east. NREL's SPA, without refraction."""
    from pvlib import irradiance, spa

    found = spa.solar_position(
        np.asarray(epoch_s, dtype=np.float64), latitude, longitude, 0.0, 1013.25, 12.0, _DELTA_T_S, 0.5667, 1
    )
    day_of_year = 1 + (epoch_s / _DAY_S) % _YEAR_DAYS
    outside = np.asarray(irradiance.get_extra_radiation(day_of_year, method="spencer"), dtype=np.float64)
    return Sun(np.asarray(found[1], dtype=np.float64), np.asarray(found[4], dtype=np.float64), outside)


def cloudless(sun: Sun) -> Light:
    """Radiation of a cloudless sky in clear air (simplified Solis model); the sun must be up."""
    from pvlib import clearsky

    sky = clearsky.simplified_solis(90 - sun.zenith_deg, dni_extra=sun.outside_w_m2)
    return Light(*(np.nan_to_num(np.asarray(sky[part], dtype=np.float64)) for part in ("ghi", "dni", "dhi")))


def split(level_w_m2: Floats, sun: Sun, epoch_s: Floats) -> Light:
    """Beam and diffuse light of a global radiation (Erbs); the sun must be up."""
    from pvlib import irradiance

    parts = irradiance.erbs(level_w_m2, sun.zenith_deg, 1 + (epoch_s / _DAY_S) % _YEAR_DAYS)
    beam, diffuse = (np.nan_to_num(np.asarray(parts[part], dtype=np.float64)) for part in ("dni", "dhi"))
    return Light(level_w_m2, beam, diffuse)


def on_plane_w_m2(plane: Plane, sun: Sun, light: Light) -> Floats:
    """Radiation on a tilted plane (Hay and Davies); the sun must be up."""
    from pvlib import irradiance

    parts = irradiance.get_total_irradiance(
        plane.tilt_deg,
        plane.azimuth_deg,
        sun.zenith_deg,
        sun.azimuth_deg,
        light.beam,
        light.level,
        light.diffuse,
        dni_extra=sun.outside_w_m2,
        albedo=GROUND_REFLECTION,
        model="haydavies",
    )
    return np.maximum(np.nan_to_num(np.asarray(parts["poa_global"], dtype=np.float64)), 0.0)


def share_of_peak(plane_w_m2: Floats, air_celsius: Floats, wind_m_s: Floats) -> Floats:
    """Power of 1 kWp in kW before losses: cells warmed as Faiman says; NaN air leaves them at 25 °C."""
    from pvlib import pvsystem, temperature

    wind = np.where(np.isfinite(wind_m_s), np.maximum(wind_m_s, 0.0), _WIND_M_S)
    warmed = np.asarray(temperature.faiman(plane_w_m2, air_celsius, wind), dtype=np.float64)
    cell = np.where(np.isfinite(warmed), warmed, _CELL_CELSIUS)
    return np.maximum(np.asarray(pvsystem.pvwatts_dc(plane_w_m2, cell, 1.0, LOSS_PER_CELSIUS), dtype=np.float64), 0.0)
