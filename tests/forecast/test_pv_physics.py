"""Sun, sky and planes, by pvlib."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from astral import Observer
from astral.sun import azimuth, elevation

from darkstar.forecast.day_grid import Floats
from darkstar.forecast.pv_physics import Light, Plane, cloudless, on_plane_w_m2, share_of_peak, split, sun_at

PLACES = [(55.5, 13.1), (48.8, 2.3), (-33.9, 151.2), (37.3, -121.9), (67.9, 20.2)]


def june(*hours: float) -> Floats:
    return np.array([datetime(2026, 6, 21, tzinfo=UTC).timestamp() + 3600 * hour for hour in hours])


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_the_sun_stands_where_astral_sees_it(latitude: float, longitude: float) -> None:
    observer = Observer(latitude, longitude)
    for number in range(0, 730, 41):
        instant = datetime(2025, 1, 1, (number * 5) % 24, 20, tzinfo=UTC) + timedelta(days=number)
        sun = sun_at(np.array([instant.timestamp()]), latitude, longitude)
        height = 90 - sun.zenith_deg[0]
        assert height == pytest.approx(elevation(observer, instant, with_refraction=False), abs=0.1)
        if abs(height) < 70:
            assert (sun.azimuth_deg[0] - azimuth(observer, instant) + 180) % 360 - 180 == pytest.approx(0, abs=0.3)


def test_radiation_split_and_added_up_again_is_what_it_was() -> None:
    epoch_s = june(6, 9, 12)
    sun = sun_at(epoch_s, 55.5, 13.1)
    for level in (cloudless(sun).level, cloudless(sun).level * 0.4):
        light = split(level, sun, epoch_s)
        assert light.beam * np.cos(np.radians(sun.zenith_deg)) + light.diffuse == pytest.approx(level, rel=0.01)


def test_a_dark_sky_has_no_beam() -> None:
    epoch_s = june(6, 9, 12)
    sun = sun_at(epoch_s, 55.5, 13.1)
    dim = split(cloudless(sun).level * 0.15, sun, epoch_s)
    assert (dim.beam < 0.05 * cloudless(sun).beam).all()


def test_a_level_plane_sees_the_level_radiation() -> None:
    sun = sun_at(june(9), 55.5, 13.1)
    assert on_plane_w_m2(Plane(180, 0), sun, cloudless(sun)) == pytest.approx(cloudless(sun).level, rel=0.02)


def test_a_plane_with_its_back_to_the_sun_sees_only_the_sky() -> None:
    sun = sun_at(june(5), 55.5, 13.1)
    west = on_plane_w_m2(Plane(270, 90), sun, cloudless(sun))
    nothing = np.zeros(1)
    assert 0 < west[0] < 200
    assert on_plane_w_m2(Plane(90, 90), sun, cloudless(sun))[0] > 3 * west[0]
    assert on_plane_w_m2(Plane(90, 90), sun, Light(nothing, nothing, nothing))[0] == 0


def test_cold_cells_yield_more_than_hot_ones_and_unknown_air_is_like_the_standard() -> None:
    light, wind = np.full(3, 800.0), np.array([2.0, 2.0, np.nan])
    cold, hot, unknown = share_of_peak(light, np.array([-10.0, 30.0, np.nan]), wind)
    assert cold > 0.8 > hot
    assert unknown == pytest.approx(0.8)
