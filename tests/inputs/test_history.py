from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from darkstar.home.entities import EntitySettings
from darkstar.home.grid import GridSettings
from darkstar.home.observation import Observation
from darkstar.home.ports import StatisticsRow
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.inputs.history import read_history
from tests.homes import home
from tests.inputs.fake_home_assistant import FakeHomeAssistant
from tests.inputs.price_samples import AUTUMN, SPRING, STOCKHOLM, THURSDAY

FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
COUNTERS = {
    "load_energy": "sensor.load",
    "pv_energy": "sensor.pv",
    "grid_import_energy": "sensor.import",
    "grid_export_energy": "sensor.export",
    "battery_charge_energy": "sensor.charge",
    "battery_discharge_energy": "sensor.discharge",
}
SOC = "sensor.soc"


def house(**changes: Any) -> HomeSettings:
    settings = {"battery_soc": SOC, **COUNTERS, **changes}
    return home(water_heater=None, entities=EntitySettings(**settings))


def steady(
    start: datetime, end: datetime, step: timedelta, change: float | None = None, mean: float | None = None
) -> list[StatisticsRow]:
    """Rows without a gap, from one step before `start`."""
    count = (end - start) // step + 1
    return [StatisticsRow(start + (index - 1) * step, start + index * step, change, mean) for index in range(count)]


def recorder(start: datetime, end: datetime, fine_from: datetime, **kw: float) -> FakeHomeAssistant:
    """Counters of constant power: 5-minute rows since `fine_from`, hourly rows of everything."""
    ha = FakeHomeAssistant()
    for name, power in kw.items():
        ha.rows[f"sensor.{name}", "5minute"] = steady(fine_from, end, FIVE, change=power / 12)
        ha.rows[f"sensor.{name}", "hour"] = steady(start, end, HOUR, change=power)
    return ha


def put(ha: FakeHomeAssistant, name: str, at: datetime, change: float | None) -> None:
    """Replace the change of one 5-minute row."""
    rows = ha.rows[f"sensor.{name}", "5minute"]
    index = next(index for index, row in enumerate(rows) if row.start == at)
    rows[index] = StatisticsRow(at, at + FIVE, change, None)


def by_start(observations: tuple[Observation, ...]) -> dict[datetime, Observation]:
    return {observation.start: observation for observation in observations}


POWERS = {"load": 2.0, "pv": 4.0, "import": 0.4, "export": 1.2, "charge": 1.6, "discharge": 0.8}


def test_five_minute_rows_become_quarters() -> None:
    start = NOON - 2 * HOUR
    ha = recorder(start, NOON, start, **POWERS)
    ha.rows[SOC, "5minute"] = [
        StatisticsRow(start + index * FIVE, start + (index + 1) * FIVE, None, 50 + index) for index in range(24)
    ]
    found = read_history(ha, house(), start, NOON)
    assert [observation.start for observation in found] == [start + index * 3 * FIVE for index in range(8)]
    first = found[0]
    assert (first.hours, first.flags) == (0.25, ())
    assert first.load_kwh == pytest.approx(0.5)
    assert first.pv_kwh == pytest.approx(1.0)
    assert first.import_kwh == pytest.approx(0.1)
    assert first.export_kwh == pytest.approx(0.3)
    assert first.charge_kwh == pytest.approx(0.4)
    assert first.discharge_kwh == pytest.approx(0.2)
    assert first.heater_kwh is None
    assert (found[1].soc_percent, found[2].soc_percent) == (55, 58)


def test_older_hours_are_spread_evenly_and_say_so() -> None:
    start, fine_from = NOON - timedelta(days=12), NOON - timedelta(days=10)
    ha = recorder(start, NOON, fine_from, load=2.0)
    ha.rows[SOC, "hour"] = steady(start, fine_from, HOUR, mean=70)
    found = read_history(ha, house(), start, NOON)
    assert len(found) == 12 * 96
    assert [observation.load_kwh for observation in found] == pytest.approx([0.5] * len(found))
    hourly = [observation for observation in found if "hourly" in observation.flags]
    assert [observation.start < fine_from for observation in found] == ["hourly" in one.flags for one in found]
    assert [observation.soc_percent for observation in hourly[:4]] == [None, 70, None, None]


