"""PV from the weather forecast, on roofs whose truth is known."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import numpy as np
import pytest

from darkstar.forecast.candidates import Fitted, Material
from darkstar.forecast.clear_sky import clear_sky_kw
from darkstar.forecast.day_grid import CELL_S, DAY_CELLS, Cells, Floats, cell_at
from darkstar.forecast.home_means import HomeMeans
from darkstar.forecast.pv_physics import sun_at
from darkstar.forecast.pv_skies import Skies
from darkstar.forecast.pv_weather import FittedRoof, ShadedWeatherPv, WeatherPv, lasting_shares, planes_at
from darkstar.forecast.slot_mean import Issues
from darkstar.home.devices import PvArraySettings
from darkstar.home.observation import Observation
from darkstar.home.weather import WeatherHour
from tests.homes import home

PLACE = (59.33, 18.07)
DAYS = 40
START = datetime(2026, 4, 1, tzinfo=UTC)
NOW = START + timedelta(days=DAYS, hours=7)
HOUR = timedelta(hours=1)
SOUTH = PvArraySettings(kwp=6, azimuth_deg=180, tilt_deg=35)
EAST = PvArraySettings(kwp=6, azimuth_deg=90, tilt_deg=35)
TOMORROW = np.arange(68, 68 + DAY_CELLS, dtype=np.int64)
"""The cells of the next day, as seen from 07:00."""


def cloud(hour: datetime) -> float:
    """A front every few days: cloudless, broken or covered for hours."""
    return Random(int(hour.timestamp()) // (3600 * 7)).choice([0.0, 0.0, 60.0, 100.0])


def passed(percent: float) -> float:
    return float(1 - 0.75 * (percent / 100) ** 3.4)


@cache
def clear(arrays: tuple[PvArraySettings, ...]) -> Floats:
    """A cloudless sky's power by quarter-hours from `START`."""
    middles = np.asarray(START.timestamp() + CELL_S * (np.arange(DAY_CELLS * (DAYS + 8)) + 0.5), dtype=np.float64)
    return clear_sky_kw(arrays, middles, *PLACE)


LEVEL = (PvArraySettings(kwp=1.0, tilt_deg=0.0, efficiency=1.0),)


def weather(*, radiation: bool = True, clouds: bool = True) -> tuple[WeatherHour, ...]:
    found = []
    for at in range(24 * (DAYS + 8)):
        start = START + at * HOUR
        level = 1000 * float(clear(LEVEL)[4 * at : 4 * at + 4].mean()) * passed(cloud(start))
        found.append(WeatherHour(start, cloud(start) if clouds else None, None, level if radiation else None))
    return tuple(found)


def truth_kw(arrays: tuple[PvArraySettings, ...], cell: int, factor: float = 1.0) -> float:
    start = START + cell * timedelta(minutes=15)
    hour = start.replace(minute=0)
    return float(clear(arrays)[cell]) * passed(cloud(hour)) * factor


def history(roof: PvArraySettings, days: int = DAYS, factor: float = 1.0, last_days: float = 1.0) -> list[Observation]:
    """What the roof yielded, times `last_days` in the last five days."""
    rows = []
    for cell in range((DAYS - days) * DAY_CELLS, DAYS * DAY_CELLS + 28):
        times = factor * (last_days if cell > (DAYS - 5) * DAY_CELLS else 1.0)
        rows.append(Observation(START + cell * timedelta(minutes=15), 0.25, 0.1, truth_kw((roof,), cell, times) / 4))
    return rows


def material(
    rows: list[Observation],
    arrays: tuple[PvArraySettings, ...] = (SOUTH,),
    told: tuple[WeatherHour, ...] | None = None,
) -> Material:
    settings = home(latitude=PLACE[0], longitude=PLACE[1], pv_arrays=arrays)
    return Material(settings, HomeMeans.of(settings, rows).pv, weather() if told is None else told)


def issue(when: datetime = NOW) -> Issues:
    return Issues.at_starts(np.array([cell_at(when, UTC)], dtype=np.int64), UTC)


