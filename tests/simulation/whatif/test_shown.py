"""Answers as data: they say what the answers say, and are JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from darkstar.simulation.whatif.advice import Advice
from darkstar.simulation.whatif.ahead import what_if_ahead
from darkstar.simulation.whatif.changes import changes_from
from darkstar.simulation.whatif.export import what_if_export
from darkstar.simulation.whatif.past import CaseCost, PastWhatIf
from darkstar.simulation.whatif.shown import advice_shown, ahead_shown, export_shown, past_shown
from tests.simulation.whatif.lives import HOME, NOW, live

ZONE = HOME.zone


def checked(found: Any) -> Any:
    return json.loads(json.dumps(found, allow_nan=False))


def test_what_lies_ahead_has_money_differences_and_lines() -> None:
    answer = what_if_ahead(live(), changes_from({"pv_kwp": 9}))
    found = checked(ahead_shown(answer, live().plan.slots, ZONE))
    assert found["saved"] == round(answer.saved, 2)
    assert found["words"] == f"It saves {answer.saved:.2f} EUR."
    assert found["as_is"]["net"] - found["changed"]["net"] == pytest.approx(found["saved"], abs=0.011)
    series = found["series"]
    lengths = {len(series[name]) for name in ("x", "stored_as_is", "stored_changed", "grid_as_is", "grid_changed")}
    assert lengths == {len(live().plan.slots)}
    first = live().plan.slots[0]
    begin = first.start.astimezone(ZONE)
    assert series["grid_as_is"][0] == pytest.approx((first.import_kwh - first.export_kwh) / first.hours, abs=0.001)
    assert [(tick["label"], tick["hour"]) for tick in series["ticks"]][:2] == [
        (f"{begin:%H}:00", begin.hour),
        (f"{begin.hour + 1:02}:00", begin.hour + 1),
    ]
    assert next(tick["day"] for tick in series["ticks"] if tick["day"]) == f"{begin:%a} {begin.day} {begin:%b}"
    assert series["when"][0].startswith(f"{begin:%a %H:%M}-")


def test_a_sale_has_its_slots() -> None:
    answer = what_if_export(live(), 3.0)
    found = checked(export_shown(answer, ZONE))
    assert sum(slot["kwh"] for slot in found["slots"]) == pytest.approx(3.0, abs=0.02)
    assert found["gain"] == round(answer.gain, 2)
    assert found["words"].endswith(".")


def test_advice_has_both_costs_or_a_reason() -> None:
    start = NOW + timedelta(hours=3)
    good = Advice("dryer", 1.8, start, start + timedelta(hours=2), 1.0, 2.5, "start later")
    none = Advice("oven", 1.0, None, None, None, None, "it cannot be done")
    found = checked(advice_shown([good, none], "SEK", ZONE))
    assert (found[0]["when"], found[0]["saving"]) == ("Tue 13:00-15:00", 1.5)
    assert (found[1]["start"], found[1]["saving"], found[1]["words"]) == (None, None, "It cannot be done.")


@pytest.mark.parametrize(
    ("cost", "words"),
    [(80.0, "It saves 20.00 SEK."), (130.5, "It costs 30.50 SEK more."), (100.0, "It comes to the same.")],
)
def test_the_past_has_every_way_of_running_the_home(cost: float, words: str) -> None:
    def cases(darkstar: float) -> tuple[CaseCost, ...]:
        return tuple(
            CaseCost(name, amount, amount, 0.0, 10.0, 5.0, 1.2)
            for name, amount in (("no battery", 200), ("Darkstar", darkstar))
        )

    start = NOW.replace(hour=23) - timedelta(days=10)
    answer = PastWhatIf(
        start, start + timedelta(days=10), 10.0, "SEK", ("more",), cases(100.0), cases(cost), ("it was so",), 3.2
    )
    found = checked(past_shown(answer, ZONE))
    assert found["words"] == words
    assert found["saved_per_year"] == pytest.approx((100 - cost) * 36.5)
    assert found["when"] == "01 Mar to 10 Mar 2026, 10 days"
    assert [case["cost"] for case in found["changed"]] == [200, cost]
