from datetime import UTC, datetime, timedelta

import pytest

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Source
from darkstar.simulation.backtest.loop import Moment
from darkstar.simulation.backtest.mismatch import FaultyHome, Mismatch, named_mismatch
from darkstar.simulation.house import HouseFlows, Plant

START = datetime(2026, 6, 1, tzinfo=UTC)
ORDER = BatterySettingsNow(BatteryMode.SELF_USE, 5, 5, 0, Source.PLAN, "test")
PLANT = Plant(10, 5, 5, 0.95, 0.95)


class Watcher:
    """Notes what it is shown."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.metered: list[datetime] = []

    def settings(self, moment: Moment) -> BatterySettingsNow:
        self.moments.append(moment)
        return ORDER

    def measured(self, start: datetime, flows: HouseFlows) -> None:
        self.metered.append(start)


def shown(mismatch: Mismatch, seed: int = 1, ticks: int = 2000) -> tuple[Watcher, list[BatterySettingsNow | None]]:
    watcher = Watcher()
    home = FaultyHome(watcher, mismatch, seed)
    answers = [home.settings(Moment(START + n * timedelta(minutes=5), n / 20 % 100, 1.0, 0.0)) for n in range(ticks)]
    return watcher, answers


def test_the_battery_is_worse() -> None:
    plant = named_mismatch("efficiency+capacity").plant(PLANT)
    assert plant.capacity_kwh == pytest.approx(9)
    assert plant.charge_efficiency * plant.discharge_efficiency == pytest.approx(0.95 * 0.95**2)
    assert named_mismatch("none").plant(PLANT) == PLANT


def test_soc_comes_rounded_and_late() -> None:
    watcher, answers = shown(named_mismatch("soc"))
    read = [moment.soc_percent for moment in watcher.moments]
    assert read[0] == 0
    assert read[1:] == [float(round(n / 20)) % 101 for n in range(1999)]
    assert answers == [ORDER] * 2000


def test_some_commands_get_lost() -> None:
    lost = shown(named_mismatch("commands"))[1].count(None)
    assert 5 < lost < 40


def test_sensors_fall_silent_in_spells() -> None:
    watcher, _ = shown(named_mismatch("sensors"), ticks=20000)
    for quantity in ("soc_percent", "load_kw"):
        silent = [getattr(moment, quantity) is None for moment in watcher.moments]
        assert 0.01 < sum(silent) / len(silent) < 0.05
        begun = sum(now and not before for before, now in zip([False, *silent], silent, strict=False))
        assert sum(silent) / begun > 4


def test_the_same_seed_makes_the_same_faults() -> None:
    mismatch = named_mismatch("commands+sensors")
    assert shown(mismatch)[1] == shown(mismatch)[1]
    assert shown(mismatch)[1] != shown(mismatch, seed=2)[1]


def test_meters_are_passed_on() -> None:
    watcher = Watcher()
    flows = HouseFlows(0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5)
    FaultyHome(watcher, Mismatch(), 1).measured(START, flows)
    assert watcher.metered == [START]


def test_an_unknown_mismatch_is_refused() -> None:
    with pytest.raises(ValueError, match="--mismatch luck: choose from none, efficiency"):
        named_mismatch("soc+luck")
