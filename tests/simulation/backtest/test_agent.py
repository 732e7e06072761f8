from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from darkstar.control.decision import BatterySettingsNow
from darkstar.home.grid import GridSettings
from darkstar.home.operation import PlannerSettings
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day, slots_between
from darkstar.optimizer.plan import Plan
from darkstar.pipeline import Situation, Steered, policy_home
from darkstar.simulation.backtest import agent
from darkstar.simulation.backtest.agent import Course, Darkstar, Planner, by_modes, by_plan_and_policy, by_policy
from darkstar.simulation.backtest.loop import Moment, drive
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.outlooks import naive_outlook
from darkstar.simulation.backtest.published import PublishedPrices
from darkstar.simulation.house import House, HouseFlows, Plant
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
    recorder = Recorder(Darkstar(home, PublishedPrices(curve, home.zone), replan, series.minutes))
    house = House(Plant.of(home), home.battery.capacity_kwh / 2)
    drive(house, series, require_prices(series, curve), recorder, tick_minutes=15)
    return recorder.answers


@pytest.fixture
def situations(monkeypatch: pytest.MonkeyPatch) -> list[Situation]:
    """Every situation that is planned for."""
    seen: list[Situation] = []

    def spy(situation: Situation) -> Steered:
        seen.append(situation)
        return policy_home(situation)

    monkeypatch.setattr(agent, "policy_home", spy)
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
    assert abs(last.slots[0].load_kwh.expected - 0.7) < abs(first.slots[0].load_kwh.expected - 0.7) + 0.05
    assert all(later.now > earlier.now for earlier, later in pairwise(situations))


def test_it_counts_its_plans(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, start + 3 * HOUR)
    darkstar = Darkstar(home, PublishedPrices(curve, home.zone), HOUR, 60)
    assert darkstar.effort.mean_seconds == 0
    drive(House(Plant.of(home), 5), series, require_prices(series, curve), darkstar, tick_minutes=60)
    assert darkstar.effort.count == 3
    assert darkstar.effort.statuses == {"policy alone": 3}
    assert darkstar.effort.load_models == {"same-slot mean": 3}
    assert darkstar.effort.mean_seconds > 0


def test_it_reads_the_soc_that_the_house_reports(home: HomeSettings, situations: list[Situation]) -> None:
    hour = Price(datetime(2026, 6, 2, tzinfo=UTC), datetime(2026, 6, 2, 1, tzinfo=UTC), 0.3, 0.1)
    darkstar = Darkstar(home, PublishedPrices(PriceCurve((hour,)), home.zone), HOUR, 60)
    answer = darkstar.settings(Moment(hour.start, 37.0, None, None))
    assert situations[0].soc_percent == 37
    assert answer is not None


def test_without_soc_it_plans_nothing_and_touches_nothing(home: HomeSettings, situations: list[Situation]) -> None:
    start, end = local_day(date(2026, 6, 2), home.zone)
    _, curve = world(home, start, end)
    darkstar = Darkstar(home, PublishedPrices(curve, home.zone), HOUR, 60)
    assert darkstar.settings(Moment(start, None, None, None)) is None
    assert situations == []
    assert darkstar.settings(Moment(start + timedelta(minutes=5), 40.0, None, None)) is not None
    assert [situation.now for situation in situations] == [start + timedelta(minutes=5)]
    later = darkstar.settings(Moment(start + HOUR, None, 0.4, None))
    assert len(situations) == 1
    assert later is None or later.mode.value == "self_use"


def test_a_plan_may_be_followed_by_its_modes(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, start + 6 * HOUR)
    prices = PublishedPrices(curve, home.zone)
    recorder = Recorder(Darkstar(home, prices, HOUR, series.minutes, naive_outlook, by_modes))
    drive(House(Plant.of(home), 5), series, require_prices(series, curve), recorder, tick_minutes=60)
    reasons = [answer.reason for answer in recorder.answers.values() if answer]
    assert len(reasons) == 6
    assert all("plan without policy" in reason for reason in reasons)


