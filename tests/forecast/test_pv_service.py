"""The owner's own PV forecast, judged like any model."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from darkstar.forecast.bands import PvInterval
from darkstar.forecast.candidates import Material
from darkstar.forecast.day_grid import DAY_CELLS, cell_at
from darkstar.forecast.home_means import HomeMeans
from darkstar.forecast.pv_service import ServicePvModel
from darkstar.forecast.slot_mean import Issues
from tests.forecast.samples import flat, history, sunny
from tests.homes import home

NOW = datetime(2026, 6, 10, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OFFSETS = np.arange(2 * DAY_CELLS, dtype=np.int64)


def told(first: int, last: int, kwh: float = 0.7) -> tuple[PvInterval, ...]:
    return tuple(PvInterval(NOW + hour * HOUR, NOW + (hour + 1) * HOUR, kwh) for hour in range(first, last))


def material(service: tuple[PvInterval, ...]) -> Material:
    settings = home()
    rows = history(NOW - 10 * DAY, NOW, flat(0.5), sunny)
    return Material(settings, HomeMeans.of(settings, rows).pv, service=service)


def test_it_says_what_was_told_and_the_mean_where_nothing_was() -> None:
    known = material(told(-48, 24))
    fitted = ServicePvModel().fit(known, cell_at(NOW, UTC))
    assert fitted is not None
    issues = Issues.at_starts(np.array([cell_at(NOW, UTC)], dtype=np.int64), UTC)
    found, mean = fitted.issued_kw(known, issues, OFFSETS)[0], known.mean.issued_kw(issues, OFFSETS)[0]
    by_day = known.mean.ceiling_kw(issues.cells[0] + OFFSETS) > 0
    assert found[:DAY_CELLS][by_day[:DAY_CELLS]] == pytest.approx(0.7)
    assert (found[~by_day] == 0).all()
    assert found[DAY_CELLS:] == pytest.approx(mean[DAY_CELLS:])
    assert pickle.loads(pickle.dumps(fitted)) == fitted


def test_a_service_that_told_nothing_before_cannot_be_judged() -> None:
    known = material(told(0, 24))
    assert ServicePvModel().fit(known, cell_at(NOW, UTC)) is None
    assert ServicePvModel().fit(replace(known, service=()), cell_at(NOW, UTC)) is None
