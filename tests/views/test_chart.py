import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from darkstar.home.prices import Price, PriceBand, PriceCurve
from darkstar.home.slots import local_day
from darkstar.optimizer.plan import Action
from darkstar.views.chart import Beside, chart
from darkstar.views.series import milliseconds
from darkstar.views.snapshot import Snapshot
from tests.views.samples import NOON, empty, forecast, home, levels, local_noon, planned, prices, sample, troubled

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, float) else []


def _hours(drawn: dict[str, Any]) -> float:
    return float(drawn["window"][1] - drawn["window"][0]) / 3_600_000


@pytest.mark.parametrize("snapshot", [sample(), troubled(), empty()], ids=["sample", "troubled", "empty"])
def test_the_chart_is_json_without_nan(snapshot: Snapshot) -> None:
    drawn = json.loads(json.dumps(chart(snapshot), allow_nan=False))
    assert all(number == number for number in _numbers(drawn))  # noqa: PLR0124 - NaN is unequal to itself


def test_measurements_that_are_not_numbers_leave_holes() -> None:
    snapshot = sample()
    broken = replace(snapshot.observations[3], load_kwh=float("nan"), soc_percent=float("inf"))
    rows = (*snapshot.observations[:3], broken, *snapshot.observations[4:])
    drawn = chart(replace(snapshot, observations=rows))
    json.dumps(drawn["load"], allow_nan=False)
    json.dumps(drawn["soc"], allow_nan=False)
    assert None in drawn["load"]["actual"]["y"]


def test_prices_cover_the_whole_known_days_and_the_tail_is_marked() -> None:
    drawn = chart(sample())
    known, tail = drawn["prices"]["import"], drawn["prices"]["import_forecast"]
    assert known["x"][0] == drawn["window"][0]
    assert known["x"][-1] - known["x"][0] == 48 * 3_600_000
    assert tail["x"][0] == known["x"][-1]
    assert tail["x"][-1] == drawn["window"][1]
    assert len(known["x"]) == 193


def test_a_price_forecast_of_the_curve_comes_before_that_of_the_plan() -> None:
    snapshot = sample()
    guess = replace(snapshot.curve.prices[-1], known=False, import_per_kwh=9.0)
    curve = PriceCurve((*snapshot.curve.prices[:-1], guess))
    drawn = chart(replace(snapshot, curve=curve))
    assert drawn["prices"]["import_forecast"]["y"] == [9.0, 9.0]


def test_the_tail_has_its_band_and_comes_before_the_plan_but_not_before_known_prices() -> None:
    snapshot = sample()
    edge, quarter = snapshot.curve.prices[-1].end, timedelta(minutes=15)
    band = PriceBand(0.5, 2.0, 0.25, 0.75)
    tail = tuple(
        Price(edge + n * quarter, edge + (n + 1) * quarter, 1.0, 0.5, known=False, band=band) for n in (-1, 0, 1)
    )
    prices = chart(snapshot, Beside(tail=tail))["prices"]
    for name, value in {
        "import_forecast": 1.0,
        "import_p10": 0.5,
        "import_p90": 2.0,
        "export_p10": 0.25,
        "export_p90": 0.75,
    }.items():
        assert (prices[name]["x"][0], set(prices[name]["y"])) == (milliseconds(edge), {value}), name
    assert chart(snapshot)["prices"]["import_p10"] == {"x": [], "y": []}, "a plan stores no bands"


def test_what_the_plans_of_the_time_foresaw_is_a_line_with_holes() -> None:
    snapshot = sample()
    start, _ = local_day(NOON.date(), snapshot.home.zone)
    ends = [start + timedelta(minutes=minutes) for minutes in (15, 30, 90)]
    drawn = chart(snapshot, Beside(foreseen=tuple(zip(ends, (40.0, 42.0, 50.0), strict=True))))
    assert drawn["soc"]["foreseen"]["y"] == [40.0, 42.0, None, 50.0]
    assert drawn["soc"]["foreseen"]["x"][-1] == milliseconds(ends[-1])
    rows = dict(next(slot for slot in drawn["slots"] if slot["to"] == milliseconds(ends[0]))["rows"])
    assert rows["Foreseen by the plan"] == "40 %"


def test_a_price_gap_stays_a_gap() -> None:
    snapshot = sample()
    curve = PriceCurve(snapshot.curve.prices[:20] + snapshot.curve.prices[24:])
    assert chart(replace(snapshot, curve=curve))["prices"]["import"]["y"].count(None) == 1


def test_bars_are_measured_until_now_and_planned_after() -> None:
    snapshot = sample()
    bars = chart(snapshot)["bars"]
    edges = list(zip(bars["x"], bars["width"], strict=True))
    holes = [later - start - width for (start, width), (later, _) in pairwise(edges)]
    first_planned = bars["measured"].index(False)
    assert bars["x"][first_planned] == milliseconds(NOON)
    assert holes.pop(first_planned - 1) == 5 * 60_000, "the running quarter is not measured yet"
    assert set(holes) == {0}, "bars must neither overlap nor leave a hole"
    assert all(bars["measured"][:first_planned])
    assert not any(bars["measured"][first_planned:])