def forecast(known: Material, model: WeatherPv | None = None, offsets: Cells = TOMORROW) -> Floats:
    fitted = (model or WeatherPv()).fit(known, cell_at(NOW, UTC))
    assert fitted is not None
    return np.asarray(fitted.issued_kw(known, issue(), offsets)[0], dtype=np.float64)


def tomorrow(roof: PvArraySettings, factor: float = 1.0) -> Floats:
    return np.array([truth_kw((roof,), DAYS * DAY_CELLS + 28 + int(offset), factor) for offset in TOMORROW])


def error(found: Floats, roof: PvArraySettings) -> float:
    """Root mean square error as share of the mean yield."""
    wanted = tomorrow(roof)
    return float(np.sqrt(np.mean((found - wanted) ** 2)) / wanted.mean())


def test_without_history_the_arrays_as_set_are_believed() -> None:
    found = forecast(material([]))
    assert error(found, SOUTH) < 0.25
    assert found.sum() == pytest.approx(tomorrow(SOUTH).sum(), rel=0.15)


def test_a_wrong_azimuth_is_learned() -> None:
    wrong = error(forecast(material([], (SOUTH,))), EAST)
    learned = error(forecast(material(history(EAST), (SOUTH,))), EAST)
    right = error(forecast(material(history(EAST), (EAST,))), EAST)
    assert wrong > 0.5
    assert learned < 0.3
    assert right <= learned + 0.02


def test_a_roof_of_which_nothing_is_set_is_learned() -> None:
    known = material(history(EAST), ())
    assert error(forecast(known), EAST) < 0.3
    assert WeatherPv().fit(material(history(EAST, 1), ()), cell_at(NOW, UTC)) is None


def test_its_size_is_learned() -> None:
    found = forecast(material(history(SOUTH, factor=0.6)))
    assert found.sum() == pytest.approx(tomorrow(SOUTH, 0.6).sum(), rel=0.1)


def test_snow_that_lies_since_days_lies_tomorrow() -> None:
    usual, covered = forecast(material(history(SOUTH))), forecast(material(history(SOUTH, last_days=0.0)))
    assert covered.sum() < 0.5 * usual.sum()


def test_a_tree_is_learned_by_hour() -> None:
    shaded = [
        replace(row, pv_kwh=row.pv_kwh * 0.2) if row.start.hour == 13 and row.pv_kwh is not None else row
        for row in history(SOUTH)
    ]
    known = material(shaded)
    by_hour, plain = forecast(known, ShadedWeatherPv()), forecast(known, WeatherPv())
    at_13 = (TOMORROW + 28) % DAY_CELLS // 4 == 13
    wanted = 0.2 * tomorrow(SOUTH)[at_13].sum()
    assert abs(by_hour[at_13].sum() - wanted) < 0.7 * abs(plain[at_13].sum() - wanted)


@pytest.mark.parametrize(("radiation", "clouds"), [(True, False), (False, True)])
def test_half_of_the_weather_is_enough(radiation: bool, clouds: bool) -> None:
    known = material(history(SOUTH), told=weather(radiation=radiation, clouds=clouds))
    assert error(forecast(known), SOUTH) < 0.35


def test_without_weather_for_an_hour_the_mean_serves() -> None:
    known = material(history(SOUTH), told=tuple(hour for hour in weather() if hour.start < NOW + 20 * HOUR))
    found = forecast(known)
    mean = known.mean.issued_kw(issue(), TOMORROW)[0]
    far = TOMORROW > 4 * 28
    assert found[far] == pytest.approx(mean[far])
    assert WeatherPv().fit(replace(known, weather=()), cell_at(NOW, UTC)) is None


def test_nights_are_dark_and_days_within_the_peak() -> None:
    offsets = np.arange(672, dtype=np.int64)
    found = forecast(material(history(SOUTH)), offsets=offsets)
    up = sun_at((issue().cells[0] + offsets) * CELL_S + CELL_S / 2.0, *PLACE).is_up
    assert (found[~up] == 0).all()
    assert (found >= 0).all()
    assert found.max() <= SOUTH.kwp
    assert np.isfinite(found).all()


