"""What the PV arrays would yield under a cloudless sky: a ceiling for forecasts, and their shape by day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..home.devices import PvArraySettings
from .day_grid import Floats
from .pv_physics import Plane, cloudless, on_plane_w_m2, sun_at

_KW_M2 = 1000.0


def clear_sky_kw(arrays: Sequence[PvArraySettings], epoch_s: Floats, latitude: float, longitude: float) -> Floats:
    """AC power of the arrays together under a cloudless sky, in kW; zero while the sun is down.

    At instants in seconds since 1970 UTC, degrees north and east. The cells are at 25 °C: peak power is yielded at
    1 kW per square metre.
    """
    sun = sun_at(epoch_s, latitude, longitude)
    day = sun.at(sun.is_up)
    light = cloudless(day)
    total = np.zeros(len(epoch_s))
    for array in arrays:
        plane = on_plane_w_m2(Plane(array.azimuth_deg, array.tilt_deg), day, light)
        total[sun.is_up] += array.kwp * array.efficiency * plane / _KW_M2
    return total