def test_five_minute_rows_serve_as_far_back_as_there_are_any() -> None:
    start, fine_from = NOON - timedelta(days=5), NOON - timedelta(days=3, minutes=20)
    ha = recorder(start, NOON, fine_from, load=2.0)
    found = by_start(read_history(ha, house(), start, NOON))
    assert "hourly" in found[fine_from - 2 * HOUR + timedelta(minutes=20)].flags
    assert found[fine_from + timedelta(minutes=5)].flags == ()


def test_no_quarter_is_lost_where_hours_and_five_minutes_meet() -> None:
    end = NOON + timedelta(minutes=30)
    start = end - timedelta(days=12)
    ha = recorder(start - HOUR / 2, end, start - HOUR / 2, load=2.0)
    assert len(read_history(ha, house(), start, end)) == 12 * 96


def test_nothing_is_asked_for_at_once_that_is_large() -> None:
    start = NOON - timedelta(days=60)
    ha = recorder(start, NOON, NOON - timedelta(days=10), load=2.0)
    assert len(read_history(ha, house(), start, NOON)) == 60 * 96
    assert max(end - begin for begin, end, period in ha.asked if period == "5minute") <= timedelta(days=2)
    assert max(end - begin for begin, end, period in ha.asked if period == "hour") <= timedelta(days=30)


@pytest.mark.parametrize("period", [FIVE, HOUR])
@pytest.mark.parametrize(("day", "count"), [(THURSDAY, 96), (SPRING, 92), (AUTUMN, 100)])
def test_local_days_have_their_real_length(day: date, count: int, period: timedelta) -> None:
    start, end = local_day(day, STOCKHOLM)
    ha = recorder(start, end, start if period == FIVE else end, load=1.0)
    found = read_history(ha, house(), start, end)
    assert len(found) == count
    assert all(other.start - one.start == 3 * FIVE for one, other in pairwise(found))
    assert sum(observation.load_kwh or 0 for observation in found) == pytest.approx(count / 4)


def test_only_whole_quarters_of_the_range_count() -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, load=1.0)
    found = read_history(ha, house(), NOON - HOUR + FIVE, NOON - FIVE)
    assert [observation.start for observation in found] == [NOON - HOUR + timedelta(minutes=15), NOON - HOUR / 2]


def test_an_incomplete_quarter_and_the_row_after_a_gap_are_left_out() -> None:
    ha = recorder(NOON - 2 * HOUR, NOON, NOON - 2 * HOUR, load=1.0, pv=1.0)
    gap = NOON - HOUR
    ha.rows["sensor.load", "5minute"] = [
        row for row in ha.rows["sensor.load", "5minute"] if not gap + FIVE <= row.start < gap + 3 * FIVE
    ]
    found = by_start(read_history(ha, house(), NOON - 2 * HOUR, NOON))
    assert found[gap].load_kwh is None
    assert found[gap].pv_kwh == pytest.approx(0.25)
    assert found[gap + 3 * FIVE].load_kwh is None
    assert found[gap + 6 * FIVE].load_kwh == pytest.approx(0.25)


@pytest.mark.parametrize(("change", "flag"), [(-0.5, "reset"), (8.0, "spike")])
def test_what_a_counter_cannot_do_is_not_believed(change: float, flag: str) -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, load=1.0, pv=1.0)
    put(ha, "load", NOON - HOUR + FIVE, change)
    first, second, *_ = read_history(ha, house(), NOON - HOUR, NOON)
    assert (first.load_kwh, first.flags) == (None, (flag,))
    assert first.pv_kwh == pytest.approx(0.25)
    assert second.load_kwh == pytest.approx(0.25)
    assert second.flags == ()


@pytest.mark.parametrize(("change", "flag"), [(-0.5, "reset"), (30.5, "spike")])
def test_hourly_rows_are_checked_too(change: float, flag: str) -> None:
    ha = FakeHomeAssistant(rows={("sensor.load", "hour"): steady(NOON - HOUR, NOON, HOUR, change=change)})
    found = read_history(ha, house(), NOON - HOUR, NOON)
    assert [(one.load_kwh, one.flags) for one in found] == [(None, (flag,))] * 4


@pytest.mark.parametrize("change", [None, float("nan"), float("inf")])
def test_a_row_without_a_number_is_not_measured(change: float | None) -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, load=1.0)
    put(ha, "load", NOON - HOUR, change)
    assert NOON - HOUR not in by_start(read_history(ha, house(), NOON - HOUR, NOON))


