"""The bench of PV forecasts, on a made-up roof in the shape of the measured ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest

from darkstar.__main__ import main
from darkstar.forecast.clear_sky import clear_sky_kw
from darkstar.forecast.day_grid import Floats
from darkstar.home.devices import PvArraySettings
from darkstar.simulation.pv_bench import BY_CLOUDS, DAY_BEFORE, PERSISTENCE, ROOFS_FILE, Roof, forecasts, nrmse, roofs

DAYS = 36
ROOF = (PvArraySettings(kwp=3.0, azimuth_deg=110.0, tilt_deg=40.0),)
LEVEL = (PvArraySettings(kwp=1.0, tilt_deg=0.0, efficiency=1.0),)
PLACE = (63.43, 10.40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weather that is told wrong now and then, for each day at 07 UTC of the day before."""
    start = pd.date_range("2023-03-01", periods=24 * DAYS, freq="h")
    seconds = start.as_unit("s").asi8 + 900 * (np.arange(4) + 0.5)[:, None]
    clear, roof = (
        clear_sky_kw(arrays, seconds.ravel(), *PLACE).reshape(4, -1).mean(axis=0) for arrays in (LEVEL, ROOF)
    )
    chance = Random(5)
    came = np.repeat([chance.choice([0.0, 0.3, 0.8, 1.0]) for _ in range(4 * DAYS)], 6)
    told = np.where([chance.random() < 0.9 for _ in came], came, 0.5)
    level = 1000 * clear * (1 - 0.75 * told**3.4)
    table = pd.DataFrame(
        {
            "site": "A",
            "issued_utc": start.floor("D") - pd.Timedelta(hours=17),
            "timestamp_utc": start,
            "direct_rad_w_m2": 0.6 * level,
            "diffuse_rad_w_m2": 0.4 * level,
            "clear_sky_rad_w_m2": 1000 * clear,
            "cloud_pct": 100 * told,
            "temp_1000hpa_k": 275.0,
            "pv_measurement": 1000 * roof * (1 - 0.75 * came**3.4),
        }
    )
    table.loc[300:310, "pv_measurement"] = np.nan
    folder = tmp_path_factory.mktemp("data")
    table.to_parquet(folder / ROOFS_FILE)
    return folder


@pytest.fixture(scope="module")
def roof(folder: Path) -> Roof:
    (found,) = roofs(folder)
    return found


@pytest.fixture(scope="module")
def found(roof: Roof) -> Mapping[str, Floats]:
    return forecasts(roof)


def test_weather_beats_the_yardsticks_on_a_roof_that_faces_east(roof: Roof, found: Mapping[str, Floats]) -> None:
    errors, hours = nrmse(roof, found)
    assert 24 * 7 < hours <= 24 * (DAYS - 28)
    assert errors["weather"] < 0.6 * min(errors[PERSISTENCE], errors[DAY_BEFORE])
    assert errors["weather"] < 0.9 * errors[BY_CLOUDS]


def test_persistence_uses_nothing_that_came_after_the_issue(roof: Roof, found: Mapping[str, Floats]) -> None:
    early = (roof.start_s // 3600) % 24 < 7
    later = ~early & np.isfinite(found[DAY_BEFORE])
    assert (found[PERSISTENCE][early & later] == found[DAY_BEFORE][early & later]).all()
    assert found[PERSISTENCE][24 * 20 + 12] == roof.kwh[24 * 18 + 12]
    assert found[DAY_BEFORE][24 * 20 + 12] == roof.kwh[24 * 19 + 12]


def test_the_command_prints_the_table(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["roofs", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "A: weather, by hour" in out
    assert "by cloud %" in out
    assert main(["roofs", str(tmp_path)]) == 1
