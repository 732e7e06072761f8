"""The Plan page: a row with its reason for every slot ahead, forecast prices marked, money by day."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from darkstar.views.plan_page import columns, plan_page
from darkstar.views.steering import Selector
from tests.views.samples import empty, home, local_noon, sample

NO_RISK = Selector(None, None)


def test_without_a_plan_the_page_is_empty_and_sound() -> None:
    page = plan_page(empty(), NO_RISK)
    json.dumps(page, allow_nan=False)
    assert page["days"] == []
    assert page["marks"] is None
    assert page["chart"]["missing"]


def test_every_slot_ahead_has_a_row_with_its_reason() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    page = plan_page(snapshot, Selector(2, None), "guests")
    json.dumps(page, allow_nan=False)
    rows = [row for day in page["days"] for row in day["rows"]]
    ahead = [slot for slot in snapshot.plan.slots if slot.end > snapshot.now]
    assert [row["cells"][-1] for row in rows] == [slot.reason for slot in ahead]
    assert all(len(row["cells"]) == len(page["columns"]) for row in rows)
    assert [row["known"] for row in rows] == [slot.price_known for slot in ahead]
    assert all(("~" in row["cells"][2]) is not row["known"] for row in rows)
    assert (page["risk"], page["events"]) == ("Conservative", "guests")


def test_columns_are_those_of_the_home() -> None:
    bare = replace(empty(), home=home(water_heater=None, ev=None))
    assert not {"Water", "Car"} & set(columns(bare))
    assert "Water" in columns(empty())


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_are_cut_at_local_midnight(day: date) -> None:
    snapshot = sample(local_noon(day, home()))
    days = plan_page(snapshot, NO_RISK)["days"]
    for later in days[1:]:
        assert later["rows"][0]["cells"][0] == "00:00"
    assert all(re.fullmatch(r"\w+day \d+ \w+", each["day"]) for each in days)
