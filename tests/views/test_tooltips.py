from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from darkstar.home.prices import Price, PriceBand, PriceCurve
from darkstar.optimizer.plan import PlanSlot
from darkstar.views.tooltips import Tooltip, tooltips
from tests.views.samples import NOON, empty, sample


def _at(tips: tuple[Tooltip, ...], title: str) -> Tooltip:
    return next(tip for tip in tips if tip.title.startswith(title))


def test_every_slot_of_the_window_has_one_tooltip() -> None:
    tips = tooltips(sample())
    holes = [(earlier.end, later.start) for earlier, later in pairwise(tips) if earlier.end != later.start]
    assert holes == [(NOON - timedelta(minutes=5), NOON)], "only the running quarter is neither measured nor planned"
    assert tips[0].title == "Tue 00:00-00:15 measured"


def test_a_planned_slot_tells_prices_flows_soc_money_and_why() -> None:
    snapshot = sample()
    assert snapshot.plan is not None
    tip = _at(tooltips(snapshot), "Tue 18:30")
    slot = snapshot.plan.slot_at(tip.start)
    assert slot is not None
    rows = dict(tip.rows)
    assert tip.title == "Tue 18:30-18:45 export"
    assert rows["Buy / sell"] == f"{slot.import_price:.2f} / {slot.export_price:.2f} SEK/kWh"
    assert rows["Battery to grid"] == rows["Sells"] == f"{slot.export_kwh / slot.hours:.1f} kW"
    assert rows["Battery after it"] == f"{slot.soc_kwh * 10:.0f} %"
    assert rows["Cost"] == f"{slot.cost:.2f} SEK"
    assert "Battery from grid" not in rows
    assert tip.reason == slot.reason


def test_a_forecast_price_is_called_one() -> None:
    assert _at(tooltips(sample()), "Thu 10:00").rows[0][0] == "Price (forecast)"


def test_a_forecast_price_says_how_far_it_may_be_off() -> None:
    slot = next(slot for slot in planned_slots() if not slot.price_known)
    band = PriceBand(0.5, 1.25, 0.1, 0.2)
    tail = [Price(slot.start, slot.end, slot.import_price, slot.export_price, known=False, band=band)]
    rows = dict(_at(tooltips(sample(), tail), f"{slot.start.astimezone(sample().home.zone):%a %H:%M}").rows)
    assert rows["Buy, 8 times in 10"] == "0.50 to 1.25 SEK/kWh"
    assert not any("8 times" in label for tip in tooltips(sample()) for label, _ in tip.rows)


def planned_slots() -> tuple[PlanSlot, ...]:
    plan = sample().plan
    assert plan is not None
    return plan.slots


def test_a_past_slot_says_what_the_plan_of_the_time_foresaw() -> None:
    row = sample().observations[4]
    tips = tooltips(sample(), (), {row.end: 47.6})
    told = [dict(tip.rows)["Foreseen by the plan"] for tip in tips if "Foreseen by the plan" in dict(tip.rows)]
    assert told == ["48 %"]
    assert next(tip for tip in tips if "Foreseen by the plan" in dict(tip.rows)).start == row.start


def test_a_measured_slot_tells_what_was() -> None:
    snapshot = sample()
    tip = _at(tooltips(snapshot), "Tue 01:00")
    rows = dict(tip.rows)
    assert rows["Battery from grid"] == "4.0 kW"
    assert rows["Bought"].endswith(" kW")
    assert rows["Battery after it"].endswith(" %")
    bare = replace(snapshot.observations[4], import_price=None, export_price=None, load_kwh=None)
    again = tooltips(replace(snapshot, observations=(bare,)))
    assert "Buy / sell" in {label for label, _ in again[4].rows}
    assert "Home" not in {label for label, _ in again[4].rows}


def test_prices_alone_have_tooltips() -> None:
    curve = sample().curve
    tips = tooltips(replace(empty(), curve=curve))
    assert len(tips) == len(curve.prices)
    assert [label for label, _ in tips[0].rows] == ["Buy / sell"]


def test_yesterday_s_prices_are_left_out() -> None:
    first = sample().curve.prices[0]
    yesterday = replace(first, start=first.start - timedelta(hours=1), end=first.start)
    assert tooltips(replace(empty(), curve=PriceCurve((yesterday,)), now=NOON)) == ()
