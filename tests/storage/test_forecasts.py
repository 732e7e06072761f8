from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.storage.database import Database
from darkstar.storage.forecasts import Forecasts
from tests.storage.samples import NOW, QUARTER, energies, forecast, moments

DAY = timedelta(days=1)
quantiles = st.tuples(energies, energies, energies).map(sorted)
bands = st.builds(lambda three, mean: Band(three[0], three[1], three[2], mean), quantiles, st.none() | energies)
forecasts = st.builds(
    Forecast,
    issued_at=moments,
    load_model=st.text(max_size=10),
    pv_model=st.text(max_size=10),
    slots=st.lists(st.builds(ForecastSlot, moments, energies, bands, bands), max_size=5).map(tuple),
    assumed=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


def test_a_forecast_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Forecasts(database).save(forecast())
    with Database.open(path, NOW) as database:
        assert Forecasts(database).latest() == forecast()


def test_a_forecast_from_before_there_was_a_mean_is_read(path: Path) -> None:
    plain = replace(forecast(), slots=tuple(replace(slot, load_kwh=Band(0.1, 0.2, 0.4)) for slot in forecast().slots))
    with Database.open(path, NOW) as database:
        Forecasts(database).save(plain)
        loaded = Forecasts(database).latest()
    assert loaded is not None
    assert {(slot.load_kwh.mean, slot.load_kwh.expected) for slot in loaded.slots} == {(None, 0.2)}


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(forecasts)
def test_everything_survives_and_energies_to_a_tenth_of_a_wh(database: Database, saved: Forecast) -> None:
    Forecasts(database).save(saved)
    (loaded,) = Forecasts(database).issued_between(saved.issued_at, saved.issued_at + timedelta.resolution)
    assert (loaded.issued_at, loaded.load_model, loaded.pv_model) == (saved.issued_at, saved.load_model, saved.pv_model)
    assert loaded.assumed == saved.assumed
    assert [(slot.start, slot.hours) for slot in loaded.slots] == [(slot.start, slot.hours) for slot in saved.slots]
    for got, given_slot in zip(loaded.slots, saved.slots, strict=True):
        for name in ("p10", "p50", "p90", "expected"):
            assert getattr(got.load_kwh, name) == pytest.approx(getattr(given_slot.load_kwh, name), abs=6e-5)
            assert getattr(got.pv_kwh, name) == pytest.approx(getattr(given_slot.pv_kwh, name), abs=6e-5)


def test_of_a_quarter_hour_only_the_last_issue_is_kept(database: Database) -> None:
    issues = [NOW + timedelta(minutes=minutes) for minutes in (0, 5, 14, 15)]
    for issued_at in issues:
        Forecasts(database).save(forecast(issued_at))
    assert [each.issued_at for each in Forecasts(database).issued_between(NOW, NOW + DAY)] == issues[2:]


def test_one_issue_per_day_at_the_same_time_of_day(database: Database) -> None:
    for index in range(-4 * 24 * 4, 1):
        Forecasts(database).save(forecast(NOW + QUARTER * index))
    found = Forecasts(database).issued_between(NOW - 4 * DAY, NOW, DAY)
    assert [each.issued_at for each in found] == [NOW - k * DAY - QUARTER for k in (3, 2, 1, 0)]


def test_the_issues_at_the_edges_of_a_span(database: Database) -> None:
    for index in range(4):
        Forecasts(database).save(forecast(NOW + QUARTER * index))
    found = Forecasts(database).issued_between(NOW + QUARTER, NOW + QUARTER * 3)
    assert [each.issued_at for each in found] == [NOW + QUARTER, NOW + QUARTER * 2]


def test_an_issue_that_cannot_be_read_is_left_out(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    for index in range(3):
        Forecasts(database).save(forecast(NOW + QUARTER * index))
    spoil_last(database)
    latest = Forecasts(database).latest()
    assert latest is not None
    assert latest.issued_at == NOW + QUARTER
    assert len(Forecasts(database).issued_between(NOW, NOW + DAY)) == 2
    assert "forecasts" in caplog.text


def spoil_last(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            "UPDATE forecasts SET payload = x'0102' WHERE sequence = (SELECT max(sequence) FROM forecasts)"
        )


def test_no_forecast_is_none(database: Database) -> None:
    assert Forecasts(database).latest() is None
    assert Forecasts(database).issued_between(NOW, NOW + DAY) == ()


def test_the_latest_is_the_one_saved_last_also_when_the_clock_went_back(database: Database) -> None:
    before: datetime = NOW - DAY
    Forecasts(database).save(forecast(NOW))
    Forecasts(database).save(forecast(before))
    latest = Forecasts(database).latest()
    assert latest is not None
    assert latest.issued_at == before


def test_old_issues_are_purged(database: Database) -> None:
    for index in range(4):
        Forecasts(database).save(forecast(NOW + QUARTER * index))
    assert Forecasts(database).purge(NOW + QUARTER * 3) == 3
    assert len(Forecasts(database).issued_between(NOW, NOW + DAY)) == 1


def test_a_forecast_of_two_days_is_small(database: Database) -> None:
    Forecasts(database).save(forecast(slots=192))
    with database.read() as connection:
        assert connection.execute("SELECT length(payload) FROM forecasts").fetchone()[0] < 8000
