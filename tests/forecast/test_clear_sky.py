"""The cloudless sky over the arrays."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.clear_sky import clear_sky_kw
from darkstar.forecast.day_grid import Floats
from darkstar.forecast.pv_physics import sun_at
from darkstar.home.devices import PvArraySettings

ROOF = PvArraySettings(kwp=10, azimuth_deg=180, tilt_deg=40)
PLACES = [(55.5, 13.1), (48.8, 2.3), (-33.9, 151.2), (37.3, -121.9), (67.9, 20.2)]
MALMO = (55.5, 13.1)
MAY = datetime(2026, 5, 5, tzinfo=UTC)


def day(start: datetime, minutes: int = 15) -> Floats:
    return np.array([(start + timedelta(minutes=step)).timestamp() for step in range(0, 1440, minutes)])


@given(st.sampled_from(PLACES), st.integers(0, 365))
def test_no_sun_no_power_and_never_absurdly_much(place: tuple[float, float], number: int) -> None:
    instants = day(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number))
    power, is_up = clear_sky_kw([ROOF], instants, *place), sun_at(instants, *place).is_up
    assert (power[~is_up] == 0).all()
    assert (power[is_up] > 0).all()
    assert power.max() <= ROOF.kwp * 1.15


def test_a_summer_noon_yields_about_the_peak_power() -> None:
    noon = np.array([datetime(2026, 6, 21, 11, tzinfo=UTC).timestamp()])
    facing = ROOF.model_copy(update={"efficiency": 1.0})
    assert 0.85 <= clear_sky_kw([facing], noon, *MALMO)[0] / ROOF.kwp <= 1.1


def test_east_peaks_before_south_before_west() -> None:
    peaks = [
        int(np.argmax(clear_sky_kw([ROOF.model_copy(update={"azimuth_deg": compass})], day(MAY), *MALMO)))
        for compass in (90, 180, 270)
    ]
    assert all(earlier + 4 < later for earlier, later in pairwise(peaks))


def test_arrays_add_up_and_efficiency_counts() -> None:
    half, lossy = (ROOF.model_copy(update=update) for update in ({"kwp": 5.0}, {"efficiency": ROOF.efficiency / 2}))
    whole = clear_sky_kw([ROOF], day(MAY), *MALMO)
    assert clear_sky_kw([half, half], day(MAY), *MALMO) == pytest.approx(whole)
    assert clear_sky_kw([lossy], day(MAY), *MALMO) == pytest.approx(whole / 2)
    assert (clear_sky_kw([], day(MAY), *MALMO) == 0).all()


def test_a_polar_night_is_dark() -> None:
    assert (clear_sky_kw([ROOF], day(datetime(2026, 12, 21, tzinfo=UTC)), 71.0, 25.0) == 0).all()
