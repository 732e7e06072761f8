"""What the Money page is given: the ledger, the running day once in a while, and a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from darkstar.learning.ledger import LedgerDay
from darkstar.pages.desk import RefusedError
from darkstar.pages.money import ledger_csv, money_data
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.ledger import Ledger, Regrets
from darkstar.views.snapshot import Snapshot
from tests.desk import NOW, TestDesk
from tests.learning.test_ledger import DAYS, ledger_day
from tests.storage.samples import execution
from tests.storage.test_ledger import regret

TODAY = NOW.date()


@dataclass
class Desk(TestDesk):
    """With what is known of the running day."""

    __test__ = False

    account: LedgerDay | None = None
    why: str = ""

    def snapshot(self) -> Snapshot:
        return Snapshot(self.time, self.home, account=self.account, why_no_account=self.why)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield Desk(tmp_path, database)


def test_ledger_and_regrets_arrive(desk: Desk) -> None:
    Ledger(desk.database).enter(DAYS)
    Regrets(desk.database).enter([regret(TODAY - timedelta(days=1))])
    data = money_data(desk, {})
    assert data["rows"]["day"][-1]["title"] == "Wed 11 Mar"
    assert data["regret"]["totals"] == [4.0]


def test_shadow_mode_is_as_the_executor_last_did(desk: Desk) -> None:
    always = desk.home.executor.shadow_mode
    assert money_data(desk, {})["shadow"] is always
    Executions(desk.database).save(replace(execution(NOW), shadow=True))
    assert money_data(desk, {})["shadow"] is True


@pytest.mark.parametrize(
    ("account", "why", "value", "words"),
    [
        (ledger_day(TODAY), "", "+1.75 SEK", "1.75 SEK less than plain self-use"),
        (ledger_day(TODAY), "no prices", "+1.75 SEK", "As it stood before: no prices."),
        (None, "no prices", "-", "Not known: no prices."),
        (None, "", "-", "It is being worked out."),
        (replace(ledger_day(TODAY), counted_hours=0.0), "", "-", "No quarter-hour of today"),
    ],
)
def test_the_running_day_is_the_one_that_sensors_have_and_says_why_not(
    desk: Desk, account: LedgerDay | None, why: str, value: str, words: str
) -> None:
    desk.account, desk.why = account, why
    tile = money_data(desk, {})["tiles"][0]
    assert (tile["title"], tile["value"]) == ("Today so far", value)
    assert words in tile["words"]


@pytest.mark.parametrize(("by", "rows"), [("day", 70), ("week", 11), ("month", 3), ("year", 1)])
def test_the_file_has_a_line_per_period(desk: Desk, by: str, rows: int) -> None:
    Ledger(desk.database).enter(DAYS)
    made = ledger_csv(desk, {"by": by})
    assert made["file"] == f"darkstar-ledger-by-{by}-2026-11-23.csv"
    read = list(csv.DictReader(io.StringIO(made["content"])))
    assert len(read) == rows
    assert sum(float(row["saved"]) for row in read) == pytest.approx(sum(day.saved for day in DAYS))


def test_another_period_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="by must be one of day, week, month, year; it is 'decade'"):
        ledger_csv(desk, {"by": "decade"})
