"""What the Money page is given: the ledger, the running day once in a while, and a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from darkstar.home.settings import HomeSettings
from darkstar.learning.ledger import LedgerDay
from darkstar.pages.desk import RefusedError
from darkstar.pages.money import FRESH, TodayAccount, ledger_csv, money_data
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.ledger import Ledger, Regrets
from tests.desk import NOW, TestDesk
from tests.learning.test_ledger import DAYS, ledger_day
from tests.storage.samples import execution
from tests.storage.test_ledger import regret

TODAY = NOW.date()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield TestDesk(tmp_path, database)


def test_ledger_and_regrets_arrive(desk: TestDesk) -> None:
    Ledger(desk.database).enter(DAYS)
    Regrets(desk.database).enter([regret(TODAY - timedelta(days=1))])
    data = money_data(desk, {})
    assert data["rows"]["day"][-1]["title"] == "Wed 11 Mar"
    assert data["regret"]["totals"] == [4.0]


def test_shadow_mode_is_as_the_executor_last_did(desk: TestDesk) -> None:
    always = desk.home.executor.shadow_mode
    assert money_data(desk, {})["shadow"] is always
    Executions(desk.database).save(replace(execution(NOW), shadow=True))
    assert money_data(desk, {})["shadow"] is True


def test_the_running_day_is_worked_out_once_in_a_while(desk: TestDesk) -> None:
    asked: list[datetime] = []

    def work_out(home: HomeSettings, database: Database, now: datetime) -> LedgerDay:
        asked.append(now)
        return ledger_day(TODAY)

    account = TodayAccount(work_out)
    assert account(desk)["value"] == account(desk)["value"] == "+1.75 SEK"
    assert asked == [NOW]
    desk.time = NOW + FRESH
    account(desk)
    assert asked == [NOW, NOW + FRESH]


def test_a_day_that_cannot_be_accounted_for_says_why(desk: TestDesk) -> None:
    def fail(home: HomeSettings, database: Database, now: datetime) -> LedgerDay:
        msg = "no prices"
        raise ValueError(msg)

    with pytest.raises(RefusedError, match="cannot be accounted for yet: no prices"):
        TodayAccount(fail)(desk)


@pytest.mark.parametrize(("by", "rows"), [("day", 70), ("week", 11), ("month", 3), ("year", 1)])
def test_the_file_has_a_line_per_period(desk: TestDesk, by: str, rows: int) -> None:
    Ledger(desk.database).enter(DAYS)
    made = ledger_csv(desk, {"by": by})
    assert made["file"] == f"darkstar-ledger-by-{by}-2026-11-23.csv"
    read = list(csv.DictReader(io.StringIO(made["content"])))
    assert len(read) == rows
    assert sum(float(row["saved"]) for row in read) == pytest.approx(sum(day.saved for day in DAYS))


def test_another_period_is_refused(desk: TestDesk) -> None:
    with pytest.raises(RefusedError, match="by must be one of day, week, month, year; it is 'decade'"):
        ledger_csv(desk, {"by": "decade"})