def test_bars_show_mean_powers_by_origin_and_use() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    bars = chart(snapshot)["bars"]
    for slot in snapshot.plan.slots[1:]:
        at = bars["x"].index(milliseconds(slot.start))
        moved = bars["charge"][at] + bars["store"][at] + bars["discharge"][at] + bars["export"][at]
        assert moved == pytest.approx((slot.charge_kwh - slot.discharge_kwh) / slot.hours, abs=1e-3)
        if slot.action is Action.CHARGE:
            assert bars["charge"][at] == pytest.approx(4.0)
        assert bars["heater"][at] == pytest.approx(slot.heater_kwh / slot.hours, abs=1e-3)
        assert bars["car"][at] == 0


def test_a_running_slot_keeps_its_power_when_its_first_part_is_measured() -> None:
    snapshot = sample()
    settings = home()
    curve = prices(NOON, settings)
    quarter = NOON - timedelta(minutes=5)
    plan = planned(quarter, settings, curve)
    last = replace(snapshot.observations[-1], start=quarter, hours=1 / 12)
    drawn = chart(replace(snapshot, plan=plan, observations=(*snapshot.observations, last)))["bars"]
    at = drawn["measured"].index(False)
    assert drawn["x"][at] == milliseconds(NOON)
    assert drawn["width"][at] == 10 * 60_000
    assert drawn["store"][at] == pytest.approx(plan.slots[0].charge_kwh / plan.slots[0].hours, abs=1e-3)


def test_bands_never_cross() -> None:
    drawn = chart(sample())
    for name in ("load", "pv"):
        p10, p50, p90 = (drawn[name][quantile]["y"] for quantile in ("p10", "p50", "p90"))
        assert all(low <= middle <= high for low, middle, high in zip(p10, p50, p90, strict=True))
        assert drawn[name]["p10"]["x"] == drawn[name]["p90"]["x"]


def test_the_soc_lines_start_where_the_battery_is() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    assert snapshot.readings is not None
    assert snapshot.readings.soc_percent is not None
    soc = chart(snapshot)["soc"]
    measured = snapshot.readings.soc_percent.value
    for name in ("planned", "expected"):
        assert soc[name]["x"][0] == milliseconds(NOON)
        assert soc[name]["y"][0] == pytest.approx(measured, abs=1e-3)
        assert len(soc[name]["x"]) == len(snapshot.plan.slots) + 1
    assert soc["actual"]["x"][-1] == milliseconds(NOON)
    assert soc["planned"]["y"][-1] == pytest.approx(snapshot.plan.slots[-1].soc_kwh * 10, abs=1e-3)
    assert (soc["floor"], soc["ceiling"]) == (10, 100)


def test_an_expected_path_of_another_plan_is_not_drawn() -> None:
    snapshot = replace(sample(), expected_soc_kwh=(5.0, 5.0), readings=None)
    assert chart(snapshot)["soc"]["expected"] == {"x": [], "y": []}


def test_the_target_is_a_step_per_slot() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    target = chart(snapshot)["soc"]["target"]
    assert len(target["x"]) == len(snapshot.plan.slots) + 1
    assert target["y"][0] == 100
    assert chart(replace(snapshot, policy=None))["soc"]["target"] == {"x": [], "y": []}


@pytest.mark.parametrize(("day", "hours", "labels"), [(SPRING, 23, 0), (AUTUMN, 25, 2), (date(2026, 4, 14), 24, 1)])
def test_days_of_23_and_25_hours_are_as_wide_as_they_are_long(day: date, hours: int, labels: int) -> None:
    snapshot = sample(local_noon(day, home()))
    drawn = chart(snapshot)
    midnights = [tick["x"] for tick in drawn["ticks"] if tick["day"]]
    assert (midnights[1] - midnights[0]) / 3_600_000 == hours
    first_day = [tick["label"] for tick in drawn["ticks"] if midnights[0] <= tick["x"] < midnights[1]]
    assert first_day.count("02:00") == labels
    assert len(first_day) == hours
    assert first_day[-1] == "23:00"
    steps = drawn["prices"]["import"]["x"]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_other_slot_lengths_are_drawn(minutes: int) -> None:
    settings = home()
    curve = prices(NOON, settings)
    plan = planned(NOON, settings, curve, minutes=minutes)
    snapshot = Snapshot(NOON, settings, plan=plan, policy=levels(plan), forecast=forecast(plan), curve=curve)
    bars = chart(snapshot)["bars"]
    assert set(bars["width"][1:-1]) == {minutes * 60_000}
    assert bars["width"][0] <= minutes * 60_000


def test_the_window_reaches_to_the_end_of_today_without_anything_known() -> None:
    drawn = chart(empty())
    assert _hours(drawn) == 24
    assert drawn["window"][0] == milliseconds(datetime(2026, 4, 13, 22, tzinfo=UTC))
    assert drawn["slots"] == []
    assert drawn["plan"] is None


def test_what_is_missing_is_said() -> None:
    assert chart(sample())["missing"] == []
    assert chart(empty())["missing"] == [
        "There is no plan yet.",
        "The price of this hour is not known.",
        "The battery's SoC cannot be read.",
        "There is no load and solar forecast yet.",
    ]
    old = replace(sample(), now=NOON + timedelta(days=3))
    assert "The plan does not cover this hour." in chart(old)["missing"]


def test_the_age_is_that_of_the_readings() -> None:
    assert chart(sample())["age_seconds"] == 8
    assert chart(empty())["age_seconds"] == 0


def test_problems_come_with_their_remedy() -> None:
    assert any("Check the inverter's connection." in problem for problem in chart(troubled())["problems"])
