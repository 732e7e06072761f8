"""What the sky allows."""

from datetime import UTC, datetime, timedelta

import numpy as np

from darkstar.forecast.day_grid import cell_at
from darkstar.forecast.pv_shape import PvShape
from darkstar.home.devices import PvArraySettings
from tests.homes import home

DAY = datetime(2026, 5, 20, tzinfo=UTC)
CELLS = np.arange(96, dtype=np.int64) + cell_at(DAY, UTC)


def test_the_ceiling_is_the_peak_by_day_and_nothing_by_night() -> None:
    shape = PvShape.of(home(pv_arrays=(PvArraySettings(kwp=4, efficiency=1), PvArraySettings(kwp=2, efficiency=1))))
    clear = shape.by_cell_kw(CELLS)
    highest = shape.highest_kw(clear)
    assert shape.peak_kw == 6
    assert (highest[clear > 0] == 6).all()
    assert (highest[clear == 0] == 0).all()


def test_without_arrays_only_day_and_night_are_known() -> None:
    shape = PvShape.of(home(pv_arrays=()))
    highest = shape.highest_kw(shape.by_cell_kw(CELLS))
    assert set(highest) == {0.0, np.inf}
    assert shape.peak_kw == np.inf


def test_a_cell_stands_for_its_middle() -> None:
    shape = PvShape.of(home())
    middle = DAY + timedelta(hours=9, minutes=7, seconds=30)
    assert shape.by_cell_kw(CELLS)[36] == shape.clear_sky_kw(np.array([middle.timestamp()]))[0]
