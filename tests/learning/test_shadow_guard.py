"""The guard: what was spent against what plain self-use would have cost, and when it takes over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.learning.shadow_guard import (
    TURN,
    Guard,
    GuardVerdict,
    guard_problem,
    next_guard,
    verdict,
    why_self_use,
)
from tests.learning.samples import home

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LIVE = {"executor": {"shadow_mode": False}}
DEAR, CHEAP, SOLD = 2.0, 1.0, 0.5

Driver = Callable[[int, float, float], float]
"""Battery (AC kWh, charging positive) of an hour from its number of the day, net load and stored energy."""


def our_home(**blocks: Any) -> HomeSettings:
    """10 kWh, 5 kW, no losses, an empty floor, live."""
    battery = {
        "capacity_kwh": 10,
        "max_charge_kw": 5,
        "max_discharge_kw": 5,
        "min_soc_percent": 0,
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
    }
    return home(**{**LIVE, "battery": battery, "water_heater": None, **blocks})


def prices(days: int) -> PriceCurve:
    """Dear by day, cheap by night."""
    hours = (START + number * HOUR for number in range(24 * days))
    return PriceCurve(tuple(Price(hour, hour + HOUR, DEAR if 6 <= hour.hour < 22 else CHEAP, SOLD) for hour in hours))


def measured(days: int, drive: Driver, *, soc_kwh: float = 5.0) -> list[Observation]:
    """Hours with 1 kWh of load, and 3 kWh of PV from nine to three."""
    rows = []
    for number in range(24 * days):
        hour = number % 24
        pv = 3.0 if 9 <= hour < 15 else 0.0
        battery = drive(hour, 1.0 - pv, soc_kwh)
        soc_kwh += battery
        grid = 1.0 - pv + battery
        rows.append(
            Observation(
                START + number * HOUR,
                1.0,
                load_kwh=1.0,
                pv_kwh=pv,
                import_kwh=max(grid, 0.0),
                export_kwh=max(-grid, 0.0),
                charge_kwh=max(battery, 0.0),
                discharge_kwh=max(-battery, 0.0),
                soc_percent=10 * soc_kwh,
            )
        )
    return rows


def by_self_use(hour: int, net: float, soc: float) -> float:
    """Surplus in, load out."""
    return min(-net, 10.0 - soc) if net < 0 else -min(net, soc)


def idle(hour: int, net: float, soc: float) -> float:
    """The battery rests: a plan could hardly be worse."""
    return 0.0


def by_night(hour: int, net: float, soc: float) -> float:
    """Self-use that also fills up in the cheap night: better than self-use alone."""
    if hour < 6:
        return min(1.0, max(4.0 - soc, 0.0))
    return 0.0 if hour >= 22 else by_self_use(hour, net, soc)


def judged(drive: Driver, days: int = 30, setup: HomeSettings | None = None) -> GuardVerdict:
    return verdict(measured(days, drive), prices(days), setup or our_home(), START + days * DAY)


def test_self_use_measured_against_itself_is_no_better() -> None:
    found = judged(by_self_use)
    assert found.lost == pytest.approx(0.0, abs=1e-9)
    assert found.days == pytest.approx(30 - 1 / 24)
    assert not found.is_clear(21)


def test_an_idle_battery_costs_what_no_battery_costs() -> None:
    found = judged(idle)
    assert found.spent == pytest.approx(found.without_battery)
    nightly, daily = 8 * CHEAP, 10 * DEAR - 12 * SOLD
    assert found.spent == pytest.approx(30 * (nightly + daily) - CHEAP)
    assert found.lost > 0.2 * found.spent
    assert found.is_clear(21)
    assert not found.is_clear(31)


def test_a_plan_that_pays_is_left_alone() -> None:
    found = judged(by_night)
    assert found.lost < 0
    assert not found.is_clear(21)


def test_stored_energy_counts() -> None:
    """Who fills the battery at the very end has bought something."""
    rows = measured(30, by_self_use)
    last = rows[-1]
    bought = 2.0
    assert last.import_kwh is not None
    assert last.soc_percent is not None
    rows[-1] = replace(
        last,
        import_kwh=last.import_kwh + bought + (last.discharge_kwh or 0.0),
        charge_kwh=bought,
        discharge_kwh=0.0,
        soc_percent=last.soc_percent + 10 * (bought + (last.discharge_kwh or 0.0)),
    )
    found = verdict(rows, prices(30), our_home(), START + 30 * DAY)
    mean_price = (16 * DEAR + 8 * CHEAP) / 24
    assert found.lost == pytest.approx((CHEAP - mean_price) * (bought + (last.discharge_kwh or 0.0)), abs=0.05)


def test_wear_counts_for_both() -> None:
    worn = our_home(battery={**our_home().battery.model_dump(), "wear_cost_per_kwh": 10.0})
    assert judged(by_self_use, setup=worn).lost == pytest.approx(0.0, abs=1e-9)
    assert judged(idle, setup=worn).lost < 0


def test_without_counters_of_the_battery_the_balance_serves() -> None:
    rows = [replace(row, charge_kwh=None, discharge_kwh=None) for row in measured(30, by_night)]
    found = verdict(rows, prices(30), our_home(), START + 30 * DAY)
    assert found.lost == pytest.approx(judged(by_night).lost)


def test_worse_efficiency_than_set_is_not_blamed_on_the_plan() -> None:
    """Self-use with real losses, against self-use: the shadow must have the same losses."""

    def lossy(hour: int, net: float, soc: float) -> float:
        return by_self_use(hour, net, soc)

    rows, soc = [], 5.0
    for row in measured(30, lossy):
        charge = min(max((row.pv_kwh or 0.0) - 1.0, 0.0), (10.0 - soc) / 0.9)
        discharge = min(max(1.0 - (row.pv_kwh or 0.0), 0.0), soc * 0.9)
        soc += charge * 0.9 - discharge / 0.9
        grid = 1.0 - (row.pv_kwh or 0.0) + charge - discharge
        rows.append(
            replace(
                row,
                import_kwh=max(grid, 0.0),
                export_kwh=max(-grid, 0.0),
                charge_kwh=charge,
                discharge_kwh=discharge,
                soc_percent=10 * soc,
            )
        )
    found = verdict(rows, prices(30), our_home(), START + 30 * DAY)
    assert abs(found.lost) < 0.01 * found.without_battery


def test_rows_that_cannot_be_trusted_do_not_count() -> None:
    rows = measured(10, idle)
    full = verdict(rows, prices(10), our_home(), START + 10 * DAY)
    rows[30] = replace(rows[30], flags=("gap",))
    rows[60] = replace(rows[60], import_kwh=None)
    rows[90] = replace(rows[90], soc_percent=None)
    del rows[120]
    found = verdict(rows, prices(10), our_home(), START + 10 * DAY)
    assert (full.days - found.days) * 24 == pytest.approx(1 + 1 + 2 + 2)
    assert verdict(rows, PriceCurve(), our_home(), START).days == 0


def followed(guard: Guard, rows: list[Observation], until: datetime, setup: HomeSettings | None = None) -> Guard:
    return next_guard(
        guard, [row for row in rows if row.start < until], prices(len(rows) // 24), setup or our_home(), until
    )


def test_it_takes_over_for_a_week_and_lets_the_plan_try_again() -> None:
    rows = measured(60, idle)
    early = followed(Guard(), rows, START + 15 * DAY)
    assert early.took_over is None
    assert early.verdict is not None
    now = START + 30 * DAY
    guard = followed(Guard(), rows, now)
    assert guard.took_over == now
    assert guard.in_force(now)
    assert guard.in_force(now + TURN - HOUR)
    assert not guard.in_force(now + TURN)
    assert followed(guard, rows, now + 10 * DAY) == guard
    again = followed(guard, rows, now + 2 * TURN)
    assert again.took_over == now + 2 * TURN
    assert again.verdict is not None
    assert again.verdict.days == pytest.approx(7, abs=0.1)


def test_a_subscribed_power_costs_both() -> None:
    subscribed = our_home(grid={"soft_import_kw": 0.5, "soft_import_price_per_kwh": 1.0})
    found, bare = judged(idle, setup=subscribed), judged(idle)
    assert found.spent == pytest.approx(bare.spent + 0.5 * (30 * 18 - 1))
    assert judged(by_self_use, setup=subscribed).lost == pytest.approx(0.0, abs=1e-9)


def test_a_good_week_ends_it() -> None:
    bad, good = measured(90, idle), measured(90, by_night)
    now = START + 30 * DAY
    guard = followed(Guard(), bad, now)
    mended = [before if before.start < now + TURN else after for before, after in zip(bad, good, strict=True)]
    for days in range(7, 60):
        guard = followed(guard, mended, now + days * DAY)
        assert not guard.in_force(now + days * DAY)
    assert guard.following_since == now + TURN
    assert guard.verdict is not None
    assert guard.verdict.lost < 0
    assert guard.verdict.days == pytest.approx(30, abs=0.1)


def test_a_trial_without_data_is_no_reason_to_take_over() -> None:
    rows = measured(60, idle)
    now = START + 30 * DAY
    guard = followed(Guard(), rows, now)
    silent = [row for row in rows if row.start < now]
    after = next_guard(guard, silent, prices(60), our_home(), now + 2 * TURN)
    assert after.took_over is None
    assert after.following_since == now + TURN


def test_shadow_mode_has_nothing_to_judge() -> None:
    rows = measured(45, idle)
    watching = our_home(executor={"shadow_mode": True})
    now = START + 20 * DAY
    guard = followed(Guard(), rows, now, watching)
    assert guard == Guard(following_since=now)
    assert followed(guard, rows, START + 40 * DAY).took_over is None
    assert followed(guard, rows, START + 40 * DAY + 2 * DAY).took_over is not None


def test_a_home_with_a_power_tariff_has_no_guard() -> None:
    rows = measured(40, idle)
    tariffed = our_home(grid={"power_tariffs": [{"price_per_kw_month": 60.0}]})
    assert followed(Guard(), rows, START + 40 * DAY, tariffed).took_over is None


def test_it_says_what_it_does_with_the_amounts() -> None:
    now = START + 30 * DAY
    guard = followed(Guard(), measured(60, idle), now)
    words = why_self_use(guard, our_home(), now)
    assert words.startswith("plain self-use until 2026-04-07 02:00: over the last 30 measured days")
    assert guard.verdict is not None
    assert f"{guard.verdict.self_use:.2f} instead of {guard.verdict.spent:.2f} EUR" in words
    problem = guard_problem(guard, our_home(), now)
    assert problem is not None
    assert problem.since == now
    assert words in problem.meaning
    assert guard_problem(guard, our_home(), now + TURN) is None
    assert guard_problem(Guard(), our_home(), now) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=24, max_size=24), st.floats(0, 10))
def test_no_driving_of_a_lossless_battery_makes_a_nonsense_of_the_account(moves: list[float], soc: float) -> None:
    def drive(hour: int, net: float, stored: float) -> float:
        return min(max(moves[hour], -stored), 10.0 - stored)

    found = verdict(measured(3, drive, soc_kwh=soc), prices(3), our_home(), START + 3 * DAY)
    highest = DEAR * 24 * 3 * 6
    assert abs(found.spent) < highest
    assert abs(found.self_use) < highest
    assert found.days == pytest.approx(3 - 1 / 24)
