"""What holds for every model that can serve."""

import pickle
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from darkstar.forecast.candidates import Candidate
from darkstar.forecast.choice import candidates
from darkstar.forecast.day_grid import CELLS_PER_HOUR, Floats, cell_at, cells_at
from darkstar.forecast.slot_mean import Issues
from darkstar.forecast.training import Quantity
from darkstar.home.observation import Observation
from tests.forecast.material import NOW, ROWS, material, with_other_future
from tests.forecast.samples import days

WEEK = np.arange(168 * CELLS_PER_HOUR, dtype=np.int64)
ALL = [(quantity, each) for quantity in (Quantity.LOAD, Quantity.PV) for each in candidates(quantity)]
EVERY = pytest.mark.parametrize(("quantity", "candidate"), ALL, ids=[f"{q}-{each.name}" for q, each in ALL])
FITTED_AT = NOW - days(7)


def issued(quantity: Quantity, candidate: Candidate, rows: Sequence[Observation] = ROWS) -> Floats:
    """Forecasts of the next seven days, issued now and three days ago by what was fitted a week ago."""
    known = material(quantity, rows)
    zone = known.mean.grid.zone
    fitted = candidate.fit(known, cell_at(FITTED_AT, zone))
    assert fitted is not None
    return fitted.issued_kw(known, Issues.days_before(NOW, zone, [0, 3]), WEEK)


@EVERY
def test_what_comes_after_the_issue_changes_not_one_bit(quantity: Quantity, candidate: Candidate) -> None:
    past = [row for row in ROWS if row.end <= NOW]
    seen = [issued(quantity, candidate, rows)[0] for rows in (ROWS, past, with_other_future(ROWS, NOW, 1))]
    assert np.array_equal(seen[0], seen[1])
    assert np.array_equal(seen[0], seen[2])


@EVERY
def test_a_forecast_issued_earlier_does_not_know_what_came_since(quantity: Quantity, candidate: Candidate) -> None:
    then = NOW - days(3)
    plain, altered = (material(quantity, rows) for rows in (ROWS, with_other_future(ROWS, then, 5)))
    zone = plain.mean.grid.zone
    forecasts = []
    for known in (plain, altered):
        fitted = candidate.fit(known, cell_at(FITTED_AT, zone))
        assert fitted is not None
        forecasts.append(fitted.issued_kw(known, Issues.days_before(NOW, zone, [3]), WEEK))
    assert np.array_equal(forecasts[0], forecasts[1])


@EVERY
def test_what_is_learned_does_not_know_what_came_since(quantity: Quantity, candidate: Candidate) -> None:
    plain, altered = (material(quantity, rows) for rows in (ROWS, with_other_future(ROWS, FITTED_AT, 6)))
    at = cell_at(FITTED_AT, plain.mean.grid.zone)
    learned, again = candidate.fit(plain, at), candidate.fit(altered, at)
    assert learned is not None
    assert again is not None
    issues = Issues.days_before(NOW, plain.mean.grid.zone, [0])
    assert np.array_equal(learned.issued_kw(plain, issues, WEEK), again.issued_kw(plain, issues, WEEK))


@EVERY
def test_power_is_possible_for_the_whole_week(quantity: Quantity, candidate: Candidate) -> None:
    known = material(quantity)
    power = issued(quantity, candidate)
    issues = Issues.days_before(NOW, known.mean.grid.zone, [0, 3])
    assert np.isfinite(power).all()
    assert (power >= 0).all()
    assert (power <= known.mean.ceiling_kw(issues.cells[:, None] + WEEK) + 1e-9).all()
    assert power.max() > 0


@EVERY
def test_it_survives_a_pickle_and_any_order(quantity: Quantity, candidate: Candidate) -> None:
    known = material(quantity)
    zone = known.mean.grid.zone
    fitted = candidate.fit(known, cell_at(FITTED_AT, zone))
    issues = Issues.days_before(NOW, zone, [0, 2])
    thawed = pickle.loads(pickle.dumps(fitted))
    assert fitted is not None
    backwards = thawed.issued_kw(known, issues, WEEK[::-1])
    assert np.allclose(backwards[:, ::-1], fitted.issued_kw(known, issues, WEEK), rtol=1e-9, atol=1e-12)


def test_no_name_is_used_twice() -> None:
    for quantity in (Quantity.LOAD, Quantity.PV):
        names = [each.name for each in candidates(quantity)]
        assert len(set(names)) == len(names)


def test_the_night_has_no_sun() -> None:
    known = material(Quantity.PV)
    hours = [NOW + timedelta(hours=hour) for hour in range(48)]
    cells = cells_at(np.array([hour.timestamp() for hour in hours]), known.mean.grid.zone)
    dark = known.mean.ceiling_kw(cells) == 0
    assert dark.any()
    for candidate in candidates(Quantity.PV):
        fitted = candidate.fit(known, cell_at(FITTED_AT, known.mean.grid.zone))
        assert fitted is not None
        issue = Issues.days_before(NOW, known.mean.grid.zone, [0])
        assert (fitted.issued_kw(known, issue, cells[dark] - issue.cells[0]) == 0).all()