def test_what_is_learned_is_plain_and_survives_a_file() -> None:
    known = material(history(SOUTH))
    for model in (WeatherPv(), ShadedWeatherPv()):
        fitted = model.fit(known, cell_at(NOW, UTC))
        kept: Fitted = pickle.loads(pickle.dumps(fitted))
        assert kept == fitted


def test_nothing_measured_after_the_issue_changes_one_bit() -> None:
    early = NOW - timedelta(days=3)
    rows = history(SOUTH)
    lies = [
        replace(row, pv_kwh=Random(number).random()) if row.start >= early else row for number, row in enumerate(rows)
    ]
    found = []
    for each in (rows, lies):
        known = material(each)
        fitted = ShadedWeatherPv().fit(known, cell_at(early, UTC))
        assert fitted is not None
        found.append(fitted.issued_kw(known, issue(early), TOMORROW))
    assert (found[0] == found[1]).all()


def test_many_issues_at_once_are_as_each_alone() -> None:
    known = material(history(SOUTH))
    fitted = WeatherPv().fit(known, cell_at(NOW, UTC) - 10 * DAY_CELLS)
    assert fitted is not None
    cells = cell_at(NOW, UTC) - DAY_CELLS * np.arange(5, dtype=np.int64)
    together = fitted.issued_kw(known, Issues.at_starts(cells, UTC), TOMORROW)
    alone = [fitted.issued_kw(known, Issues.at_starts(cells[at : at + 1], UTC), TOMORROW)[0] for at in range(5)]
    assert together == pytest.approx(np.array(alone))


def test_planes_face_the_sun_on_either_half_of_the_globe() -> None:
    north, south = planes_at(55.0), planes_at(-35.0)
    assert {plane.azimuth_deg for plane in north} == {90.0, 150.0, 180.0, 210.0, 270.0}
    assert {plane.azimuth_deg for plane in south} == {270.0, 330.0, 0.0, 30.0, 90.0}


def test_skies_leave_out_what_nobody_told() -> None:
    cells = cell_at(NOW, UTC) + np.arange(48, dtype=np.int64)
    told = tuple(hour for hour in weather(radiation=False) if hour.start < NOW + 2 * HOUR)
    skies = Skies.of(told, cells, *PLACE)
    assert skies.which[:8].all()
    assert not skies.which[8:].any()


def test_how_long_an_error_lasts_is_learned() -> None:
    hour = np.arange(24 * 60, dtype=np.int64)
    expected = np.where((hour % 24 > 5) & (hour % 24 < 19), 2.0, 0.0)
    lasting = [1 + 0.5 * Random(at // 6).uniform(-1, 1) for at in hour.tolist()]
    passing = [1 + 0.5 * Random(at).uniform(-1, 1) for at in hour.tolist()]
    day = expected > 0
    held, gone = (lasting_shares(hour[day], (expected * factor)[day], expected[day]) for factor in (lasting, passing))
    assert held[0] > 0.5 > held[3]
    assert max(gone) < 0.15
    assert lasting_shares(hour[:0], expected[:0], expected[:0]) == []


def test_a_cloud_over_the_last_hour_dims_the_next_and_not_the_evening() -> None:
    when = NOW + timedelta(hours=3)
    bright = history(SOUTH) + [
        Observation(
            NOW + at * timedelta(minutes=15), 0.25, 0.1, 1.5 * truth_kw((SOUTH,), DAYS * DAY_CELLS + 28 + at) / 4
        )
        for at in range(12)
    ]
    fitted = WeatherPv().fit(material(history(SOUTH)), cell_at(NOW, UTC))
    assert isinstance(fitted, FittedRoof)
    fitted = replace(fitted, lasting=(0.8, 0.4))
    plain = replace(fitted, lasting=())
    known, offsets = material(bright), np.arange(24, dtype=np.int64)
    with_it, without = (each.issued_kw(known, issue(when), offsets)[0] for each in (fitted, plain))
    assert (with_it[:4] > 1.02 * without[:4]).all()
    assert with_it[8:] == pytest.approx(without[8:])
