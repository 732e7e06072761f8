"""Confidence: a steady error of a service's PV forecast is found; weather, nights, snow and old scales are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from darkstar.learning.reflex.confidence import confidence
from darkstar.learning.reflex.finding import InForce, Verdict
from tests.learning.reflex.synthetic import IN_FORCE, LONG_AGO, Share, home, sunny_evidence


def steady(mean: float, spread: float = 0.15) -> Share:
    def share(random: Random, _: int) -> float:
        return max(random.gauss(mean, spread), 0.15)

    return share


def weather(mean: float) -> Share:
    return steady(mean, 0.35)


def test_a_roof_that_gives_less_than_promised_is_found() -> None:
    """The reference asked for a bias of 2 kW, day and night together: no home has that."""
    finding = confidence(sunny_evidence(steady(0.8)))
    assert finding.verdict is Verdict.PROPOSED
    assert finding.target == pytest.approx(0.8, abs=0.06)
    assert finding.path == "pv_forecast.scale"


def test_changing_weather_without_bias_proposes_nothing() -> None:
    verdicts = [confidence(sunny_evidence(weather(1.0), seed=seed)).verdict for seed in range(200)]
    assert set(verdicts) == {Verdict.STABLE}


def test_a_forecast_that_is_scaled_already_is_not_scaled_again() -> None:
    """The same error corrected twice was a flaw of the reference."""
    scaled = home(pv_forecast={"source": "solcast", "entities": ["sensor.solar"], "scale": 0.8})
    finding = confidence(sunny_evidence(steady(0.8), scale=0.8, home=scaled, owner_home=home()))
    assert finding.verdict is Verdict.STABLE
    assert finding.value == pytest.approx(0.8, abs=0.06)


def test_forecasts_of_different_scales_are_made_equal() -> None:
    """What was issued before a change counts as what it was, so that no step follows from a step."""
    early = sunny_evidence(steady(0.8, 0.02), days=15)
    late = sunny_evidence(steady(0.8, 0.02), days=30, scale=0.9, seed=1)
    half = early.now - timedelta(hours=12)
    both = replace(
        late,
        observations=early.observations + tuple(row for row in late.observations if row.start >= early.now),
        issued=early.issued + tuple(each for each in late.issued if each[1].issued_at >= half),
        in_force={**IN_FORCE, "pv_forecast.scale": (InForce(LONG_AGO, 1.0), InForce(half, 0.9))},
    )
    assert len(both.issued) == 30
    assert confidence(both).value == pytest.approx(0.8, abs=0.02)


def test_days_of_unknown_scale_say_nothing() -> None:
    unknown = sunny_evidence(steady(0.8), in_force={})
    assert confidence(unknown).verdict is Verdict.INSUFFICIENT


def test_own_history_learns_a_bias_itself() -> None:
    finding = confidence(sunny_evidence(steady(0.7), home=home(pv_forecast={})))
    assert finding.verdict is Verdict.NOTHING_TO_DO
    assert "learns" in finding.text


def test_what_another_model_forecast_is_not_held_against_the_service() -> None:
    finding = confidence(sunny_evidence(steady(0.7), model="ridge"))
    assert finding.verdict is Verdict.INSUFFICIENT


def test_days_under_snow_are_left_out() -> None:
    def snowy(random: Random, day: int) -> float:
        return 0.02 if day % 4 == 0 else random.gauss(1.0, 0.05)

    finding = confidence(sunny_evidence(snowy))
    assert finding.verdict is Verdict.STABLE
    assert "8 days without yield left out" in finding.text


@pytest.mark.parametrize("flag", ["curtailed", "gap", "hourly"])
def test_energy_that_was_curtailed_or_repaired_does_not_count(flag: str) -> None:
    seen = sunny_evidence(steady(0.7))
    rows = tuple(replace(row, flags=(flag,)) for row in seen.observations)
    assert confidence(replace(seen, observations=rows)).verdict is Verdict.INSUFFICIENT


def test_two_weeks_are_needed() -> None:
    assert confidence(sunny_evidence(steady(0.7), days=13)).verdict is Verdict.INSUFFICIENT
    assert confidence(sunny_evidence(steady(0.7), days=14)).verdict is not Verdict.INSUFFICIENT
