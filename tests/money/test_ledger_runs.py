"""The nightly run of the ledger on a real database: days are entered once, gaps wait, regrets add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from darkstar.control.decision import Decision, Execution
from darkstar.home.devices import BatterySettings
from darkstar.home.observation import Observation
from darkstar.home.operation import PlannerSettings
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.home.sources import LoadForecastSettings, PriceSourceSettings
from darkstar.learning.ledger import DayStatus, LedgerDay
from darkstar.learning.regret import DayRegret
from darkstar.learning.shadow_verdict import Go
from darkstar.money.ledger_runs import account_of, account_of_today, keep_ledger, run_is_due, verdict_on_shadow
from darkstar.pipeline import foresee
from darkstar.simulation import regret_day
from darkstar.simulation.backtest.baselines import CheapHours
from darkstar.simulation.house import Plant
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.ledger import Ledger, Regrets
from darkstar.storage.observations import Observations
from darkstar.storage.prices import Prices
from tests.homes import home as any_home
from tests.simulation.measured_homes import lived, sun_and_supper, two_level_prices

FIRST, DAYS = date(2026, 3, 27), 3
"""The last of them has 23 hours."""
HOME = any_home(
    battery=BatterySettings(capacity_kwh=8, max_charge_kw=3, max_discharge_kw=3),
    water_heater=None,
    prices=PriceSourceSettings(source="nordpool_sensor", entity="sensor.nordpool"),
    planner=PlannerSettings(interval_minutes=240, slot_minutes=60, scenario_days=0),
    load_forecast=LoadForecastSettings(model="same_slot"),
)
DAY = timedelta(days=1)
START, END = local_day(FIRST, HOME.zone)[0], local_day(FIRST + (DAYS - 1) * DAY, HOME.zone)[1]
NIGHT = END + timedelta(minutes=20)


def measured() -> tuple[Observation, ...]:
    curve = two_level_prices(START, END)
    return lived(HOME, sun_and_supper(START, END), curve, CheapHours(Plant.of(HOME), curve, HOME.zone), 3.0).rows


ROWS = measured()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "darkstar.sqlite3", START) as opened:
        Prices(opened).save(two_level_prices(START - DAY, END + DAY))
        yield opened


def days_of(entered: Sequence[LedgerDay]) -> list[date]:
    return [day.day for day in entered]


def test_every_missed_day_is_entered_once(database: Database) -> None:
    Observations(database).save(ROWS)
    first = keep_ledger(HOME, database, NIGHT)
    assert first.error == ""
    assert days_of(first.entered)[-DAYS:] == [FIRST, FIRST + DAY, FIRST + 2 * DAY]
    assert [day.hours for day in first.entered[-DAYS:]] == [24.0, 24.0, 23.0]
    assert keep_ledger(HOME, database, NIGHT).entered == ()
    later = HOME.model_copy(update={"currency": "SEK"})
    keep_ledger(later, database, NIGHT + DAY)
    assert {day.currency for day in Ledger(database).all() if day.day < FIRST + DAYS * DAY} == {"EUR"}


def test_a_day_with_a_gap_waits_for_what_may_still_come(database: Database) -> None:
    gap = START + 2 * DAY + timedelta(hours=5)
    Observations(database).save([row for row in ROWS if row.start != gap])
    run = keep_ledger(HOME, database, NIGHT)
    assert FIRST + 2 * DAY in run.waiting
    assert FIRST + 2 * DAY not in days_of(run.entered)
    Observations(database).save([row for row in ROWS if row.start == gap])
    (account,) = keep_ledger(HOME, database, NIGHT + timedelta(hours=1)).entered
    assert (account.day, account.status) == (FIRST + 2 * DAY, DayStatus.COMPLETE)


def test_a_gap_that_stays_is_entered_with_its_reason(database: Database) -> None:
    gap = START + 2 * DAY + timedelta(hours=5)
    Observations(database).save([row for row in ROWS if row.start != gap])
    keep_ledger(HOME, database, NIGHT + 2 * DAY)
    account = Ledger(database).on(FIRST + 2 * DAY)
    assert account is not None
    assert account.status is DayStatus.PARTIAL
    assert "0.25 h not measured" in account.reason


def test_without_anything_recorded_there_is_nothing_to_enter(database: Database) -> None:
    Observations(database).save([replace(row, flags=("backfill",)) for row in ROWS])
    assert keep_ledger(HOME, database, NIGHT).entered == ()


def test_a_run_is_due_once_a_local_day(database: Database) -> None:
    before_midnight = END - timedelta(minutes=5)
    asked = (before_midnight, before_midnight, NIGHT, NIGHT + timedelta(hours=1), NIGHT + DAY)
    assert [run_is_due(HOME, database, now) for now in asked] == [True, False, True, False, True]


def test_a_closed_database_is_an_error_and_no_crash(tmp_path: Path) -> None:
    closed = Database.open(tmp_path / "closed.sqlite3", START)
    closed.close()
    assert "could not be kept" in keep_ledger(HOME, closed, NIGHT).error


def test_today_is_counted_so_far_and_not_entered(database: Database) -> None:
    noon = START + timedelta(hours=12)
    Observations(database).save([row for row in ROWS if row.start < noon])
    account = account_of_today(HOME, database, noon)
    assert (account.day, account.status, account.counted_hours) == (FIRST, DayStatus.PARTIAL, 12.0)
    assert Ledger(database).all() == ()


def ticks(shadow: Sequence[bool]) -> Iterator[Execution]:
    for number, quiet in enumerate(shadow):
        now = START + number * timedelta(minutes=5)
        yield Execution(now, None, Decision(now, None, None, "a tick"), (), 50.0, 1.0, 0.0, 1.0, shadow=quiet)


def test_the_account_says_how_much_of_the_day_was_steered(database: Database) -> None:
    Observations(database).save(ROWS)
    assert account_of(HOME, database, FIRST, NIGHT).steered_share is None
    for execution in ticks([True, False, False, False]):
        Executions(database).save(execution)
    assert account_of(HOME, database, FIRST, NIGHT).steered_share == 0.75


def test_the_verdict_on_shadow_mode_replays_the_complete_days(database: Database) -> None:
    Observations(database).save(ROWS)
    keep_ledger(HOME, database, NIGHT)
    for execution in ticks([True] * 3):
        Executions(database).save(execution)
    found = verdict_on_shadow(HOME, database, NIGHT)
    assert found.days == (FIRST,)
    account = Ledger(database).on(FIRST)
    assert account is not None
    assert found.paid == pytest.approx(account.cost)
    assert found.decision is Go.WAIT
    assert found.would_have_paid != found.paid
    assert verdict_on_shadow(HOME, database, START).days == ()


def issue_forecasts(database: Database, home: HomeSettings) -> None:
    for hours in range(44, 71, 4):
        now = START + timedelta(hours=hours)
        Forecasts(database).save(foresee(home, now, [row for row in ROWS if row.end <= now]).forecast)


def test_what_a_day_missed_is_split_without_a_rest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest day comes first; it has 23 hours."""
    monkeypatch.setattr("darkstar.money.ledger_runs.MOST_REGRETS", 1)
    Observations(database).save(ROWS)
    issue_forecasts(database, HOME)
    run = keep_ledger(HOME, database, NIGHT)
    (split,) = run.regrets
    assert (split.day, split.reason) == (FIRST + 2 * DAY, "")
    assert split.load + split.pv + split.prices + split.execution == pytest.approx(split.total, abs=1e-9)
    account = Ledger(database).on(split.day)
    assert account is not None
    assert split.paid == account.cost
    assert split.total > 0
    assert Regrets(database).on(split.day) == split


