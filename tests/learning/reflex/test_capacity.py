"""Capacity: what the battery really holds is found, whatever was set, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.home.observation import Observation
from darkstar.learning.reflex.capacity import capacity
from darkstar.learning.reflex.finding import Verdict
from tests.learning.reflex.synthetic import Truth, days_of, evidence, home


@pytest.mark.parametrize("seed", range(10))
def test_a_battery_with_ten_percent_less_is_found_within_two(seed: int) -> None:
    finding = capacity(evidence(Truth(capacity_kwh=9.0), seed=seed))
    assert finding.verdict is Verdict.PROPOSED
    assert finding.value == pytest.approx(9.0, rel=0.02)
    assert finding.target == finding.value


def test_one_that_holds_more_is_found_too() -> None:
    assert capacity(evidence(Truth(capacity_kwh=11.0))).target == pytest.approx(11.0, rel=0.02)


def test_a_battery_as_it_is_set_is_left_alone() -> None:
    verdicts = [capacity(evidence(Truth(), days=12, seed=seed)).verdict for seed in range(200)]
    assert set(verdicts) == {Verdict.STABLE}


def test_losses_that_are_set_too_small_are_no_lack_of_capacity() -> None:
    finding = capacity(evidence(Truth(charge_efficiency=0.88, discharge_efficiency=0.88)))
    assert finding.verdict is Verdict.STABLE
    assert "round trip 77% measured, 90% set" in finding.text


def test_a_month_of_live_rows_is_enough() -> None:
    """The reference took the SoC of one moment for both ends of a slot, and never had data."""
    assert capacity(evidence(Truth(capacity_kwh=9.0), days=30)).count > 50


@pytest.mark.parametrize("flag", ["gap", "hourly", "backfill", "reset", "spike"])
def test_repaired_rows_do_not_count(flag: str) -> None:
    rows = tuple(replace(row, flags=(flag,)) for row in days_of(Truth(capacity_kwh=9.0), 30))
    assert capacity(evidence(Truth(), observations=rows)).verdict is Verdict.INSUFFICIENT


def test_one_direction_alone_is_not_believed() -> None:
    rows = tuple(replace(row, discharge_kwh=None) for row in days_of(Truth(capacity_kwh=9.0), 30))
    finding = capacity(evidence(Truth(), observations=rows))
    assert finding.verdict is Verdict.INSUFFICIENT
    assert "energy counters must be named" in finding.text


def test_missing_rows_join_nothing() -> None:
    rows = days_of(Truth(capacity_kwh=9.0), 30)
    pieces = tuple(row for index, row in enumerate(rows) if index % 8 not in {7, 4})
    assert capacity(evidence(Truth(), observations=pieces)).verdict is Verdict.INSUFFICIENT


def test_a_meter_that_jumps_now_and_then_does_no_harm() -> None:
    rows = list(days_of(Truth(capacity_kwh=9.0), 30))
    for index in range(5, len(rows), 8 * 6):
        rows[index] = replace(rows[index], discharge_kwh=(rows[index].discharge_kwh or 0) * 3)
    assert capacity(evidence(Truth(), observations=tuple(rows))).value == pytest.approx(9.0, rel=0.02)


def test_energy_that_a_full_battery_still_takes_is_no_capacity() -> None:
    rows = []
    for row in days_of(Truth(capacity_kwh=10.0), 30):
        rows.append(row)
        if row.start.hour == 0:
            full = row.charge_kwh or 0.0
            rows[-1] = replace(row, charge_kwh=full + 10 * (100 - (row.soc_percent or 0)) / 95, soc_percent=100.0)
        elif row.start.hour == 3:
            rows[-1] = replace(row, charge_kwh=1.0, soc_percent=100.0)
        elif row.start.hour < 15:
            rows[-1] = replace(row, soc_percent=100.0)
        elif row.start.hour == 15:
            given = 10 * (100 - (row.soc_percent or 0)) / 100 * 0.95
            rows[-1] = replace(row, discharge_kwh=given)
    assert capacity(evidence(Truth(), observations=tuple(rows))).value == pytest.approx(10.0, rel=0.02)


def test_quarter_hours_of_a_day_are_put_together() -> None:
    """A point of SoC is a third of what a quarter-hour moves: only whole runs tell anything."""
    rows: list[Observation] = []
    before = 10.0
    for row in days_of(Truth(capacity_kwh=9.0), 30):
        after = row.soc_percent or 0.0
        for part in range(12):
            reached = before + (after - before) * (part + 1) / 12
            rows.append(
                Observation(
                    row.start + timedelta(minutes=15 * part),
                    0.25,
                    charge_kwh=(row.charge_kwh or 0) / 12,
                    discharge_kwh=(row.discharge_kwh or 0) / 12,
                    soc_percent=float(round(reached)),
                )
            )
        before = after
    assert capacity(evidence(Truth(), observations=tuple(rows))).value == pytest.approx(9.0, rel=0.02)


def test_a_change_that_was_begun_goes_on_until_it_is_close() -> None:
    begun = home(battery={"capacity_kwh": 9.3, "max_charge_kw": 5, "max_discharge_kw": 5})
    assert capacity(evidence(Truth(capacity_kwh=9.0), home=begun)).verdict is Verdict.STABLE
    on_the_way = evidence(Truth(capacity_kwh=9.0), home=begun, owner_home=home())
    assert capacity(on_the_way).verdict is Verdict.PROPOSED
