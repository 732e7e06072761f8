"""The cloudless sky."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from astral import Observer
from astral.sun import azimuth, elevation
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.clear_sky import clear_sky_kw, sun_vector
from darkstar.forecast.day_grid import Floats
from darkstar.home.devices import PvArraySettings

ROOF = PvArraySettings(kwp=10, azimuth_deg=180, tilt_deg=40)
PLACES = [(55.5, 13.1), (48.8, 2.3), (-33.9, 151.2), (37.3, -121.9), (67.9, 20.2)]


def day(start: datetime, minutes: int = 15) -> Floats:
    return np.array([(start + timedelta(minutes=step)).timestamp() for step in range(0, 1440, minutes)])


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_the_sun_stands_where_astral_sees_it(latitude: float, longitude: float) -> None:
    observer = Observer(latitude, longitude)
    for number in range(0, 730, 41):
        instant = datetime(2025, 1, 1, (number * 5) % 24, 20, tzinfo=UTC) + timedelta(days=number)
        sun = sun_vector(np.array([instant.timestamp()]), latitude, longitude)
        height = np.degrees(np.arcsin(sun.up[0]))
        assert height == pytest.approx(elevation(observer, instant, with_refraction=False), abs=0.3)
        if abs(height) < 70:
            compass = np.degrees(np.arctan2(sun.east[0], sun.north[0]))
            assert (compass - azimuth(observer, instant) + 180) % 360 - 180 == pytest.approx(0, abs=0.6)


def test_it_points_with_length_one() -> None:
    sun = sun_vector(day(datetime(2026, 5, 5, tzinfo=UTC)), 59.3, 18.1)
    assert np.hypot(np.hypot(sun.east, sun.north), sun.up) == pytest.approx(np.ones(96))


@given(st.sampled_from(PLACES), st.integers(0, 365))
def test_no_sun_no_power_and_never_absurdly_much(place: tuple[float, float], number: int) -> None:
    sun = sun_vector(day(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)), *place)
    power = clear_sky_kw([ROOF], sun)
    assert (power[sun.up <= 0] == 0).all()
    assert (power[sun.up > 0] > 0).all()
    assert power.max() <= ROOF.kwp * 1.15


def test_a_summer_noon_yields_about_the_peak_power() -> None:
    noon = sun_vector(np.array([datetime(2026, 6, 21, 11, tzinfo=UTC).timestamp()]), 55.5, 13.1)
    facing = ROOF.model_copy(update={"efficiency": 1.0})
    assert 0.85 <= clear_sky_kw([facing], noon)[0] / ROOF.kwp <= 1.1


def test_east_peaks_before_south_before_west() -> None:
    sun = sun_vector(day(datetime(2026, 5, 5, tzinfo=UTC)), 55.5, 13.1)
    peaks = [
        int(np.argmax(clear_sky_kw([ROOF.model_copy(update={"azimuth_deg": compass})], sun)))
        for compass in (90, 180, 270)
    ]
    assert all(earlier + 4 < later for earlier, later in pairwise(peaks))


def test_arrays_add_up_and_efficiency_counts() -> None:
    sun = sun_vector(day(datetime(2026, 5, 5, tzinfo=UTC)), 55.5, 13.1)
    half = ROOF.model_copy(update={"kwp": 5.0})
    assert clear_sky_kw([half, half], sun) == pytest.approx(clear_sky_kw([ROOF], sun))
    lossy = ROOF.model_copy(update={"efficiency": ROOF.efficiency / 2})
    assert clear_sky_kw([lossy], sun) == pytest.approx(clear_sky_kw([ROOF], sun) / 2)
    assert (clear_sky_kw([], sun) == 0).all()
