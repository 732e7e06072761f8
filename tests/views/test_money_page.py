"""The Money page: what was saved in each period, and where money was missed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from darkstar.learning.ledger import DayStatus, LedgerDay, totals
from darkstar.learning.regret import DayRegret
from darkstar.views.money_page import MOST_DAYS, REGRET_DAYS, Accounts, money_page, today_tile
from tests.learning.test_ledger import DAYS, ledger_day
from tests.storage.samples import NOW
from tests.views.samples import home

TODAY = date(2026, 3, 12)
DAY = timedelta(days=1)


def regret(day: date, load: float = 1.0, reason: str = "") -> DayRegret:
    return DayRegret(day, "SEK", 9.0, 8.5, 9.0 - load - 0.5, load, 0.5, 0.25, -0.25, NOW, reason)


def page(days: Sequence[LedgerDay], regrets: Sequence[DayRegret] = ()) -> dict[str, Any]:
    weeks, months, years = totals(days, "week"), totals(days, "month"), totals(days, "year")
    made = money_page(Accounts(days, weeks, months, years), regrets, home(), TODAY, today_tile(None), in_shadow=False)
    json.dumps(made, allow_nan=False)
    return made


def test_the_sums_of_the_page_are_those_of_the_ledger() -> None:
    made = page(DAYS)
    assert len(made["rows"]["day"]) == MOST_DAYS
    month = made["rows"]["month"][0]
    expected = totals(DAYS, "month")[0]
    assert month["title"] == "Jan 2026"
    assert (month["saved"], month["paid"]) == (round(expected.saved, 2), round(expected.paid, 2))
    assert month["note"] == "31 days"
    assert made["rows"]["week"][0]["title"] == "Week 1, 2026"
    assert [row["title"] for row in made["rows"]["year"]] == ["2026"]


def test_each_day_counts_wear_and_stored_energy() -> None:
    (row,) = page([ledger_day(TODAY - DAY, gained=1.5)])["rows"]["day"]
    assert row["title"] == "Wed 11 Mar"
    assert (row["paid"], row["saved"], row["saved_none"]) == (7.5, 4.75, 7.5)
    assert (row["money"], row["wear"], row["stored"]) == (10.0, 0.5, 3.0)
    assert row["note"] == "Darkstar steered 90% of the day"


def test_a_day_that_is_left_out_has_no_figures() -> None:
    left_out = replace(ledger_day(TODAY - DAY, status=DayStatus.LEFT_OUT), steered_share=None)
    (row,) = page([left_out])["rows"]["day"]
    assert row["saved"] is None
    assert row["note"] == "left out: of 24 h: 20 h not measured"


def test_the_tiles_are_the_running_periods() -> None:
    days = [ledger_day(TODAY - back * DAY) for back in range(20, 0, -1)]
    tiles = {tile["title"]: tile for tile in page(days)["tiles"]}
    assert set(tiles) == {"Today so far", "This week", "This month", "This year"}
    assert tiles["This week"]["value"] == "+5.25 SEK"
    assert tiles["This week"]["words"] == (
        "Cost 31.50 SEK; 5.25 SEK less than plain self-use, 13.50 SEK less than without a battery"
    )
    assert page(days[:3])["tiles"][1]["title"] == "This year"


def test_today_says_what_it_came_to_so_far() -> None:
    row = today_tile(ledger_day(TODAY, paid=20.0))
    assert (row["value"], row["tone"]) == ("-8.25 SEK", "bad")
    assert "8.25 SEK more than plain self-use" in row["words"]
    assert today_tile(replace(ledger_day(TODAY), counted_hours=0.0))["value"] == "-"


def test_what_was_missed_adds_up_over_its_causes() -> None:
    missed = page([], [regret(TODAY - back * DAY) for back in range(20, 0, -1)])["regret"]
    assert len(missed["days"]) == REGRET_DAYS
    assert sum(cause["sum"] for cause in missed["causes"]) == pytest.approx(sum(missed["totals"]))
    assert missed["words"].startswith("In the last 14 days 21.00 SEK were missed against perfect foresight, 14.00 SEK")
    assert missed["words"].endswith("load forecast.")


@pytest.mark.parametrize(
    ("paid", "perfect", "words"),
    [(3.0, 1.0, "had cost 2.00 SEK of it."), (1.0, 3.0, "cost 2.00 SEK more, and saved more elsewhere.")],
)
def test_peaks_are_told_apart(paid: float, perfect: float, words: str) -> None:
    day = replace(regret(TODAY - DAY), paid_peaks=paid, perfect_peaks=perfect)
    assert page([], [day])["regret"]["words"].endswith(words)


def test_days_that_are_not_divided_say_why_once() -> None:
    why = "forecasts are missing"
    found = page([], [regret(TODAY - 3 * DAY, reason=why), regret(TODAY - 2 * DAY, reason=why)])["regret"]
    assert found["notes"] == ["Mon 9 Mar to Tue 10 Mar: not divided, forecasts are missing"]
    assert found["days"] == []
    assert "No day is divided yet" in found["words"]


def test_an_empty_ledger_says_when_it_begins() -> None:
    made = page([])
    assert (made["empty"], made["tiles"], made["currency"]) == (
        "The first day is entered after its midnight.",
        [today_tile(None)],
        "SEK",
    )
