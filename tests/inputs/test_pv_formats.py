from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import PvInterval
from darkstar.home.ports import EntityState
from darkstar.home.slots import local_day
from darkstar.inputs.pv_formats import parse_forecast_solar, parse_open_meteo, parse_solcast
from tests.inputs.fake_home_assistant import entity
from tests.inputs.price_samples import AUTUMN, SPRING, STOCKHOLM, THURSDAY, starts

NINE = datetime(2026, 1, 15, 8, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def interval(start: float, end: float, kwh: float) -> PvInterval:
    return PvInterval(at(start), at(end), pytest.approx(kwh))  # type: ignore[arg-type]  # compares like a float


class TestSolcast:
    def row(self, start: float, kw: float) -> dict[str, object]:
        local = at(start).astimezone(STOCKHOLM).isoformat()
        return {"period_start": local, "pv_estimate": kw, "pv_estimate10": kw / 2, "pv_estimate90": kw * 2}

    def test_half_hours_are_mean_power(self) -> None:
        state = entity("sensor.solcast", "8", detailedForecast=[self.row(0, 1.0), self.row(0.5, 3.0)])
        first, second = parse_solcast(state, STOCKHOLM)
        assert first == PvInterval(at(0), at(0.5), 0.5, 0.25, 1.0)
        assert second == PvInterval(at(0.5), at(1), 1.5, 0.75, 3.0)

    def test_hours_serve_when_half_hours_are_switched_off(self) -> None:
        state = entity("sensor.solcast", "8", detailedHourly=[self.row(0, 1.0), self.row(1, 3.0)])
        assert [found.kwh for found in parse_solcast(state, STOCKHOLM)] == [1.0, 3.0]

    def test_quantiles_never_cross_and_may_be_missing(self) -> None:
        crossed = {**self.row(0, 1.0), "pv_estimate10": 1.4, "pv_estimate90": 0.2}
        bare = {"period_start": at(0.5).isoformat(), "pv_estimate": 2.0}
        both = parse_solcast(entity("sensor.solcast", "8", detailedForecast=[crossed, bare]), STOCKHOLM)
        assert (both[0].p10_kwh, both[0].p90_kwh) == (0.5, 0.5)
        assert (both[1].p10_kwh, both[1].p90_kwh) == (None, None)

    @pytest.mark.parametrize(("day", "count"), [(THURSDAY, 48), (SPRING, 46), (AUTUMN, 50)])
    def test_days_of_any_length(self, day: object, count: int) -> None:
        assert isinstance(day, type(THURSDAY))
        rows = [{"period_start": start.isoformat(), "pv_estimate": 0.5} for start in starts(day, 30)]
        found = parse_solcast(entity("sensor.solcast", "8", detailedForecast=rows), STOCKHOLM)
        assert len(found) == count
        assert (found[0].start, found[-1].end) == local_day(day, STOCKHOLM)


class TestOpenMeteo:
    def test_energy_begins_at_its_key(self) -> None:
        hours = {at(0).isoformat(): 800.0, at(1).isoformat(): 1200.0}
        quarters = {at(0).isoformat(): 9999.0}
        state = entity("sensor.production", "2", wh_period=hours, watts=quarters)
        assert parse_open_meteo(state, STOCKHOLM) == (interval(0, 1, 0.8), interval(1, 2, 1.2))

    def test_exact_quarters_come_first(self) -> None:
        quarters = {at(0.25 * index).isoformat(): 100.0 * index for index in range(3)}
        state = entity("sensor.production", "2", wh_period_15m=quarters, wh_period={at(0).isoformat(): 1.0})
        assert [found.kwh for found in parse_open_meteo(state, STOCKHOLM)] == pytest.approx([0.0, 0.1, 0.2])

    def test_power_serves_without_energy(self) -> None:
        quarters = {at(0).isoformat(): 1000, at(0.25).isoformat(): -5}
        state = entity("sensor.production", "2", watts=quarters)
        assert parse_open_meteo(state, STOCKHOLM) == (interval(0, 0.25, 0.25), interval(0.25, 0.5, 0.0))


SUNRISE = NINE - timedelta(minutes=20)
POWER = {SUNRISE: 0, at(0): 300, at(1): 900, at(2): 0}


class TestForecastSolar:
    def attribute(self, series: dict[datetime, int]) -> dict[str, int]:
        return {start.astimezone(STOCKHOLM).isoformat(): value for start, value in series.items()}

    def test_power_is_that_of_an_instant(self) -> None:
        found = parse_forecast_solar(entity("sensor.today", "1", watts=self.attribute(POWER)), STOCKHOLM)
        lit = {piece.start: piece.kwh for piece in found if piece.kwh}
        assert lit == {
            SUNRISE: pytest.approx(0.15 / 3),
            at(0): pytest.approx(0.6),
            at(1): pytest.approx(0.45),
        }

    def test_the_night_of_the_day_is_dark(self) -> None:
        found = parse_forecast_solar(entity("sensor.today", "1", watts=self.attribute(POWER)), STOCKHOLM)
        assert (found[0].start, found[-1].end) == local_day(THURSDAY, STOCKHOLM)
        assert all(one.end == other.start for one, other in pairwise(found))

    def test_energy_ends_at_its_key(self) -> None:
        energy = {SUNRISE: 0, at(0): 50, at(1): 600, at(2): 450}
        by_energy = parse_forecast_solar(entity("sensor.today", "1", wh_period=self.attribute(energy)), STOCKHOLM)
        by_power = parse_forecast_solar(entity("sensor.today", "1", watts=self.attribute(POWER)), STOCKHOLM)
        assert [piece.end for piece in by_energy] == [piece.end for piece in by_power if piece.end <= at(2)]
        assert [piece.kwh for piece in by_energy] == pytest.approx([piece.kwh for piece in by_power[: len(by_energy)]])

    def test_naive_keys_are_local(self) -> None:
        naive = {f"{start.astimezone(STOCKHOLM):%Y-%m-%d %H:%M:%S}": value for start, value in POWER.items()}
        aware = self.attribute(POWER)
        assert parse_forecast_solar(entity("s.x", "1", watts=naive), STOCKHOLM) == parse_forecast_solar(
            entity("s.x", "1", watts=aware), STOCKHOLM
        )

    def test_a_hole_by_day_stays_a_hole(self) -> None:
        series = {at(0): 500, at(1): 500, at(4): 500, at(5): 500}
        found = parse_forecast_solar(entity("s.x", "1", watts=self.attribute(series)), STOCKHOLM)
        assert [(piece.start, piece.end) for piece in found] == [(at(0), at(1)), (at(4), at(5))]


PARSERS: list[Callable[[EntityState, ZoneInfo], tuple[PvInterval, ...]]] = [
    parse_solcast,
    parse_open_meteo,
    parse_forecast_solar,
]
times = st.one_of(st.text(), st.datetimes().map(datetime.isoformat), st.just("2026-03-29T02:30"))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), times)
rows = st.lists(
    st.one_of(scalars, st.dictionaries(st.sampled_from(["period_start", "pv_estimate", "pv_estimate10"]), scalars))
)
attributes = st.dictionaries(
    st.sampled_from(["detailedForecast", "detailedHourly", "watts", "wh_period", "wh_hours", "wh_period_15m"]),
    st.one_of(scalars, rows, st.dictionaries(times, scalars)),
)


@settings(deadline=None)
@given(attributes=attributes)
def test_any_attributes_give_sound_intervals(attributes: dict[str, object]) -> None:
    state = EntityState("sensor.pv", "1", attributes, None)
    for parse in PARSERS:
        for found in parse(state, STOCKHOLM):
            assert found.start < found.end
            assert found.kwh >= 0
            assert found.p10_kwh is None or 0 <= found.p10_kwh <= found.kwh
            assert found.p90_kwh is None or found.p90_kwh >= found.kwh
