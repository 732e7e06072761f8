from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from darkstar.learning.ledger import totals
from darkstar.views.ledger_sensors import saving_month, saving_today, shadow_verdict
from darkstar.views.ledger_table import days_table, regrets_table, totals_table, verdict_text
from tests.learning.test_ledger import DAYS, ledger_day
from tests.learning.test_shadow_verdict import verdict
from tests.storage.test_ledger import regret

DAY = date(2026, 3, 10)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def test_today_says_what_is_saved_so_far() -> None:
    shown = saving_today(ledger_day(DAY), STOCKHOLM)
    assert shown.entity_id == "sensor.darkstar_saving_today"
    assert shown.state == pytest.approx(1.75)
    assert shown.attributes["unit_of_measurement"] == "SEK"
    assert shown.attributes["paid"] == pytest.approx(10.5)
    assert (shown.attributes["state_class"], shown.attributes["last_reset"]) == ("total", "2026-03-09T23:00:00+00:00")
    assert None not in shown.attributes.values()


@pytest.mark.parametrize("today", [None, replace(ledger_day(DAY), counted_hours=0.0)])
def test_a_day_without_anything_counted_is_unknown(today: object) -> None:
    shown = saving_today(today, STOCKHOLM)  # type: ignore[arg-type] # both are
    assert shown.state == "unknown"
    assert "paid" not in shown.attributes


def test_the_month_adds_its_days_up() -> None:
    month = totals(DAYS, "month")[1]
    shown = saving_month(month, STOCKHOLM)
    assert (shown.state, shown.attributes["period"]) == (round(month.saved, 2), "2026-02")
    assert shown.attributes["complete_days"] == 28
    assert shown.attributes["last_reset"] == "2026-01-31T23:00:00+00:00"
    assert saving_month(None, STOCKHOLM).state == "unknown"


def test_the_verdict_is_a_word_with_its_reasons() -> None:
    assert shadow_verdict(verdict()).state == "go"
    against = shadow_verdict(verdict(would_have_paid=120.0))
    assert against.state == "no-go"
    assert "it would not have saved anything" in against.attributes["against"][0]
    assert shadow_verdict(None).state == "unknown"


def test_tables_have_a_line_for_each() -> None:
    assert len(days_table(DAYS).splitlines()) == len(DAYS) + 2
    assert "2026-02" in totals_table(totals(DAYS, "month"))
    assert "28 days" in totals_table(totals(DAYS, "month"))
    assert days_table([]) == "the ledger is empty: the first day is entered after its midnight"
    assert regrets_table([regret(DAY)]) == (
        "2026-03-10: missed 4.00 SEK: load 1.00, PV 0.50, prices 0.25, execution 2.25"
    )
    assert regrets_table([replace(regret(DAY), reason="no forecast")]) == "2026-03-10: no forecast"
    assert verdict_text(verdict()).startswith("Go: 20.00 SEK saved in 7 days, 4 writes a day.")
