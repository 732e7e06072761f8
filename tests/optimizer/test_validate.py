"""Impossible requests are refused with words, possible ones never are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings

from darkstar.optimizer.bundle import request_from_json, request_to_json
from darkstar.optimizer.request import (
    DayPeak,
    EnergyBand,
    GridRequest,
    HeaterRequest,
    LoadRequest,
    MeteringInterval,
    PlanRequest,
    PowerTariffRequest,
    SocGoal,
    Tank,
    ValueStep,
    VehicleRequest,
)
from darkstar.optimizer.solve import plan
from darkstar.optimizer.validate import check
from tests.optimizer.samples import BATTERY, HOMES, START, heater, homes, with_water

BASE = with_water()
CAR = VehicleRequest(60.0, 20.0, 40.0, START, START + timedelta(hours=10))
LOAD = LoadRequest((2.0, 1.0), START, START + timedelta(hours=10))


def battery(**changes: Any) -> PlanRequest:
    return replace(BASE, batteries=(replace(BATTERY, **changes),))


def slot(**changes: Any) -> PlanRequest:
    return replace(BASE, slots=(BASE.slots[0], replace(BASE.slots[1], **changes), *BASE.slots[2:]))


def car(**changes: Any) -> PlanRequest:
    return replace(BASE, vehicles=(replace(CAR, **changes),))


def load(**changes: Any) -> PlanRequest:
    return replace(BASE, loads=(LOAD, replace(LOAD, **changes)))


def tariff(**changes: Any) -> PlanRequest:
    interval = MeteringInterval(START, 1.0, "2026-01-15")
    return replace(BASE, grid=GridRequest(power_tariffs=(replace(PowerTariffRequest((interval,), 40.0), **changes),)))


IMPOSSIBLE: list[tuple[PlanRequest, str]] = [
    (slot(load_kwh=nan), r"slots\[1\]\.load_kwh is nan: give a finite number"),
    (slot(pv_kwh=inf), r"slots\[1\]\.pv_kwh is inf"),
    (slot(import_price=-inf), r"slots\[1\]\.import_price is -inf"),
    (slot(export_price=nan), r"slots\[1\]\.export_price is nan"),
    (slot(hours=nan), r"slots\[1\]\.hours is nan"),
    (slot(hours=0.0), r"slots\[1\]\.hours is 0.0: it must be above 0"),
    (slot(hours=-1.0), r"slots\[1\]\.hours is -1.0"),
    (slot(load_band=EnergyBand(0.1, nan)), r"slots\[1\]\.load_band\.p90 is nan"),
    (slot(max_import_kw=-1.0), r"slots\[1\]\.max_import_kw is -1.0: it must not be negative"),
    (slot(start=datetime(2026, 1, 15, 12, 15)), r"slots\[1\]\.start is .* without zone"),  # noqa: DTZ001 - naive on purpose
    (slot(start=START + timedelta(minutes=20)), r"slots\[1\]\.start .* the slot before it ends at .*12:15"),
    (slot(hours=0.5), r"slots\[2\]\.start .* the slot before it ends at .*12:45"),
    (battery(capacity_kwh=-1.0), r"batteries\[0\]\.capacity_kwh is -1.0: it must not be negative"),
    (battery(initial_kwh=nan), r"batteries\[0\]\.initial_kwh is nan"),
    (battery(charge_efficiency=0.0), r"batteries\[0\]\.charge_efficiency is 0.0: an efficiency is above 0"),
    (battery(discharge_efficiency=95.0), r"batteries\[0\]\.discharge_efficiency is 95.0"),
    (battery(max_charge_kw=-5.0), r"batteries\[0\]\.max_charge_kw"),
    (battery(wear_cost_per_kwh=nan), r"batteries\[0\]\.wear_cost_per_kwh"),
    (battery(goals=(SocGoal(START, nan),)), r"batteries\[0\]\.goals\[0\]\.min_kwh is nan"),
    (battery(end_value_steps=(ValueStep(5.0, 0.1), ValueStep(10.0, 0.2))), r"end_value_steps\[1\].*must fall"),
    (car(needed_kwh=nan), r"vehicles\[0\]\.needed_kwh"),
    (car(phases=4), r"vehicles\[0\]\.phases is 4: there are at most 3"),
    (car(phases=0), r"vehicles\[0\]\.phases is 0: it must be at least 1"),
    (car(charge_efficiency=1.1), r"vehicles\[0\]\.charge_efficiency"),
    (load(profile_kw=(1.0, nan)), r"loads\[1\]\.profile_kw\[1\] is nan"),
    (load(profile_kw=(-1.0,)), r"loads\[1\]\.profile_kw\[0\] is -1.0"),
    (load(step_hours=0.0), r"loads\[1\]\.step_hours"),
    (load(runs=-1), r"loads\[1\]\.runs is -1"),
    (load(worth_per_kwh=nan), r"loads\[1\]\.worth_per_kwh"),
    (tariff(price_per_kw=nan), r"grid\.power_tariffs\[0\]\.price_per_kw"),
    (tariff(count=0), r"grid\.power_tariffs\[0\]\.count is 0"),
    (tariff(past=(DayPeak("2026-01-01", nan),)), r"grid\.power_tariffs\[0\]\.past\[0\]\.kw"),
    (replace(BASE, grid=GridRequest(max_import_kw=nan)), r"grid\.max_import_kw is nan"),
    (replace(BASE, grid=GridRequest(max_export_kw=-1.0)), r"grid\.max_export_kw is -1.0"),
    (replace(BASE, heaters=(replace(heater(), power_kw=nan),)), r"heaters\[0\]\.power_kw"),
    (
        replace(BASE, heaters=(HeaterRequest(3.0, tank=Tank(1.0, 1.0, 5.0, (0.1,) * 5)),)),
        r"draws_kwh has 5 values for 96 slots",
    ),
    (replace(BASE, time_zone="Mars/Olympus"), r"time_zone 'Mars/Olympus' is no zone"),
    (replace(BASE, caution=1.5), r"caution is 1.5: it must lie between -1"),
    (replace(BASE, money_gap=nan), r"money_gap is nan"),
    (replace(BASE, time_limit_s=-1.0), r"time_limit_s is -1.0"),
    (replace(BASE, created_at=datetime(2026, 1, 15)), r"created_at .* without zone"),  # noqa: DTZ001 - naive on purpose
]


@pytest.mark.parametrize(("request_", "words"), IMPOSSIBLE, ids=[words[:40] for _, words in IMPOSSIBLE])
def test_impossible_requests_are_refused(request_: PlanRequest, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(request_)


def test_a_request_with_nan_is_refused_when_read() -> None:
    text = request_to_json(BASE).replace(f'"load_kwh":{json.dumps(BASE.slots[0].load_kwh)}', '"load_kwh":NaN', 1)
    assert "NaN" in text
    with pytest.raises(ValueError, match=r"slots\[0\]\.load_kwh is nan"):
        request_from_json(text)


def test_many_faults_are_cut_short() -> None:
    slots = tuple(replace(one, load_kwh=nan) for one in BASE.slots)
    with pytest.raises(ValueError, match="and more") as refusal:
        check(replace(BASE, slots=slots))
    assert str(refusal.value).count("load_kwh") == 10


POSSIBLE: list[PlanRequest] = [
    replace(BASE, slots=()),
    battery(capacity_kwh=0.0, initial_kwh=0.0, min_kwh=0.0, max_kwh=0.0),
    battery(initial_kwh=-3.0),
    battery(initial_kwh=99.0),
    battery(max_charge_kw=0.0, max_discharge_kw=0.0),
    battery(min_kwh=9.0, max_kwh=2.0),
    slot(load_kwh=-1.0),
    slot(pv_kwh=-0.1),
    replace(BASE, grid=GridRequest(max_import_kw=0.0)),
    load(latest=START - timedelta(hours=5)),
    load(profile_kw=()),
    load(runs=0),
    car(departure=START - timedelta(hours=1)),
]


@pytest.mark.parametrize("request_", POSSIBLE)
def test_odd_but_possible_requests_are_planned(request_: PlanRequest) -> None:
    assert len(plan(request_).slots) == len(request_.slots)


@pytest.mark.parametrize("home", HOMES)
def test_sample_homes_are_possible(home: Callable[[], PlanRequest]) -> None:
    check(home())


@settings(max_examples=50, deadline=None)
@given(homes())
def test_any_home_is_possible(request_: PlanRequest) -> None:
    check(request_)
