from datetime import UTC, datetime, timedelta

import pytest

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Source
from darkstar.home.prices import Price
from darkstar.simulation.backtest.loop import Moment, drive
from darkstar.simulation.house import House, HouseFlows, Plant
from darkstar.simulation.series import HomeSeries

START = datetime(2026, 6, 1, tzinfo=UTC)
PLANT = Plant(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5, charge_efficiency=1, discharge_efficiency=1)
PRICES = (
    Price(START, START + timedelta(minutes=30), 0.2, 0.1),
    Price(START + timedelta(minutes=30), START + timedelta(hours=1), 0.4, 0.3),
)


class Watcher:
    """Self-use, noting everything it is told."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.metered: list[tuple[datetime, HouseFlows]] = []

    def settings(self, moment: Moment) -> BatterySettingsNow:
        self.moments.append(moment)
        return BatterySettingsNow(BatteryMode.SELF_USE, 5, 5, 0, Source.PLAN, "watching")

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        self.metered.append((start, flows))


def test_every_tick_is_decided_and_metered() -> None:
    watcher = Watcher()
    run = drive(House(PLANT, 0.3), HomeSeries(START, 30, (1, 2), (0, 3)), PRICES, watcher, tick_minutes=10)
    assert [moment.now for moment in watcher.moments] == [START + timedelta(minutes=10 * n) for n in range(6)]
    assert [start for start, _ in watcher.metered] == [moment.now for moment in watcher.moments]
    assert run.import_kwh == pytest.approx(0.7)
    assert run.cost == pytest.approx(0.7 * 0.2)
    assert run.end_soc_kwh == pytest.approx(1)
    assert run.days == pytest.approx(1 / 24)


def test_a_controller_knows_only_the_powers_of_the_tick_before() -> None:
    watcher = Watcher()
    drive(House(PLANT, 0), HomeSeries(START, 30, (1, 2), (0, 3)), PRICES, watcher, tick_minutes=15)
    assert [(moment.load_kw, moment.pv_kw) for moment in watcher.moments] == [(None, None), (2, 0), (2, 0), (4, 6)]


def test_soc_may_be_read_in_coarse_steps() -> None:
    watcher = Watcher()
    drive(House(PLANT, 5.26), HomeSeries(START, 30, (0, 0), (0, 0)), PRICES, watcher, soc_step_percent=1)
    assert watcher.moments[0].soc_percent == 53


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    series = HomeSeries(START, 30, (0, 0), (0, 0))
    drive(House(PLANT, 5), series, PRICES, Watcher(), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_a_tick_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="--tick-minutes 7"):
        drive(House(PLANT, 5), HomeSeries(START, 30, (0, 0), (0, 0)), PRICES, Watcher(), tick_minutes=7)