def test_a_day_that_cannot_be_lived_through_again_does_not_keep_others_from_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is entered in place of its split."""
    monkeypatch.setattr("darkstar.money.ledger_runs.MOST_REGRETS", 2)
    Observations(database).save(ROWS)
    issue_forecasts(database, HOME)
    real = regret_day.day_regret

    def fails_once(account: LedgerDay, *rest: object) -> DayRegret:
        if account.day == FIRST + 2 * DAY:
            msg = "perfect foresight has no solution"
            raise ArithmeticError(msg)
        return real(account, *rest)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(regret_day, "day_regret", fails_once)
    run = keep_ledger(HOME, database, NIGHT)
    assert run.error == ""
    failed, following = run.regrets
    assert failed.reason == "perfect foresight has no solution"
    assert following.day == FIRST + DAY
    assert Regrets(database).on(FIRST + 2 * DAY) == failed


def test_a_day_without_forecasts_says_so(database: Database) -> None:
    Observations(database).save(ROWS)
    run = keep_ledger(HOME, database, NIGHT)
    assert {regret.reason for regret in run.regrets} == {"no forecast of this day is stored"}
    again = keep_ledger(HOME, database, NIGHT)
    assert not {regret.day for regret in again.regrets} & {regret.day for regret in run.regrets}
