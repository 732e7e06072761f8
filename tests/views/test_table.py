from dataclasses import replace

from darkstar.optimizer.plan import PlanStatus
from darkstar.views.table import plan_table
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
