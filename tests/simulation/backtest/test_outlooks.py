from datetime import timedelta
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from darkstar.home.observation import Observation
from darkstar.home.settings import HomeSettings
from darkstar.simulation.backtest.options import BacktestOptions
from darkstar.simulation.backtest.outlooks import Truth, naive_outlook, own_outlook, simple_outlook
from darkstar.simulation.series import HomeSeries
from darkstar.simulation.synthetic import SyntheticHome
from tests.simulation.backtest.samples import START, STOCKHOLM

DAYS = 30
NOW = START + timedelta(days=25, minutes=30)


@pytest.fixture(scope="module")
def home() -> HomeSettings:
    return BacktestOptions(home_file=Path("home.csv"), time_zone="Europe/Stockholm", scenario_days=5).home(60)


@pytest.fixture(scope="module")
def series() -> HomeSeries:
    return SyntheticHome(5, 55.6, 13.0, STOCKHOLM).series(START, START + timedelta(days=DAYS), 60)


@pytest.fixture(scope="module")
def history(series: HomeSeries) -> list[Observation]:
    return [row for row in series.observations if row.end <= NOW]


def truth_of(series: HomeSeries) -> tuple[list[float], list[float]]:
    """Load and PV of the hours from `NOW` on, its running one halved."""
    first = 25 * 24
    load, pv = series.load_kwh[first : first + 48], series.pv_kwh[first : first + 48]
    return [load[0] / 2, *load[1:]], [pv[0] / 2, *pv[1:]]


def test_everything_is_known(home: HomeSettings, series: HomeSeries) -> None:
    outlook = Truth(series).everything(home, NOW, [])
    load, pv = truth_of(series)
    assert [slot.load_kwh.p10 for slot in outlook.forecast.slots] == pytest.approx(load)
    assert [slot.pv_kwh.p90 for slot in outlook.forecast.slots] == pytest.approx(pv)
    assert np.allclose(outlook.scenarios, [np.subtract(load, pv)])


def test_past_the_end_the_last_week_comes_again(home: HomeSettings, series: HomeSeries) -> None:
    outlook = Truth(series).everything(home, series.end, [])
    week_before = series.load_kwh[-7 * 24 : -5 * 24]
    assert [slot.load_kwh.expected for slot in outlook.forecast.slots] == pytest.approx(list(week_before))


def test_one_part_is_known_and_the_other_stays_a_forecast(
    home: HomeSettings, series: HomeSeries, history: list[Observation]
) -> None:
    own, truth = own_outlook(home, NOW, history), Truth(series)
    load, pv = truth_of(series)
    load_known, pv_known = truth.load_only(home, NOW, history), truth.pv_only(home, NOW, history)
    assert [slot.load_kwh.expected for slot in load_known.forecast.slots] == pytest.approx(load)
    assert [slot.pv_kwh for slot in load_known.forecast.slots] == [slot.pv_kwh for slot in own.forecast.slots]
    assert [slot.pv_kwh.expected for slot in pv_known.forecast.slots] == pytest.approx(pv)
    assert [slot.load_kwh for slot in pv_known.forecast.slots] == [slot.load_kwh for slot in own.forecast.slots]


def test_scenarios_differ_only_by_what_is_not_known(
    home: HomeSettings, series: HomeSeries, history: list[Observation]
) -> None:
    truth = Truth(series)
    load, pv = (np.array(part) for part in truth_of(series))
    of_pv = load - np.array(truth.load_only(home, NOW, history).scenarios)
    of_load = np.array(truth.pv_only(home, NOW, history).scenarios) + pv
    assert len(of_pv) == len(of_load) == 5
    night = pv == 0
    assert np.abs(of_pv[:, night]).max() < 1e-6
    assert of_pv.min() > -1e-6
    assert of_load.min() > -1e-6
    assert np.ptp(of_pv, axis=0).max() > 0.1
    assert np.ptp(of_load, axis=0).max() > 0.1


def test_the_naive_outlook_has_no_doubts(home: HomeSettings, history: list[Observation]) -> None:
    outlook = naive_outlook(home, NOW, history)
    assert outlook.scenarios == ()
    assert len(outlook.forecast.slots) == 48


def test_a_pv_feed_errs_as_much_as_it_is_told(
    home: HomeSettings, series: HomeSeries, history: list[Observation]
) -> None:
    truth, (_, pv) = Truth(series), truth_of(series)
    own = own_outlook(home, NOW, history).forecast
    off = np.array([slot.pv_kwh.expected for slot in own.slots]) - pv
    for share in (0.0, 0.6, 1.0):
        told = truth.pv_feed(home, NOW, history, share).forecast
        assert np.array([slot.pv_kwh.expected for slot in told.slots]) - pv == pytest.approx(share * off, abs=1e-9)
        assert [slot.load_kwh for slot in told.slots] == [slot.load_kwh for slot in own.slots]


def test_the_simplest_forecast_is_the_mean_of_a_week(home: HomeSettings, history: list[Observation]) -> None:
    outlook = simple_outlook(home, NOW, history)
    noon = NOW.replace(minute=0) + timedelta(hours=12)
    tomorrow = next(slot for slot in outlook.forecast.slots if slot.start == noon)
    same_hour = [row for row in history if (tomorrow.start - row.start) % timedelta(days=1) == timedelta()][-7:]
    assert tomorrow.load_kwh.expected == pytest.approx(np.mean([row.load_kwh for row in same_hour]))
    assert tomorrow.pv_kwh.expected == pytest.approx(np.mean([row.pv_kwh for row in same_hour]))
    assert (outlook.forecast.load_model, outlook.forecast.pv_model) == ("mean of 7 days", "mean of 7 days")


def test_its_scenarios_are_its_own_errors(home: HomeSettings, history: list[Observation]) -> None:
    outlook = simple_outlook(home, NOW, history)
    night = NOW.replace(minute=0) + timedelta(hours=3)
    load = {row.start: row.load_kwh or 0.0 for row in history}
    came = load[night - timedelta(days=2)]
    expected = fmean([load[night - timedelta(days=days)] for days in range(3, 10)])
    number = next(index for index, slot in enumerate(outlook.forecast.slots) if slot.start == night)
    error = outlook.scenarios[0][number] - outlook.forecast.slots[number].load_kwh.expected
    assert error == pytest.approx(came - expected)
