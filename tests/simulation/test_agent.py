from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from darkstar.control.decision import BatterySettingsNow
from darkstar.home.operation import PlannerSettings
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day, slots_between
from darkstar.pipeline import Planned, Situation, plan_home
from darkstar.simulation import agent
from darkstar.simulation.agent import Darkstar
from darkstar.simulation.house import House, HouseFlows, Plant
from darkstar.simulation.loop import Moment, drive
from darkstar.simulation.options import BacktestOptions
from darkstar.simulation.series import HomeSeries, home_prices, require_prices
from darkstar.simulation.synthetic import SyntheticHome

HOUR = timedelta(hours=1)
OPTIONS = BacktestOptions(
    home_file=Path("home.csv"), prices=(), time_zone="Europe/Stockholm", latitude=55.6, scenario_days=3
)


@pytest.fixture
def home() -> HomeSettings:
    planner = PlannerSettings(slot_minutes=60, horizon_hours=24, scenario_days=3)
    return OPTIONS.home(60).model_copy(update={"planner": planner})


def world(home: HomeSettings, start: datetime, end: datetime) -> tuple[HomeSeries, PriceCurve]:
    invented = SyntheticHome(3, home.latitude, home.longitude, home.zone)
    slots = slots_between(start - timedelta(days=7), end + timedelta(days=2), 60)
    spot = invented.spot_between(slots[0].start, slots[-1].end)
    return invented.series(start, end, 60), home_prices(spot, slots, home.tariff, home.zone, 0.0)


class Recorder:
    """Passes everything on to Darkstar and notes what it answers."""

    def __init__(self, darkstar: Darkstar) -> None:
        self.darkstar = darkstar
        self.answers: dict[datetime, BatterySettingsNow | None] = {}

    def settings(self, moment: Moment) -> BatterySettingsNow | None:
        self.answers[moment.now] = self.darkstar.settings(moment)
        return self.answers[moment.now]

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        self.darkstar.measured(start, flows)


def answers(
    home: HomeSettings, series: HomeSeries, curve: PriceCurve, replan: timedelta = HOUR
) -> dict[datetime, BatterySettingsNow | None]:
    recorder = Recorder(Darkstar(home, curve, replan, series.minutes))
    house = House(Plant.of(home), home.battery.capacity_kwh / 2)
    drive(house, series, require_prices(series, curve), recorder, tick_minutes=15)
    return recorder.answers


@pytest.fixture
def situations(monkeypatch: pytest.MonkeyPatch) -> list[Situation]:
    """Every situation that is planned for."""
    seen: list[Situation] = []

    def spy(situation: Situation) -> Planned:
        seen.append(situation)
        return plan_home(situation)

    monkeypatch.setattr(agent, "plan_home", spy)
    return seen


@pytest.mark.parametrize("clock_hour", [10, 15])
def test_the_future_changes_no_decision(home: HomeSettings, clock_hour: int) -> None:
    start, _ = local_day(date(2026, 4, 7), home.zone)
    present = start + timedelta(days=1, hours=clock_hour)
    series, curve = world(home, start, present + 6 * HOUR)
    known_until = local_day(date(2026, 4, 9 if clock_hour < 13 else 10), home.zone)[0]
    past = (present - start) // HOUR
    other_series = replace(
        series,
        load_kwh=series.load_kwh[:past] + tuple(3 - kwh for kwh in series.load_kwh[past:]),
        pv_kwh=series.pv_kwh[:past] + tuple(abs(5 - kwh) for kwh in series.pv_kwh[past:]),
    )
    other_curve = PriceCurve(
        tuple(
            price if price.start < known_until else replace(price, import_per_kwh=9 - price.import_per_kwh)
            for price in curve.prices
        )
    )
    as_it_was, as_it_might_be = (
        answers(home, *given, replan=2 * HOUR) for given in ((series, curve), (other_series, other_curve))
    )
    told = [now for now in as_it_was if now <= present]
    assert len(told) == past * 4 + 1
    assert [as_it_was[now] for now in told] == [as_it_might_be[now] for now in told]
    assert as_it_was != as_it_might_be


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 2), 24)])
def test_a_local_day_is_planned_hour_by_hour_with_published_prices(
    home: HomeSettings, situations: list[Situation], day: date, hours: int
) -> None:
    start, end = local_day(day, home.zone)
    series, curve = world(home, start, end)
    answers(home, series, curve)
    assert [situation.now for situation in situations] == [start + n * HOUR for n in range(hours)]
    for situation in situations:
        known_days = 2 if situation.now.astimezone(home.zone).hour >= 13 else 1
        _, known_until = local_day(day + timedelta(days=known_days - 1), home.zone)
        assert (situation.curve.prices[0].start, situation.curve.prices[-1].end) == (start, known_until)
        assert situation.past_prices.prices[-1].end == start
        assert situation.past_prices.prices[0].start == start - timedelta(days=7)


def test_new_prices_are_planned_with_at_once(home: HomeSettings, situations: list[Situation]) -> None:
    start, end = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, end)
    answers(home, series, curve, replan=8 * HOUR)
    assert [(situation.now - start) / HOUR for situation in situations] == [0, 8, 13, 21]


def test_it_forecasts_from_what_was_metered(home: HomeSettings, situations: list[Situation]) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    curve = world(home, start, start + timedelta(days=3))[1]
    count = 3 * 24
    series = HomeSeries(start, 60, (0.7,) * count, (0.2,) * count)
    answers(home, series, curve, replan=6 * HOUR)
    first, last = situations[0].forecast, situations[-1].forecast
    assert first.assumed
    assert not last.assumed
    assert abs(last.slots[0].load_kwh.p50 - 0.7) < abs(first.slots[0].load_kwh.p50 - 0.7) + 0.05
    assert all(later.now > earlier.now for earlier, later in pairwise(situations))


def test_it_counts_its_plans(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, start + 3 * HOUR)
    darkstar = Darkstar(home, curve, HOUR, 60)
    assert darkstar.effort.mean_seconds == 0
    drive(House(Plant.of(home), 5), series, require_prices(series, curve), darkstar, tick_minutes=60)
    assert darkstar.effort.count == 3
    assert darkstar.effort.statuses == {"optimal": 3}
    assert darkstar.effort.mean_seconds > 0


def test_it_reads_the_soc_that_the_house_reports(home: HomeSettings, situations: list[Situation]) -> None:
    hour = Price(datetime(2026, 6, 2, tzinfo=UTC), datetime(2026, 6, 2, 1, tzinfo=UTC), 0.3, 0.1)
    darkstar = Darkstar(home, PriceCurve((hour,)), HOUR, 60)
    answer = darkstar.settings(Moment(hour.start, 37.0, None, None))
    assert situations[0].soc_percent == 37
    assert answer is not None