def test_a_plan_that_is_not_needed_changes_no_decision(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, start + 24 * HOUR)
    prices = PublishedPrices(curve, home.zone)
    wanted = []
    for planner in (by_policy, by_plan_and_policy):
        recorder = Recorder(Darkstar(home, prices, 6 * HOUR, series.minutes, planner=planner))
        drive(House(Plant.of(home), 5), series, require_prices(series, curve), recorder, tick_minutes=30)
        wanted.append([replace(answer, reason="") for answer in recorder.answers.values() if answer])
    assert wanted[0] == wanted[1]
    assert len(wanted[0]) == 48


@pytest.mark.parametrize("planner", [by_policy, by_plan_and_policy])
def test_a_course_that_is_too_old_is_dropped(home: HomeSettings, planner: Planner) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    _, curve = world(home, start, start + 24 * HOUR)
    darkstar = Darkstar(home, PublishedPrices(curve, home.zone), 24 * HOUR, 60, planner=planner)
    limit = home.max_plan_age
    answers = [darkstar.settings(Moment(start + age, 50.0, None, None)) for age in (0 * HOUR, limit, limit + HOUR / 12)]
    reasons = [answer.reason for answer in answers if answer]
    assert ["no valid plan" in reason for reason in reasons] == [False, False, True]


def test_the_next_plan_is_told_of_the_running_one(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    _, curve = world(home, start, start + 24 * HOUR)
    running: list[Plan | None] = []

    def planner(situation: Situation) -> Course:
        running.append(situation.running)
        return by_plan_and_policy(situation)

    darkstar = Darkstar(home, PublishedPrices(curve, home.zone), 3 * HOUR, 60, planner=planner)
    for hours in (0, 3, 12):
        darkstar.settings(Moment(start + hours * HOUR, 50.0, None, None))
    assert running[0] is None
    assert running[1] is not None
    assert running[1].created_at == start
    assert running[2] is None


def test_it_tells_the_planner_what_was_metered_only_for_a_power_tariff(
    home: HomeSettings, situations: list[Situation]
) -> None:
    start, _ = local_day(date(2026, 6, 2), home.zone)
    series, curve = world(home, start, start + 3 * HOUR)
    charged = home.model_copy(
        update={"grid": GridSettings(power_tariffs=(PowerTariffSettings(price_per_kw_month=5.0),))}
    )
    answers(home, series, curve)
    assert [situation.metered for situation in situations] == [()] * 3
    answers(charged, series, curve)
    assert [len(situation.metered) for situation in situations[3:]] == [0, 1, 2]
    assert situations[-1].metered[0].import_kwh is not None


def test_an_hour_keeps_to_its_cap_though_its_load_comes_as_a_surprise(home: HomeSettings) -> None:
    start, _ = local_day(date(2026, 1, 14), home.zone)
    charged = home.model_copy(
        update={"grid": GridSettings(power_tariffs=(PowerTariffSettings(price_per_kw_month=500.0, count=1),))}
    )
    calm = [0.5] * 6
    series = HomeSeries(start, 60, (*calm, 2.5, *calm), (0.0,) * 13)
    slots = slots_between(start - timedelta(days=7), start + timedelta(days=2), 60)
    curve = PriceCurve(tuple(Price(slot.start, slot.end, 1.0, 0.1) for slot in slots))
    darkstar = Darkstar(charged, PublishedPrices(curve, home.zone), HOUR, 60)
    caps: dict[datetime, float] = {}

    class Watcher(Recorder):
        def settings(self, moment: Moment) -> BatterySettingsNow | None:
            answer = super().settings(moment)
            course = self.darkstar._course
            if course is not None and course.plan is not None:
                caps.setdefault(moment.now, course.plan.peaks[0].cap_kw)
            return answer

    run = drive(House(Plant.of(charged), 8.0), series, require_prices(series, curve), Watcher(darkstar))
    surprise = start + 6 * HOUR
    assert run.intervals.import_kwh[6] <= caps[surprise] + 1e-6