@pytest.mark.parametrize("soc", [-3.0, 250.0, None])
def test_an_absurd_soc_is_none(soc: float | None) -> None:
    ha = recorder(NOON - HOUR, NOON, NOON - HOUR, load=1.0)
    ha.rows[SOC, "5minute"] = steady(NOON - HOUR, NOON, FIVE, mean=soc)
    assert {one.soc_percent for one in read_history(ha, house(), NOON - HOUR, NOON)} == {None}


class TestLoad:
    def load(self, settings: HomeSettings, **kw: float) -> Observation:
        ha = recorder(NOON - HOUR, NOON, NOON - HOUR, **kw)
        return read_history(ha, settings, NOON - HOUR, NOON)[0]

    def test_derived_from_the_balance(self) -> None:
        powers = {name: power for name, power in POWERS.items() if name != "load"}
        found = self.load(house(load_energy=None), **powers)
        assert found.load_kwh == pytest.approx((4.0 + 0.4 + 0.8 - 1.2 - 1.6) / 4)
        assert found.flags == ("derived",)

    def test_a_balance_below_zero_is_noise(self) -> None:
        found = self.load(house(load_energy=None), pv=0.0, discharge=0.0, charge=0.0, **{"import": 0.1, "export": 0.2})
        assert found.load_kwh == 0

    def test_no_balance_without_all_its_parts(self) -> None:
        found = self.load(house(load_energy=None), pv=1.0, **{"import": 1.0})
        assert (found.load_kwh, found.flags) == (None, ())

    def test_a_home_without_pv_needs_no_pv_counter(self) -> None:
        settings = house(load_energy=None, pv_energy=None).model_copy(update={"pv_arrays": ()})
        found = self.load(settings, discharge=0.0, charge=0.0, **{"import": 2.0, "export": 0.0})
        assert found.load_kwh == pytest.approx(0.5)

    def test_a_home_that_may_not_feed_in_needs_no_export_counter(self) -> None:
        settings = house(load_energy=None, grid_export_energy=None)
        powers = {"pv": 1.0, "import": 2.0, "charge": 0.5, "discharge": 0.0}
        assert self.load(settings, **powers).load_kwh is None
        settings = settings.model_copy(update={"grid": GridSettings(export_allowed=False)})
        found = self.load(settings, **powers)
        assert found.load_kwh == pytest.approx(0.625)
        assert found.export_kwh == 0.0

    @pytest.mark.parametrize(("included", "load"), [(True, 0.25), (False, 0.5)])
    def test_the_heater_is_taken_out_where_it_is_counted_twice(self, included: bool, load: float) -> None:
        settings = house(water_heater_energy="sensor.heater", load_includes_water_heater=included)
        found = self.load(settings, load=2.0, heater=1.0)
        assert found.load_kwh == pytest.approx(load)
        assert found.heater_kwh == pytest.approx(0.25)

    @pytest.mark.parametrize(("included", "load"), [(True, 0.25), (False, 1.0)])
    def test_the_car_is_taken_out_where_it_is_counted_twice(self, included: bool, load: float) -> None:
        found = self.load(house(ev_energy="sensor.car", load_includes_ev=included), load=4.0, car=3.0)
        assert found.load_kwh == pytest.approx(load)
        assert found.ev_kwh == pytest.approx(0.75)

    def test_a_heater_above_the_load_leaves_nothing(self) -> None:
        assert self.load(house(water_heater_energy="sensor.heater"), load=1.0, heater=3.0).load_kwh == 0

    def test_the_balance_contains_the_heater_in_any_case(self) -> None:
        settings = house(load_energy=None, water_heater_energy="sensor.heater", load_includes_water_heater=False)
        powers = {name: power for name, power in POWERS.items() if name != "load"}
        assert self.load(settings, heater=1.0, **powers).load_kwh == pytest.approx(0.6 - 0.25)

    def test_a_heater_that_was_not_measured_leaves_the_load_unknown(self) -> None:
        assert self.load(house(water_heater_energy="sensor.heater"), load=1.0, pv=1.0).load_kwh is None


def test_an_outage_is_the_caller_s_business() -> None:
    with pytest.raises(ConnectionError):
        read_history(FakeHomeAssistant(connected=False), house(), NOON - HOUR, NOON)


def test_an_empty_range_asks_nothing() -> None:
    ha = FakeHomeAssistant()
    assert read_history(ha, house(), NOON, NOON) == ()
    assert ha.asked == []
