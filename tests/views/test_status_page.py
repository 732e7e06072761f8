"""The Status page: what it says of a home that knows everything, nothing, or something unusual."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.control.decision import ActiveOverrides, Override, OverrideKind, Source
from darkstar.home.problem import Problem, Severity
from darkstar.views.status_page import Comparison, status_page
from darkstar.views.steering import Controls, Selector, selected_words
from darkstar.views.words import rate
from tests.views.samples import NOON, empty, home, sample, troubled

NAMES = ("a", "b", "c", "d", "e")
ALL = Controls(
    toggles={"automation": True, "shadow": False, "vacation": None, "manual_override": False},
    risk=Selector(2, None),
    comfort=Selector(None, 3),
    numbers={"override_minutes": 60, "force_charge_soc": 0, "force_export_soc": 30, "ev_target_soc": None},
)


def test_a_home_that_knows_nothing_has_a_page_that_says_so() -> None:
    page = status_page(empty(), Controls())
    json.dumps(page, allow_nan=False)
    assert page["hero"]["headline"]
    assert page["hero"]["tone"] == "off"
    assert page["battery"]["soc"] is None
    assert page["money"]["total"] is None
    assert page["next"] == []
    assert "There is no plan yet" in page["missing"]
    assert page["marks"] is None


def test_a_home_that_knows_everything() -> None:
    snapshot = sample()
    page = status_page(snapshot, ALL)
    json.dumps(page, allow_nan=False)
    assert page["hero"]["tone"] in {"charge", "store", "discharge", "export", "hold"}
    assert page["next"][0]["when"] == "now"
    assert all(run["what"] and run["reason"] for run in page["next"])
    assert page["marks"]["status_words"]
    assert page["money"]["currency"] == snapshot.home.currency
    assert page["money"]["saving"] == ""


def test_flows_are_positive_towards_the_home() -> None:
    snapshot = sample()
    assert snapshot.readings is not None
    flow = status_page(snapshot, ALL)["flow"]
    assert snapshot.readings.pv_kw is not None
    assert flow["pv"]["kw"] == pytest.approx(snapshot.readings.pv_kw.value, abs=1e-3)
    assert snapshot.readings.grid_kw is not None
    assert flow["grid"]["kw"] == pytest.approx(snapshot.readings.grid_kw.value, abs=0.05)
    balance = flow["pv"]["kw"] + flow["grid"]["kw"] + flow["battery"]["kw"]
    assert balance == pytest.approx(flow["home"]["kw"], abs=0.3)


def test_devices_that_the_home_does_not_have_are_not_drawn() -> None:
    bare = replace(empty(), home=home(water_heater=None, ev=None, pv_arrays=[]))
    assert not {"heater", "car"} & set(status_page(bare, Controls())["flow"])
    kinds = {action["kind"] for action in status_page(bare, Controls())["actions"]}
    assert not {"force_heat", "force_ev"} & kinds
    assert {"force_charge", "stop_all", "pause"} <= kinds


def test_a_quick_action_shows_its_rest_and_what_it_holds() -> None:
    held = Override(OverrideKind.STOP_ALL, NOON - timedelta(minutes=15), NOON + timedelta(minutes=45))
    snapshot = replace(sample(), now=NOON, overrides=ActiveOverrides(battery=held, heater=held))
    page = status_page(snapshot, ALL)
    (stop,) = [action for action in page["actions"] if action["kind"] == "stop_all"]
    assert stop["groups"] == ["battery", "heater"]
    assert stop["share"] == pytest.approx(0.75)
    assert stop["ends"] - page["now"] == 45 * 60 * 1000
    assert all(action["ends"] is None for action in page["actions"] if action is not stop)


def test_the_worst_problem_comes_first_with_what_to_do() -> None:
    problems = (
        Problem("a", Severity.WARNING, NOON, "A bit off.", "Look."),
        Problem("b", Severity.CRITICAL, NOON, "Broken.", "Mend it."),
    )
    first, second = status_page(replace(sample(), problems=problems), ALL)["problems"]
    assert (first["severity"], first["meaning"], first["remedy"]) == ("critical", "Broken.", "Mend it.")
    assert second["severity"] == "warning"


@pytest.mark.parametrize(
    ("saved", "words"), [(0.75, "0.75 SEK saved so far"), (-0.1, "0.10 SEK dearer so far"), (0.0, "0.00 SEK saved")]
)
def test_what_was_saved_is_told_when_the_ledger_knows(saved: float, words: str) -> None:
    told = status_page(sample(), ALL, Comparison(saved))["money"]
    assert words in told["saving"]
    assert told["dearer"] is (saved < 0)


def test_the_hero_always_speaks_of_money() -> None:
    for snapshot in (sample(), troubled()):
        hero = status_page(snapshot, ALL)["hero"]
        assert snapshot.home.currency in hero["headline"] + hero["why"]


def test_toggles_that_are_missing_or_fixed_cannot_be_switched() -> None:
    by_name = {toggle["name"]: toggle for toggle in status_page(sample(), ALL)["toggles"]}
    assert by_name["automation"]["on"] is True
    assert not by_name["automation"]["fixed"]
    assert by_name["vacation"]["fixed"]
    assert "install" in by_name["vacation"]["words"]
    fixed = {toggle["name"]: toggle for toggle in status_page(sample(), replace(ALL, always_shadow=True))["toggles"]}
    assert fixed["shadow"]["on"] is True
    assert fixed["shadow"]["fixed"]


def test_selectors_say_what_holds() -> None:
    page = status_page(sample(), ALL)
    assert (page["risk"]["level"], page["risk"]["words"]) == (2, "Conservative")
    assert (page["comfort"]["level"], page["comfort"]["words"]) == (0, "Balanced")
    assert selected_words(Selector(None, 4), NAMES) == "d (as in apps.yaml)"
    assert selected_words(Selector(None, None), NAMES) == "Money alone decides (as in apps.yaml)"
    assert selected_words(Selector(1, 4), NAMES) == "a"


def test_limits_are_those_that_home_assistant_has() -> None:
    limits = {limit["name"]: limit["value"] for limit in status_page(sample(), ALL)["limits"]}
    assert limits == {"force_charge_soc": 0, "force_export_soc": 30}


def test_the_meter_of_today_is_told_in_kwh() -> None:
    snapshot = sample()
    bought = sum(row.import_kwh or 0 for row in snapshot.observations)
    sold = sum(row.export_kwh or 0 for row in snapshot.observations)
    told = status_page(snapshot, ALL)["money"]["energy"]
    assert told == f"{bought:.1f} kWh bought, {sold:.1f} kWh sold today"
    one_meter = tuple(replace(row, export_kwh=None) for row in snapshot.observations)
    assert (
        status_page(replace(snapshot, observations=one_meter), ALL)["money"]["energy"]
        == f"{bought:.1f} kWh bought today"
    )
    assert status_page(empty(), ALL)["money"]["energy"] == ""


@pytest.mark.parametrize(
    ("minutes", "words"), [(15, "anew at 13:30"), (30, "anew at 13:30"), (60, "anew at 14:00"), (120, "anew every 2 h")]
)
def test_the_next_run_of_the_planner_is_told(minutes: int, words: str) -> None:
    snapshot = replace(sample(), home=home(planner={"interval_minutes": minutes}))
    assert status_page(snapshot, ALL)["marks"]["next"] == words


@pytest.mark.parametrize(("soc", "target", "words"), [(45.0, 64.0, "charging up to 64 %"), (66.0, 64.0, "target 64 %")])
def test_a_battery_above_its_target_is_not_charging_up_to_it(soc: float, target: float, words: str) -> None:
    snapshot = sample()
    assert snapshot.execution is not None
    assert snapshot.execution.decision.battery is not None
    assert snapshot.readings is not None
    assert snapshot.readings.soc_percent is not None
    power = snapshot.readings.battery_kw or snapshot.readings.soc_percent
    wanted = replace(snapshot.execution.decision.battery, source=Source.OVERRIDE, target_soc_percent=target)
    decision = replace(snapshot.execution.decision, battery=wanted)
    readings = replace(
        snapshot.readings,
        soc_percent=replace(snapshot.readings.soc_percent, value=soc),
        battery_kw=replace(power, value=1.5),
    )
    shown = replace(snapshot, execution=replace(snapshot.execution, decision=decision), readings=readings)
    assert status_page(shown, ALL)["battery"]["target_words"] == words


@pytest.mark.parametrize(("kw", "words"), [(1.0, "buying at {} SEK"), (-1.0, "selling at {} SEK"), (0.0, "{} SEK/kWh")])
def test_the_grid_tells_the_price_that_counts(kw: float, words: str) -> None:
    snapshot = sample()
    price = snapshot.curve.at(NOON)
    assert price is not None
    assert snapshot.readings is not None
    assert snapshot.readings.grid_kw is not None
    readings = replace(snapshot.readings, grid_kw=replace(snapshot.readings.grid_kw, value=kw))
    told = status_page(replace(snapshot, readings=readings), ALL)["flow"]["grid"]["words"]
    assert told == words.format(rate(price.export_per_kwh if kw < 0 else price.import_per_kwh))
