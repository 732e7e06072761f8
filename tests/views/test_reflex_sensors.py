"""The sensor of Reflex: what waits, what holds, and why, small enough for the recorder."""

from __future__ import annotations

import json
from dataclasses import replace

from darkstar.learning.reflex.finding import Analyzer, Change, Finding, Outcome, Proposal, Review, Standing, Verdict
from darkstar.views.reflex_sensors import reflex
from tests.views.samples import sample

PATH = "risk.appetite"
RECORDER_LIMIT = 16_384


def standing(words: str = "7 of 30 evenings", times: int = 1) -> Standing:
    now = sample().now
    finding = Finding(Analyzer.SAFETY, PATH, "share", "", 0.23, 30, Verdict.PROPOSED, words, 3)
    outcome = Outcome(finding, Verdict.PROPOSED, Proposal(PATH, None, 3), words)
    change = Change("battery.capacity_kwh", 10.0, 9.8, 10.0, now, finding, 7)
    return Standing(Review(now, (outcome,) * 4), (outcome,) * times, (change,) * times)


def test_what_waits_and_what_holds_is_shown_with_its_reason() -> None:
    shown = reflex(replace(sample(), reflex=standing()))
    assert (shown.entity_id, shown.state) == ("sensor.darkstar_reflex", 1.0)
    assert shown.attributes["mode"] == "propose"
    assert shown.attributes["proposals"] == [
        {"setting": PATH, "value": "none", "proposed": "3", "why": "7 of 30 evenings"}
    ]
    (change,) = shown.attributes["changes"]
    assert (change["number"], change["yours"], change["value"]) == (7, "10", "9.8")
    assert shown.attributes["findings"][0] == {
        "analyzer": "safety",
        "verdict": "change proposed",
        "text": "7 of 30 evenings",
    }


def test_nothing_is_a_value_and_unknown_is_said() -> None:
    assert reflex(replace(sample(), reflex=Standing())).state == 0.0
    assert "changes" not in reflex(replace(sample(), reflex=Standing())).attributes
    assert reflex(replace(sample(), reflex=None)).state == "unknown"


def test_a_long_history_still_fits_the_recorder() -> None:
    shown = reflex(replace(sample(), reflex=standing("evening " * 200, 60)))
    assert len(json.dumps(replace(shown).attributes["changes"])) < RECORDER_LIMIT / 2
    assert len(json.dumps({**shown.attributes, "proposals": shown.attributes["proposals"][:4]})) < RECORDER_LIMIT
