from dataclasses import replace

from darkstar.optimizer.plan import Alternative, BatterySlot, Churn, PlannedPeak, PlanStatus
from darkstar.views.table import plan_table, slot_story
from tests.views.samples import home, sample

ZONE = home().zone


def test_the_table_has_a_summary_and_a_line_per_slot_in_local_time() -> None:
    plan = sample().plan
    assert plan is not None
    lines = plan_table(plan, ZONE).splitlines()
    assert (
        lines[0] == "Plan 0123456789ab, made Tue 14 Apr 13:20: optimal, within 0.004 SEK of the best by CBC in 0.61 s"
    )
    assert lines[1] == f"Cost {plan.cost:.2f} SEK over 48 h"
    header, first = lines[3], lines[4]
    assert len(lines) == 4 + len(plan.slots)
    assert header.split()[:2] == ["time", "action"]
    assert first.startswith("Tue 13:20  store")
    assert first.endswith(plan.slots[0].reason)


def test_columns_line_up() -> None:
    plan = sample().plan
    assert plan is not None
    header, *rows = plan_table(plan, ZONE).splitlines()[3:]
    at = header.index("reason")
    assert all(row[at - 2 : at] == "  " and row[at] != " " for row in rows)


def test_forecast_prices_are_marked_and_discharge_is_negative() -> None:
    plan = sample().plan
    assert plan is not None
    rows = plan_table(plan, ZONE).splitlines()[4:]
    known = sum("~" not in row for row in rows)
    assert known == sum(slot.price_known for slot in plan.slots)
    sale = next(row for row in rows if " export " in row)
    assert " -4.00 " in sale
    assert "-0.00 " not in "\n".join(rows)


def test_unmet_wishes_and_notes_stand_above() -> None:
    plan = sample().plan
    assert plan is not None
    told = replace(
        plan, status=PlanStatus.FALLBACK, money_gap=None, solver="", unmet=("2 kWh of heat",), notes=("away",)
    )
    lines = plan_table(told, ZONE).splitlines()
    assert lines[0].endswith(": fallback")
    assert lines[2:4] == ["Not possible: 2 kWh of heat", "Note: away"]


def test_a_home_without_battery_has_no_soc() -> None:
    plan = sample().plan
    assert plan is not None
    bare = replace(plan, capacity_kwh=0.0, slots=tuple(replace(slot, batteries=()) for slot in plan.slots[:2]))
    assert "  -  " in plan_table(bare, ZONE).splitlines()[-1]


def test_cars_machines_and_peaks_are_shown_where_there_are_any() -> None:
    plan = sample().plan
    assert plan is not None
    assert "car kW" not in plan_table(plan, ZONE)
    first = replace(plan.slots[0], vehicles=(BatterySlot(1.5, 0.0, 20.0),), loads_kwh=(0.25, 0.25))
    peaks = (PlannedPeak("grid fee", 4.2, 210.0, 4.0),)
    lines = plan_table(replace(plan, slots=(first,), peaks=peaks), ZONE).splitlines()
    assert lines[2] == "Peak of grid fee: 4.20 kW billed, 210.00 SEK in the period"
    assert "car kW" in lines[4]
    assert "machines kW" in lines[4]
    assert f"{1.5 / first.hours:.2f}" in lines[5]
    assert f"{0.5 / first.hours:.2f}" in lines[5]


def test_churn_stands_above_where_there_was_a_running_plan() -> None:
    plan = sample().plan
    assert plan is not None
    assert "running plan" not in plan_table(plan, ZONE)
    moved = replace(plan, churn=Churn(188, 3, 1.25))
    assert "Against the running plan: 3 of 188 slot(s) do something else, 1.2 kWh moved" in plan_table(moved, ZONE)


def test_one_slot_tells_its_reason_its_value_and_its_alternatives() -> None:
    plan = sample().plan
    assert plan is not None
    slot = plan.slots[0]
    others = (Alternative("battery", "hold", 0.34, "hold: costs 0.34 SEK more"),)
    lines = slot_story(slot, others, plan, ZONE).splitlines()
    assert lines[0] == "Tue 13:20-13:30: store"
    assert lines[1] == f"Why: {slot.reason}"
    assert lines[2].startswith("Prices: buy at ")
    assert lines[3].startswith("A stored kWh is worth ")
    assert lines[4:] == ["Instead:", "  battery: hold: costs 0.34 SEK more"]
