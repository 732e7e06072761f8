"""The What if page: the form has what this home has, a run says how far it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkstar.home.power_tariff import PowerStepSettings, PowerTariffSettings
from darkstar.views.whatif_page import form, run_words
from tests.views.samples import home


def fields(**changes: Any) -> dict[str, str | None]:
    made = form(home(**changes))
    json.dumps(made, allow_nan=False)
    return {each["name"]: each["now"] for each in (*made["fields"], *made["more"])}


def test_the_form_shows_what_the_home_has() -> None:
    found = fields()
    assert (found["battery_kwh"], found["battery_kw"], found["pv_kwp"]) == ("10", "5", "8")
    assert (found["power_price"], found["ev_kwh"], found["tariff.fixed_feed_in_per_kwh"]) == (None, None, None)


def test_panels_can_only_be_more_of_those_that_are_there() -> None:
    assert "pv_kwp" not in fields(pv_arrays=[])


@pytest.mark.parametrize(
    ("tariff", "shown"),
    [
        (PowerTariffSettings(price_per_kw_month=45), "45"),
        (PowerTariffSettings(steps=(PowerStepSettings(fee_per_month=100),)), None),
    ],
)
def test_a_power_tariff_of_one_price_is_shown(tariff: PowerTariffSettings, shown: str | None) -> None:
    assert fields(grid={"power_tariffs": [tariff.model_dump()]})["power_price"] == shown


def test_who_may_not_sell_is_not_asked() -> None:
    assert form(home(grid={"export_allowed": False}))["can_sell"] is False


def test_a_run_says_how_far_it_is() -> None:
    assert run_words(done=0, total=0, running=True, error="", answer=None)["words"] == "Reading the past."
    found = run_words(done=30, total=90, running=True, error="", answer=None)
    assert (found["percent"], found["words"]) == (33, "Living through the days again: 33 %.")
    over = run_words(done=90, total=90, running=False, error="it was stopped", answer=None)
    assert (over["words"], over["error"]) == ("", "It was stopped")
